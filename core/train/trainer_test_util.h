// A small model and small data for tests of the training loop.
#ifndef ASAP_CORE_TRAIN_TRAINER_TEST_UTIL_H_
#define ASAP_CORE_TRAIN_TRAINER_TEST_UTIL_H_

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/data/loader/fake_rows.h"
#include "core/data/loader/loader.h"
#include "core/train/model.h"
#include "core/train/trainer.h"

namespace asap {

// An autoencoder of one hidden layer with dropout, over rows of 120 numbers. Terms: "image", the mean squared error, and
// "sparsity", the mean absolute activation, weighted.
class TinyModel : public TrainableModel {
 public:
  TinyModel();

  NamedTensors Parameters() const override { return parameters_; }
  NamedTensors State() const override { return parameters_; }
  absl::StatusOr<std::vector<LossTerm>> Forward(const TrainingBatch& batch) override;
  void SetTraining(bool training) override { training_ = training; }

  std::set<std::string> nan_loss, nan_gradient, throwing;  // case ids that bring these about
  std::function<void()> on_forward;
  int64_t forwards = 0;

 private:
  NamedTensors parameters_;
  bool training_ = false;
};

// All parameters as one vector.
at::Tensor Flat(const NamedTensors& tensors);

// 20 cases in batches of 3: 6 an epoch.
LoaderOptions TinyLoaderOptions(int threads);
// 20 steps of 2 batches each.
TrainerOptions TinyTrainerOptions(const std::string& output_dir);

// The lines of OUTPUT_DIR/log.jsonl without what is measured: time, speed, memory.
std::vector<std::string> ReproducibleLog(const std::string& output_dir);

// A run with its parts. Each has fresh weights, the same for all.
struct TinyRun {
  TinyRun(const std::string& output_dir, int threads = 0);

  absl::StatusOr<TrainingSummary> Run();

  FakeCases cases{20};
  TinyModel model;
  LoaderOptions loader_options;
  TrainerOptions options;
  TrainerCallbacks callbacks;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_TRAINER_TEST_UTIL_H_
