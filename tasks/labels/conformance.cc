// What tasks of labels must do, classification and prognosis among them: one-class labels are undefined and no error, a label
// that the dataset lacks is named.
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tasks/testing/environment.h"

namespace asap {
namespace {

absl::StatusOr<TaskResult> RunWith(const DatasetChange& change) {
  const TaskUnderTest& under_test = TheTask();
  return under_test.task->Run(*under_test.new_encoder("labels"), ContextOf(under_test, 100, Protocol::kStrict, change));
}

TEST(LabelKind, OneClassOfLabelsIsUndefinedAndNoError) {
  const auto result = RunWith([](ChangedDataset& dataset) {
    dataset.change_labels = [](std::map<std::string, double>& labels) {
      for (auto& [name, value] : labels) value = 0;
    };
  });
  ASSERT_TRUE(result.ok()) << result.status();
  for (const auto& [name, column] : result->test.numbers) {
    if (name.rfind("score/", 0) != 0) continue;
    for (const double score : column) EXPECT_FALSE(std::isnan(score)) << name;
  }
  int64_t undefined = 0;
  for (const Score& score : TheTask().task->Scores(result->test)) {
    const std::optional<double> value = score.statistic({});
    EXPECT_FALSE(value.has_value() && std::isnan(*value)) << score.metric.name << " is no number";
    if (score.metric.chance.has_value()) {  // a ranking of positives against negatives
      EXPECT_FALSE(value.has_value()) << score.metric.name << " of \"" << score.label << "\"";
      ++undefined;
    }
  }
  EXPECT_GT(undefined, 0);
}

TEST(LabelKind, ALabelThatTheDatasetLacksIsNamed) {
  const auto result = RunWith([](ChangedDataset& dataset) { dataset.mutable_card().label_names = {"something else"}; });
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(std::string(result.status().message()), testing::HasSubstr("something else"));
}

}  // namespace
}  // namespace asap
