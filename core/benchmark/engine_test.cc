#include "core/benchmark/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/testing/dataset/fake_dataset.h"
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
  std::optional<EncoderSpec> spec() const override {
    return has_network ? std::optional<EncoderSpec>(EncoderSpec()) : std::nullopt;
  }
  absl::StatusOr<at::Tensor> Features(const Dataset&, absl::Span<const int64_t>, const FeatureView&,
                                      const std::function<bool(int64_t)>&) override {
    return absl::UnimplementedError("not asked for");
  }

  absl::StatusOr<std::unique_ptr<Encoder>> NewNetwork(const std::map<std::string, std::string>&) const override {
    return absl::UnimplementedError("not asked for");
  }

  bool has_network = true;

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
    spec_.outcome = "a count";
    spec_.fractions = {1, 100};
    spec_.headline = "count";
    spec_.parameters["one.steps"] = {.value = "5", .help = "Steps.", .range = {{1, 10}}};
  }
  TaskSpec& mutable_spec() { return spec_; }
  const TaskSpec& spec() const override { return spec_; }
  absl::StatusOr<TaskResult> Run(MeasuredEncoder& encoder, const TaskContext& context) const override {
    ++runs;
    auto dataset = context.open_dataset("table");
    if (!dataset.ok()) return dataset.status();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      last_context = context;
    }
    if (work != nullptr) work(context);
    if (context.seed == failing_seed) return absl::DataLossError("/data/a.nii.gz: unexpected end of file");
    if (!context.progress("fitting", 1, 2)) return absl::CancelledError("stopped");
    TaskResult result;
    result.test.dataset = "table";
    result.test.rows.push_back({.case_id = "a", .patient = "p"});
    result.test.numbers["count"] = {context.fraction + static_cast<double>(context.seed)};
    return result;
  }
  std::vector<Score> Scores(const Cohort&) const override { return {}; }

  mutable std::atomic<int> runs = 0;
  uint64_t failing_seed = 99;
  std::function<void(const TaskContext&)> work;
  mutable TaskContext last_context;

 private:
  mutable std::mutex mutex_;
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
    options_.open_dataset = [this](const std::string& name, MeasuredEncoder&) -> absl::StatusOr<std::unique_ptr<Dataset>> {
      if (name != "table" && !external_is_there_) return absl::NotFoundError(name);
      auto dataset = std::make_unique<FakeDataset>(cases_, labels_, name);
      dataset->fingerprint = files_;
      dataset->tables = tables_;
      return dataset;
    };
  }
  // How many runs a second call makes after `change`.
  int64_t MadeAfter(const std::function<void()>& change) {
    EXPECT_TRUE(RunBenchmark(options_).ok());
    EXPECT_EQ(RunBenchmark(options_)->reused, 6);
    change();
    const auto again = RunBenchmark(options_);
    EXPECT_TRUE(again.ok()) << again.status();
    return again.ok() ? static_cast<int64_t>(again->runs.size()) - again->reused : -1;
  }

  std::vector<CaseInfo> cases_ = {{.id = "a", .patient = "p", .split = "train"}, {.id = "b", .patient = "q", .split = "test"}};
  FakeDataset::LabelRows labels_ = {{{"yes", 1}}, {{"yes", 0}}};
  std::string files_ = "a.nii 10 bytes";
  std::map<std::string, std::vector<DatasetRow>> tables_ = {{"questions", {{.index = 0, .fields = {{"question", "where?"}}}}}};
  bool external_is_there_ = false;
  NamedEncoder encoder_;
  CountingTask task_;
  EngineOptions options_;
};

TEST_F(EngineTest, EachRunIsMadeOnce) {
  const auto first = RunBenchmark(options_);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(task_.runs, 6);
  ASSERT_EQ(first->runs.size(), 6);
  EXPECT_EQ(first->runs[1].key.Place(), "asap/kind/one/strict/1pct_seed1");
  EXPECT_EQ(first->runs[4].result.test.numbers.at("count")[0], 101);
  const auto second = RunBenchmark(options_);
  EXPECT_EQ(task_.runs, 6);
  EXPECT_EQ(second->reused, 6);
  EXPECT_EQ(second->runs[4].result.test.numbers.at("count")[0], 101);
}

TEST_F(EngineTest, WhatWouldBeAnotherNumberIsMeasuredAgain) {
  NamedEncoder retrained("asap", "d2");
  EXPECT_EQ(MadeAfter([&] { options_.encoders = {&retrained}; }), 6);
  EXPECT_EQ(MadeAfter([&] { options_.settings = "device=cuda"; }), 6);
  EXPECT_EQ(MadeAfter([&] { options_.task_options["one.steps"] = "7"; }), 6);
  EXPECT_EQ(MadeAfter([&] { task_.mutable_spec().version = 2; }), 6);
  EXPECT_EQ(MadeAfter([&] { options_.protocol = Protocol::kPaper; }), 6);
  EXPECT_EQ(MadeAfter([&] { options_.commit = "another build"; }), 0) << "a note, which decides nothing";
}

TEST_F(EngineTest, OtherDataAreMeasuredAgain) {
  EXPECT_EQ(MadeAfter([&] { files_ = "a.nii 11 bytes"; }), 6) << "a file";
  EXPECT_EQ(MadeAfter([&] { files_ = "elsewhere/a.nii 11 bytes"; }), 6) << "a root";
  EXPECT_EQ(MadeAfter([&] { labels_[1]["yes"] = 1; }), 6) << "a label";
  EXPECT_EQ(MadeAfter([&] { labels_[1].erase("yes"); }), 6) << "a label that is unknown now";
  EXPECT_EQ(MadeAfter([&] { cases_[0].split = "valid"; }), 6) << "a split";
  EXPECT_EQ(MadeAfter([&] { cases_[0].patient = "q"; }), 6) << "a patient";
  EXPECT_EQ(MadeAfter([&] { tables_["questions"][0].fields["question"] = "how large?"; }), 6) << "a row of a table";
  EXPECT_EQ(MadeAfter([&] { tables_["masks"]; }), 6) << "another table";
  EXPECT_EQ(MadeAfter([&] {
              cases_.pop_back();
              labels_.pop_back();
            }),
            6)
      << "a case";
}

TEST_F(EngineTest, AnExternalDatasetThatComesLaterIsMeasured) {
  task_.mutable_spec().external_datasets = {"elsewhere"};
  EXPECT_EQ(MadeAfter([&] { external_is_there_ = true; }), 6);
}

TEST_F(EngineTest, OtherSplitListsAreMeasuredAgain) {
  options_.splits = options_.output_dir + "/lists";
  std::filesystem::create_directories(options_.splits);
  ASSERT_TRUE(WriteFileAtomically(options_.splits + "/train_list.csv", "a\n").ok());
  EXPECT_EQ(MadeAfter([&] { ASSERT_TRUE(WriteFileAtomically(options_.splits + "/train_list.csv", "b\n").ok()); }), 6);
  options_.splits += "/nowhere";
  EXPECT_THAT(std::string(RunBenchmark(options_).status().message()), HasSubstr("expected the folder of the split lists"));
}

TEST_F(EngineTest, OfFilesWhoseStateIsNotKnownNothingIsReused) {
  files_.clear();
  ASSERT_TRUE(RunBenchmark(options_).ok());
  EXPECT_EQ(RunBenchmark(options_)->reused, 0);
}

TEST_F(EngineTest, ARunOwnsAFolderWhileItMeasuresTheSame) {
  options_.fractions = {100};
  options_.seeds = {1};
  task_.failing_seed = 1;
  task_.work = [](const TaskContext& context) {
    const auto counted = ReadFile(context.folder + "/attempts");
    ASSERT_TRUE(WriteFileAtomically(context.folder + "/attempts", absl::StrCat(counted.value_or(""), "x")).ok());
  };
  const std::string folder = options_.output_dir + "/runs/asap/kind/one/strict/100pct_seed1";
  ASSERT_EQ(RunBenchmark(options_)->failures.size(), 1);
  ASSERT_EQ(RunBenchmark(options_)->failures.size(), 1);
  EXPECT_EQ(*ReadFile(folder + "/attempts"), "xx") << "the second attempt found what the first left";
  labels_[0]["yes"] = 0;
  task_.failing_seed = 99;
  ASSERT_EQ(RunBenchmark(options_)->runs.size(), 1);
  EXPECT_EQ(*ReadFile(folder + "/attempts"), "x") << "of other data nothing is taken over";
}

TEST_F(EngineTest, AFolderThatARunLeavesEmptyGoes) {
  ASSERT_TRUE(RunBenchmark(options_).ok());
  EXPECT_FALSE(std::filesystem::exists(options_.output_dir + "/runs/asap/kind/one/strict/100pct_seed1"));
}

TEST_F(EngineTest, AFolderOfSomebodyElseIsSetAside) {
  const std::string folder = options_.output_dir + "/runs/asap/kind/one/strict/100pct_seed1";
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(WriteFileAtomically(folder + "/notes.txt", "mine").ok());
  ASSERT_TRUE(RunBenchmark(options_)->failures.empty());
  EXPECT_EQ(*ReadFile(folder + ".set_aside1/notes.txt"), "mine");
}

TEST_F(EngineTest, ARunOfAnEarlierVersionIsMadeAgain) {
  ASSERT_TRUE(RunBenchmark(options_).ok());
  const std::string path = options_.output_dir + "/runs/asap/kind/one/strict/100pct_seed2.json";
  ASSERT_TRUE(WriteFileAtomically(path, "{\"format\":\"asap-run\",\"version\":1}").ok());
  EXPECT_THAT(std::string(ReadRun(path).status().message()), HasSubstr("it does not say on which data it was measured"));
  EXPECT_EQ(RunBenchmark(options_)->reused, 5);
  EXPECT_TRUE(ReadRun(path).ok());
}

TEST_F(EngineTest, AFileOfFeaturesIsNotApplicableWhereANetworkIsTrained) {
  encoder_.has_network = false;
  CountingTask trains("kind/trains");
  trains.mutable_spec().encoder = EncoderUse::kTrainedNetwork;
  trains.mutable_spec().parameters[kSizeParameter] = SizeParameter();
  options_.tasks = {&task_, &trains};
  const auto outcome = RunBenchmark(options_);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->runs.size(), 6);
  EXPECT_TRUE(outcome->failures.empty());
  ASSERT_EQ(outcome->not_applicable.size(), 1);
  EXPECT_EQ(outcome->not_applicable[0].task, "kind/trains");
  EXPECT_EQ(outcome->not_applicable[0].reason, "the task needs a trained network; a file of features has none");
}

TEST_F(EngineTest, ATaskThatWantsToBeAloneGetsAllThreads) {
  std::atomic<int> at_once = 0, most = 0;
  task_.work = [&](const TaskContext&) {
    most = std::max<int>(most, ++at_once);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    --at_once;
  };
  options_.threads = options_.jobs = 4;
  task_.mutable_spec().alone = true;
  ASSERT_TRUE(RunBenchmark(options_).ok());
  EXPECT_EQ(most, 1);
  EXPECT_EQ(task_.last_context.threads, 4);
}

TEST_F(EngineTest, OptionsOfTasksAreCheckedAndReachThem) {
  ASSERT_TRUE(RunBenchmark(options_).ok());
  EXPECT_EQ(task_.last_context.Number("one.steps"), 5);
  options_.task_options = {{"one.steps", "7"}};
  const auto outcome = RunBenchmark(options_);
  EXPECT_EQ(outcome->runs[0].key.parameters.at("one.steps"), "7");
  options_.task_options = {{"one.steps", "11"}};
  EXPECT_THAT(std::string(RunBenchmark(options_).status().message()),
              HasSubstr("task kind/one, parameter one.steps: \"11\", expected a number from 1 to 10"));
  options_.task_options = {{"one.step", "7"}};
  EXPECT_THAT(std::string(RunBenchmark(options_).status().message()), HasSubstr("did you mean \"one.steps\"?"));
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
  EXPECT_THAT(lines, testing::Contains("[1/6] asap, kind/one, 1 %, seed 0: fitting 1/2"));
  EXPECT_THAT(lines.back(), HasSubstr("[6/6] asap, kind/one, 100 %, seed 2: fitting 1/2  eta 0s"));
}

TEST_F(EngineTest, RefusesASpecThatSaysNothing) {
  CountingTask nameless("nameless");
  options_.tasks = {&nameless};
  EXPECT_THAT(std::string(RunBenchmark(options_).status().message()), HasSubstr("not of the form kind/dataset"));
}

}  // namespace
}  // namespace asap
