#include "tasks/frozen/external.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

const ExternalCohort kCohort = {.dataset = "elsewhere",
                                .labels = {{"calcification", {"arterial", "coronary"}}, {"effusion", {"effusion"}}}};

std::vector<CaseResult> Cases() {
  return {{.case_id = "1",
           .scores = {{"arterial", 0.8}, {"coronary", 0.1}, {"effusion", 0.3}, {"mosaic", 0.9}},
           .truth = {{"calcification", 0}}},
          {.case_id = "2",
           .scores = {{"arterial", 0.2}, {"coronary", 0.4}, {"effusion", 0.6}, {"mosaic", 0.9}},
           .truth = {{"calcification", 1}}}};
}

TEST(AnswerExternal, TakesTheHighestOfTheLabelsThatAnswer) {
  std::vector<CaseResult> cases = Cases();
  std::vector<std::string> warnings;
  AnswerExternal(kCohort, /*on_test_data=*/false, cases, warnings);
  EXPECT_EQ(cases[0].scores, (std::map<std::string, double>{{"calcification", 0.8}, {"effusion", 0.3}}));
  EXPECT_EQ(cases[1].scores.at("calcification"), 0.4);
  EXPECT_TRUE(warnings.empty());
}

TEST(AnswerExternal, AsPublishedChoosesOnTestDataAndSaysSo) {
  std::vector<CaseResult> cases = Cases();
  std::vector<std::string> warnings;
  AnswerExternal(kCohort, /*on_test_data=*/true, cases, warnings);
  EXPECT_EQ(cases[0].scores.at("calcification"), 0.1);
  EXPECT_EQ(cases[1].scores.at("calcification"), 0.4);
  ASSERT_EQ(warnings.size(), 1);
  EXPECT_THAT(warnings[0], testing::HasSubstr("\"coronary\", chosen by its AUROC on these test cases"));
}

}  // namespace
}  // namespace asap
