#include "modules/heads/head_options.h"

#include "absl/strings/str_cat.h"

namespace asap {

absl::Status HeadOptions::Validate() const {
  if (inputs < 1) return absl::InvalidArgumentError(absl::StrCat("a head on ", inputs, " features, expected at least 1"));
  if (outputs < 1) return absl::InvalidArgumentError(absl::StrCat("a head of ", outputs, " outputs, expected at least 1"));
  if (loss == HeadLoss::kSoftmax && outputs < 2) {
    return absl::InvalidArgumentError("a softmax over one class: expected at least 2, or binary labels");
  }
  if (hidden < 0) return absl::InvalidArgumentError(absl::StrCat("a hidden layer of ", hidden, ", expected 0 or more"));
  if (!(dropout >= 0 && dropout < 1)) {
    return absl::InvalidArgumentError(absl::StrCat("dropout of ", dropout, ", expected a probability in [0, 1)"));
  }
  if (names.size() != (hidden > 0 ? 2u : 1u)) {
    return absl::InvalidArgumentError(absl::StrCat(names.size(), " names of layers, expected ", hidden > 0 ? 2 : 1));
  }
  return absl::OkStatus();
}

HeadOptions LinearHead(HeadLoss loss, int64_t inputs, int64_t outputs) {
  return {.loss = loss, .inputs = inputs, .outputs = outputs};
}

HeadOptions SeverityHead(int64_t inputs) { return {.inputs = inputs, .default_biases = true, .names = {"survival_head"}}; }

HeadOptions SurvivalHead(int64_t inputs, int64_t intervals, bool as_published) {
  HeadOptions options = {.loss = HeadLoss::kSurvival,
                         .inputs = inputs,
                         .outputs = intervals,
                         .hidden = inputs,
                         .dropout = 0.2,
                         .default_biases = true,
                         .names = {"projection_head.0", "survival_head"}};
  if (as_published) options.survival = {.likelihood = 2, .flags = 1, .floor = 1e-8};
  return options;
}

}  // namespace asap
