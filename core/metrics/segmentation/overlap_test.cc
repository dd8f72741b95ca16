#include "core/metrics/segmentation/overlap.h"

#include "core/metrics/segmentation/lung_rule.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(Overlap, DiceAndIou) {
  const Overlap overlap = OverlapOf({1, 1, 0, 0, 255}, {1, 0, 1, 0, 7});
  EXPECT_EQ(overlap.prediction, 3);
  EXPECT_EQ(overlap.both, 2);
  EXPECT_DOUBLE_EQ(*overlap.Dice(), 4.0 / 6);
  EXPECT_DOUBLE_EQ(*overlap.Iou(), 0.5);
  const std::vector<uint8_t> many(1000, 1);
  EXPECT_EQ(OverlapOf(many, many).both, 1000);
}

TEST(Overlap, EmptyMasks) {
  EXPECT_FALSE(OverlapOf({0}, {0}).Dice().has_value());
  EXPECT_FALSE(OverlapOf({0}, {0}).Iou().has_value());
  EXPECT_EQ(*OverlapOf({1}, {0}).Dice(), 0);
  EXPECT_FALSE(OverlapOf({1}, {0}).DiceWhereTruth().has_value());
  EXPECT_EQ(*OverlapOf({0}, {1}).DiceWhereTruth(), 0);
}

// Classes absent from the truth are left out.
TEST(Overlap, MeanDice) {
  const std::vector<Overlap> overlaps = OverlapsOf({0, 1, 2, 2, 1, 9}, {0, 1, 1, 2, 0, 9}, 4);
  EXPECT_DOUBLE_EQ(*overlaps[1].Dice(), 0.5);
  EXPECT_DOUBLE_EQ(*overlaps[2].Dice(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(*MeanDice(overlaps), (0.5 + 2.0 / 3) / 2);
  EXPECT_FALSE(MeanDice(OverlapsOf({1, 1}, {0, 0}, 3)).has_value());
}

TEST(LungRule, TracheaIsBackground) {
  // Two voxels: the trachea tips the first to background; the second is the right lung.
  const std::vector<double> logits = {1.0, 0, /**/ 1.5, 0, /**/ 0, 3, /**/ 1.2, 0};
  EXPECT_EQ(LungLabels(logits), (std::vector<uint8_t>{0, 2}));
  EXPECT_EQ(LungTruth({0, 3, 2, 1}), (std::vector<uint8_t>{0, 0, 2, 1}));
}

}  // namespace
}  // namespace asap
