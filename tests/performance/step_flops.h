// Floating-point operations of one training step, counted from the sizes: what the matrix products and the attention need at
// least. A multiply and an add are two. Element-wise work, the optimiser and anything computed twice (activation checkpointing,
// the attention's backward pass) are not counted, so that a share of peak built on it is what is useful.
#ifndef ASAP_TESTS_PERFORMANCE_STEP_FLOPS_H_
#define ASAP_TESTS_PERFORMANCE_STEP_FLOPS_H_

#include <cstdint>

#include "modules/asap/config.h"
#include "modules/pretraining/batch.h"

namespace asap {

// Sizes that a batch decides.
struct StepSizes {
  int64_t cases = 1;
  int64_t findings_tokens = 0;  // that the text encoder reads, per case
  int64_t report_tokens = 0;
  int64_t sentences = 0;     // slots
  int64_t read_words = 0;    // for which the vocabulary is evaluated, in the batch
  bool cached_text = false;  // the findings' features come from a file
};

StepSizes SizesOf(const AsapConfig& config, const Batch& batch);

struct StepFlops {
  double forward = 0, backward = 0;
  double total() const { return forward + backward; }
};

// All four published losses must be selected.
StepFlops CountStepFlops(const AsapConfig& config, const StepSizes& sizes);

}  // namespace asap

#endif  // ASAP_TESTS_PERFORMANCE_STEP_FLOPS_H_
