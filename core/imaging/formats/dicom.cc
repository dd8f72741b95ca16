#include "core/imaging/formats/dicom.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/bytes/isolated.h"
#include "core/bytes/mapped_file.h"
#include "core/imaging/formats/dicom_elements.h"
#include "core/imaging/formats/dicom_pixels.h"
#include "core/imaging/formats/nifti_header.h"
#include "core/imaging/geometry.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxRows = 8192;  // a header that asks for more is damaged

struct Slice {
  std::string path;
  std::string series;
  int64_t rows = 0;
  int64_t columns = 0;
  std::array<double, 6> orientation = {};  // direction of growing column index, then of growing row index; LPS
  std::array<double, 3> position = {};     // mm, LPS, centre of the first voxel
  std::array<double, 2> spacing = {};      // mm between rows, between columns
  double slope = 1;
  double intercept = 0;
  double along = 0;  // position along the normal
  bool compressed = false;
};

bool IsDicom(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char preamble[132];
  return file.read(preamble, sizeof(preamble)) && DicomElements::HasPreamble(absl::string_view(preamble, sizeof(preamble)));
}

// Files of the folder in the order of their names.
std::vector<std::string> DicomFiles(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error) && it->path().filename() != "DICOMDIR" && IsDicom(it->path().string())) {
      files.push_back(it->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Header values of one file, or false where it holds no slice with a place in the world (reports, localizers without position).
absl::StatusOr<bool> ReadSlice(const std::string& path, Slice* slice) {
  ASAP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  const absl::StatusOr<DicomElements> elements = DicomElements::Parse(file.bytes());
  if (!elements.ok()) return Annotate(elements.status(), path);
  slice->path = path;
  slice->series = std::string(elements->Text(0x0020, 0x000e));
  slice->rows = elements->Short(0x0028, 0x0010, 0);
  slice->columns = elements->Short(0x0028, 0x0011, 0);
  slice->compressed = elements->encapsulated();
  if (!elements->has_pixels() || !elements->Numbers(0x0020, 0x0037, 6, slice->orientation.data()) ||
      !elements->Numbers(0x0020, 0x0032, 3, slice->position.data()) ||
      !elements->Numbers(0x0028, 0x0030, 2, slice->spacing.data())) {
    return false;
  }
  double frames = 1;
  if (elements->Numbers(0x0028, 0x0008, 1, &frames) && frames > 1) {
    return absl::UnimplementedError(absl::StrCat(path,
                                                 ": is a multi-frame DICOM file, expected one slice a file. Convert it, for "
                                                 "example with dcm2niix, and read the .nii.gz."));
  }
  if (slice->rows < 1 || slice->columns < 1 || slice->rows > kMaxRows || slice->columns > kMaxRows) {
    return absl::DataLossError(absl::StrCat(path, ": has ", slice->rows, " rows and ", slice->columns, " columns, expected 1 to ",
                                            kMaxRows, ": it is damaged. Export the series again."));
  }
  elements->Numbers(0x0028, 0x1053, 1, &slice->slope);
  elements->Numbers(0x0028, 0x1052, 1, &slice->intercept);
  const auto& o = slice->orientation;
  const double normal[3] = {o[1] * o[5] - o[2] * o[4], o[2] * o[3] - o[0] * o[5], o[0] * o[4] - o[1] * o[3]};
  for (int i = 0; i < 3; ++i) slice->along += normal[i] * slice->position[i];
  return true;
}

// Slices of one series, one size and one orientation belong to one volume.
std::string GroupKey(const Slice& slice) {
  std::string key = absl::StrCat(slice.series, "|", slice.rows, "x", slice.columns);
  for (double value : slice.orientation) absl::StrAppendFormat(&key, "|%.3f", value + 0.0);
  for (double value : slice.spacing) absl::StrAppendFormat(&key, "|%.4f", value);
  return key;
}

absl::StatusOr<std::vector<Slice>> LargestGroup(const std::string& folder) {
  const std::vector<std::string> files = DicomFiles(folder);
  if (files.empty()) {
    return absl::NotFoundError(
        absl::StrCat(folder, ": holds no DICOM files. Give the folder that directly holds a series' slices."));
  }
  std::map<std::string, std::vector<Slice>> groups;
  for (const std::string& file : files) {
    Slice slice;
    ASAP_ASSIGN_OR_RETURN(const bool is_slice, ReadSlice(file, &slice));
    if (is_slice) groups[GroupKey(slice)].push_back(std::move(slice));
  }
  if (groups.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": none of its ", files.size(),
                     " DICOM files is an image slice with position, orientation and spacing. Export a CT series."));
  }
  auto largest = groups.begin();
  for (auto it = groups.begin(); it != groups.end(); ++it) {
    if (it->second.size() > largest->second.size()) largest = it;
  }
  if (groups.size() > 1) {
    std::string others;
    for (auto it = groups.begin(); it != groups.end(); ++it) {
      if (it == largest) continue;
      absl::StrAppend(&others, others.empty() ? "" : ", ", it->second.size(), " slices from ",
                      fs::path(it->second.front().path).filename().string());
    }
    LogWarning(absl::StrCat(folder, ": holds ", groups.size(), " series or orientations; reading the largest (",
                            largest->second.size(), " slices from ", fs::path(largest->second.front().path).filename().string(),
                            "), leaving out ", others, ". Move each series to a folder of its own to choose another."));
  }
  return std::move(largest->second);
}

// Sorted along the normal, without duplicates and gaps.
absl::StatusOr<std::vector<Slice>> SortedSlices(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(std::vector<Slice> slices, LargestGroup(folder));
  std::stable_sort(slices.begin(), slices.end(), [](const Slice& a, const Slice& b) { return a.along < b.along; });
  const size_t count = slices.size();
  slices.erase(std::unique(slices.begin(), slices.end(), [](const Slice& a, const Slice& b) { return b.along - a.along < 1e-3; }),
               slices.end());
  const size_t duplicates = count - slices.size();
  if (duplicates > 0 && 2 * duplicates >= slices.size()) {
    return absl::InvalidArgumentError(absl::StrCat(folder, ": ", count, " slices share ", slices.size(),
                                                   " positions: several phases or copies in one series. Keep one of them."));
  }
  if (duplicates > 0) {
    LogWarning(absl::StrCat(folder, ": ", duplicates, " slices lie where another does; the first by file name is kept."));
  }
  if (slices.size() < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": the series has one slice, expected a volume. Export the whole series."));
  }
  if (slices.front().rows * slices.front().columns > kMaxVoxels / static_cast<int64_t>(slices.size())) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, ": the series has more than the ", kMaxVoxels, " voxels that are allowed."));
  }
  std::vector<double> steps;
  for (size_t i = 1; i < slices.size(); ++i) steps.push_back(slices[i].along - slices[i - 1].along);
  std::vector<double> sorted = steps;
  std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
  const double typical = sorted[sorted.size() / 2];
  double unevenness = 0;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i] > 1.5 * typical) {
      return absl::DataLossError(
          absl::StrFormat("%s: slices are missing: %s and %s lie %.3g mm apart, the others %.3g mm. Export the whole "
                          "series again.",
                          folder, fs::path(slices[i].path).filename().string(), fs::path(slices[i + 1].path).filename().string(),
                          steps[i], typical));
    }
    unevenness = std::max(unevenness, std::abs(steps[i] - typical) / typical);
  }
  if (unevenness > 0.05) {
    LogWarning(absl::StrFormat("%s: slice spacing varies by %.0f%%; its mean is used.", folder, 100 * unevenness));
  }
  return slices;
}

absl::StatusOr<Geometry> SeriesGeometry(const std::string& folder, const std::vector<Slice>& slices) {
  const Slice& first = slices.front();
  const Slice& last = slices.back();
  Affine affine;
  for (int row = 0; row < 3; ++row) {
    const double lps_to_ras = row < 2 ? -1 : 1;
    affine[4 * row] = lps_to_ras * first.orientation[row] * first.spacing[1];
    affine[4 * row + 1] = lps_to_ras * first.orientation[3 + row] * first.spacing[0];
    affine[4 * row + 2] = lps_to_ras * (last.position[row] - first.position[row]) / static_cast<double>(slices.size() - 1);
    affine[4 * row + 3] = lps_to_ras * first.position[row];
  }
  absl::StatusOr<Geometry> geometry =
      GeometryFromAffine(affine, {first.columns, first.rows, static_cast<int64_t>(slices.size())}, folder);
  if (!geometry.ok()) return Annotate(geometry.status(), folder);
  return geometry;
}

absl::Status ReadPixels(const Slice& slice, absl::Span<float> out) {
  ASAP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(slice.path));
  absl::StatusOr<DicomElements> elements = DicomElements::Parse(file.bytes());
  if (!elements.ok()) return Annotate(elements.status(), slice.path);
  const absl::Status status = ReadDicomPixels(slice.path, *elements, slice.slope, slice.intercept, out);
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(slice.path, ": ", status.message(), ". Copy or export the series again."));
}

}  // namespace

bool HoldsDicom(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error) && it->path().filename() != "DICOMDIR" && IsDicom(it->path().string())) return true;
  }
  return false;
}

absl::StatusOr<Geometry> ReadDicomGeometry(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(const std::vector<Slice> slices, SortedSlices(folder));
  return SeriesGeometry(folder, slices);
}

absl::StatusOr<Volume<float>> ReadDicomSeries(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(const std::vector<Slice> slices, SortedSlices(folder));
  Volume<float> volume;
  ASAP_ASSIGN_OR_RETURN(volume.geometry, SeriesGeometry(folder, slices));
  volume.voxels.resize(volume.geometry.voxels());
  const size_t pixels = static_cast<size_t>(volume.geometry.size[0] * volume.geometry.size[1]);
  const auto read_all = [&](absl::Span<float> out) {
    for (size_t i = 0; i < slices.size(); ++i) ASAP_RETURN_IF_ERROR(ReadPixels(slices[i], out.subspan(i * pixels, pixels)));
    return absl::OkStatus();
  };
  const bool compressed = std::any_of(slices.begin(), slices.end(), [](const Slice& slice) { return slice.compressed; });
  if (!compressed) {
    ASAP_RETURN_IF_ERROR(read_all(absl::MakeSpan(volume.voxels)));
    return volume;
  }
  // One child for the whole series, with time for slow decoders and slow disks.
  const auto work = [&](absl::Span<char> bytes) {
    return read_all(absl::MakeSpan(reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)));
  };
  const absl::Status status =
      RunIsolated(work, static_cast<int>(60 + 2 * slices.size()),
                  absl::MakeSpan(reinterpret_cast<char*>(volume.voxels.data()), volume.voxels.size() * sizeof(float)));
  if (!status.ok() && !absl::StartsWith(status.message(), folder)) {
    return absl::Status(status.code(), absl::StrCat(folder, ": ", status.message(),
                                                    ". Copy or export the series again, or decompress it with gdcmconv --raw."));
  }
  ASAP_RETURN_IF_ERROR(status);
  return volume;
}

}  // namespace asap
