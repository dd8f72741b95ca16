#include "core/imaging/formats/read_volume.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/formats/dicom.h"
#include "core/imaging/formats/nifti.h"
#include "core/imaging/formats/npz_volume.h"
#include "core/imaging/formats/picture_series.h"
#include "core/imaging/formats/text_volume.h"

namespace asap {
namespace {

constexpr std::array<absl::string_view, 9> kExtensions = {".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha",
                                                          ".mhd",    ".npz", ".hdr",  ".img"};

absl::string_view VolumeExtension(absl::string_view path) {
  for (absl::string_view extension : kExtensions) {
    if (absl::EndsWithIgnoreCase(path, extension)) return path.substr(path.size() - extension.size());
  }
  return "";
}

enum class Format { kNifti, kText, kNpz, kDicom, kPictures };

absl::StatusOr<Format> FormatOf(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return absl::NotFoundError(absl::StrCat(path, ": no such file or folder"));
  if (std::filesystem::is_directory(status)) {
    return !SlicePictures(path).empty() && !HoldsDicom(path) ? Format::kPictures : Format::kDicom;
  }
  const absl::string_view extension = VolumeExtension(path);
  if (absl::StartsWithIgnoreCase(extension, ".nii") || !OtherHalf(path).empty()) return Format::kNifti;
  if (absl::EqualsIgnoreCase(extension, ".npz")) return Format::kNpz;
  if (!extension.empty()) return Format::kText;
  if (absl::EndsWithIgnoreCase(path, ".dcm")) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is one DICOM file. Give the folder with the slices of its series."));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path,
      ": expected .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd, .npz, or a folder with a DICOM series. Convert it to one of these."));
}

}  // namespace

absl::StatusOr<Volume<float>> ReadVolume(const std::string& path) {
  const absl::StatusOr<Format> format = FormatOf(path);
  if (!format.ok()) return format.status();
  switch (*format) {
    case Format::kNifti:
      return ReadNifti(path);
    case Format::kText:
      return ReadTextVolume(path);
    case Format::kNpz:
      return ReadNpzVolume(path);
    case Format::kDicom:
      return ReadDicomSeries(path);
    case Format::kPictures:
      return ReadPictureSeries(path);
  }
  return absl::InternalError(path);
}

absl::StatusOr<std::unique_ptr<RowSource>> OpenRows(const std::string& path, int threads) {
  ASAP_ASSIGN_OR_RETURN(const Format format, FormatOf(path));
  if (format == Format::kNifti) return NiftiRows::Open(path, threads);
  if (format == Format::kNpz) return OpenNpzRows(path);
  ASAP_ASSIGN_OR_RETURN(Volume<float> volume, ReadVolume(path));
  return std::make_unique<FloatRows>(std::move(volume));
}

absl::StatusOr<Geometry> ReadGeometry(const std::string& path) {
  const absl::StatusOr<Format> format = FormatOf(path);
  if (!format.ok()) return format.status();
  switch (*format) {
    case Format::kNifti:
      return ReadNiftiGeometry(path);
    case Format::kText:
      return ReadTextGeometry(path);
    case Format::kNpz:
      return ReadNpzGeometry(path);
    case Format::kDicom:
      return ReadDicomGeometry(path);
    case Format::kPictures:
      return ReadPictureGeometry(path);
  }
  return absl::InternalError(path);
}

absl::StatusOr<std::vector<std::string>> VolumeFiles(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const Format format, FormatOf(path));
  std::vector<std::string> files;
  if (format == Format::kDicom || format == Format::kPictures) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(path, error), end; !error && entry != end; entry.increment(error)) {
      if (entry->is_regular_file(error)) files.push_back(entry->path().string());
    }
    if (error) return absl::PermissionDeniedError(absl::StrCat(path, ": cannot be listed: ", error.message()));
    std::sort(files.begin(), files.end());
    return files;
  }
  files.push_back(path);
  if (const std::string other = OtherHalf(path); !other.empty()) files.push_back(other);
  const absl::string_view extension = VolumeExtension(path);
  if (absl::EqualsIgnoreCase(extension, ".mhd") || absl::EqualsIgnoreCase(extension, ".mha") ||
      absl::EqualsIgnoreCase(extension, ".nhdr") || absl::EqualsIgnoreCase(extension, ".nrrd")) {
    ASAP_ASSIGN_OR_RETURN(const std::string data_file, DetachedDataFile(path));
    if (!data_file.empty()) files.push_back(data_file);
  }
  return files;
}

bool HasVolumeExtension(absl::string_view path) {
  const absl::string_view extension = VolumeExtension(path);
  return !extension.empty() && !absl::EqualsIgnoreCase(extension, ".hdr") && !absl::EqualsIgnoreCase(extension, ".img");
}

std::string VolumeStem(absl::string_view path) {
  while (absl::EndsWith(path, "/")) path.remove_suffix(1);
  const absl::string_view name = path.substr(path.rfind('/') + 1);
  return std::string(name.substr(0, name.size() - VolumeExtension(name).size()));
}

}  // namespace asap
