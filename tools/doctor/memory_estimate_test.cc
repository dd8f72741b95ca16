#include "tools/doctor/memory_estimate.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

// The published model with all-MiniLM-L6-v2, frozen, as its text encoder.
constexpr int64_t kTrained = 180'800'000, kFrozen = 22'600'000;

TEST(MemoryEstimate, AgreesWithAMeasuredStepOfThePublishedModel) {
  // Two steps of --config=vit_b --batch_size=1 peaked at 5.5 GB, of which the program itself and the phantom's cache took about
  // 0.5.
  AsapConfig config = AsapConfig::VitB();
  config.text = {.width = 384, .layers = 6, .heads = 12, .intermediate = 1536};
  const MemoryEstimate estimate = EstimateMemory(config, kTrained, kFrozen, 1, /*bf16=*/false);
  EXPECT_NEAR(static_cast<double>(estimate.total()) / 1e9, 5.0, 1.1);
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
