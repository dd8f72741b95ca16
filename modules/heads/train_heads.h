// Trains heads on frozen features: one, or many at once that differ in rate, decay and features, each as if it were alone.
//
//   HeadProblem problem = {.head = LinearHead(HeadLoss::kBinary, 768, 18), .features = {{"mean", train, validation}},
//                          .labels = labels, .validation_score = MeanAuroc};
//   ASAP_ASSIGN_OR_RETURN(std::vector<HeadRun> runs, TrainHeads(problem, training, {{.learning_rate = 5e-3}}));
//
// On the CPU, in float32. The same bits for the same seed, on any count of threads.
#ifndef ASAP_MODULES_HEADS_TRAIN_HEADS_H_
#define ASAP_MODULES_HEADS_TRAIN_HEADS_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/io/tensor.h"
#include "modules/heads/head_options.h"

namespace asap {

// N training cases, M validation cases, C features, K outputs.
struct FeatureSet {
  std::string name;       // of the pooling, for messages and results
  at::Tensor train;       // [N, C], or [V, N, C]: V augmented views of each case. Any floating-point type
  at::Tensor validation;  // [M, C]
};

struct HeadProblem {
  HeadOptions head;
  std::vector<FeatureSet> features;
  // If set, gives the training features [N, C] of epoch 0, 1, ..., one tensor for each of `features`, whose `train` is not read:
  // augmentation anew in every epoch, as published.
  std::function<absl::StatusOr<std::vector<at::Tensor>>(int64_t epoch)> fresh_features;
  at::Tensor labels;    // [N, K] of 0 and 1 (kBinary); [N] classes (kSoftmax); [N, K] "dead by the end of interval j" (kSurvival)
  at::Tensor interval;  // [N], of kSurvival
  at::Tensor event;     // [N] of 0 and 1, of kSurvival
  // Scores logits [M, K] float32, higher is better; nullopt where it is undefined. Called from the caller's thread.
  std::function<std::optional<double>(const at::Tensor& logits)> validation_score;
};

// Which view of a case an epoch sees.
enum class ViewOrder {
  kByEpoch,  // epoch e sees view e mod V of all cases
  kByCase,   // each case one of its own, drawn anew in every epoch
};

struct HeadTraining {
  int64_t batch = 64;    // an epoch's last batch may be smaller
  int64_t steps = 1000;  // T, where the cosine ends
  int64_t warmup = 50;
  int64_t patience = 10;     // evaluations in a row without a better score that end the training
  int64_t start_epoch = 10;  // evaluations, at ends of epochs 1, 2, ..., begin after this epoch
  ViewOrder views = ViewOrder::kByEpoch;
  uint64_t seed = 42;

  // The published code's way, where it differs.
  bool start_epoch_counts = false;  // evaluations begin at start_epoch itself (prognosis)
  bool ties_win = false;            // a later epoch of the same score is taken (all but CC-CCII)
  bool runs_past_steps = false;     // T ends the training only at the end of an epoch whose count of steps is a multiple of T;
                                    // beyond T the learning rate rises again
};

struct HeadCandidate {
  int64_t features = 0;  // which of HeadProblem::features
  double learning_rate = 1e-3;
  double weight_decay = 1e-5;
};

struct HeadEpoch {
  int64_t epoch = 0;  // from 1
  int64_t steps = 0;  // so far
  double loss = 0;    // mean over the epoch's batches
  bool evaluated = false;
  std::optional<double> score;  // of the validation cases
};

enum class HeadStop { kSteps, kPatience };

struct HeadRun {
  HeadCandidate candidate;
  NamedTensors weights;              // of the best epoch; the last ones where no evaluation gave a score
  int64_t best_epoch = 0;            // from 1; 0 where no evaluation gave a score
  std::optional<double> best_score;  // then nullopt
  std::vector<HeadEpoch> epochs;
  int64_t steps = 0;
  HeadStop stop = HeadStop::kSteps;
};

// One run for each candidate, in their order. InvalidArgument, saying what was found and expected, for shapes that do not fit,
// labels out of range, features that are not finite, or numbers that make no training.
absl::StatusOr<std::vector<HeadRun>> TrainHeads(const HeadProblem& problem, const HeadTraining& training,
                                                const std::vector<HeadCandidate>& candidates);

// TrainHeads of one candidate.
absl::StatusOr<HeadRun> TrainHead(const HeadProblem& problem, const HeadTraining& training, const HeadCandidate& candidate);

// The order in which an epoch (0, 1, ...) takes the cases: its batches are consecutive parts of it.
std::vector<int64_t> EpochOrder(uint64_t seed, int64_t epoch, int64_t cases);

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_TRAIN_HEADS_H_
