#include "core/imaging/formats/dicom_slices.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"
#include "core/bytes/mapped_file.h"
#include "core/imaging/formats/dicom_elements.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxRows = 8192;  // a header that asks for more is damaged
constexpr double kMaxMillimetres = 1e6;

// Two unit vectors at a right angle, from vectors that are so but for rounding; false where they are not.
bool Orthonormalise(std::array<double, 6>& o) {
  const double across = std::hypot(o[0], o[1], o[2]), down = std::hypot(o[3], o[4], o[5]);
  if (std::abs(across - 1) > 0.02 || std::abs(down - 1) > 0.02) return false;
  for (int i = 0; i < 3; ++i) o[i] /= across;
  const double dot = o[0] * o[3] + o[1] * o[4] + o[2] * o[5];
  if (std::abs(dot) > 0.02) return false;
  for (int i = 0; i < 3; ++i) o[3 + i] -= dot * o[i];
  const double length = std::hypot(o[3], o[4], o[5]);
  for (int i = 3; i < 6; ++i) o[i] /= length;
  return true;
}

// The first item of a sequence within the frame's functional groups, or else within those that all frames share. Nothing where
// neither has one.
absl::StatusOr<DicomElements> FunctionalGroup(const DicomElements& frame, const DicomElements& shared, uint16_t group,
                                              uint16_t element) {
  for (const DicomElements* groups : {&frame, &shared}) {
    ASAP_ASSIGN_OR_RETURN(const std::vector<DicomElements> items, groups->Items(group, element));
    if (!items.empty()) return items.front();
  }
  return DicomElements();
}

class HeaderReader {
 public:
  explicit HeaderReader(DicomFolder* folder) : folder_(folder) {}

  absl::Status Read(const std::string& path) {
    ASAP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
    const absl::StatusOr<DicomElements> elements = DicomElements::Parse(file.bytes());
    if (!elements.ok()) return Annotate(elements.status(), path);
    SliceHeader slice = {.path = path};
    slice.series = std::string(elements->Text(0x0020, 0x000e));
    for (const auto& [group, element] : {std::pair(0x0010, 0x0020), std::pair(0x0020, 0x000d), std::pair(0x0020, 0x0052)}) {
      absl::StrAppend(&slice.scan, elements->Text(group, element), "|");
    }
    slice.acquisition = std::string(elements->Text(0x0020, 0x0012));
    slice.rows = elements->Short(0x0028, 0x0010, 0);
    slice.columns = elements->Short(0x0028, 0x0011, 0);
    slice.compressed = elements->encapsulated();
    elements->Numbers(0x0028, 0x1053, 1, &slice.slope);
    elements->Numbers(0x0028, 0x1052, 1, &slice.intercept);
    if (!elements->has_pixels()) {
      Unplaced(slice, "has no pixels");
      return absl::OkStatus();
    }
    double frames = 1;
    elements->Numbers(0x0028, 0x0008, 1, &frames);
    absl::StatusOr<std::vector<DicomElements>> groups = elements->Items(0x5200, 0x9230);
    if (!groups.ok()) return Annotate(groups.status(), path);
    if (!groups->empty()) return Annotate(ReadFrames(*elements, *groups, frames, std::move(slice)), path);
    if (frames > 1) {
      Unplaced(slice, "is a multi-frame DICOM file without functional groups that say where its frames lie");
      return absl::OkStatus();
    }
    return Annotate(Add(std::move(slice), *elements, *elements, *elements), path);
  }

 private:
  // An enhanced object: `groups` are the functional groups of each frame.
  absl::Status ReadFrames(const DicomElements& elements, const std::vector<DicomElements>& groups, double frames,
                          SliceHeader slice) {
    if (frames != static_cast<double>(groups.size())) {
      return absl::DataLossError(absl::StrCat("is an enhanced (multi-frame) DICOM file of ", frames,
                                              " frames with the places of ", groups.size(),
                                              ": it is damaged. Export the series again."));
    }
    ASAP_ASSIGN_OR_RETURN(const std::vector<DicomElements> all_shared, elements.Items(0x5200, 0x9229));
    const DicomElements shared = all_shared.empty() ? DicomElements() : all_shared.front();
    slice.multi_frame = true;
    for (size_t i = 0; i < groups.size(); ++i) {
      SliceHeader frame = slice;
      frame.frame = static_cast<int64_t>(i);
      ASAP_ASSIGN_OR_RETURN(const DicomElements content, FunctionalGroup(groups[i], shared, 0x0020, 0x9111));
      const int64_t acquisition = content.Short(0x0020, 0x9156, -1);
      if (acquisition >= 0) frame.acquisition = absl::StrCat(acquisition);
      ASAP_ASSIGN_OR_RETURN(const DicomElements values, FunctionalGroup(groups[i], shared, 0x0028, 0x9145));
      values.Numbers(0x0028, 0x1053, 1, &frame.slope);
      values.Numbers(0x0028, 0x1052, 1, &frame.intercept);
      ASAP_ASSIGN_OR_RETURN(const DicomElements position, FunctionalGroup(groups[i], shared, 0x0020, 0x9113));
      ASAP_ASSIGN_OR_RETURN(const DicomElements orientation, FunctionalGroup(groups[i], shared, 0x0020, 0x9116));
      ASAP_ASSIGN_OR_RETURN(const DicomElements measures, FunctionalGroup(groups[i], shared, 0x0028, 0x9110));
      ASAP_RETURN_IF_ERROR(Add(std::move(frame), position, orientation, measures));
    }
    return absl::OkStatus();
  }

  absl::Status Add(SliceHeader slice, const DicomElements& position, const DicomElements& orientation,
                   const DicomElements& measures) {
    std::vector<std::string> lacking;
    if (!position.Numbers(0x0020, 0x0032, 3, slice.position.data())) lacking.push_back("position");
    if (!orientation.Numbers(0x0020, 0x0037, 6, slice.orientation.data())) lacking.push_back("orientation");
    if (!measures.Numbers(0x0028, 0x0030, 2, slice.spacing.data())) lacking.push_back("pixel spacing");
    if (!lacking.empty()) {
      Unplaced(slice, absl::StrCat("has no ", absl::StrJoin(lacking, " and no ")));
      return absl::OkStatus();
    }
    const double farthest = std::max({std::abs(slice.position[0]), std::abs(slice.position[1]), std::abs(slice.position[2])});
    if (farthest > kMaxMillimetres || slice.spacing[0] > kMaxMillimetres || slice.spacing[1] > kMaxMillimetres) {
      Unplaced(slice, "has a position or a pixel spacing of more than a kilometre");
      return absl::OkStatus();
    }
    if (!Orthonormalise(slice.orientation) || !(slice.spacing[0] > 0) || !(slice.spacing[1] > 0)) {
      Unplaced(slice, "has an orientation that is no right angle, or no pixel spacing above zero, beside its position");
      return absl::OkStatus();
    }
    if (slice.rows < 1 || slice.columns < 1 || slice.rows > kMaxRows || slice.columns > kMaxRows) {
      return absl::DataLossError(absl::StrCat("has ", slice.rows, " rows and ", slice.columns, " columns, expected 1 to ",
                                              kMaxRows, ": it is damaged. Export the series again."));
    }
    folder_->slices.push_back(std::move(slice));
    return absl::OkStatus();
  }

  void Unplaced(const SliceHeader& slice, const std::string& why) {
    folder_->unplaced.push_back({slice.Name(), slice.series, why});
  }

  DicomFolder* const folder_;
};

}  // namespace

std::string SliceHeader::Name() const {
  const std::string name = fs::path(path).filename().string();
  return multi_frame ? absl::StrCat("frame ", frame + 1, " of ", name) : name;
}

bool IsDicomFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  char beginning[DicomElements::kBeginning];
  file.read(beginning, sizeof(beginning));
  return DicomElements::BeginsAsDicom(absl::string_view(beginning, static_cast<size_t>(file.gcount())));
}

std::vector<std::string> DicomFiles(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->is_regular_file(error) && it->path().filename() != "DICOMDIR" && IsDicomFile(it->path().string())) {
      files.push_back(it->path().string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::StatusOr<DicomFolder> ReadDicomHeaders(const std::string& folder) {
  DicomFolder result;
  HeaderReader reader(&result);
  const std::vector<std::string> files = DicomFiles(folder);
  result.files = static_cast<int64_t>(files.size());
  for (const std::string& file : files) ASAP_RETURN_IF_ERROR(reader.Read(file));
  // A slice that was cut to nothing, or is a web page or a pointer in its place, no longer begins as DICOM.
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!it->is_regular_file(error) || absl::StartsWith(name, ".") || !absl::EndsWithIgnoreCase(name, ".dcm")) continue;
    if (!std::binary_search(files.begin(), files.end(), it->path().string())) {
      result.unplaced.push_back({name, std::nullopt, "is no DICOM file"});
    }
  }
  return result;
}

}  // namespace asap
