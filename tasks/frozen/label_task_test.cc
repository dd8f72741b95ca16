#include "tasks/frozen/label_task.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/benchmark/network_encoder.h"
#include "core/testing/dataset/fake_dataset.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tasks/testing/coarse_encoder.h"

namespace asap {
namespace {

using testing::HasSubstr;

// 60 cases of patients of their own; the positive ones are a little denser. The card names the label.
class TwoDensities : public FakeDataset {
 public:
  TwoDensities() : FakeDataset(MakeCases(), MakeLabels(), "table") {
    named_ = FakeDataset::card();
    named_.label_names = {"dense"};
    for (int i = 0; i < 60; ++i) SetValue(i, static_cast<int16_t>(i % 2 == 0 ? 100 + i : -200 + i));
  }
  const DatasetCard& card() const override { return named_; }

 private:
  static std::vector<CaseInfo> MakeCases() {
    std::vector<CaseInfo> cases;
    for (int i = 0; i < 60; ++i) {
      cases.push_back({.id = absl::StrCat(i), .patient = absl::StrCat(i), .split = i < 40 ? "train" : i < 50 ? "valid" : "test"});
    }
    return cases;
  }
  static LabelRows MakeLabels() {
    LabelRows labels;
    for (int i = 0; i < 60; ++i) labels.push_back({{"dense", i % 2 == 0}});
    return labels;
  }
  DatasetCard named_;
};

class LabelTaskTest : public testing::Test {
 protected:
  LabelTaskTest()
      : encoder_(*NetworkEncoder::Open([](const auto&) { return std::make_unique<CoarseEncoder>(); },
                                       {.name = "coarse", .digest = "d", .batch_size = 8})) {
    spec_.task.name = "classification/dense";
    spec_.task.title = "density";
    spec_.task.dataset = "table";
    spec_.task.outcome = "yes or no";
    spec_.task.labels = {"dense"};
    spec_.task.headline = "auroc";
    spec_.cohort.labels = {"dense"};
    spec_.paper = {
        {.fraction = 100, .batch = 20, .steps = 8, .warmup = 1, .learning_rate = 1e-2, .patience = 3, .start_epoch = 1}};
  }
  TaskContext Context(Protocol protocol) {
    TaskContext context{.protocol = protocol, .parameters = *ResolveParameters(LabelTask(spec_).spec(), {})};
    context.open_dataset = [this](const std::string&) -> absl::StatusOr<std::unique_ptr<Dataset>> {
      auto dataset = std::make_unique<TwoDensities>();
      opened_ = dataset.get();
      return dataset;
    };
    context.progress = [this](const std::string& stage, int64_t, int64_t) {
      stages_.push_back(stage);
      if (opened_ != nullptr) read_ = opened_->reads;
      return true;
    };
    return context;
  }
  const std::unique_ptr<NetworkEncoder> encoder_;
  FrozenSpec spec_;
  TwoDensities* opened_ = nullptr;
  int64_t read_ = 0;  // volumes, when progress was last told
  std::vector<std::string> stages_;
};

TEST_F(LabelTaskTest, LearnsWhatFeaturesTell) {
  const auto result = LabelTask(spec_).Run(*encoder_, Context(Protocol::kStrict));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->split.train_cases, 40);
  EXPECT_EQ(LabelTask(spec_).Scores(result->test)[0].statistic({}), 1);
  EXPECT_EQ(read_, 60);  // each case once
}

TEST_F(LabelTaskTest, AsPublishedEveryEpochEncodesItsCasesAnew) {
  const auto result = LabelTask(spec_).Run(*encoder_, Context(Protocol::kPaper));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->warnings.size() == 1) << result->warnings.size();  // that the published lists were not given
  EXPECT_EQ(stages_.back(), "encoding test cases");
  EXPECT_THAT(stages_, testing::Contains(HasSubstr("epoch 4, encoding anew")));
  // T = 8 is a multiple of the two steps of an epoch: it ends after the fourth. 10 validation and 10 test cases once.
  EXPECT_EQ(read_, 4 * 40 + 10 + 10);
  ASSERT_TRUE(LabelTask(spec_).Run(*encoder_, Context(Protocol::kPaper)).ok());
  EXPECT_EQ(read_, 4 * 40) << "training copies are not kept, the others are";
}

TEST_F(LabelTaskTest, CopiesAreReusedWhereTheyAreAskedFor) {
  TaskContext context = Context(Protocol::kPaper);
  context.parameters["frozen.views"] = "2";
  const auto result = LabelTask(spec_).Run(*encoder_, context);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(read_, 2 * 40 + 10 + 10);
  EXPECT_THAT(result->warnings, testing::Contains(HasSubstr("training copies were reused (2 of each case)")));
}

TEST_F(LabelTaskTest, AnExternalDatasetThatIsNotThereIsSaid) {
  spec_.external = {{.dataset = "elsewhere", .labels = {{"dense", {"dense"}}}}};
  TaskContext context = Context(Protocol::kStrict);
  context.open_dataset = [open = context.open_dataset](const std::string& name) -> absl::StatusOr<std::unique_ptr<Dataset>> {
    if (name == "elsewhere") return absl::NotFoundError("no folder for the dataset elsewhere");
    return open(name);
  };
  const auto result = LabelTask(spec_).Run(*encoder_, context);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(result->external.empty());
  EXPECT_THAT(result->warnings, testing::Contains(HasSubstr("external validation on elsewhere was left out")));
}

}  // namespace
}  // namespace asap
