// A problem of TrainHeads that has been checked, as plain arrays.
#ifndef ASAP_MODULES_HEADS_HEAD_PROBLEM_H_
#define ASAP_MODULES_HEADS_HEAD_PROBLEM_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "modules/heads/train_heads.h"

namespace asap {

struct CheckedProblem {
  int64_t cases = 0;          // N
  int64_t inputs = 0;         // C
  int64_t label_columns = 0;  // of `labels`
  const float* labels = nullptr;
  const int64_t* classes = nullptr;  // or intervals
  const int64_t* events = nullptr;
  std::vector<std::vector<const float*>> views;  // of each feature set: its views [N, C]
  std::vector<at::Tensor> validation;            // [M, C] float32

  static absl::StatusOr<CheckedProblem> Of(const HeadProblem& problem, const HeadTraining& training,
                                           const std::vector<HeadCandidate>& candidates);

  // Fetches the features of epoch 0, 1, ... where the problem makes them anew.
  absl::Status BeginEpoch(const HeadProblem& problem, int64_t epoch);

 private:
  std::vector<at::Tensor> owned_;  // what the pointers above look at
  std::vector<at::Tensor> fresh_;  // of this epoch
};

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_HEAD_PROBLEM_H_
