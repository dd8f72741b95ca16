// Seconds of a linear-probe protocol on cached features: each case is encoded once, by an encoder of the published size, and a
// head is trained for the same epochs. Encoding is measured on a few volumes and multiplied by the cases; the training is run
// whole.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <vector>

#include "core/base/status.h"
#include "core/encoder.h"
#include "gflags/gflags.h"
#include "modules/heads/train_heads.h"
#include "modules/vit3d/vit_encoder.h"
#include "tools/cli/run_tool.h"

DEFINE_int32(train, 160, "Training cases.");
DEFINE_int32(valid, 400, "Validation cases.");
DEFINE_int32(epochs, 100, "Epochs.");
DEFINE_int32(volumes, 3, "Volumes to encode, after one that warms up.");
DEFINE_int32(threads, 2, "Threads.");

namespace asap {
namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

absl::Status Measure() {
  at::set_num_threads(FLAGS_threads);
  const c10::NoGradGuard no_grad;
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Encoder> encoder, LoadVitEncoder({.seed = 1}));
  std::vector<double> seconds;
  for (int i = 0; i <= FLAGS_volumes; ++i) {
    const at::Tensor volume = at::rand({1, 1, 224, 224, 112}) * 2 - 1;
    const Clock::time_point begin = Clock::now();
    ASAP_RETURN_IF_ERROR(encoder->Encode(volume, {.intermediate_blocks = {11}}).status());
    seconds.push_back(Since(begin));
  }
  std::sort(seconds.begin() + 1, seconds.end());
  const double volume_s = seconds[1 + FLAGS_volumes / 2];

  // The published training at 160 cases: batch 64, three steps an epoch.
  HeadProblem problem{.head = LinearHead(HeadLoss::kBinary, 768, 1)};
  problem.features = {{.name = "mean", .train = at::randn({FLAGS_train, 768}), .validation = at::randn({FLAGS_valid, 768})}};
  problem.labels = at::randint(0, 2, {FLAGS_train, 1}).to(at::kFloat);
  problem.validation_score = [](const at::Tensor& logits) -> std::optional<double> { return logits.mean().item<double>(); };
  HeadTraining training{.batch = 64, .patience = FLAGS_epochs + 1, .start_epoch = 0};
  training.steps = int64_t{FLAGS_epochs} * ((FLAGS_train + 63) / 64);
  const Clock::time_point begin = Clock::now();
  ASAP_ASSIGN_OR_RETURN(const HeadRun run, TrainHead(problem, training, {.learning_rate = 3e-3, .weight_decay = 1e-2}));
  const double heads_s = Since(begin);
  std::printf("{\"protocol_s\": %g, \"volume_s\": %g, \"training_s\": %g, \"epochs\": %zu}\n",
              (FLAGS_train + FLAGS_valid) * volume_s + heads_s, volume_s, heads_s, run.epochs.size());
  return absl::OkStatus();
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) {
  return asap::RunTool(argc, argv,
                       {.name = "probe_ours", .summary = "Times a linear-probe protocol on cached features.", .examples = {}},
                       asap::Measure);
}
