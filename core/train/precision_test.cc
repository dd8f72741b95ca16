#include "core/train/precision.h"

#include <ATen/core/TensorBody.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(PrecisionTest, Names) {
  EXPECT_EQ(*ParsePrecision("f32"), Precision::kFloat32);
  EXPECT_EQ(*ParsePrecision("bf16"), Precision::kBfloat16);
  const absl::Status status = ParsePrecision("bf61").status();
  EXPECT_NE(status.message().find("did you mean \"bf16\""), absl::string_view::npos) << status;
  EXPECT_EQ(PrecisionName(Precision::kBfloat16), "bf16");
}

at::ScalarType TypeOfProduct() { return at::matmul(at::ones({4, 4}), at::ones({4, 4})).scalar_type(); }

TEST(AutocastGuardTest, HoldsForItsScope) {
  EXPECT_EQ(TypeOfProduct(), at::kFloat);
  {
    AutocastGuard guard(Precision::kBfloat16, c10::DeviceType::CPU);
    EXPECT_EQ(TypeOfProduct(), at::kBFloat16);
    {
      AutocastGuard inner(Precision::kFloat32, c10::DeviceType::CPU);
      EXPECT_EQ(TypeOfProduct(), at::kFloat);
    }
    EXPECT_EQ(TypeOfProduct(), at::kBFloat16);
  }
  EXPECT_EQ(TypeOfProduct(), at::kFloat);
}

TEST(AutocastGuardTest, GradientsReachFloat32Weights) {
  at::Tensor weight = at::full({4, 4}, 0.5f).requires_grad_(true);
  at::Tensor loss;
  for (int step = 0; step < 2; ++step) {
    {
      AutocastGuard guard(Precision::kBfloat16, c10::DeviceType::CPU);
      loss = at::matmul(at::ones({4, 4}), weight).sum();
    }
    EXPECT_EQ(loss.item<float>(), 32 * (step + 1)) << "a changed weight is seen: no stale bfloat16 copy";
    weight.mutable_grad() = at::Tensor();
    loss.backward();
    EXPECT_EQ(weight.grad().scalar_type(), at::kFloat);
    weight.detach().mul_(2);
  }
}

}  // namespace
}  // namespace asap
