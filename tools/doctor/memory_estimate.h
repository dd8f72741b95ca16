// How much main memory one training step of a configuration needs, before it is tried.
#ifndef ASAP_TOOLS_DOCTOR_MEMORY_ESTIMATE_H_
#define ASAP_TOOLS_DOCTOR_MEMORY_ESTIMATE_H_

#include <cstdint>

#include "modules/asap/config.h"

namespace asap {

struct MemoryEstimate {
  int64_t weights = 0;      // bytes, all of these
  int64_t optimiser = 0;    // gradients and two moments
  int64_t activations = 0;  // kept for the backward pass, and the step's largest temporaries
  int64_t batch = 0;        // volumes and masks, with one batch read ahead

  int64_t total() const { return weights + optimiser + activations + batch; }
};

// `trained` and `frozen` are the model's parameters (frozen: a text encoder that does not train). `bf16`: autocast halves most
// activations; weights and optimiser stay float32. An estimate: memory_estimate_test says how close.
MemoryEstimate EstimateMemory(const AsapConfig& config, int64_t trained, int64_t frozen, int64_t batch_size, bool bf16);

}  // namespace asap

#endif  // ASAP_TOOLS_DOCTOR_MEMORY_ESTIMATE_H_
