// AdamW (Loshchilov & Hutter, 2019): Adam with decoupled weight decay.
//
//   AdamW optimizer(model.Parameters(), {.weight_decay = 0.05});
//   loss.backward();
//   optimizer.Step(/*learning_rate=*/1.5e-4);
//   optimizer.ZeroGradients();
//
// For a parameter p with gradient g at its t-th update, with rate r and decay d:
//   p <- p (1 - r d);  m <- m + (1 - beta1)(g - m);  v <- beta2 v + (1 - beta2) g^2;
//   p <- p - r / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps).
// A parameter without a gradient is left alone: no decay, and its t does not advance.
#ifndef ASAP_CORE_TRAIN_OPTIMIZER_H_
#define ASAP_CORE_TRAIN_OPTIMIZER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/io/tensor.h"

namespace asap {

// What one parameter has of its own.
struct ParameterRule {
  double rate = 1;                     // times the rate of a step; 0 leaves the parameter as it is
  std::optional<double> weight_decay;  // in place of AdamWOptions::weight_decay where that applies and 0 where it does not

  bool operator==(const ParameterRule& other) const { return rate == other.rate && weight_decay == other.weight_decay; }
};

struct AdamWOptions {
  double beta1 = 0.9;
  double beta2 = 0.95;
  double epsilon = 1e-8;
  double weight_decay = 0.05;
  // Groups of parameters with rates and decays of their own, such as rates that fall layer by layer from the head down, as
  // fine-tuning has them:
  //
  //   .rule = [](const std::string& name, const at::Tensor&) { return ParameterRule{.rate = std::pow(0.75,
  //   DepthBelowHead(name))}; }
  //
  // Null: all parameters alike.
  std::function<ParameterRule(const std::string& name, const at::Tensor& parameter)> rule;
};

// Whether weight decay applies: not to vectors and scalars (biases, scales of norms), nor to what is named a bias. Class and mask
// tokens, of three axes, are decayed, as in the published training.
bool IsDecayed(absl::string_view name, const at::Tensor& parameter);

class AdamW {
 public:
  // Leaves of float32 or float64, on one device. The optimiser keeps references to them.
  AdamW(NamedTensors parameters, const AdamWOptions& options);
  ~AdamW();
  AdamW(const AdamW&) = delete;
  AdamW& operator=(const AdamW&) = delete;

  // InvalidArgument, naming the parameter, where its rule's rate or decay is negative or not finite.
  absl::Status CheckRules() const;
  // The rules that differ from ParameterRule(), by parameter.
  std::map<std::string, ParameterRule> OwnRules() const;

  // One update of every parameter that has a gradient. `skip`, if defined, is one bool on the parameters' device: where it is
  // true nothing changes, and no one has waited for the device to find out.
  void Step(double learning_rate, const at::Tensor& skip = {});

  // The other way to update: during the next backward pass, each parameter as soon as its gradient is whole, which is then
  // dropped. So one gradient is in memory at a time, not all of them. `skip` as in Step(), known before the pass; besides, a
  // parameter whose gradient is not finite is left alone. Not for gradients that are summed over several passes, clipped, or
  // averaged over processes.
  //
  //   optimizer.UpdateInBackward(rate);
  //   loss.backward();
  //   const at::Tensor norm = optimizer.FinishBackward();  // as GradientNorm
  void UpdateInBackward(double learning_rate, const at::Tensor& skip = {});
  at::Tensor FinishBackward();

  // Drops the gradients: a parameter that the next step does not reach has none, rather than zeros.
  void ZeroGradients();

  // For each parameter that was ever updated: "exp_avg.NAME" and "exp_avg_sq.NAME" of its shape, "step.NAME" of shape [1]. They
  // are references: an update changes them.
  NamedTensors State() const;

  // What State() gave, possibly on another device. InvalidArgument, naming the tensor, where a name or a shape is not of these
  // parameters; the state is then as before.
  absl::Status LoadState(const NamedTensors& state);

 private:
  struct Moments {
    at::Tensor step, first, second;
  };

  class Hook;

  void Update(const NamedTensors& parameters, double learning_rate, const at::Tensor& skip);

  NamedTensors parameters_;
  AdamWOptions options_;
  std::map<std::string, ParameterRule> rules_;  // by parameter name; none for those that have nothing of their own
  std::map<std::string, Moments> moments_;      // by parameter name

  // What an update in the backward pass needs. The hooks that it sets on the parameters last as long as the optimiser.
  struct BackwardUpdate {
    bool active = false;
    double learning_rate = 0;
    at::Tensor skip;
    std::vector<at::Tensor> norms;
  };
  std::shared_ptr<BackwardUpdate> in_backward_;
};

// The L2 norm of all gradients taken as one vector, as a float64 scalar on their device; 0 where there is none. Not finite where
// any gradient is not.
at::Tensor GradientNorm(const NamedTensors& parameters);

// Scales all gradients by the same factor so that their norm is at most `max_norm`. `norm` is what GradientNorm gave.
void ClipGradients(const NamedTensors& parameters, const at::Tensor& norm, double max_norm);

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_OPTIMIZER_H_
