#include "core/imaging/formats/dicom.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/status.h"
#include "core/bytes/isolated.h"
#include "core/bytes/mapped_file.h"
#include "core/imaging/formats/dicom_elements.h"
#include "core/imaging/formats/dicom_pixels.h"
#include "core/imaging/formats/dicom_slices.h"
#include "core/imaging/formats/dicom_stack.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// The slices of one file, by their index in `slices`, into their places in `out`, which holds all of them one after another.
absl::Status ReadFrames(const std::vector<SliceHeader>& slices, const std::vector<size_t>& of_file, absl::Span<float> out) {
  const std::string& path = slices[of_file.front()].path;
  ASAP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  const absl::StatusOr<DicomElements> elements = DicomElements::Parse(file.bytes());
  if (!elements.ok()) return Annotate(elements.status(), path);
  const absl::StatusOr<DicomPixels> pixels = DicomPixels::Open(path, *elements);
  absl::Status status = pixels.status();
  const size_t size = out.size() / slices.size();
  for (size_t i = 0; i < of_file.size() && status.ok(); ++i) {
    const SliceHeader& slice = slices[of_file[i]];
    status = pixels->Read(slice.frame, slice.slope, slice.intercept, out.subspan(of_file[i] * size, size));
  }
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message(), ". Copy or export the series again."));
}

// A place between the elements of a line: `at` and the one after it, by how much of that one.
struct Between {
  int64_t at = 0;
  int64_t next = 0;
  double part = 0;
};

// Where element `index` of a line lies on one of `size` elements that is shifted by `shift`; false where it lies outside.
bool Place(int64_t index, double shift, int64_t size, Between* place) {
  constexpr double kRounding = 1e-6;
  const double last = static_cast<double>(size - 1);
  const double at = static_cast<double>(index) - shift;
  if (at < -kRounding || at > last + kRounding) return false;
  const double inside = std::clamp(at, 0.0, last);
  place->at = static_cast<int64_t>(inside);
  place->next = std::min(place->at + 1, size - 1);
  place->part = inside - static_cast<double>(place->at);
  return true;
}

// Row-major slices of `columns` pixels a row moved by their shifts on a larger grid, which is filled with the least value.
std::vector<float> Shifted(const std::vector<float>& from, int64_t columns, int64_t rows, const DicomStack& stack) {
  const Index3& size = stack.geometry.size;
  std::vector<float> to(stack.geometry.voxels(), *std::min_element(from.begin(), from.end()));
  for (int64_t k = 0; k < size[2]; ++k) {
    for (int64_t y = 0; y < size[1]; ++y) {
      Between row;
      if (!Place(y, stack.shifts[k][1], rows, &row)) continue;
      const float* upper = from.data() + (k * rows + row.at) * columns;
      const float* lower = from.data() + (k * rows + row.next) * columns;
      for (int64_t x = 0; x < size[0]; ++x) {
        Between column;
        if (!Place(x, stack.shifts[k][0], columns, &column)) continue;
        const auto blend = [&](const float* line) {
          return line[column.at] * (1 - column.part) + line[column.next] * column.part;
        };
        to[(k * size[1] + y) * size[0] + x] = static_cast<float>(blend(upper) * (1 - row.part) + blend(lower) * row.part);
      }
    }
  }
  return to;
}

}  // namespace

bool HoldsDicom(const std::string& folder) {
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error) && it->path().filename() != "DICOMDIR" && IsDicomFile(it->path().string())) return true;
  }
  return false;
}

absl::StatusOr<Geometry> ReadDicomGeometry(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(const DicomStack stack, StackDicomSlices(folder));
  return stack.geometry;
}

absl::StatusOr<Volume<float>> ReadDicomSeries(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(const DicomStack stack, StackDicomSlices(folder));
  const std::vector<SliceHeader>& slices = stack.slices;
  const int64_t columns = slices.front().columns, rows = slices.front().rows;
  std::map<std::string, std::vector<size_t>> by_file;
  bool compressed = false;
  for (size_t i = 0; i < slices.size(); ++i) {
    by_file[slices[i].path].push_back(i);
    compressed = compressed || slices[i].compressed;
  }
  const auto read_all = [&](absl::Span<float> out) {
    for (const auto& [path, of_file] : by_file) ASAP_RETURN_IF_ERROR(ReadFrames(slices, of_file, out));
    return absl::OkStatus();
  };
  Volume<float> volume;
  volume.geometry = stack.geometry;
  volume.voxels.resize(static_cast<size_t>(columns * rows) * slices.size());
  if (compressed) {
    // One child for the whole series, with time for slow decoders and slow disks.
    const auto work = [&](absl::Span<char> bytes) {
      return read_all(absl::MakeSpan(reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)));
    };
    const absl::Status status =
        RunIsolated(work, static_cast<int>(60 + 2 * slices.size()),
                    absl::MakeSpan(reinterpret_cast<char*>(volume.voxels.data()), volume.voxels.size() * sizeof(float)));
    if (!status.ok() && !absl::StartsWith(status.message(), folder)) {
      return absl::Status(status.code(),
                          absl::StrCat(folder, ": ", status.message(),
                                       ". Copy or export the series again, or decompress it with gdcmconv --raw."));
    }
    ASAP_RETURN_IF_ERROR(status);
  } else {
    ASAP_RETURN_IF_ERROR(read_all(absl::MakeSpan(volume.voxels)));
  }
  if (!stack.shifts.empty()) volume.voxels = Shifted(volume.voxels, columns, rows, stack);
  return volume;
}

std::map<std::string, std::vector<uint64_t>> DicomSeriesOf(const std::string& folder) {
  std::map<std::string, std::vector<uint64_t>> series;
  for (const std::string& path : DicomFiles(folder)) {
    const absl::StatusOr<MappedFile> file = MappedFile::Open(path);
    if (!file.ok()) continue;
    const absl::StatusOr<DicomElements> elements = DicomElements::Parse(file->bytes(), 0x0020000e);
    if (!elements.ok() || elements->Text(0x0020, 0x000e).empty()) continue;
    const std::string key =
        absl::StrCat(elements->Text(0x0010, 0x0020), "|", elements->Text(0x0020, 0x000d), "|", elements->Text(0x0020, 0x000e));
    series[key].push_back(std::hash<std::string>()(std::string(elements->Text(0x0008, 0x0018))));
  }
  for (auto& [uid, instances] : series) std::sort(instances.begin(), instances.end());
  return series;
}

}  // namespace asap
