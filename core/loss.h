// The loss plug-in: reads what a training step shares, adds named terms. What a model learns is a list of losses, so that an
// ablation is a shorter list, not a change of code.
#ifndef ASAP_CORE_LOSS_H_
#define ASAP_CORE_LOSS_H_

#include <ATen/core/TensorBody.h>

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/encoder.h"
#include "core/io/tensor.h"
#include "core/registry.h"
#include "core/training_batch.h"

namespace asap {

// One forward pass: the batch, which this does not look into, and the tensors that several losses read. Each shared tensor has a
// provider and is computed at most once, when a loss first asks for it: what no loss reads costs nothing.
class StepState {
 public:
  using Provider = std::function<absl::StatusOr<at::Tensor>(StepState&)>;

  StepState(const TrainingBatch& batch, const std::map<std::string, Provider>& providers)
      : batch_(batch), providers_(providers) {}

  const TrainingBatch& batch() const { return batch_; }

  bool Has(const std::string& name) const { return values_.count(name) > 0 || providers_.count(name) > 0; }

  absl::StatusOr<at::Tensor> Get(const std::string& name) {
    if (const auto found = values_.find(name); found != values_.end()) return found->second;
    const auto provider = providers_.find(name);
    if (provider == providers_.end()) {
      std::vector<std::string> known;
      for (const auto& entry : providers_) known.push_back(entry.first);
      return absl::InvalidArgumentError(UnknownName("shared tensor", name, known));
    }
    absl::StatusOr<at::Tensor> value = provider->second(*this);
    if (value.ok()) values_[name] = *value;
    return value;
  }

  // For a provider that makes several tensors at once.
  void Set(const std::string& name, at::Tensor value) { values_[name] = std::move(value); }

 private:
  const TrainingBatch& batch_;
  const std::map<std::string, Provider>& providers_;
  std::map<std::string, at::Tensor> values_;
};

struct LossTerm {
  std::string name;
  at::Tensor value;  // scalar, differentiable; the step's loss is the sum over terms
};

class Loss {
 public:
  virtual ~Loss() = default;
  virtual absl::StatusOr<std::vector<LossTerm>> Compute(StepState& state) = 0;
  // The loss's own weights under their checkpoint names (shared trunks belong to the model).
  virtual NamedTensors Parameters() const { return {}; }
};

// What a loss is built for.
struct LossContext {
  EncoderSpec encoder;
  std::map<std::string, std::string> parameters;  // the loss's own, from the command line; unknown keys are errors
  std::any model;                                 // what an assembling model hands to its own losses; others leave it alone
};

using LossFactory = std::function<absl::StatusOr<std::unique_ptr<Loss>>(const LossContext&)>;

}  // namespace asap

#define REGISTER_LOSS(name, factory) ASAP_REGISTER(::asap::LossFactory, "loss", name, factory)

#endif  // ASAP_CORE_LOSS_H_
