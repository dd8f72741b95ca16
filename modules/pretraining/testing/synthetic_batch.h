// Batches made of nothing but a seed, for tests of models and losses.
#ifndef ASAP_MODULES_PRETRAINING_TESTING_SYNTHETIC_BATCH_H_
#define ASAP_MODULES_PRETRAINING_TESTING_SYNTHETIC_BATCH_H_

#include <cstdint>
#include <vector>

#include "core/encoder.h"
#include "modules/pretraining/batch.h"

namespace asap {

struct SyntheticBatchOptions {
  int64_t cases = 2;
  int64_t text_length = 32;
  int64_t vocabulary = 64;  // ids 5 ... vocabulary - 1 are words; 0 padding, 2 [CLS], 4 [MASK]
  uint64_t seed = 0;
  bool masks = true;               // false: no case has a mask
  std::vector<int64_t> sentences;  // of each case; {3, 1, 3, 1, ...} where empty
};

// Bright boxes in noise with their labels, and sentences of four words each. Case i of a batch does not depend on how many there
// are.
Batch SyntheticBatch(const EncoderSpec& spec, const SyntheticBatchOptions& options);

// Cases first, ..., first + count - 1 of a batch.
Batch SliceBatch(const Batch& batch, int64_t first, int64_t count);

}  // namespace asap

#endif  // ASAP_MODULES_PRETRAINING_TESTING_SYNTHETIC_BATCH_H_
