#include "tasks/prognosis/columns.h"

#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SurvivalRowsTest, HaveARiskAnIntervalAndAnEvent) {
  Cohort cohort{.dataset = "d"};
  for (const char* id : {"1", "2", "3", "4", "5"}) cohort.rows.push_back({.case_id = id, .patient = id});
  NumbersOf(cohort, ScoreColumn(kRisk)) = {0.2, 5, NAN, 5, 1};
  NumbersOf(cohort, TruthColumn(kInterval)) = {1, 0, 0, NAN, 2};
  NumbersOf(cohort, TruthColumn(kEvent)) = {1, 0, 1, 0, NAN};
  const SurvivalRows rows = RowsOfSurvival(cohort);
  EXPECT_THAT(rows.rows, ElementsAre(0, 1)) << "of the third no risk is known, of the fourth no time, of the fifth no event";
  EXPECT_THAT(rows.intervals, ElementsAre(1, 0));
  EXPECT_THAT(rows.events, ElementsAre(true, false));
  EXPECT_THAT(rows.risks, ElementsAre(0.2, 5));
  EXPECT_FALSE(rows.all);
}

TEST(SurvivalRowsTest, ACohortMayHaveNoOutcomes) {
  Cohort cohort{.dataset = "d"};
  EXPECT_TRUE(RowsOfSurvival(cohort).all);
  cohort.rows.push_back({.case_id = "1", .patient = "1"});
  NumbersOf(cohort, ScoreColumn(kRisk)) = {0.2};
  NumbersOf(cohort, TruthColumn(kEvent)) = {1};
  EXPECT_THAT(RowsOfSurvival(cohort).rows, IsEmpty()) << "no column of intervals";
  EXPECT_FALSE(RowsOfSurvival(cohort).all);
  NumbersOf(cohort, TruthColumn(kInterval)) = {0};
  EXPECT_TRUE(RowsOfSurvival(cohort).all);
}

}  // namespace
}  // namespace asap
