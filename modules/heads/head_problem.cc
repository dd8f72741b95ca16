#include "modules/heads/head_problem.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"

namespace asap {
namespace {

template <typename... Parts>
absl::Status Invalid(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

std::string ShapeOf(const at::Tensor& tensor) {
  return tensor.defined() ? absl::StrCat("[", absl::StrJoin(tensor.sizes(), ", "), "]") : "undefined";
}

absl::Status CheckTraining(const HeadTraining& training) {
  if (training.batch < 1) return Invalid("batches of ", training.batch, " cases, expected at least 1");
  if (training.steps < 1) return Invalid("a training of ", training.steps, " steps, expected at least 1");
  if (training.warmup < 0 || training.warmup >= training.steps) {
    return Invalid("a warm-up of ", training.warmup, " steps in a training of ", training.steps);
  }
  if (training.patience < 1) return Invalid("a patience of ", training.patience, " evaluations, expected at least 1");
  return absl::OkStatus();
}

absl::Status CheckCandidates(const std::vector<HeadCandidate>& candidates, size_t sets) {
  if (candidates.empty()) return Invalid("no head to train");
  for (const HeadCandidate& candidate : candidates) {
    if (!(candidate.learning_rate > 0) || !std::isfinite(candidate.learning_rate)) {
      return Invalid("a learning rate of ", candidate.learning_rate, ", expected a positive one");
    }
    if (!(candidate.weight_decay >= 0) || !std::isfinite(candidate.weight_decay)) {
      return Invalid("a weight decay of ", candidate.weight_decay, ", expected one of at least 0");
    }
    if (candidate.features < 0 || candidate.features >= static_cast<int64_t>(sets)) {
      return Invalid("a head on feature set ", candidate.features, " of ", sets);
    }
  }
  return absl::OkStatus();
}

// As [rows, C] or [V, rows, C] float32 on the CPU.
absl::StatusOr<at::Tensor> Features(const std::string& name, const at::Tensor& given, int64_t rows, int64_t width, bool views) {
  const int64_t dim = given.defined() ? given.dim() : 0;
  if (!(dim == 2 || (dim == 3 && views)) || !given.is_floating_point() || given.size(dim - 1) != width ||
      (rows >= 0 && given.size(dim - 2) != rows) || given.numel() == 0) {
    const std::string expected = rows >= 0 ? absl::StrCat(rows, ", ", width) : absl::StrCat("cases, ", width);
    return Invalid(name, " features: ", ShapeOf(given), ", expected floating-point [", expected, "]",
                   views ? absl::StrCat(" or [views, ", expected, "]") : "");
  }
  const at::Tensor x = given.detach().to(at::kCPU, at::kFloat).contiguous();
  double zeros = 0;  // not a number where a feature is not finite. Small sets are not worth LibTorch's threads
  for (const float *value = x.const_data_ptr<float>(), *end = value + x.numel(); value != end; ++value) zeros += *value * 0.0f;
  if (zeros != 0) return Invalid(name, " features: not all of them are finite");
  return x;
}

// As [rows] or [rows, columns] of whole numbers in [0, below) in `type`.
absl::StatusOr<at::Tensor> Numbers(const char* what, const at::Tensor& given, const std::vector<int64_t>& shape, int64_t below,
                                   at::ScalarType type) {
  if (!given.defined() || given.sizes() != at::IntArrayRef(shape)) {
    return Invalid(what, ": ", ShapeOf(given), ", expected [", absl::StrJoin(shape, ", "), "]");
  }
  const at::Tensor values = given.detach().to(at::kCPU, at::kDouble);
  const at::Tensor good = values.ge(0).logical_and(values.lt(below)).logical_and(values.eq(values.floor()));
  if (!good.all().item<bool>()) {
    const int64_t at = good.flatten().logical_not().to(at::kByte).argmax().item<int64_t>();
    return Invalid(what, ": ", values.flatten()[at].item<double>(), " of case ", shape.size() > 1 ? at / shape[1] : at,
                   ", expected whole numbers from 0 to ", below - 1);
  }
  return values.to(type).contiguous();
}

}  // namespace

absl::StatusOr<CheckedProblem> CheckedProblem::Of(const HeadProblem& problem, const HeadTraining& training,
                                                  const std::vector<HeadCandidate>& candidates) {
  const HeadOptions& head = problem.head;
  ASAP_RETURN_IF_ERROR(head.Validate());
  ASAP_RETURN_IF_ERROR(CheckTraining(training));
  ASAP_RETURN_IF_ERROR(CheckCandidates(candidates, problem.features.size()));
  if (problem.validation_score == nullptr) return Invalid("no validation score to select by");
  CheckedProblem checked;
  checked.inputs = head.inputs;
  checked.cases = problem.labels.defined() && problem.labels.dim() > 0 ? problem.labels.size(0) : 0;
  if (checked.cases < 1) return Invalid("labels: ", ShapeOf(problem.labels), ", expected those of at least one case");

  const auto keep = [&](at::Tensor tensor) {
    checked.owned_.push_back(std::move(tensor));
    return checked.owned_.back();
  };
  const auto numbers = [&](const char* what, const at::Tensor& given, int64_t below) -> absl::StatusOr<const int64_t*> {
    ASAP_ASSIGN_OR_RETURN(at::Tensor read, Numbers(what, given, {checked.cases}, below, at::kLong));
    return keep(read).const_data_ptr<int64_t>();
  };
  if (head.loss == HeadLoss::kSoftmax) {
    ASAP_ASSIGN_OR_RETURN(checked.classes, numbers("labels", problem.labels, head.outputs));
  } else {
    ASAP_ASSIGN_OR_RETURN(at::Tensor labels, Numbers("labels", problem.labels, {checked.cases, head.outputs}, 2, at::kFloat));
    checked.labels = keep(labels).const_data_ptr<float>();
    checked.label_columns = head.outputs;
  }
  if (head.loss == HeadLoss::kSurvival) {
    ASAP_ASSIGN_OR_RETURN(checked.classes, numbers("intervals", problem.interval, head.outputs));
    ASAP_ASSIGN_OR_RETURN(checked.events, numbers("events", problem.event, 2));
  }
  for (const FeatureSet& set : problem.features) {
    ASAP_ASSIGN_OR_RETURN(const at::Tensor validation,
                          Features(absl::StrCat("validation ", set.name), set.validation, -1, head.inputs, false));
    checked.validation.push_back(validation);
    checked.views.emplace_back();
    if (problem.fresh_features != nullptr) continue;
    ASAP_ASSIGN_OR_RETURN(at::Tensor train,
                          Features(absl::StrCat("training ", set.name), set.train, checked.cases, head.inputs, true));
    const float* values = keep(train).const_data_ptr<float>();
    const int64_t views = train.dim() == 3 ? train.size(0) : 1;
    for (int64_t v = 0; v < views; ++v) checked.views.back().push_back(values + v * checked.cases * checked.inputs);
  }
  return checked;
}

absl::Status CheckedProblem::BeginEpoch(const HeadProblem& problem, int64_t epoch) {
  if (problem.fresh_features == nullptr) return absl::OkStatus();
  ASAP_ASSIGN_OR_RETURN(const std::vector<at::Tensor> given, problem.fresh_features(epoch));
  if (given.size() != problem.features.size()) {
    return Invalid("features of epoch ", epoch, ": ", given.size(), " sets, expected ", problem.features.size());
  }
  fresh_.clear();
  for (size_t i = 0; i < given.size(); ++i) {
    ASAP_ASSIGN_OR_RETURN(const at::Tensor x,
                          Features(absl::StrCat("training ", problem.features[i].name), given[i], cases, inputs, false));
    fresh_.push_back(x);
    views[i] = {x.const_data_ptr<float>()};
  }
  return absl::OkStatus();
}

}  // namespace asap
