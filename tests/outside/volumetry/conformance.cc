// What this kind alone must do; what every task must do is held beside, by //tasks/testing.
#include <ATen/ops/ones.h>

#include <cmath>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "core/benchmark/engine.h"
#include "core/benchmark/file_features.h"
#include "core/benchmark/summarize.h"
#include "core/io/safetensors.h"
#include "core/page/benchmark/page.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tasks/testing/environment.h"
#include "volumetry.h"

namespace asap::volumetry {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Volumetry, ACaseWithoutAMaskIsPredictedAndNotScored) {
  const auto blind = [](ChangedDataset& dataset) {
    dataset.change_info = [](int64_t index, CaseInfo& info) { info.has_mask = index % 3 != 0; };
  };
  const TaskUnderTest& under_test = TheTask();
  const auto result =
      under_test.task->Run(*under_test.new_encoder("blind"), ContextOf(under_test, 100, Protocol::kStrict, blind));
  ASSERT_TRUE(result.ok()) << result.status();
  const std::vector<double>& truth = result->test.numbers.at(kTrueLitres);
  const auto unknown = std::count_if(truth.begin(), truth.end(), [](double litres) { return std::isnan(litres); });
  EXPECT_GT(unknown, 0);
  EXPECT_EQ(KnownRowsOf(result->test).rows.size() + unknown, result->test.rows.size());
  for (const double litres : result->test.numbers.at(kPredictedLitres)) EXPECT_TRUE(std::isfinite(litres));
  EXPECT_TRUE(under_test.task->Scores(result->test)[0].statistic({}).has_value());
}

TEST(Volumetry, WithoutAnyMaskItSaysSo) {
  const auto blind = [](ChangedDataset& dataset) {
    dataset.change_info = [](int64_t, CaseInfo& info) { info.has_mask = false; };
  };
  const TaskUnderTest& under_test = TheTask();
  const auto result =
      under_test.task->Run(*under_test.new_encoder("blind"), ContextOf(under_test, 100, Protocol::kStrict, blind));
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("no training case has a mask"));
}

TEST(Volumetry, TrainingThatWasCutOffGoesOnFromItsCheckpoint) {
  const TaskUnderTest& under_test = TheTask();
  const auto encoder = under_test.new_encoder("cut off");
  TaskContext context = ContextOf(under_test);
  int64_t last = 0;
  context.progress = [&last](const std::string& stage, int64_t done, int64_t) {
    if (stage == "training") last = done;
    return last < 33;
  };
  const auto cut = under_test.task->Run(*encoder, context);
  EXPECT_TRUE(absl::IsCancelled(cut.status())) << cut.status();
  int64_t first = -1;
  context.progress = [&first](const std::string& stage, int64_t done, int64_t) {
    if (stage == "training" && done > 0 && first < 0) first = done;
    return true;
  };
  const auto resumed = under_test.task->Run(*encoder, context);
  const auto at_once = under_test.task->Run(*encoder, ContextOf(under_test));
  ASSERT_TRUE(resumed.ok() && at_once.ok()) << resumed.status() << at_once.status();
  EXPECT_GT(first, 33);
  EXPECT_EQ(resumed->test.numbers, at_once->test.numbers);
  EXPECT_FALSE(std::filesystem::exists(context.folder + "/training/checkpoints")) << "weights are left";
}

TEST(Volumetry, IsInTheReportWithItsOwnSection) {
  const TaskUnderTest& under_test = TheTask();
  const auto network = under_test.new_encoder("reported");
  const std::string file = testing::TempDir() + "/theirs.safetensors";
  ASSERT_TRUE(WriteSafetensors(file, {{"some case", at::ones({4})}}).ok());
  const auto features = FileFeatures::Open("theirs", file);
  ASSERT_TRUE(features.ok()) << features.status();
  EngineOptions options{.output_dir = under_test.folder + "/report",
                        .encoders = {network.get(), features->get()},
                        .tasks = {under_test.task},
                        .fractions = {100},
                        .task_options = under_test.options};
  options.open_dataset = [&](const std::string& name, MeasuredEncoder&) { return under_test.open(name); };
  auto outcome = RunBenchmark(options);
  ASSERT_TRUE(outcome.ok() && outcome->failures.empty()) << outcome.status() << outcome->failures[0];
  ASSERT_EQ(outcome->not_applicable.size(), 1);
  EXPECT_EQ(outcome->not_applicable[0].encoder, "theirs");

  BenchmarkResults results{.data = "phantom", .tasks = {under_test.task->spec()}};
  for (const MeasuredEncoder* encoder : options.encoders)
    results.encoders.push_back({encoder->name(), encoder->digest(), "asap"});
  results.runs = std::move(outcome->runs);
  results.not_applicable = std::move(outcome->not_applicable);
  Summarize({under_test.task}, {.resamples = 100}, results);
  EXPECT_THAT(ResultsJson(results), AllOf(HasSubstr("\"mae\""), HasSubstr("\"litres\""), HasSubstr("\"correlation\"")));
  const std::string page =
      BenchmarkPage(results, {.tasks = {under_test.task}, .runs_folder = options.output_dir + "/runs", .most_pictures = 2});
  EXPECT_THAT(page.substr(0, page.find("<script>")),
              AllOf(HasSubstr("Mean absolute error, litres"), HasSubstr("<figcaption>Predicted against true volume</figcaption>"),
                    HasSubstr("<caption>Largest errors of small, litres</caption>"), HasSubstr("data:image/png"),
                    HasSubstr("the task needs a trained network")));
  EXPECT_THAT(page, HasSubstr("\"steps\":\"none\"")) << "a scatter plot has no lines between its points";
}

}  // namespace
}  // namespace asap::volumetry
