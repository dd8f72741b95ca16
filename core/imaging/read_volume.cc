#include "core/imaging/read_volume.h"

#include <array>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/imaging/dicom.h"
#include "core/imaging/itk_io.h"
#include "core/imaging/nifti.h"

namespace asap {
namespace {

constexpr std::array<absl::string_view, 6> kExtensions = {".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd"};

absl::string_view VolumeExtension(absl::string_view path) {
  for (absl::string_view extension : kExtensions) {
    if (absl::EndsWithIgnoreCase(path, extension)) return path.substr(path.size() - extension.size());
  }
  return "";
}

enum class Format { kNifti, kItk, kDicom };

absl::StatusOr<Format> FormatOf(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return absl::NotFoundError(absl::StrCat(path, ": no such file or folder"));
  if (std::filesystem::is_directory(status)) return Format::kDicom;
  const absl::string_view extension = VolumeExtension(path);
  if (absl::StartsWithIgnoreCase(extension, ".nii")) return Format::kNifti;
  if (!extension.empty()) return Format::kItk;
  if (absl::EndsWithIgnoreCase(path, ".dcm")) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is one DICOM file. Give the folder with the slices of its series."));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": expected .nii, .nii.gz, .nrrd, .nhdr, .mha, .mhd, or a folder with a DICOM series. Convert it to one of these."));
}

}  // namespace

absl::StatusOr<Volume<float>> ReadVolume(const std::string& path) {
  const absl::StatusOr<Format> format = FormatOf(path);
  if (!format.ok()) return format.status();
  switch (*format) {
    case Format::kNifti:
      return ReadNifti(path);
    case Format::kItk:
      return ReadWithItk(path);
    case Format::kDicom:
      return ReadDicomSeries(path);
  }
  return absl::InternalError(path);
}

absl::StatusOr<Geometry> ReadGeometry(const std::string& path) {
  const absl::StatusOr<Format> format = FormatOf(path);
  if (!format.ok()) return format.status();
  switch (*format) {
    case Format::kNifti:
      return ReadNiftiGeometry(path);
    case Format::kItk:
      return ReadGeometryWithItk(path);
    case Format::kDicom:
      return ReadDicomGeometry(path);
  }
  return absl::InternalError(path);
}

bool HasVolumeExtension(absl::string_view path) { return !VolumeExtension(path).empty(); }

std::string VolumeStem(absl::string_view path) {
  while (absl::EndsWith(path, "/")) path.remove_suffix(1);
  const absl::string_view name = path.substr(path.rfind('/') + 1);
  return std::string(name.substr(0, name.size() - VolumeExtension(name).size()));
}

}  // namespace asap
