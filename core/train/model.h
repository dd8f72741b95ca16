// What the training loop asks of a model. The loop knows nothing of what it trains.
#ifndef ASAP_CORE_TRAIN_MODEL_H_
#define ASAP_CORE_TRAIN_MODEL_H_

#include <vector>

#include "absl/status/statusor.h"
#include "core/io/tensor.h"
#include "core/loss.h"
#include "core/training_batch.h"

namespace asap {

class TrainableModel {
 public:
  virtual ~TrainableModel() = default;
  // Tensors that the optimiser updates, under their checkpoint names, in a fixed order. Leaves with requires_grad.
  virtual NamedTensors Parameters() const = 0;
  // All that a checkpoint must hold: the parameters, and frozen tensors that cannot be computed anew.
  virtual NamedTensors State() const = 0;
  // One forward pass; the step's loss is the sum over the terms. InvalidArgument for a batch of another kind than the model's.
  virtual absl::StatusOr<std::vector<LossTerm>> Forward(const TrainingBatch& batch) = 0;
  // Dropout on or off.
  virtual void SetTraining(bool training) = 0;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_MODEL_H_
