// What one logged training step is about: the numbers of the log, of TensorBoard and of the curves.
#ifndef ASAP_CORE_TRAIN_STEP_RECORD_H_
#define ASAP_CORE_TRAIN_STEP_RECORD_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace asap {

struct StepRecord {
  // Functions of seed, data and settings alone: a resumed or repeated run has the same, bit for bit.
  int64_t step = 0;  // updates done, this one included
  double epoch = 0;  // epochs of data read, with the fraction of the current one
  double learning_rate = 0;
  double loss = 0;  // the sum of the terms; like them a mean over micro-steps since the record before
  std::vector<std::pair<std::string, double>> terms;
  double gradient_norm = 0;  // L2, before clipping
  int64_t skipped = 0;       // updates left out so far because a loss or a gradient was not finite

  // Measured.
  double samples_per_second = 0;
  double wait_share = 0;           // of the time since the record before: how much was spent waiting for data, in [0, 1]
  int64_t peak_memory = 0;         // bytes of main memory
  int64_t peak_device_memory = 0;  // bytes that LibTorch held of a GPU's memory; 0 without one
  double seconds = 0;              // of training so far, earlier runs included
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_STEP_RECORD_H_
