#include "core/io/finite.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(CheckFinite, NamesTensorsAndCounts) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(CheckFinite({{"a", at::zeros({3})}, {"count", at::arange(3)}, {"none", at::zeros({0})}}).ok());
  EXPECT_TRUE(CheckFinite({{"large", at::full({2}, 65504, at::kHalf)}}).ok()) << "a sum of them is not finite, each is";
  at::Tensor spoilt = at::zeros({3, 2});
  spoilt[1][0] = std::nan("");
  spoilt[2][1] = -kInfinity;
  const std::string message(CheckFinite({{"good", at::zeros({2})}, {"x.weight", spoilt}}).message());
  EXPECT_THAT(message, HasSubstr("x.weight (2 of 6)"));
  EXPECT_THAT(message, Not(HasSubstr("good")));
  for (const at::ScalarType type : {at::kHalf, at::kBFloat16, at::kDouble}) {
    EXPECT_FALSE(CheckFinite({{"x", at::full({1}, kInfinity, type)}}).ok()) << type;
  }
}

}  // namespace
}  // namespace asap
