#include "core/cohort.h"

#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;

Cohort TwoRows() { return {.dataset = "d", .rows = {{.case_id = "a", .item = "1"}, {.case_id = "a", .item = "2"}}}; }

TEST(Cohort, AColumnIsMadeOfUnknowns) {
  Cohort cohort = TwoRows();
  EXPECT_EQ(FindNumbers(cohort, "dice"), nullptr);
  NumbersOf(cohort, "dice")[1] = 0.5;
  EXPECT_TRUE(std::isnan((*FindNumbers(cohort, "dice"))[0]));
  EXPECT_EQ((*FindNumbers(cohort, "dice"))[1], 0.5);
  EXPECT_TRUE(CheckCohort(cohort).ok());
}

TEST(Cohort, RowsAreUniqueByCaseAndItem) {
  Cohort cohort = TwoRows();
  cohort.rows[1].item = "1";
  EXPECT_THAT(std::string(CheckCohort(cohort).message()), HasSubstr("cohort of d: the row of case a, 1 stands there twice"));
}

TEST(Cohort, ColumnsAreAsLongAsRows) {
  Cohort cohort = TwoRows();
  cohort.texts["answer"] = {"one"};
  EXPECT_THAT(std::string(CheckCohort(cohort).message()), HasSubstr("the texts \"answer\" have 1 of 2 rows"));
}

}  // namespace
}  // namespace asap
