#include "core/benchmark/summarize.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/metrics/auroc.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;

constexpr char kScore[] = "score", kTruth[] = "truth";

// AUROC of the one score that a row has.
class AurocTask : public Task {
 public:
  explicit AurocTask(const std::string& name) {
    spec_.name = name;
    spec_.title = "made up";
    spec_.dataset = "here";
    spec_.outcome = "yes or no";
    spec_.headline = "auroc";
    spec_.external_datasets = {"there"};
  }
  const TaskSpec& spec() const override { return spec_; }
  absl::StatusOr<TaskResult> Run(MeasuredEncoder&, const TaskContext&) const override {
    return absl::UnimplementedError("not asked for");
  }
  std::vector<Score> Scores(const Cohort& cohort) const override {
    const std::vector<double>& truth = cohort.numbers.at(kTruth);
    const std::unique_ptr<bool[]> positive(new bool[truth.size()]);
    for (size_t row = 0; row < truth.size(); ++row) positive[row] = truth[row] > 0.5;
    return {{.metric = {.name = "auroc", .title = "AUROC"},
             .statistic = WeightedAuroc(cohort.numbers.at(kScore), absl::MakeConstSpan(positive.get(), truth.size())),
             .rows = rows,
             .closed_form = [] {
               return Interval{0.25, 0.75};
             }}};
  }

  std::optional<std::vector<size_t>> rows;  // that the score says it is of

 private:
  TaskSpec spec_;
};

// 60 rows of 30 patients, half of them positive. `skill` 1 parts the classes, 0 scores at random.
Cohort Rows(const std::string& dataset, double skill, uint64_t seed) {
  Cohort cohort{.dataset = dataset};
  for (int i = 0; i < 60; ++i) {
    const bool yes = (i / 2) % 2 == 0;
    const double noise = static_cast<double>((i * 7919 + static_cast<int>(seed) * 104729) % 1009) / 1009;
    cohort.rows.push_back({.case_id = absl::StrCat(dataset, i), .patient = absl::StrCat(dataset, i / 2)});
    cohort.numbers[kScore].push_back(skill * yes + (1 - skill) * noise);
    cohort.numbers[kTruth].push_back(yes ? 1 : 0);
  }
  return cohort;
}

Run MakeRun(const std::string& encoder, const std::string& task, double skill, uint64_t seed) {
  Run run;
  run.key = {.encoder = encoder, .task = task, .fraction = 100, .seed = seed};
  run.result.test = Rows("here", skill, seed);
  run.result.external.push_back(Rows("there", skill, seed));
  return run;
}

class SummarizeTest : public testing::Test {
 protected:
  SummarizeTest() : a_("kind/a"), b_("kind/b") {
    results_.encoders = {{.name = "good"}, {.name = "random"}};
    for (const uint64_t seed : {0, 1, 2}) {
      results_.runs.push_back(MakeRun("good", "kind/a", 0.9, seed));
      results_.runs.push_back(MakeRun("random", "kind/a", 0, seed));
      results_.runs.push_back(MakeRun("good", "kind/b", 0, seed));
      results_.runs.push_back(MakeRun("random", "kind/b", 0, seed));
    }
  }
  void Summary() { Summarize({&a_, &b_}, {.resamples = 400}, results_); }
  const ScoreRow& Row(const std::string& encoder, const std::string& task, const std::string& cohort) {
    const auto row = std::find_if(results_.scores.begin(), results_.scores.end(), [&](const ScoreRow& r) {
      return r.encoder == encoder && r.task == task && r.cohort == cohort;
    });
    EXPECT_NE(row, results_.scores.end());
    return *row;
  }
  AurocTask a_, b_;
  BenchmarkResults results_;
};

TEST_F(SummarizeTest, AScoreIsTheMeanOverSeeds) {
  Summary();
  EXPECT_EQ(results_.scores.size(), 2 * 2 * 2);  // encoders, tasks, cohorts
  const ScoreRow& row = Row("random", "kind/a", "here");
  ASSERT_EQ(row.by_seed.size(), 3);
  EXPECT_NEAR(*row.value, (*row.by_seed[0] + *row.by_seed[1] + *row.by_seed[2]) / 3, 1e-12);
  EXPECT_GT(*row.sd, 0);
  EXPECT_LT(*row.low, *row.value);
  EXPECT_GT(*row.high, *row.value);
  EXPECT_TRUE(row.headline);
  EXPECT_EQ(row.rows, 60);
  EXPECT_EQ(row.patients, 30);
  ASSERT_TRUE(row.closed_form.has_value());
  EXPECT_EQ(row.closed_form->high, 0.75);
  EXPECT_EQ(*Row("good", "kind/a", "here").value, 1);
}

TEST_F(SummarizeTest, TheNumbersBesideAScoreAreThoseOfItsRows) {
  a_.rows = std::vector<size_t>{0, 1, 2, 7, 9};
  for (asap::Run& run : results_.runs) {
    run.result.test.rows[9].case_id = run.result.test.rows[7].case_id;  // two parts of one case
    run.result.test.rows[9].item = "second";
  }
  Summary();
  const ScoreRow& some = Row("good", "kind/a", "here");
  EXPECT_EQ(some.rows, 5);
  EXPECT_EQ(some.cases, 4);
  EXPECT_EQ(some.patients, 4);  // 0 and 1 are of one, 2, 7 and 9 of others
  const ScoreRow& all = Row("good", "kind/b", "here");
  EXPECT_EQ(all.rows, 60);
  EXPECT_EQ(all.cases, 59);
  EXPECT_EQ(all.patients, 30);
}

TEST_F(SummarizeTest, TheFirstEncoderIsComparedAndCorrected) {
  Summary();
  ASSERT_EQ(results_.comparisons.size(), 4);  // tasks, cohorts
  for (const ComparisonRow& row : results_.comparisons) {
    EXPECT_EQ(row.encoder, "good");
    EXPECT_EQ(row.baseline, "random");
    EXPECT_GE(row.p_holm, row.p);
    if (row.task == "kind/a") {
      EXPECT_GT(row.low, 0);
      EXPECT_LT(row.p_holm, 0.05);
      EXPECT_NEAR(row.p_holm, 2 * row.p, 1e-12);  // the smaller of two: test cases and external ones are families apart
    } else {
      EXPECT_EQ(row.difference, 0);
      EXPECT_EQ(row.p_holm, 1);
    }
  }
}

TEST_F(SummarizeTest, OtherCasesAreNotComparedAndSaidSo) {
  for (asap::Run& run : results_.runs) {
    if (run.key.encoder == "random" && run.key.task == "kind/b") {
      run.result.test.rows.pop_back();
      for (auto& [name, column] : run.result.test.numbers) column.pop_back();
    }
  }
  Summary();
  EXPECT_EQ(results_.comparisons.size(), 3);
  EXPECT_THAT(results_.warnings, testing::Contains(HasSubstr("kind/b, 100 %, here: not compared")));
}

TEST_F(SummarizeTest, ASeedOfOtherCasesIsLeftOut) {
  results_.runs.back().result.test.rows[0].case_id = "another";
  Summary();
  EXPECT_EQ(Row("random", "kind/b", "here").by_seed.size(), 2);
  EXPECT_THAT(results_.warnings, testing::Contains(HasSubstr("seed 2: scored other cases than its first seed")));
}

TEST_F(SummarizeTest, AnUndefinedMetricIsNoNumber) {
  for (asap::Run& run : results_.runs) {
    std::fill(run.result.test.numbers[kTruth].begin(), run.result.test.numbers[kTruth].end(), 0);
  }
  Summary();
  const ScoreRow& row = Row("good", "kind/a", "here");
  EXPECT_FALSE(row.value.has_value() || row.low.has_value() || row.sd.has_value());
  EXPECT_EQ(row.undefined_resamples, 400);
  EXPECT_THAT(results_.warnings, testing::Contains(HasSubstr("not compared, because AUROC is undefined")));
}

}  // namespace
}  // namespace asap
