#include "tools/pretrain/data_check.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/log.h"
#include "tools/cli/case_progress.h"

namespace asap {

absl::Status CheckDataset(const Dataset& dataset, bool skip_bad_cases) {
  CaseProgress progress(dataset.size(), "checked ");
  const std::vector<DatasetProblem> problems = dataset.Verify([&](int64_t done) { progress.Reach(done); });
  progress.Clear();
  int64_t errors = 0, warnings = 0;
  for (const DatasetProblem& problem : problems) {
    const bool error = problem.severity == DatasetProblem::Severity::kError;
    ++(error ? errors : warnings);
    const std::string line =
        absl::StrCat(problem.case_id, problem.case_id.empty() ? "" : ": ", problem.message, " Remedy: ", problem.remedy);
    if (error) {
      LogError(absl::StrCat("error: ", line));
    } else {
      LogWarning(absl::StrCat("warning: ", line));
    }
  }
  if (errors + warnings > 0)
    LogInfo(absl::StrCat("verification: ", errors, " errors, ", warnings, " warnings in ", dataset.size(), " cases"));
  if (errors == 0 || skip_bad_cases) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "the dataset has ", errors, " errors, listed above; mend them, or leave bad cases out with --on_bad_case=skip"));
}

void WarnOfSpacing(const Dataset& dataset, const std::array<double, 3>& spacing_mm) {
  for (int64_t index = 0; index < std::min<int64_t>(dataset.size(), 20); ++index) {
    const absl::StatusOr<std::unique_ptr<VoxelSource>> volume = dataset.Volume(index);
    if (!volume.ok()) continue;  // verification or the loader names it
    const std::array<double, 3>& found = (*volume)->geometry().spacing;
    double worst = 0;
    for (int axis = 0; axis < 3; ++axis) worst = std::max(worst, std::abs(found[axis] / spacing_mm[axis] - 1));
    if (worst < 0.02) continue;
    LogWarning(absl::StrCat("warning: ", dataset.Info(index).id, " has voxels of ", absl::StrJoin(found, " x "),
                            " mm, the model expects ", absl::StrJoin(spacing_mm, " x "),
                            " mm (--spacing). Remedy: resample with tools:preprocess, or state the spacing that you want."));
    return;
  }
}

}  // namespace asap
