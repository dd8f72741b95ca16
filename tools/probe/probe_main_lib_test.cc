#include "tools/probe/probe_main_lib.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>

#include <memory>

#include "core/dataset.h"
#include "core/encoder.h"
#include "gtest/gtest.h"
#include "tools/probe/features.h"

namespace asap {
namespace {

TEST(ProbeFlags, AreTheFrozenOnes) {
  ASSERT_EQ(ProbeHelp().name, "probe");
  EXPECT_EQ(FlagTable("probe"),
            "data string \"phantom\"\ndata_root string \"\"\nencoder string \"asap\"\nseed uint64 \"1000\"\n"
            "test_cases int32 \"400\"\ntrain_cases int32 \"400\"\nweights string \"\"\n");
}

TEST(Features, AreTheMeanOfPatchTokensWhateverTheBatch) {
  const auto dataset = OpenDataset("phantom", {.parameters = {{"cases", "5"}, {"size", "32x32x16"}}});
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  const auto encoder = LoadEncoder(
      "asap", {.parameters = {{"volume", "32x32x16"}, {"patch", "8x8x4"}, {"width", "24"}, {"depth", "1"}, {"heads", "2"}}});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  const auto together = MeanPooledFeatures(**encoder, **dataset, {0, 2, 4}, /*batch=*/3);
  const auto alone = MeanPooledFeatures(**encoder, **dataset, {0, 2, 4}, /*batch=*/1);
  ASSERT_TRUE(together.ok() && alone.ok());
  EXPECT_EQ(together->sizes(), (at::IntArrayRef{3, 24}));
  EXPECT_TRUE(at::allclose(*together, *alone, 1e-4, 1e-5));
  EXPECT_GT((together->select(0, 0) - together->select(0, 1)).abs().max().item<double>(), 1e-4) << "cases are told apart";
  EXPECT_FALSE(MeanPooledFeatures(**encoder, **dataset, {}, 1).ok());
}

TEST(Features, LabelsFollowTheCard) {
  const auto dataset = OpenDataset("phantom", {.parameters = {{"cases", "5"}, {"size", "16x16x16"}}});
  const auto labels = LabelMatrix(**dataset, {1, 3});
  ASSERT_TRUE(labels.ok());
  const auto& names = (*dataset)->card().label_names;
  ASSERT_EQ(labels->sizes(), (at::IntArrayRef{2, static_cast<int64_t>(names.size())}));
  for (size_t column = 0; column < names.size(); ++column) {
    EXPECT_EQ((*labels)[1][static_cast<int64_t>(column)].item<double>(), (*dataset)->Labels(3)->at(names[column]))
        << names[column];
  }
}

}  // namespace
}  // namespace asap
