#include "tools/doctor/memory_estimate.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

// The published model's counts.
constexpr int64_t kTrained = 181'402'799, kFrozen = 109'000'000;

TEST(MemoryEstimate, AgreesWithAMeasuredStepOfThePublishedModel) {
  // One step of vit_b with Adam's moments peaked at 4.9 GB on the machine it was measured on, 0.4 GB of them the program itself.
  const MemoryEstimate estimate = EstimateMemory(AsapConfig::VitB(), kTrained, kFrozen, 1, /*bf16=*/false);
  EXPECT_NEAR(static_cast<double>(estimate.total()) / 1e9, 4.5, 1.1);
}

TEST(MemoryEstimate, FollowsWhatCosts) {
  const AsapConfig all = AsapConfig::VitB();
  AsapConfig image = all;
  image.losses = {"image"};
  const auto activations = [](const AsapConfig& config, int64_t batch, bool bf16) {
    return EstimateMemory(config, kTrained, kFrozen, batch, bf16).activations;
  };
  EXPECT_NEAR(static_cast<double>(activations(all, 8, false)), 8.0 * static_cast<double>(activations(all, 1, false)), 100);
  EXPECT_LT(activations(all, 1, true), activations(all, 1, false));
  EXPECT_LT(activations(image, 1, false), activations(all, 1, false));
  EXPECT_EQ(EstimateMemory(all, kTrained, kFrozen, 1, true).optimiser, 12 * kTrained) << "moments and gradients stay float32";
}

}  // namespace
}  // namespace asap
