#include "datasets/file_cases/compare_grids.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/imaging/geometry.h"

namespace asap {
namespace {

constexpr double kTolerance = 1e-3;  // mm, and cosines

template <typename Numbers>
double LargestDifference(const Numbers& a, const Numbers& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

std::string Spacing(const Geometry& geometry) {
  return absl::StrFormat("%.4g x %.4g x %.4g mm", geometry.spacing[0], geometry.spacing[1], geometry.spacing[2]);
}

}  // namespace

std::vector<DatasetProblem> CompareGrids(const Geometry& volume, const std::string& volume_path, const Geometry& mask,
                                         const std::string& mask_path) {
  using Severity = DatasetProblem::Severity;
  std::vector<DatasetProblem> problems;
  const auto add = [&](Severity severity, const std::string& message, const char* remedy) {
    problems.push_back({.severity = severity, .message = message, .remedy = remedy});
  };
  if (volume.size != mask.size) {
    add(Severity::kError,
        absl::StrCat(mask_path, ": the mask has ", SizeText(mask.size), " voxels, its volume ", volume_path, " has ",
                     SizeText(volume.size)),
        "resample the mask to the volume's grid with nearest neighbours, or preprocess both together");
    return problems;  // the rest follows from it
  }
  if (LargestDifference(volume.spacing, mask.spacing) > kTolerance) {
    add(Severity::kError,
        absl::StrCat(mask_path, ": the mask's spacing is ", Spacing(mask), ", that of its volume ", volume_path, " is ",
                     Spacing(volume)),
        "resample the mask to the volume's grid with nearest neighbours, or correct the header that is wrong");
  }
  if (LargestDifference(volume.direction, mask.direction) > kTolerance) {
    add(Severity::kWarning, absl::StrCat(mask_path, ": the mask's axes point elsewhere than those of its volume ", volume_path),
        "voxels are paired by index: look at one overlay, and reorient the mask if it is flipped");
  } else if (LargestDifference(volume.origin, mask.origin) > kTolerance) {
    add(Severity::kWarning,
        absl::StrFormat("%s: the mask's origin is %.4g mm from that of its volume %s along an axis", mask_path,
                        LargestDifference(volume.origin, mask.origin), volume_path),
        "voxels are paired by index: look at one overlay, and move the mask if it is displaced");
  }
  return problems;
}

}  // namespace asap
