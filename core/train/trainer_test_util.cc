#include "core/train/trainer_test_util.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "absl/strings/str_split.h"
#include "core/base/file.h"

namespace asap {
namespace {

constexpr int64_t kNumbers = 120, kHidden = 16;

}  // namespace

TinyModel::TinyModel() {
  at::manual_seed(5);
  parameters_ = {{"encode.weight", at::randn({kNumbers, kHidden}) * 0.1},
                 {"encode.bias", at::zeros({kHidden})},
                 {"decode.weight", at::randn({kHidden, kNumbers}) * 0.1},
                 {"decode.bias", at::zeros({kNumbers})}};
  for (NamedTensor& parameter : parameters_) parameter.tensor.requires_grad_(true);
}

absl::StatusOr<std::vector<LossTerm>> TinyModel::Forward(const TrainingBatch& batch) {
  ++forwards;
  if (on_forward) on_forward();
  const at::Tensor& rows = dynamic_cast<const FakeBatch&>(batch).values;  // [B, 120]
  const at::Tensor hidden = at::relu(at::matmul(rows, parameters_[0].tensor) + parameters_[1].tensor);
  const at::Tensor dropped = at::dropout(hidden, 0.3, training_);
  const at::Tensor output = at::matmul(dropped, parameters_[2].tensor) + parameters_[3].tensor;
  at::Tensor image = (output - rows).to(at::kFloat).square().mean();
  for (const std::string& id : batch.case_ids) {
    if (nan_loss.count(id) > 0) image = image * std::numeric_limits<float>::quiet_NaN();
    // The square root has an infinite slope at 0.
    if (nan_gradient.count(id) > 0) image = image + (parameters_[0].tensor.sum() * 0).sqrt();
    if (throwing.count(id) > 0) at::matmul(rows, rows);
  }
  return std::vector<LossTerm>{{"image", image}, {"sparsity", hidden.abs().mean() * 0.01}};
}

at::Tensor Flat(const NamedTensors& tensors) {
  std::vector<at::Tensor> parts;
  for (const NamedTensor& entry : tensors) parts.push_back(entry.tensor.detach().flatten());
  return at::cat(parts);
}

LoaderOptions TinyLoaderOptions(int threads) { return {.batch_size = 3, .threads = threads, .seed = 1}; }

TrainerOptions TinyTrainerOptions(const std::string& output_dir) {
  TrainerOptions options{.steps = 20,
                         .accumulate = 2,
                         .schedule = {.peak = 1e-2, .warmup = 3, .horizon = 20},
                         .seed = 9,
                         .output_dir = output_dir,
                         .checkpoint_every_steps = 5,
                         .checkpoint_every_minutes = 0};
  options.progress.every_seconds = 3600;
  return options;
}

std::vector<std::string> ReproducibleLog(const std::string& output_dir) {
  std::vector<std::string> lines;
  for (const absl::string_view text : absl::StrSplit(ReadFile(output_dir + "/log.jsonl").value_or(""), '\n', absl::SkipEmpty())) {
    auto line = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr, false);
    if (!line.is_object()) {  // being written, or torn
      lines.emplace_back(text);
      continue;
    }
    for (const char* measured : {"samples_per_second", "wait_share", "peak_memory", "peak_device_memory", "seconds"})
      line.erase(measured);
    lines.push_back(line.dump());
  }
  return lines;
}

TinyRun::TinyRun(const std::string& output_dir, int threads)
    : loader_options(TinyLoaderOptions(threads)), options(TinyTrainerOptions(output_dir)) {}

absl::StatusOr<TrainingSummary> TinyRun::Run() {
  auto loader = Loader::Open(std::make_unique<FakeRows>(&cases), loader_options);
  if (!loader.ok()) return loader.status();
  return Trainer(&model, loader->get(), options, callbacks).Run();
}

}  // namespace asap
