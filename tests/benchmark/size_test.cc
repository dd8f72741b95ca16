// How large a benchmark may be. Manual, because it times: on two idle cores,
//
//   ./tools/bazel test -c opt --test_output=all //tests/benchmark:size_test
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/benchmark/run.h"
#include "core/benchmark/summarize.h"
#include "gtest/gtest.h"
#include "tasks/labels/scores.h"

namespace asap {
namespace {

double Seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double PeakMegabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// A task whose scores are given.
class ScoredTask : public Task {
 public:
  using ScoresOf = std::function<std::vector<Score>(const Cohort&)>;
  ScoredTask(std::string name, ScoresOf scores) : scores_(std::move(scores)) {
    spec_ = {.name = std::move(name), .title = "size", .dataset = "made_up", .outcome = "made up", .headline = "first"};
  }
  const TaskSpec& spec() const override { return spec_; }
  absl::StatusOr<TaskResult> Run(MeasuredEncoder&, const TaskContext&) const override {
    return absl::UnimplementedError("not asked for");
  }
  std::vector<Score> Scores(const Cohort& cohort) const override { return scores_(cohort); }

 private:
  TaskSpec spec_;
  ScoresOf scores_;
};

std::string PathOf(const RunKey& key) { return absl::StrCat(testing::TempDir(), "/", key.Place(), ".json"); }

void Write(const Run& run) {
  std::filesystem::create_directories(std::filesystem::path(PathOf(run.key)).parent_path());
  const absl::Status status = WriteRun(PathOf(run.key), run);
  ASSERT_TRUE(status.ok()) << status;
}

// The test cases of CT-RATE: 3,039 with 18 labels; 5 encoders, 3 fractions and 3 seeds.
TEST(Size, FortyFiveRunsOfCtRatesTestCases) {
  std::vector<std::string> labels;
  for (int label = 0; label < 18; ++label) labels.push_back(absl::StrCat("finding ", label));
  std::vector<RunKey> keys;
  for (int encoder = 0; encoder < 5; ++encoder) {
    for (const double fraction : {1.0, 10.0, 100.0}) {
      for (uint64_t seed = 0; seed < 3; ++seed) {
        keys.push_back({.encoder = absl::StrCat("encoder", encoder), .task = "size/labels", .fraction = fraction, .seed = seed});
      }
    }
  }
  for (const RunKey& key : keys) {
    asap::Run run{.key = key};
    run.result.test.dataset = "made_up";
    CounterRng rng(key.seed, key.encoder);
    for (int row = 0; row < 3039; ++row) {
      run.result.test.rows.push_back(
          {.case_id = absl::StrCat("valid_", row / 2, "_a_", row % 2), .patient = absl::StrCat("patient", row / 2)});
    }
    for (size_t label = 0; label < labels.size(); ++label) {
      std::vector<double>& score = NumbersOf(run.result.test, ScoreColumn(labels[label]));
      std::vector<double>& truth = NumbersOf(run.result.test, TruthColumn(labels[label]));
      for (size_t row = 0; row < score.size(); ++row) {
        truth[row] = (row * 7 + label) % 10 < 2;
        score[row] = 1 / (1 + std::exp(-rng.Normal() - truth[row]));
      }
    }
    Write(run);
  }
  const ScoredTask task("size/labels", [&](const Cohort& cohort) { return LabelScores(cohort, labels); });
  BenchmarkResults results;
  for (int encoder = 0; encoder < 5; ++encoder) results.encoders.push_back({.name = absl::StrCat("encoder", encoder)});
  const double seconds = Seconds([&] {
    for (const RunKey& key : keys) results.runs.push_back(*ReadRun(PathOf(key)));
    Summarize({&task}, {.threads = 2}, results);
  });
  EXPECT_EQ(results.scores.size(), 15 * (8 + 5 * 18));
  EXPECT_EQ(results.comparisons.size(), 3 * 4);
  std::printf("45 runs of 3,039 cases and 18 labels: %.1f s, %.0f MB\n", seconds, PeakMegabytes());
  EXPECT_LT(seconds, 30);
  EXPECT_LT(PeakMegabytes(), 150);
}

// The mean of a column over rows that have it.
Statistic ColumnMean(const std::vector<double>& column) {
  auto values = std::make_shared<const std::vector<double>>(column);
  return [values](absl::Span<const double> weights) -> std::optional<double> {
    double sum = 0, total = 0;
    for (size_t row = 0; row < values->size(); ++row) {
      if (std::isnan((*values)[row])) continue;
      const double weight = weights.empty() ? 1 : weights[row];
      sum += weight * (*values)[row];
      total += weight;
    }
    if (total == 0) return std::nullopt;
    return sum / total;
  };
}

TEST(Size, AHundredThousandQuestionsWithTexts) {
  constexpr int kRows = 100000;
  asap::Run run{.key = {.encoder = "encoder", .task = "size/questions"}};
  Cohort& cohort = run.result.test;
  cohort.dataset = "made_up";
  std::vector<double>&hit = cohort.numbers["hit/presence"], &error = cohort.numbers["error_mm/size"];
  std::vector<std::string>&question = cohort.texts["question"], &answer = cohort.texts["generated"];
  for (int row = 0; row < kRows; ++row) {
    cohort.rows.push_back({.case_id = absl::StrCat("case", row / 50),
                           .item = absl::StrCat("question ", row % 50),
                           .patient = absl::StrCat(row / 100)});
    hit.push_back(row % 5 == 0 ? NAN : row % 3 == 0);
    error.push_back(row % 5 == 0 ? row % 17 : NAN);
    question.push_back(absl::StrCat("How large is the nodule in segment ", row % 18, " of the right lung?"));
    answer.push_back(absl::StrCat("It measures about ", row % 40, " mm in its longest axial diameter."));
  }
  const ScoredTask task("size/questions", [](const Cohort& of) -> std::vector<Score> {
    return {
        {.metric = {.name = "first", .title = "Presence"}, .statistic = ColumnMean(of.numbers.at("hit/presence"))},
        {.metric = {.name = "error", .title = "Error", .unit = "mm"}, .statistic = ColumnMean(of.numbers.at("error_mm/size"))}};
  });
  BenchmarkResults results{.encoders = {{.name = "encoder"}}};
  const double writing = Seconds([&] { Write(run); });
  const double reading = Seconds([&] {
    results.runs.push_back(*ReadRun(PathOf(run.key)));
    ASSERT_TRUE(ReadTexts(PathOf(run.key), results.runs[0].result).ok());
  });
  const double summing = Seconds([&] { Summarize({&task}, {.threads = 2}, results); });
  EXPECT_EQ(results.runs[0].result.test.texts.at("question"), question);
  std::printf("100,000 rows with texts: written in %.2f s, read in %.2f s, summarised in %.2f s\n", writing, reading, summing);
  EXPECT_LT(writing + reading + summing, 5);
}

}  // namespace
}  // namespace asap
