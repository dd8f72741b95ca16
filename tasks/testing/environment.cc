#include "tasks/testing/environment.h"

#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/benchmark/network_encoder.h"
#include "core/dataset.h"
#include "datasets/phantom/layouts/write_dataset.h"
#include "gtest/gtest.h"
#include "modules/vit3d/vit_encoder.h"
#include "tasks/testing/coarse_encoder.h"

namespace asap {
namespace {

TaskTestOptions& Options() {
  static auto* options = new TaskTestOptions;
  return *options;
}

std::string RootOf(const std::string& dataset) { return absl::StrCat(testing::TempDir(), "/", dataset); }

absl::StatusOr<std::unique_ptr<Dataset>> Open(const std::string& name) {
  DatasetOptions options{.root = RootOf(name)};
  if (name == "pairs") options.table = absl::StrCat(RootOf(name), "/pairs.csv");
  return OpenDataset(name, options);
}

// A vision transformer of the coarse encoder's sizes, with random weights.
absl::StatusOr<std::unique_ptr<Encoder>> SmallNetwork(std::map<std::string, std::string> parameters) {
  parameters.merge(std::map<std::string, std::string>{{"volume", "32x32x32"},
                                                      {"patch", "16x16x16"},
                                                      {"width", "24"},
                                                      {"depth", "1"},
                                                      {"heads", "2"},
                                                      {"spacing_mm", "10.5x10.5x10.5"}});
  return LoadVitEncoder({.parameters = std::move(parameters)});
}

std::unique_ptr<MeasuredEncoder> NewEncoder(bool trained, const std::string& digest) {
  NetworkFactory make = [](const auto&) { return std::make_unique<CoarseEncoder>(); };
  if (trained) make = SmallNetwork;
  auto encoder = NetworkEncoder::Open(make, {.name = trained ? "small" : "coarse", .digest = digest, .batch_size = 16});
  if (!encoder.ok()) LogError(encoder.status().message());
  return *std::move(encoder);
}

TaskUnderTest* Made() {
  const auto factory = Registry<TaskFactory>::Get("task").Find(Options().task);
  if (!factory.ok()) {
    LogError(factory.status().message());
    std::exit(2);
  }
  const Task* task = (*factory)().release();  // until the process ends
  std::vector<std::string> datasets = task->spec().external_datasets;
  datasets.push_back(task->spec().dataset);
  for (const std::string& name : datasets) {
    const auto written = WritePhantom(name, {.root = RootOf(name)}, {.cases = Options().phantom_cases, .size = {32, 32, 32}}, 2);
    if (!written.ok()) {
      LogError(written.status().message());
      std::exit(2);
    }
  }
  return new TaskUnderTest{.task = task,
                           .name = Options().task,
                           .open = Open,
                           .new_encoder = [trained = task->spec().encoder == EncoderUse::kTrainedNetwork](
                                              const std::string& digest) { return NewEncoder(trained, digest); },
                           .folder = absl::StrCat(testing::TempDir(), "/runs"),
                           .options = Options().task_options,
                           .paper_options = Options().paper_options};
}

}  // namespace

void SetTaskTestOptions(const TaskTestOptions& options) { Options() = options; }

const TaskUnderTest& TheTask() {
  static const TaskUnderTest* task = Made();
  return *task;
}

}  // namespace asap
