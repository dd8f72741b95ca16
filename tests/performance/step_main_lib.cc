#include "tests/performance/step_main_lib.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gflags/gflags.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/device/device.h"
#include "core/train/memory.h"
#include "core/train/optimizer.h"
#include "core/train/tensor_memory.h"
#include "modules/asap/asap.h"
#include "tests/performance/step_flops.h"
#include "tests/performance/step_profile.h"

DEFINE_bool(upstream_compat, false, "the published code's behaviour, number for number");
DEFINE_string(precision, "f32", "f32 or bf16");
DEFINE_bool(checkpoint_blocks, false, "blocks keep their inputs alone and are run again in the backward pass");
DEFINE_bool(update_in_backward, false, "each parameter is updated as soon as its gradient is whole, which is then dropped");
DEFINE_int32(batch, 1, "cases of a step");
DEFINE_int32(steps, 3, "timed steps, after one that warms up");
DEFINE_string(device, "cpu", "cpu, cuda or cuda:N");
DEFINE_int32(threads, 2, "threads of the tensor operations");
DEFINE_string(config, "vit_b", "vit_b, the published size, or demo");
DEFINE_bool(profile, false, "also print where the time of one more step goes, by operation");
DEFINE_bool(profile_shapes, false, "the same, by operation and shapes of its inputs");

namespace asap {
namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double ProcessorSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

absl::StatusOr<AsapConfig> ConfigNamed(const std::string& name) {
  if (name == "vit_b") return AsapConfig::VitB();
  if (name == "demo") return AsapConfig::Demo();
  return absl::InvalidArgumentError(absl::StrCat("--config=", name, ": expected vit_b or demo"));
}

class StepRunner {
 public:
  StepRunner(const StepTimingOptions& options, AsapModel& model)
      : options_(options), model_(model), batch_(PeerBatch(options)), optimizer_(model.Parameters(), {}) {
    batch_.facts = DescribeTexts(batch_);
    for (at::Tensor* tensor : batch_.DeviceTensors()) *tensor = tensor->to(options.device);
  }

  const Batch& batch() const { return batch_; }
  double loss() const { return loss_; }

  absl::StatusOr<StepSeconds> Run(int64_t step) {
    at::manual_seed(static_cast<uint64_t>(step));
    StepSeconds seconds;
    Clock::time_point start = Clock::now();
    at::Tensor total;
    {
      const AutocastGuard autocast(options_.precision, options_.device.type());
      ASAP_ASSIGN_OR_RETURN(const std::vector<LossTerm> terms, model_.Forward(batch_));
      for (const LossTerm& term : terms) {
        const at::Tensor value = term.value.to(at::kFloat);
        total = total.defined() ? total + value : value;
      }
    }
    loss_ = total.item<double>();
    seconds.forward = Since(start);
    start = Clock::now();
    if (options_.update_in_backward) optimizer_.UpdateInBackward(1e-4);
    total.backward();
    total = at::Tensor();
    if (options_.update_in_backward) optimizer_.FinishBackward();
    AwaitDevice();
    seconds.backward = Since(start);
    if (options_.update_in_backward) return seconds;
    start = Clock::now();
    const at::Tensor norm = GradientNorm(model_.Parameters());  // a training step looks at it before it updates
    optimizer_.Step(1e-4, norm.isfinite().logical_not());
    optimizer_.ZeroGradients();
    AwaitDevice();
    seconds.optimizer = Since(start);
    return seconds;
  }

 private:
  void AwaitDevice() const {
    if (!options_.device.is_cpu()) at::accelerator::synchronizeDevice(options_.device.index());
  }

  const StepTimingOptions& options_;
  AsapModel& model_;
  Batch batch_;
  AdamW optimizer_;
  double loss_ = 0;
};

}  // namespace

Batch PeerBatch(const StepTimingOptions& options) {
  at::manual_seed(0);
  const AsapConfig& config = options.config;
  const int64_t cases = options.batch, length = config.text_length, real = std::min(options.real_tokens, length);
  const std::vector<int64_t> volume = {cases, 1, config.volume[0], config.volume[1], config.volume[2]};
  Batch batch;
  for (int64_t i = 0; i < cases; ++i) batch.case_ids.push_back(absl::StrCat("synthetic", i));
  batch.volumes = at::rand(volume) * 2 - 1;
  batch.masks = at::randint(0, config.anatomy_classes, volume, at::kByte);
  batch.has_mask = at::ones({cases}, at::kBool);
  batch.patch_noise = at::rand({cases, config.patches()});
  const at::Tensor ids = at::randint(30, std::min<int64_t>(30000, config.text.vocabulary), {cases, length}, at::kLong);
  const at::Tensor attention = at::zeros({cases, length}, at::kLong);
  attention.slice(1, 0, real).fill_(1);
  const at::Tensor sentence = at::zeros({cases, length}, at::kLong);
  const int64_t words = real / options.sentences;
  for (int64_t s = 0; s < options.sentences; ++s) sentence.slice(1, s * words, (s + 1) * words).fill_(s + 1);
  batch.findings_ids = batch.report_ids = ids;
  batch.findings_attention = batch.report_attention = attention;
  batch.findings_sentence = sentence;
  batch.report_masked_ids = ids.masked_fill(at::rand({cases, length}) < 0.75, batch.mask_token);
  return batch;
}

absl::StatusOr<StepTiming> TimeSteps(const StepTimingOptions& options) {
  if (options.batch < 1 || options.steps < 1 || options.sentences < 1)
    return absl::InvalidArgumentError("--batch and --steps count from 1");
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<AsapModel> model, AsapModel::Create(options.config));
  if (options.precision == Precision::kBfloat16) model->NarrowFrozenText();
  model->To(options.device);
  StepRunner runner(options, *model);
  StepTiming timing;
  timing.flops = CountStepFlops(model->config(), SizesOf(model->config(), runner.batch())).total();
  try {
    for (int64_t step = 0; step <= options.steps; ++step) {
      const double before = ProcessorSeconds();
      ASAP_ASSIGN_OR_RETURN(const StepSeconds seconds, runner.Run(step));
      const double processor = ProcessorSeconds() - before;
      if (step == 0) continue;
      timing.steps.push_back(seconds);
      timing.processor_seconds = step == 1 ? processor : std::min(timing.processor_seconds, processor);
    }
    timing.loss = runner.loss();
    timing.peak_bytes = PeakMemoryBytes();
    timing.peak_device_bytes = PeakDeviceMemoryBytes(options.device);
    if (options.profile || options.profile_shapes) {
      const StepProfile profile(options.profile_shapes);
      ASAP_RETURN_IF_ERROR(runner.Run(options.steps + 1).status());
      timing.profile = profile.Table(options.profile_shapes ? 40 : 20);
    }
  } catch (const std::exception& error) {  // LibTorch throws, for instance when memory is short
    return absl::InternalError(absl::StrCat("the step failed: ", error.what()));
  }
  return timing;
}

double GemmPeak(Precision precision, c10::Device device) {
  const int64_t size = device.is_cpu() ? 2048 : 8192;
  const at::NoGradGuard no_grad;
  const at::ScalarType type = precision == Precision::kBfloat16 ? at::kBFloat16 : at::kFloat;
  const at::Tensor a = at::randn({size, size}).to(device, type), b = at::randn({size, size}).to(device, type);
  at::Tensor out = at::mm(a, b);
  double best = 1e9;
  for (int i = 0; i < 8; ++i) {
    if (!device.is_cpu()) at::accelerator::synchronizeDevice(device.index());
    const Clock::time_point start = Clock::now();
    at::mm_out(out, a, b);
    if (!device.is_cpu()) at::accelerator::synchronizeDevice(device.index());
    best = std::min(best, Since(start));
  }
  return 2.0 * static_cast<double>(size * size * size) / best;
}

ToolHelp StepHelp() {
  return {.name = "performance",
          .summary =
              "Times optimiser steps of pre-training on synthetic cases and prints one line of JSON: seconds, peak memory, and\n"
              "the share of the machine's peak rate of matrix products, measured in the same run.",
          .examples = {"bazel run //tests/performance:step_ours -- --precision=bf16 --profile"}};
}

absl::Status StepMain() {
  StepTimingOptions options;
  ASAP_ASSIGN_OR_RETURN(options.config, ConfigNamed(FLAGS_config));
  ASAP_ASSIGN_OR_RETURN(options.precision, ParsePrecision(FLAGS_precision));
  if (FLAGS_upstream_compat) options.config.UpstreamCompat();
  options.config.checkpoint_blocks = FLAGS_checkpoint_blocks;
  options.update_in_backward = FLAGS_update_in_backward;
  options.batch = FLAGS_batch;
  options.steps = FLAGS_steps;
  options.profile = FLAGS_profile;
  options.profile_shapes = FLAGS_profile_shapes;
  if (FLAGS_threads < 1) return absl::InvalidArgumentError("--threads counts from 1");
  ASAP_ASSIGN_OR_RETURN(options.device, OpenDevice(FLAGS_device));
  at::set_num_threads(FLAGS_threads);
  if (options.device.is_cpu()) KeepTensorMemory(FLAGS_checkpoint_blocks ? kFewIdle : kAllIdle);  // as tools:pretrain does
  ASAP_ASSIGN_OR_RETURN(const StepTiming timing, TimeSteps(options));
  const double peak = GemmPeak(options.precision, options.device);
  std::vector<double> all;
  for (const StepSeconds& step : timing.steps) all.push_back(step.total());
  std::vector<StepSeconds> sorted = timing.steps;
  std::sort(sorted.begin(), sorted.end(), [](const StepSeconds& a, const StepSeconds& b) { return a.total() < b.total(); });
  const StepSeconds& median = sorted[sorted.size() / 2];
  const nlohmann::ordered_json line = {
      {"name", "ours"},
      {"batch", options.batch},
      {"precision", std::string(PrecisionName(options.precision))},
      {"upstream_compat", FLAGS_upstream_compat},
      {"checkpoint_blocks", FLAGS_checkpoint_blocks},
      {"update_in_backward", FLAGS_update_in_backward},
      {"threads", FLAGS_threads},
      {"forward_s", median.forward},
      {"backward_s", median.backward},
      {"optimizer_s", median.optimizer},
      {"step_s", median.total()},
      {"all_step_s", all},
      {"processor_s", timing.processor_seconds},
      {"peak_rss_gb", static_cast<double>(timing.peak_bytes) / 1024 / 1e6},
      {"peak_device_gb", static_cast<double>(timing.peak_device_bytes) / 1e9},
      {"samples_per_s", static_cast<double>(options.batch) / median.total()},
      {"loss", timing.loss},
      {"gflop", timing.flops / 1e9},
      {"gemm_peak_gflops", peak / 1e9},
      {"share_of_peak", timing.flops / median.total() / peak},
  };
  std::cout << line.dump() << "\n" << timing.profile;
  return absl::OkStatus();
}

}  // namespace asap
