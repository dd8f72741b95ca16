// What a training step reads, as far as the training loop knows it: who is in it, and what of it must lie on the device. A model
// and its losses know the kind of batch that they are trained on.
#ifndef ASAP_CORE_TRAINING_BATCH_H_
#define ASAP_CORE_TRAINING_BATCH_H_

#include <ATen/core/TensorBody.h>

#include <string>
#include <vector>

namespace asap {

struct TrainingBatch {
  virtual ~TrainingBatch() = default;

  std::vector<std::string> case_ids;  // of its rows

  // What the step needs on the device that computes; undefined tensors may be among them. All else stays on the CPU.
  virtual std::vector<at::Tensor*> DeviceTensors() { return {}; }
};

}  // namespace asap

#endif  // ASAP_CORE_TRAINING_BATCH_H_
