#include "core/text/laterality.h"

#include <string>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(SwapLateralityTest, WholeWordsInTheirCase) {
  EXPECT_EQ(SwapLaterality("Left lung, RIGHT hilum; right-sided"), "Right lung, LEFT hilum; left-sided");
  EXPECT_EQ(SwapLaterality("left/right (left) left."), "right/left (right) right.");
  EXPECT_EQ(SwapLaterality("leftward rightmost Leftwards leftsided"), "rightward leftmost Rightwards rightsided");
  EXPECT_EQ(SwapLaterality("RUL, LUL, RLL and LLL; L1 and R"), "LUL, RUL, LLL and RLL; L1 and R");
  for (const char* same : {"bilateral", "bright upright Wright cleft", "leftover rightly", "left_over",
                           "l\xC3\xA9"
                           "left",
                           "", "RML"}) {
    EXPECT_EQ(SwapLaterality(same), same);
  }
}

TEST(SwapLateralityTest, TwiceIsTheText) {
  const std::string text = "Nodule in the LEFT upper lobe, right Ventricle; Right-sided RUL leftmost.";
  EXPECT_NE(SwapLaterality(text), text);
  EXPECT_EQ(SwapLaterality(SwapLaterality(text)), text);
}

}  // namespace
}  // namespace asap
