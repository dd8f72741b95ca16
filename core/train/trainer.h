// The training loop: batches in, updates, checkpoints, logs. It knows nothing of what it trains.
//
//   Trainer trainer(&model, loader.get(), {.epochs = 200, .accumulate = 8, .schedule = {...}, .output_dir = "/runs/a"}, {});
//   ASAP_ASSIGN_OR_RETURN(TrainingSummary summary, trainer.Run());
//
// A step is one update of the weights, from `accumulate` batches of one epoch; an epoch's last step takes the batches that are
// left and averages over those. The same seed gives the same losses bit for bit, whatever the number of loader threads; a run
// that is killed and resumed ends in the same weights as one that is not (with the same number of compute threads: sums depend on
// it).
//
// Processes that train together each run a trainer, over loaders that share the epochs in rounds. A step is then `accumulate`
// rounds: W processes equal one that accumulates W times as much, batch by batch and dropout mask by dropout mask, but for the
// order of sums. Rank 0 alone writes; its checkpoints do not know W.
//
// A caller that validates after each epoch keeps the best weights beside the last ones, and may end the training early:
//
//   Trainer* running = nullptr;
//   callbacks.after_epoch = [&](int64_t epoch) -> absl::StatusOr<bool> {
//     ASAP_ASSIGN_OR_RETURN(const double score, Validate(model));
//     running->Offer(score);
//     return epoch - running->best()->epoch < 20;
//   };
//   Trainer trainer(&model, loader.get(), options, callbacks);
//   running = &trainer;
//   ASAP_RETURN_IF_ERROR(trainer.Run().status());
//   ASAP_RETURN_IF_ERROR(trainer.RestoreBest());
//
// Nothing is process-wide: the caller's LibTorch generators are as they were after each forward and backward pass, trainers in
// several threads draw what each would alone (they take turns, pass by pass: seeded_generators.h), and signals are the caller's.
#ifndef ASAP_CORE_TRAIN_TRAINER_H_
#define ASAP_CORE_TRAIN_TRAINER_H_

#include <c10/core/Device.h>
#include <c10/core/Event.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/progress_line.h"
#include "core/data/loader/loader.h"
#include "core/device/device_feed.h"
#include "core/distributed/gradient_reducer.h"
#include "core/distributed/process_group.h"
#include "core/train/checkpoint.h"
#include "core/train/model.h"
#include "core/train/optimizer.h"
#include "core/train/precision.h"
#include "core/train/run_outputs.h"
#include "core/train/schedule.h"
#include "core/train/step_agreement.h"
#include "core/train/step_record.h"

namespace asap {

struct TrainerOptions {
  // How long: one of the two is positive. It is also the unit of the schedule's time.
  int64_t epochs = 0;
  int64_t steps = 0;
  double max_seconds = 0;  // of this run; 0: no limit. A run that ends by it counts as finished

  int64_t accumulate = 1;         // batches of a step, of each process
  ProcessGroup* group = nullptr;  // the processes that train together; null: this one alone
  // The published code's way with the batches that are left at an epoch's end: they are not used.
  bool drop_partial_accumulation = false;
  Schedule schedule;
  AdamWOptions adamw;
  double clip_gradient_norm = 0;  // 0, as published: no clipping
  // Each parameter is updated within the backward pass, see AdamW::UpdateInBackward: memory for one gradient at a time. Only for
  // accumulate = 1 without clipping. The same numbers, but for steps whose gradient alone is not finite: they are skipped tensor
  // by tensor.
  bool update_in_backward = false;
  Precision precision = Precision::kFloat32;
  // Where the model is. On a GPU the trainer does not wait for a step's end but to log: it learns of a step that was not finite,
  // and was left out, one step later.
  c10::Device device = c10::Device(c10::DeviceType::CPU);
  uint64_t seed = 0;  // of dropout and whatever else a forward pass draws from LibTorch's default generators

  std::string output_dir;                // absolute
  std::string resume = "auto";           // see ChooseCheckpoint
  int64_t checkpoint_every_steps = 0;    // 0: never by steps
  double checkpoint_every_minutes = 15;  // 0: never by time. The end of a run always leaves a checkpoint
  int keep_checkpoints = 3;              // 0: all

  int64_t log_every_steps = 1;
  // After so many updates in a row that were skipped, because a loss or a gradient was not finite, the run stops.
  int64_t max_skipped_in_a_row = 5;
  ProgressOptions progress = ProgressToStandardError();
  std::string title = "Training";
  // Settings that decide what is computed, besides those above and the loader's: a run resumes only under the same ones.
  std::vector<std::pair<std::string, std::string>> config;
  // What the page shows besides.
  std::vector<std::pair<std::string, std::string>> settings;
};

struct TrainerCallbacks {
  std::function<absl::Status()> at_start;            // when the settings are accepted and nothing is written yet
  std::function<void(const StepRecord&)> on_record;  // after each logged step
  std::function<absl::Status()> at_end;              // when all steps are done and the last checkpoint is written
  // When the last step of an epoch is done: `epoch` counts from 1. On rank 0, while the others wait. Here a caller validates and
  // calls Offer(); it may leave the model in evaluation. False ends the training, for later runs of the same folder, too; an
  // error ends the run as any does, and Cancelled as a signal does. A run that was cut off before its next checkpoint calls it
  // once more for the same epoch, with the same weights.
  std::function<absl::StatusOr<bool>(int64_t epoch)> after_epoch;
  // Whether to stop, saving a checkpoint; asked before each batch. The caller owns the signals (InterruptScope).
  std::function<bool()> interrupted;
};

// The best that was offered, see Trainer::Offer.
struct BestSoFar {
  double score = 0;
  int64_t epoch = 0;  // epochs done then
  int64_t step = 0;
};

struct TrainingSummary {
  int64_t steps = 0;         // done in all
  int64_t resumed_from = 0;  // of these, done by earlier runs
  int64_t skipped = 0;
  bool reached_time_limit = false;
  StepRecord last;                // the last record of this run; step 0 where it made none
  std::string checkpoint;         // folder of the last one
  std::optional<BestSoFar> best;  // of rank 0
  std::string best_checkpoint;    // its folder; empty where there is none
};

class Trainer {
 public:
  // Model and loader must outlive the trainer.
  Trainer(TrainableModel* model, Loader* loader, TrainerOptions options, TrainerCallbacks callbacks);

  // Trains to the end, on all ranks of the group at the same time. Errors:
  //   Cancelled           a signal stopped the run; its checkpoint and how to go on are in the message
  //   FailedPrecondition  the checkpoint in output_dir was made under other settings
  //   Aborted             too many updates in a row were not finite
  //   Unavailable         another rank failed: which, where and why
  // and whatever loading, computing or writing met. On errors of loading or computing, a checkpoint of the last whole step is
  // written first.
  absl::StatusOr<TrainingSummary> Run();

  // Updates in all, when the run is whole.
  int64_t total_steps() const;

  // Within after_epoch: what the weights of now are worth, higher being better. Where it is the best of the run, earlier parts
  // included, these weights are kept: their checkpoint is written at once and stays until a better one has been written. Equal is
  // not better, and a number that is not finite never is. A run that goes on from another run's checkpoint starts without a best.
  bool Offer(double score);
  std::optional<BestSoFar> best() const;  // rank 0 alone knows
  // Gives the model the best weights, on all ranks at the same time. NotFound where none were offered.
  absl::Status RestoreBest();

 private:
  using Clock = std::chrono::steady_clock;
  // What an update was, its numbers still on their way from the device that computes them.
  struct Outcome {
    int64_t step = 0;
    std::vector<std::vector<std::string>> cases;  // by batch
    std::vector<bool> repeated;                   // by batch: another rank counts it
    int64_t batches = 0;                          // that count, of all ranks
    std::vector<std::vector<std::string>> terms;  // names, by batch
    std::vector<at::Tensor> values;               // of these terms, in this order; float64 scalars on the device
    at::Tensor numbers;                           // the values, then the gradient's norm; float64 on the CPU once `arrived`
    std::optional<c10::Event> arrived;            // none on the CPU
  };

  absl::Status CheckOptions() const;
  std::vector<std::pair<std::string, std::string>> Config() const;
  absl::Status Resume();
  absl::StatusOr<TrainingSummary> Train();
  absl::Status Loop();
  // Tells after_epoch of an epoch's end, once, where the last step was one.
  absl::Status CloseEpoch();
  bool Interrupted() const { return callbacks_.interrupted != nullptr && callbacks_.interrupted(); }
  std::string Checkpoints() const;
  double LearningRate() const;
  bool is_rank_zero() const { return options_.group == nullptr || options_.group->rank() == 0; }
  int64_t world() const { return options_.group == nullptr ? 1 : options_.group->world(); }
  // Batches of a whole step, of all processes.
  int64_t step_batches() const { return options_.accumulate * world(); }
  absl::Status ReadCheckpoint();
  // On rank 0, while the others wait.
  absl::Status OnRankZero(const std::function<absl::Status()>& work);
  StepShare Wishes() const;
  absl::Status Step();
  absl::StatusOr<Outcome> Accumulate(int64_t batches, double learning_rate);
  // The last round's backward pass is the one that exchanges gradients.
  absl::Status AddBatch(const LoadedBatch& loaded, int64_t micro_step, bool last, double learning_rate, Outcome& outcome);
  // Adds the numbers to `outcome`; returns whether the update is to be skipped: one bool, on the device.
  at::Tensor ReadBack(const at::Tensor& gradient_norm, Outcome& outcome) const;
  // Waits for the last update's numbers, agrees on them with the other ranks and counts them. Aborted after too many that were
  // not finite.
  absl::Status Settle();
  absl::Status Record(double learning_rate);
  absl::Status Checkpoint();
  absl::Status WritePage();
  std::vector<std::pair<std::string, std::string>> ShownSettings() const;
  double Seconds() const;  // of training, earlier runs included

  TrainableModel* const model_;
  Loader* const loader_;
  DeviceFeed feed_;
  const TrainerOptions options_;
  const TrainerCallbacks callbacks_;
  AdamW optimizer_;

  TrainState state_;
  TrainingSummary summary_;
  std::optional<Outcome> unsettled_;
  std::unique_ptr<GradientReducer> reducer_;  // none for one process
  StepAgreement agreement_;
  StepShare agreed_;  // the last one's wishes
  std::unique_ptr<RunOutputs> outputs_;
  Clock::time_point start_, last_checkpoint_, last_record_;
  double seconds_before_ = 0;      // of earlier runs
  double wait_before_record_ = 0;  // the loader's waiting time at the last record
  int64_t samples_since_record_ = 0;
  int64_t saved_step_ = -1;  // of the last checkpoint that this run wrote or started from
  bool writable_ = true;     // the last write into output_dir worked
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_TRAINER_H_
