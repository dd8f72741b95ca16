#include "tasks/testing/conformance.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/benchmark/engine.h"
#include "core/benchmark/network_encoder.h"
#include "core/dataset.h"
#include "core/task.h"
#include "datasets/phantom/layouts/write_dataset.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tasks/testing/changed_dataset.h"
#include "tasks/testing/coarse_encoder.h"

namespace asap {
namespace {

ConformanceOptions& Options() {
  static auto* options = new ConformanceOptions;
  return *options;
}

using DatasetChange = std::function<void(ChangedDataset&)>;

class TaskConformance : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto factory = Registry<TaskFactory>::Get("task").Find(Options().task);
    ASSERT_TRUE(factory.ok()) << factory.status();
    task_ = (*factory)().release();
    std::vector<std::string> datasets = task_->spec().external_datasets;
    datasets.push_back(task_->spec().dataset);
    for (const std::string& name : datasets) {
      const auto written =
          WritePhantom(name, {.root = RootOf(name)}, {.cases = Options().phantom_cases, .size = {32, 32, 32}}, 2);
      ASSERT_TRUE(written.ok()) << written.status();
    }
    encoder_ = NewEncoder("coarse").release();
  }

  static std::string RootOf(const std::string& dataset) { return absl::StrCat(testing::TempDir(), "/", dataset); }

  static std::unique_ptr<MeasuredEncoder> NewEncoder(const std::string& digest) {
    auto encoder = NetworkEncoder::Open([](const auto&) { return std::make_unique<CoarseEncoder>(); },
                                        {.name = "coarse", .digest = digest, .batch_size = 16});
    EXPECT_TRUE(encoder.ok()) << encoder.status();
    return *std::move(encoder);
  }

  static absl::StatusOr<std::unique_ptr<Dataset>> Open(const std::string& name) {
    DatasetOptions options{.root = RootOf(name)};
    if (name == "pairs") options.table = absl::StrCat(RootOf(name), "/pairs.csv");
    return OpenDataset(name, options);
  }

  // `change` alters the task's own dataset.
  static TaskContext Context(double fraction = 100, Protocol protocol = Protocol::kStrict,
                             const DatasetChange& change = nullptr) {
    TaskContext context{.protocol = protocol, .fraction = fraction, .seed = 3};
    if (protocol == Protocol::kPaper) context.views = 1;  // not anew in each epoch, which takes long
    context.open_dataset = [change](const std::string& name) -> absl::StatusOr<std::unique_ptr<Dataset>> {
      absl::StatusOr<std::unique_ptr<Dataset>> dataset = Open(name);
      if (!dataset.ok() || change == nullptr || name != task_->spec().dataset) return dataset;
      auto changed = std::make_unique<ChangedDataset>(*std::move(dataset));
      change(*changed);
      return changed;
    };
    return context;
  }

  static const Task* task_;
  static MeasuredEncoder* encoder_;
};
const Task* TaskConformance::task_ = nullptr;
MeasuredEncoder* TaskConformance::encoder_ = nullptr;

void ExpectScoresInRange(const Task& task, const std::vector<CaseResult>& cases) {
  for (const Score& score : task.Scores(cases)) {
    const std::optional<double> value = score.statistic({});
    if (!value.has_value()) continue;
    EXPECT_GE(*value, 0) << score.metric << " of \"" << score.label << "\"";
    EXPECT_LE(*value, 2) << score.metric << " of \"" << score.label << "\"";  // a Brier score of several classes reaches 2
  }
}

TEST_F(TaskConformance, ItsSpecIsSound) {
  EXPECT_TRUE(ValidateSpec(task_->spec()).ok()) << ValidateSpec(task_->spec());
  EXPECT_EQ(task_->spec().name, Options().task);
  EXPECT_EQ(task_->Scores({})[0].metric, task_->spec().headline);
}

TEST_F(TaskConformance, EveryFractionRunsUnderBothProtocols) {
  for (const Protocol protocol : {Protocol::kStrict, Protocol::kPaper}) {
    int64_t fewer = 0;
    for (const double fraction : task_->spec().fractions) {
      const auto result = task_->Run(*encoder_, Context(fraction, protocol));
      ASSERT_TRUE(result.ok()) << fraction << " %, " << ProtocolName(protocol) << ": " << result.status();
      EXPECT_GT(result->split.train_cases, fewer);
      fewer = result->split.train_cases;
      EXPECT_EQ(static_cast<int64_t>(result->test.cases.size()), result->split.test_cases);
      EXPECT_EQ(result->split.digest.size(), 64);
      for (const CaseResult& each : result->test.cases) {
        ASSERT_FALSE(each.scores.empty()) << each.case_id;
        for (const auto& [name, score] : each.scores) EXPECT_EQ(score, score) << each.case_id << ", " << name;
      }
      ExpectScoresInRange(*task_, result->test.cases);
      EXPECT_EQ(result->external.size(), task_->spec().external_datasets.size()) << absl::StrJoin(result->warnings, "\n");
      for (const Cohort& cohort : result->external) {
        EXPECT_FALSE(cohort.cases.empty());
        ExpectScoresInRange(*task_, cohort.cases);
        EXPECT_TRUE(task_->Scores(cohort.cases)[0].statistic({}).has_value()) << cohort.dataset;
      }
    }
  }
}

TEST_F(TaskConformance, LearnsFromAllLabels) {
  const auto result = task_->Run(*encoder_, Context());
  ASSERT_TRUE(result.ok()) << result.status();
  const std::optional<double> headline = task_->Scores(result->test.cases)[0].statistic({});
  ASSERT_TRUE(headline.has_value());
  RecordProperty("headline", absl::StrCat(*headline));
  // Better than the reverse of what it learnt: few cases leave much room, a flipped label or order does not.
  EXPECT_GT(*headline, 0.4);
}

TEST_F(TaskConformance, TheSameSeedGivesTheSame) {
  const double fraction = task_->spec().fractions[0];
  const auto first = task_->Run(*encoder_, Context(fraction));
  const auto second = task_->Run(*NewEncoder("another process"), Context(fraction));
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->split.digest, second->split.digest);
  EXPECT_EQ(first->choices, second->choices);
  ASSERT_EQ(first->test.cases.size(), second->test.cases.size());
  for (size_t i = 0; i < first->test.cases.size(); ++i) {
    EXPECT_EQ(first->test.cases[i].case_id, second->test.cases[i].case_id);
    EXPECT_EQ(first->test.cases[i].scores, second->test.cases[i].scores);
  }
}

TEST_F(TaskConformance, NoPatientIsTrainedOnAndTested) {
  // Every second case is of one patient: whatever the dataset's own split, that is a leak, or all of them come into one split.
  const auto leak = [](ChangedDataset& dataset) {
    dataset.change_info = [](int64_t index, CaseInfo& info) {
      if (index % 2 == 0) info.patient = "the same";
    };
  };
  const auto result = task_->Run(*encoder_, Context(100, Protocol::kStrict, leak));
  if (!result.ok()) {
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(result.status().message()), testing::HasSubstr("put all cases of a patient into one split"));
  } else {
    const auto plain = Open(task_->spec().dataset);
    EXPECT_LE(result->split.train_patients + result->split.valid_patients + result->split.test_patients,
              (*plain)->size() / 2 + 1);
  }
}

TEST_F(TaskConformance, OneClassOfLabelsIsUndefinedAndNoError) {
  const auto negative = [](ChangedDataset& dataset) {
    dataset.change_labels = [](std::map<std::string, double>& labels) {
      for (auto& [name, value] : labels) value = 0;
    };
  };
  const auto result = task_->Run(*encoder_, Context(100, Protocol::kStrict, negative));
  ASSERT_TRUE(result.ok()) << result.status();
  for (const CaseResult& each : result->test.cases) {
    for (const auto& [name, score] : each.scores) EXPECT_EQ(score, score) << each.case_id << ", " << name;
  }
  for (const Score& score : task_->Scores(result->test.cases)) {
    const std::optional<double> value = score.statistic({});
    EXPECT_EQ(value.value_or(0), value.value_or(0)) << score.metric << " is no number";
    const bool needs_both = score.metric == "auroc" || score.metric == "c_index";
    EXPECT_FALSE(needs_both && value.has_value()) << score.metric << " of \"" << score.label << "\"";
  }
}

TEST_F(TaskConformance, ADatasetWithoutCasesIsNamed) {
  const auto result = task_->Run(*encoder_, Context(100, Protocol::kStrict, [](ChangedDataset& dataset) { dataset.Resize(0); }));
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(std::string(result.status().message()), testing::HasSubstr(task_->spec().dataset));
}

TEST_F(TaskConformance, ALabelThatTheDatasetLacksIsNamed) {
  const auto rename = [](ChangedDataset& dataset) { dataset.mutable_card().label_names = {"something else"}; };
  const auto result = task_->Run(*encoder_, Context(100, Protocol::kStrict, rename));
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(std::string(result.status().message()), testing::HasSubstr("something else"));
}

TEST_F(TaskConformance, ABenchmarkThatWasCutOffGoesOn) {
  const std::unique_ptr<MeasuredEncoder> fresh = NewEncoder("nothing encoded yet");
  EngineOptions options{
      .output_dir = absl::StrCat(testing::TempDir(), "/benchmark"), .encoders = {fresh.get()}, .tasks = {task_}};
  options.fractions = {task_->spec().fractions[0]};
  options.seeds = {0, 1};
  options.open_dataset = [](const std::string& name, MeasuredEncoder&) { return Open(name); };
  int asked = 0;
  options.interrupted = [&] { return ++asked > 6; };
  const auto cut = RunBenchmark(options);
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_TRUE(cut->interrupted);
  options.interrupted = nullptr;
  const auto resumed = RunBenchmark(options);
  ASSERT_TRUE(resumed.ok() && resumed->failures.empty()) << absl::StrJoin(resumed->failures, "\n");
  options.output_dir += "_at_once";
  const auto at_once = RunBenchmark(options);
  ASSERT_EQ(resumed->runs.size(), 2);
  for (size_t run = 0; run < 2; ++run) {
    for (size_t i = 0; i < resumed->runs[run].result.test.cases.size(); ++i) {
      EXPECT_EQ(resumed->runs[run].result.test.cases[i].scores, at_once->runs[run].result.test.cases[i].scores);
    }
  }
}

}  // namespace

void SetConformanceOptions(const ConformanceOptions& options) { Options() = options; }

}  // namespace asap
