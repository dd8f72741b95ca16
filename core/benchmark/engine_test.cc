#include "core/benchmark/engine.h"

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/benchmark/table_dataset_for_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class NamedEncoder : public MeasuredEncoder {
 public:
  NamedEncoder(std::string name, std::string digest) : name_(std::move(name)), digest_(std::move(digest)) {}
  const std::string& name() const override { return name_; }
  const std::string& digest() const override { return digest_; }
  const std::vector<std::string>& poolings() const override { return poolings_; }
  int64_t width() const override { return 1; }
  absl::StatusOr<at::Tensor> Features(const Dataset&, absl::Span<const int64_t>, const FeatureView&,
                                      const std::function<bool(int64_t)>&) override {
    return absl::UnimplementedError("not asked for");
  }
  std::optional<EncoderSpec> spec() const override { return std::nullopt; }
  absl::StatusOr<std::unique_ptr<Encoder>> NewNetwork(const std::map<std::string, std::string>&) const override {
    return absl::UnimplementedError("not asked for");
  }

 private:
  std::string name_, digest_;
  std::vector<std::string> poolings_ = {"mean"};
};

// Scores each case by fraction and seed; fails for the seeds that it is told.
class CountingTask : public Task {
 public:
  explicit CountingTask(const std::string& name) {
    spec_.name = name;
    spec_.title = "counts";
    spec_.dataset = "table";
    spec_.outcome = Outcome::kBinary;
    spec_.labels = {"yes"};
    spec_.fractions = {1, 100};
    spec_.headline = "auroc";
  }
  const TaskSpec& spec() const override { return spec_; }
  absl::StatusOr<TaskResult> Run(MeasuredEncoder& encoder, const TaskContext& context) const override {
    ++runs;
    auto dataset = context.open_dataset("table");
    if (!dataset.ok()) return dataset.status();
    if (context.seed == failing_seed) return absl::DataLossError("/data/a.nii.gz: unexpected end of file");
    if (!context.progress("fitting", 1, 2)) return absl::CancelledError("stopped");
    TaskResult result;
    result.test.dataset = "table";
    result.test.cases.push_back({.case_id = "a", .patient = "p", .scores = {{"yes", context.fraction + context.seed}}});
    return result;
  }
  std::vector<Score> Scores(absl::Span<const CaseResult>) const override { return {}; }

  mutable std::atomic<int> runs = 0;
  uint64_t failing_seed = 99;

 private:
  TaskSpec spec_;
};

class EngineTest : public testing::Test {
 protected:
  EngineTest() : encoder_("asap", "d1"), task_("kind/one") {
    options_.output_dir = absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(options_.output_dir);
    options_.encoders = {&encoder_};
    options_.tasks = {&task_};
    options_.seeds = {0, 1, 2};
    options_.open_dataset = [](const std::string&, MeasuredEncoder&) -> absl::StatusOr<std::unique_ptr<Dataset>> {
      return std::make_unique<TableDataset>(std::vector<CaseInfo>{});
    };
  }
  NamedEncoder encoder_;
  CountingTask task_;
  EngineOptions options_;
};

TEST_F(EngineTest, EachRunIsMadeOnce) {
  const auto first = RunBenchmark(options_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(task_.runs, 6);
  ASSERT_EQ(first->runs.size(), 6);
  EXPECT_EQ(first->runs[1].key.FileName(), "asap/kind/one/strict/1pct_seed1.json");
  EXPECT_EQ(first->runs[4].result.test.cases[0].scores.at("yes"), 101);
  const auto second = RunBenchmark(options_);
  EXPECT_EQ(task_.runs, 6);
  EXPECT_EQ(second->reused, 6);
  EXPECT_EQ(second->runs[4].result.test.cases[0].scores.at("yes"), 101);
}

TEST_F(EngineTest, AnotherEncoderOrSettingIsMeasuredAgain) {
  ASSERT_TRUE(RunBenchmark(options_).ok());
  options_.settings = "views=4";
  ASSERT_TRUE(RunBenchmark(options_).ok());
  EXPECT_EQ(task_.runs, 12);
  NamedEncoder retrained("asap", "d2");
  options_.encoders = {&retrained};
  EXPECT_EQ(RunBenchmark(options_)->reused, 0);
}

TEST_F(EngineTest, ADamagedRunIsMadeAgain) {
  ASSERT_TRUE(RunBenchmark(options_).ok());
  const std::string path = options_.output_dir + "/runs/asap/kind/one/strict/100pct_seed2.json";
  const std::string whole = *ReadFile(path);
  ASSERT_TRUE(WriteFileAtomically(path, whole.substr(0, whole.size() / 2)).ok());
  const auto again = RunBenchmark(options_);
  EXPECT_EQ(again->reused, 5);
  EXPECT_EQ(again->runs.size(), 6);
  EXPECT_TRUE(ReadRun(path).ok());
}

TEST_F(EngineTest, AFailureDoesNotStopTheOthers) {
  task_.failing_seed = 1;
  const auto outcome = RunBenchmark(options_);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->runs.size(), 4);
  EXPECT_THAT(outcome->failures, ElementsAre("asap, kind/one, 1 %, seed 1: /data/a.nii.gz: unexpected end of file",
                                             "asap, kind/one, 100 %, seed 1: /data/a.nii.gz: unexpected end of file"));
}

TEST_F(EngineTest, ParallelRunsKeepTheirOrder) {
  options_.jobs = 4;
  const auto outcome = RunBenchmark(options_);
  ASSERT_EQ(outcome->runs.size(), 6);
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(outcome->runs[i].key.seed, i % 3);
}

TEST_F(EngineTest, AnInterruptKeepsWhatIsDone) {
  int asked = 0;
  options_.interrupted = [&] { return ++asked > 8; };
  const auto outcome = RunBenchmark(options_);
  EXPECT_TRUE(outcome->interrupted);
  EXPECT_TRUE(outcome->failures.empty());
  const size_t done = outcome->runs.size();
  EXPECT_GT(done, 0);
  EXPECT_LT(done, 6);
  options_.interrupted = nullptr;
  EXPECT_EQ(RunBenchmark(options_)->reused, done);
}

TEST_F(EngineTest, FractionsAreChosenByName) {
  options_.fractions = {100};
  EXPECT_EQ(RunBenchmark(options_)->runs.size(), 3);
  options_.fractions = {10};
  EXPECT_THAT(std::string(RunBenchmark(options_).status().message()), HasSubstr("they have 1, 100"));
}

TEST_F(EngineTest, StatusTellsWhereItStandsAndHowLong) {
  std::vector<std::string> lines;
  options_.status = [&](const std::string& line) { lines.push_back(line); };
  ASSERT_TRUE(RunBenchmark(options_).ok());
  EXPECT_EQ(lines[1], "[1/6] asap, kind/one, 1 %, seed 0: fitting 1/2");
  EXPECT_THAT(lines.back(), HasSubstr("[6/6] asap, kind/one, 100 %, seed 2: fitting 1/2  eta 0m"));
}

TEST_F(EngineTest, RefusesASpecThatSaysNothing) {
  CountingTask nameless("nameless");
  options_.tasks = {&nameless};
  EXPECT_THAT(std::string(RunBenchmark(options_).status().message()), HasSubstr("not of the form kind/dataset"));
}

}  // namespace
}  // namespace asap
