#include "core/page/shown_task.h"

#include "absl/strings/str_cat.h"
#include "core/base/status.h"

namespace asap {

absl::StatusOr<Cohort> CohortWithTexts(const ShownRun& shown) {
  if (shown.place.empty()) return absl::NotFoundError(absl::StrCat("the texts of ", shown.encoder, " were not kept"));
  TaskResult result = shown.run->result;
  ASAP_RETURN_IF_ERROR(ReadTexts(shown.place + ".json", result));
  if (result.test.dataset == shown.cohort->dataset) return result.test;
  for (Cohort& external : result.external) {
    if (external.dataset == shown.cohort->dataset) return external;
  }
  return absl::NotFoundError(absl::StrCat("the run has no rows of ", shown.cohort->dataset));
}

std::optional<std::string> CasePicturePng(const ShownTask& shown, const std::string& case_id) {
  if (shown.picture == nullptr) return std::nullopt;
  const absl::StatusOr<RgbImage> image = shown.picture(shown.cohort, case_id);
  if (!image.ok()) return std::string();
  return EncodePng(*image).value_or("");
}

}  // namespace asap
