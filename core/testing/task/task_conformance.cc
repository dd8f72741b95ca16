#include "core/testing/task/task_conformance.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/benchmark/engine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;

double SmallestFraction(const Task& task) {
  return *std::min_element(task.spec().fractions.begin(), task.spec().fractions.end());
}

std::optional<double> HeadlineOf(const Task& task, const Cohort& cohort) { return task.Scores(cohort)[0].statistic({}); }

void ExpectSoundRows(const Task& task, const Cohort& cohort) {
  EXPECT_FALSE(cohort.rows.empty()) << cohort.dataset;
  EXPECT_TRUE(CheckCohort(cohort).ok()) << CheckCohort(cohort);
  for (const RowId& row : cohort.rows) EXPECT_FALSE(row.patient.empty()) << row.case_id;
  for (const Score& score : task.Scores(cohort)) {
    const std::optional<double> value = score.statistic({});
    if (!value.has_value()) continue;
    EXPECT_FALSE(std::isnan(*value)) << score.metric.name << " of \"" << score.label << "\" is no number";
    if (score.metric.low.has_value()) {
      EXPECT_GE(*value, *score.metric.low) << score.metric.name << " of \"" << score.label << "\"";
    }
    if (score.metric.high.has_value()) {
      EXPECT_LE(*value, *score.metric.high) << score.metric.name << " of \"" << score.label << "\"";
    }
  }
}

int64_t PatientsIn(const Cohort& cohort) {
  std::set<std::string> patients;
  for (const RowId& row : cohort.rows) patients.insert(row.patient);
  return static_cast<int64_t>(patients.size());
}

// All numbers equal, NaN equal to NaN.
void ExpectSameNumbers(const Cohort& first, const Cohort& second) {
  EXPECT_EQ(first.rows, second.rows);
  ASSERT_EQ(first.numbers.size(), second.numbers.size());
  for (const auto& [name, column] : first.numbers) {
    const std::vector<double>* other = FindNumbers(second, name);
    ASSERT_NE(other, nullptr) << name;
    for (size_t row = 0; row < column.size(); ++row) {
      EXPECT_TRUE(column[row] == (*other)[row] || (std::isnan(column[row]) && std::isnan((*other)[row])))
          << name << " of " << first.rows[row].case_id << ": " << column[row] << " and " << (*other)[row];
    }
  }
}

absl::StatusOr<TaskResult> RunOf(const TaskUnderTest& under_test, const TaskContext& context) {
  return under_test.task->Run(*under_test.new_encoder("measured once"), context);
}

}  // namespace

TaskContext ContextOf(const TaskUnderTest& under_test, double fraction, Protocol protocol, const DatasetChange& change) {
  TaskContext context{.protocol = protocol, .fraction = fraction, .seed = 3};
  std::map<std::string, std::string> options = protocol == Protocol::kPaper ? under_test.paper_options : under_test.options;
  options.insert(under_test.options.begin(), under_test.options.end());
  const auto parameters = ResolveParameters(under_test.task->spec(), options);
  EXPECT_TRUE(parameters.ok()) << parameters.status();
  context.parameters = parameters.value_or(std::map<std::string, std::string>{});
  static int folders = 0;
  context.folder = absl::StrCat(under_test.folder, "/run", folders++);
  std::filesystem::create_directories(context.folder);
  context.open_dataset = [&under_test, change](const std::string& name) -> absl::StatusOr<std::unique_ptr<Dataset>> {
    absl::StatusOr<std::unique_ptr<Dataset>> dataset = under_test.open(name);
    if (!dataset.ok() || change == nullptr || name != under_test.task->spec().dataset) return dataset;
    auto changed = std::make_unique<ChangedDataset>(*std::move(dataset));
    change(*changed);
    return changed;
  };
  return context;
}

void CheckDeclaration(const TaskUnderTest& under_test) {
  const TaskSpec& spec = under_test.task->spec();
  EXPECT_TRUE(ValidateSpec(spec).ok()) << ValidateSpec(spec);
  EXPECT_EQ(spec.name, under_test.name);
  const std::vector<Score> scores = under_test.task->Scores({});
  ASSERT_FALSE(scores.empty());
  EXPECT_EQ(scores[0].metric.name, spec.headline);
  std::set<std::pair<std::string, std::string>> seen;
  for (const Score& score : scores) {
    EXPECT_FALSE(score.metric.title.empty()) << score.metric.name;
    EXPECT_TRUE(seen.emplace(score.metric.name, score.label).second)
        << score.metric.name << " of \"" << score.label << "\" twice";
    const std::optional<double> value = score.statistic({});
    EXPECT_FALSE(value.has_value() && std::isnan(*value)) << score.metric.name;
  }
}

void CheckShortRun(const TaskUnderTest& under_test) {
  const Task& task = *under_test.task;
  const auto result = RunOf(under_test, ContextOf(under_test, SmallestFraction(task)));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->test.dataset, task.spec().dataset);
  EXPECT_EQ(result->split.digest.size(), 64);
  EXPECT_GT(result->split.train_cases, 0);
  EXPECT_LE(PatientsIn(result->test), result->split.test_patients);
  ExpectSoundRows(task, result->test);
  ASSERT_EQ(result->external.size(), task.spec().external_datasets.size()) << absl::StrJoin(result->warnings, "\n");
  for (const Cohort& cohort : result->external) {
    ExpectSoundRows(task, cohort);
    EXPECT_TRUE(HeadlineOf(task, cohort).has_value()) << cohort.dataset;
  }
}

void CheckFractions(const TaskUnderTest& under_test) {
  const Task& task = *under_test.task;
  for (const Protocol protocol : {Protocol::kStrict, Protocol::kPaper}) {
    int64_t fewer = 0;
    for (const double fraction : std::set<double>(task.spec().fractions.begin(), task.spec().fractions.end())) {
      const auto result = RunOf(under_test, ContextOf(under_test, fraction, protocol));
      ASSERT_TRUE(result.ok()) << fraction << " %, " << ProtocolName(protocol) << ": " << result.status();
      EXPECT_GT(result->split.train_cases, fewer);
      fewer = result->split.train_cases;
      ExpectSoundRows(task, result->test);
    }
  }
}

void CheckLearns(const TaskUnderTest& under_test) {
  const auto shuffle = [](ChangedDataset& dataset) {
    dataset.annotated_as = [size = dataset.size()](int64_t index) { return (index + size / 2) % size; };
  };
  const Task& task = *under_test.task;
  const auto learnt = RunOf(under_test, ContextOf(under_test));
  const auto shuffled = RunOf(under_test, ContextOf(under_test, 100, Protocol::kStrict, shuffle));
  ASSERT_TRUE(learnt.ok() && shuffled.ok()) << learnt.status() << shuffled.status();
  const std::optional<double> with = HeadlineOf(task, learnt->test), without = HeadlineOf(task, shuffled->test);
  ASSERT_TRUE(with.has_value() && without.has_value());
  testing::Test::RecordProperty("headline", absl::StrCat(*with));
  testing::Test::RecordProperty("headline_of_shuffled_labels", absl::StrCat(*without));
  const Metric metric = task.Scores({})[0].metric;
  EXPECT_TRUE(metric.higher_is_better ? *with > *without : *with < *without)
      << metric.title << " " << *with << " with its labels, " << *without << " with shuffled ones";
  if (metric.chance.has_value()) {
    EXPECT_TRUE(metric.higher_is_better ? *with > *metric.chance : *with < *metric.chance)
        << metric.title << " " << *with << ", chance is " << *metric.chance;
  }
}

void CheckSameSeed(const TaskUnderTest& under_test) {
  const double fraction = SmallestFraction(*under_test.task);
  const auto first = RunOf(under_test, ContextOf(under_test, fraction));
  const auto second = RunOf(under_test, ContextOf(under_test, fraction));
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_EQ(first->split.digest, second->split.digest);
  EXPECT_EQ(first->choices, second->choices);
  ExpectSameNumbers(first->test, second->test);
}

void CheckPatients(const TaskUnderTest& under_test) {
  // Every second case is of one patient: whatever the dataset's own split, that is a leak, or all of them come into one split.
  const auto leak = [](ChangedDataset& dataset) {
    dataset.change_info = [](int64_t index, CaseInfo& info) {
      if (index % 2 == 0) info.patient = "the same";
    };
  };
  const auto result = RunOf(under_test, ContextOf(under_test, 100, Protocol::kStrict, leak));
  if (!result.ok()) {
    EXPECT_EQ(result.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(result.status().message()), HasSubstr("put all cases of a patient into one split"));
    return;
  }
  const auto plain = under_test.open(under_test.task->spec().dataset);
  EXPECT_LE(result->split.train_patients + result->split.valid_patients + result->split.test_patients, (*plain)->size() / 2 + 1);
}

void CheckEmptyDataset(const TaskUnderTest& under_test) {
  const auto result =
      RunOf(under_test, ContextOf(under_test, 100, Protocol::kStrict, [](ChangedDataset& dataset) { dataset.Resize(0); }));
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(std::string(result.status().message()), HasSubstr(under_test.task->spec().dataset));
}

void CheckResumes(const TaskUnderTest& under_test) {
  const std::unique_ptr<MeasuredEncoder> fresh = under_test.new_encoder("nothing encoded yet");
  EngineOptions options{.output_dir = absl::StrCat(under_test.folder, "/benchmark"),
                        .encoders = {fresh.get()},
                        .tasks = {under_test.task},
                        .fractions = {SmallestFraction(*under_test.task)},
                        .seeds = {0, 1},
                        .task_options = under_test.options};
  options.open_dataset = [&](const std::string& name, MeasuredEncoder&) { return under_test.open(name); };
  int asked = 0;
  options.interrupted = [&] { return ++asked > 6; };
  const auto cut = RunBenchmark(options);
  ASSERT_TRUE(cut.ok()) << cut.status();
  EXPECT_TRUE(cut->interrupted);
  options.interrupted = nullptr;
  const auto resumed = RunBenchmark(options);
  ASSERT_TRUE(resumed.ok() && resumed->failures.empty()) << resumed.status() << absl::StrJoin(resumed->failures, "\n");
  options.output_dir += "_at_once";
  const auto at_once = RunBenchmark(options);
  ASSERT_EQ(resumed->runs.size(), 2);
  ASSERT_EQ(at_once->runs.size(), 2);
  for (size_t run = 0; run < 2; ++run) ExpectSameNumbers(resumed->runs[run].result.test, at_once->runs[run].result.test);
}

}  // namespace asap
