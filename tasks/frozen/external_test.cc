#include "tasks/frozen/external.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::ElementsAre;
using testing::Pair;

const ExternalCohort kCohort = {.dataset = "elsewhere",
                                .labels = {{"calcification", {"arterial", "coronary"}}, {"effusion", {"effusion"}}}};

Cohort Rows() {
  return {.dataset = "elsewhere",
          .rows = {{.case_id = "1"}, {.case_id = "2"}},
          .numbers = {{"score/arterial", {0.8, 0.2}},
                      {"score/coronary", {0.1, 0.4}},
                      {"score/effusion", {0.3, 0.6}},
                      {"score/mosaic", {0.9, 0.9}},
                      {"truth/calcification", {0, 1}}}};
}

TEST(AnswerExternal, TakesTheHighestOfTheLabelsThatAnswer) {
  Cohort cohort = Rows();
  std::vector<std::string> warnings;
  AnswerExternal(kCohort, /*on_test_data=*/false, cohort, warnings);
  EXPECT_THAT(cohort.numbers,
              ElementsAre(Pair("score/calcification", ElementsAre(0.8, 0.4)), Pair("score/effusion", ElementsAre(0.3, 0.6)),
                          Pair("truth/calcification", ElementsAre(0, 1))));
  EXPECT_TRUE(warnings.empty());
}

TEST(AnswerExternal, AsPublishedChoosesOnTestDataAndSaysSo) {
  Cohort cohort = Rows();
  std::vector<std::string> warnings;
  AnswerExternal(kCohort, /*on_test_data=*/true, cohort, warnings);
  EXPECT_THAT(cohort.numbers.at("score/calcification"), ElementsAre(0.1, 0.4));
  ASSERT_EQ(warnings.size(), 1);
  EXPECT_THAT(warnings[0], testing::HasSubstr("\"coronary\", chosen by its AUROC on these test cases"));
}

}  // namespace
}  // namespace asap
