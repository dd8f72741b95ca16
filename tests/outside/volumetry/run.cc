// One run: splits, training in the run's folder, test.
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/benchmark/measured_encoder.h"
#include "core/data/loader/loader.h"
#include "core/device/device.h"
#include "core/io/png.h"
#include "core/train/trainer.h"
#include "regressor.h"
#include "scans.h"
#include "tasks/cohort/cohort.h"
#include "volumetry.h"

namespace asap::volumetry {
namespace {

constexpr int64_t kBatch = 8;
constexpr double kQuickSteps = 100, kFullSteps = 3000;

using OnScan = std::function<absl::Status(size_t place, const at::Tensor& volume)>;

// Litres of each case, a case at a time; `on_scan`, which may be null, sees the voxels.
absl::StatusOr<std::vector<double>> Predict(Regressor& model, const Dataset& dataset, const std::vector<int64_t>& cases,
                                            const TaskContext& context, c10::Device device, const OnScan& on_scan) {
  const c10::NoGradGuard no_gradients;
  model.SetTraining(false);
  std::vector<double> litres;
  for (size_t place = 0; place < cases.size(); ++place) {
    if (context.progress != nullptr && !context.progress("predicting", place, cases.size())) {
      return absl::CancelledError("stopped while volumes were predicted");
    }
    ASAP_ASSIGN_OR_RETURN(const at::Tensor volume, NetworkInputOf(dataset, cases[place], model.spec()));
    ASAP_ASSIGN_OR_RETURN(const at::Tensor told, model.Litres(volume.to(device)));
    litres.push_back(told.item<double>());
    if (on_scan != nullptr) ASAP_RETURN_IF_ERROR(on_scan(place, volume));
  }
  return litres;
}

double MeanError(const std::vector<double>& truth, const std::vector<double>& predicted) {
  double sum = 0;
  for (size_t i = 0; i < truth.size(); ++i) sum += std::abs(truth[i] - predicted[i]);
  return sum / static_cast<double>(truth.size());  // NaN of none, which is never the best
}

// The middle coronal slice of [1, 1, H, W, D] in [-1, 1] from the front: the patient's right on the left, the head above.
absl::Status DrawSlice(const std::string& path, const at::Tensor& volume) {
  const at::Tensor slice = volume[0][0].select(1, volume.size(3) / 2).contiguous();  // [H, D]
  const int width = static_cast<int>(slice.size(0)), height = static_cast<int>(slice.size(1));
  RgbImage image(width, height);
  for (int x = 0; x < width; ++x) {
    for (int y = 0; y < height; ++y) {
      const float value = slice.data_ptr<float>()[(width - 1 - x) * height + (height - 1 - y)];
      const auto grey = static_cast<uint8_t>(std::lround(std::clamp((value + 1) / 2, 0.0f, 1.0f) * 255));
      image.Set(x, y, {grey, grey, grey});
    }
  }
  return WritePng(path, image);
}

TrainerOptions TrainingOf(const TaskContext& context, c10::Device device) {
  const int64_t steps = static_cast<int64_t>(context.parameters.at(kSizeParameter) == "full" ? kFullSteps : kQuickSteps);
  const double encoder_rate = context.Number(kEncoderRate);
  return {.steps = steps,
          .schedule = {.peak = context.Number(kLearningRate), .warmup = 0.1 * steps, .horizon = 1.0 * steps},
          .adamw = {.rule =
                        [encoder_rate](const std::string& name,
                                       const at::Tensor&) {  // what is pre-trained learns slower than what is new
                          return ParameterRule{.rate = absl::StartsWith(name, kOfEncoder) ? encoder_rate : 1};
                        }},
          .device = device,
          .seed = context.seed,
          .output_dir = context.folder + "/training",
          .keep_checkpoints = 1,
          .progress = {.out = nullptr},  // context.progress tells
          .title = "Training for volumes"};
}

}  // namespace

VolumetryTask::VolumetryTask(VolumetrySpec spec) : classes_(std::move(spec.classes)) {
  spec_ = {.name = std::move(spec.name),
           .title = std::move(spec.title),
           .dataset = std::move(spec.dataset),
           .outcome = "a volume in litres",
           .fractions = {10, 100},
           .headline = "mae",
           .protocols = {{"strict", "AdamW on the squared error; the epoch of the least validation error is tested"}},
           .encoder = EncoderUse::kTrainedNetwork,
           .alone = true,
           .parameters = {{kSizeParameter, SizeParameter()},
                          {kLearningRate, {.value = "0.003", .help = "Peak learning rate of the head.", .range = {{0, 1}}}},
                          {kEncoderRate, {.value = "0.1", .help = "The encoder's rate, times the head's.", .range = {{0, 10}}}}}};
}

std::string PicturePath(const std::string& folder, size_t row) { return absl::StrCat(folder, "/pictures/", row, ".png"); }

absl::StatusOr<TaskResult> VolumetryTask::Run(MeasuredEncoder& encoder, const TaskContext& context) const {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> dataset, context.open_dataset(spec_.dataset));
  ASAP_ASSIGN_OR_RETURN(const TaskCohort cohort, GatherCohort(*dataset, {.dataset = spec_.dataset}, context));
  ASAP_ASSIGN_OR_RETURN(const Scans all_train, ReadScans(*dataset, cohort.train.cases, classes_, context));
  ASAP_ASSIGN_OR_RETURN(const Scans all_valid, ReadScans(*dataset, cohort.valid.cases, classes_, context));
  ASAP_ASSIGN_OR_RETURN(const Scans test, ReadScans(*dataset, cohort.test.cases, classes_, context));
  const Scans train = all_train.Known(), valid = all_valid.Known();
  if (train.cases.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("dataset ", spec_.dataset, ": no training case has a mask; add masks"));
  }

  ASAP_ASSIGN_OR_RETURN(const c10::Device device, OpenDevice(context.device));
  ASAP_ASSIGN_OR_RETURN(std::unique_ptr<Encoder> network, encoder.NewNetwork({}));
  Regressor model(std::move(network), train.litres, device);
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Loader> loader,
                        Loader::Open(std::make_unique<ScanReader>(dataset.get(), train, model.spec()),
                                     {.batch_size = std::min<int64_t>(kBatch, train.cases.size()),
                                      .threads = context.threads,
                                      .pinned = !device.is_cpu(),
                                      .seed = context.seed}));
  const TrainerOptions options = TrainingOf(context, device);
  Trainer* running = nullptr;
  int64_t step = 0;
  TrainerCallbacks callbacks;
  callbacks.on_record = [&](const StepRecord& record) { step = record.step; };
  callbacks.interrupted = [&] { return context.progress != nullptr && !context.progress("training", step, options.steps); };
  callbacks.after_epoch = [&](int64_t) -> absl::StatusOr<bool> {
    ASAP_ASSIGN_OR_RETURN(const std::vector<double> predicted, Predict(model, *dataset, valid.cases, context, device, nullptr));
    running->Offer(-MeanError(valid.litres, predicted));
    return true;
  };
  Trainer trainer(&model, loader.get(), options, callbacks);
  running = &trainer;
  ASAP_ASSIGN_OR_RETURN(const TrainingSummary summary, trainer.Run());
  if (summary.best.has_value()) ASAP_RETURN_IF_ERROR(trainer.RestoreBest());

  TaskResult result{.split = cohort.split, .warnings = cohort.warnings};
  result.choices.emplace_back("epoch", summary.best.has_value() ? absl::StrCat(summary.best->epoch) : "last");
  result.test.dataset = spec_.dataset;
  for (const int64_t index : test.cases) result.test.rows.push_back(RowOf(*dataset, index));
  result.test.numbers[kTrueLitres] = test.litres;
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(context.folder + "/pictures"));
  const OnScan draw = [&](size_t place, const at::Tensor& volume) {
    return DrawSlice(PicturePath(context.folder, place), volume);
  };
  ASAP_ASSIGN_OR_RETURN(result.test.numbers[kPredictedLitres], Predict(model, *dataset, test.cases, context, device, draw));
  // The curves stay; weights, of which there is a gigabyte for each run of a large encoder, are not needed again.
  std::error_code error;
  std::filesystem::remove_all(std::filesystem::path(summary.checkpoint).parent_path(), error);
  return result;
}

}  // namespace asap::volumetry
