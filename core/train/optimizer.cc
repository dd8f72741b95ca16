#include "core/train/optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_foreach_sub.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <cmath>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace asap {
namespace {

std::vector<at::Tensor> Gradients(const NamedTensors& parameters) {
  std::vector<at::Tensor> gradients;
  for (const NamedTensor& parameter : parameters) {
    if (parameter.tensor.grad().defined()) gradients.push_back(parameter.tensor.grad());
  }
  return gradients;
}

}  // namespace

bool IsDecayed(absl::string_view name, const at::Tensor& parameter) {
  return parameter.dim() > 1 && !absl::EndsWith(name, ".bias");
}

AdamW::AdamW(NamedTensors parameters, const AdamWOptions& options) : parameters_(std::move(parameters)), options_(options) {
  if (options_.rule == nullptr) return;
  for (const NamedTensor& parameter : parameters_) {
    const ParameterRule rule = options_.rule(parameter.name, parameter.tensor);
    if (!(rule == ParameterRule())) rules_[parameter.name] = rule;
  }
}

AdamW::~AdamW() {
  if (in_backward_ == nullptr) return;
  for (const NamedTensor& parameter : parameters_) torch::autograd::impl::set_post_acc_grad_hooks(parameter.tensor, nullptr);
}

absl::Status AdamW::CheckRules() const {
  for (const auto& [name, rule] : rules_) {
    if (!(rule.rate >= 0) || !std::isfinite(rule.rate)) {
      return absl::InvalidArgumentError(absl::StrCat("the rate of ", name, " must be 0 or a positive multiple, got ", rule.rate));
    }
    if (rule.weight_decay.has_value() && (!(*rule.weight_decay >= 0) || !std::isfinite(*rule.weight_decay))) {
      return absl::InvalidArgumentError(
          absl::StrCat("the weight decay of ", name, " must not be negative, got ", *rule.weight_decay));
    }
  }
  return absl::OkStatus();
}

std::map<std::string, ParameterRule> AdamW::OwnRules() const { return rules_; }

void AdamW::Step(double learning_rate, const at::Tensor& skip) { Update(parameters_, learning_rate, skip); }

void AdamW::Update(const NamedTensors& parameters, double learning_rate, const at::Tensor& skip) {
  c10::NoGradGuard no_grad;
  std::optional<at::Tensor> skipped;
  if (skip.defined()) skipped = skip.to(at::kFloat);
  // LibTorch's fused update takes lists of tensors that share a rate, a decay and a dtype.
  struct List {
    std::vector<at::Tensor> parameters, gradients, first, second, steps;
  };
  std::map<std::tuple<double, double, at::ScalarType>, List> lists;
  for (const NamedTensor& parameter : parameters) {
    const at::Tensor& tensor = parameter.tensor;
    const at::Tensor& gradient = tensor.grad();
    if (!gradient.defined()) continue;
    Moments& moments = moments_[parameter.name];
    if (!moments.step.defined()) {
      moments.step = at::zeros({}, tensor.options().dtype(at::kFloat).requires_grad(false));
      moments.first = at::zeros_like(tensor, at::MemoryFormat::Preserve);
      moments.second = at::zeros_like(tensor, at::MemoryFormat::Preserve);
    }
    moments.step.add_(1);
    double rate = 1, decay = IsDecayed(parameter.name, tensor) ? options_.weight_decay : 0;
    if (const auto own = rules_.find(parameter.name); own != rules_.end()) {
      rate = own->second.rate;
      if (own->second.weight_decay.has_value()) decay = *own->second.weight_decay;
    }
    List& list = lists[{rate, decay, tensor.scalar_type()}];
    list.parameters.push_back(tensor);
    list.gradients.push_back(gradient);
    list.first.push_back(moments.first);
    list.second.push_back(moments.second);
    list.steps.push_back(moments.step);
  }
  for (auto& [key, list] : lists) {
    const auto& [rate, decay, type] = key;
    at::_fused_adamw_(list.parameters, list.gradients, list.first, list.second, /*max_exp_avg_sqs=*/{}, list.steps,
                      learning_rate * rate, options_.beta1, options_.beta2, decay, options_.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false, /*grad_scale=*/{}, /*found_inf=*/skipped);
    if (skipped.has_value()) at::_foreach_sub_(list.steps, std::vector<at::Tensor>(list.steps.size(), *skipped));
  }
}

class AdamW::Hook : public torch::autograd::PostAccumulateGradHook {
 public:
  Hook(AdamW* optimizer, NamedTensor parameter) : optimizer_(optimizer), parameter_(std::move(parameter)) {}

  void operator()(const torch::autograd::Variable& tensor) override {
    BackwardUpdate& update = *optimizer_->in_backward_;
    if (!update.active) return;
    c10::NoGradGuard no_grad;
    const at::Tensor norm = at::linalg_vector_norm(tensor.grad()).to(at::kDouble);
    update.norms.push_back(norm);
    at::Tensor skip = norm.isfinite().logical_not();
    if (update.skip.defined()) skip = skip.logical_or(update.skip);
    optimizer_->Update({parameter_}, update.learning_rate, skip);
    parameter_.tensor.mutable_grad() = at::Tensor();
  }

 private:
  AdamW* optimizer_;
  NamedTensor parameter_;
};

void AdamW::UpdateInBackward(double learning_rate, const at::Tensor& skip) {
  if (in_backward_ == nullptr) {
    in_backward_ = std::make_shared<BackwardUpdate>();
    for (const NamedTensor& parameter : parameters_) {
      torch::autograd::impl::set_post_acc_grad_hooks(parameter.tensor, std::make_unique<Hook>(this, parameter));
    }
  }
  *in_backward_ = {.active = true, .learning_rate = learning_rate, .skip = skip, .norms = {}};
}

at::Tensor AdamW::FinishBackward() {
  const std::vector<at::Tensor> norms = std::exchange(in_backward_->norms, {});
  in_backward_->active = false;
  return norms.empty() ? at::zeros({}, at::kDouble) : at::linalg_vector_norm(at::stack(norms));
}

void AdamW::ZeroGradients() {
  for (NamedTensor& parameter : parameters_) parameter.tensor.mutable_grad() = at::Tensor();
}

NamedTensors AdamW::State() const {
  NamedTensors state;
  for (const NamedTensor& parameter : parameters_) {
    const auto moments = moments_.find(parameter.name);
    if (moments == moments_.end()) continue;
    state.push_back({absl::StrCat("exp_avg.", parameter.name), moments->second.first});
    state.push_back({absl::StrCat("exp_avg_sq.", parameter.name), moments->second.second});
    state.push_back({absl::StrCat("step.", parameter.name), moments->second.step.unsqueeze(0)});
  }
  return state;
}

absl::Status AdamW::LoadState(const NamedTensors& state) {
  c10::NoGradGuard no_grad;
  std::map<std::string, at::Tensor> given;
  for (const NamedTensor& entry : state) given[entry.name] = entry.tensor;
  std::map<std::string, Moments> loaded;
  size_t used = 0;
  for (const NamedTensor& parameter : parameters_) {
    const auto first = given.find(absl::StrCat("exp_avg.", parameter.name));
    const auto second = given.find(absl::StrCat("exp_avg_sq.", parameter.name));
    const auto step = given.find(absl::StrCat("step.", parameter.name));
    const int found = (first != given.end()) + (second != given.end()) + (step != given.end());
    if (found == 0) continue;
    if (found != 3) {
      return absl::InvalidArgumentError(
          absl::StrCat("the optimiser's state of ", parameter.name, " has ", found, " of 3 tensors"));
    }
    const at::Tensor& tensor = parameter.tensor;
    for (const auto& moment : {first, second}) {
      if (moment->second.sizes() != tensor.sizes()) {
        return absl::InvalidArgumentError(absl::StrCat("the optimiser's ", moment->first, " has shape [",
                                                       absl::StrJoin(moment->second.sizes(), ", "), "], the parameter [",
                                                       absl::StrJoin(tensor.sizes(), ", "), "]"));
      }
    }
    if (step->second.numel() != 1) {
      return absl::InvalidArgumentError(absl::StrCat("the optimiser's ", step->first, " has ", step->second.numel(), " numbers"));
    }
    const auto copy = [&](const at::Tensor& source) {
      at::Tensor target = at::empty_like(tensor, at::MemoryFormat::Preserve);
      target.copy_(source);
      return target;
    };
    loaded[parameter.name] = {
        .step = step->second.detach().to(tensor.device(), at::kFloat, /*non_blocking=*/false, /*copy=*/true).squeeze(),
        .first = copy(first->second),
        .second = copy(second->second)};
    used += 3;
  }
  if (used != given.size()) {
    std::set<std::string> known;
    for (const NamedTensor& parameter : parameters_) known.insert(parameter.name);
    for (const auto& [name, tensor] : given) {
      const size_t dot = name.find('.');
      if (dot == std::string::npos || known.count(name.substr(dot + 1)) == 0) {
        return absl::InvalidArgumentError(absl::StrCat("the optimiser's state holds ", name, ", which is of no parameter here"));
      }
    }
    return absl::InvalidArgumentError("the optimiser's state holds tensors of unknown kind");
  }
  moments_ = std::move(loaded);
  return absl::OkStatus();
}

at::Tensor GradientNorm(const NamedTensors& parameters) {
  c10::NoGradGuard no_grad;
  const std::vector<at::Tensor> gradients = Gradients(parameters);
  if (gradients.empty()) return at::zeros({}, at::kDouble);
  std::vector<at::Tensor> norms = at::_foreach_norm(gradients, 2);
  for (at::Tensor& norm : norms) norm = norm.to(at::kDouble);
  return at::linalg_vector_norm(at::stack(norms));
}

void ClipGradients(const NamedTensors& parameters, const at::Tensor& norm, double max_norm) {
  c10::NoGradGuard no_grad;
  const std::vector<at::Tensor> gradients = Gradients(parameters);
  if (!gradients.empty()) at::_foreach_mul_(gradients, (max_norm / norm).clamp_max(1));
}

}  // namespace asap
