#include "tests/performance/scaling_model.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

ScalingInputs Inputs() {
  return {.seconds_per_sample = 0.01,
          .gradient_bytes = 400e6,
          .bucket_bytes = 40e6,
          .sample_bytes = 10e6,
          .gpus_per_node = 4,
          .gpu_link = 100e9,
          .node_link = 10e9,
          .gpu_latency = 0,
          .node_latency = 0,
          .storage = 2e9};
}

TEST(ScalingModelTest, OneGpuOnlyComputes) {
  const ScalingStep step = PredictStep(Inputs(), 1, 4, 2);
  EXPECT_DOUBLE_EQ(step.compute, 0.08);
  EXPECT_EQ(step.all_reduce, 0);
  EXPECT_EQ(step.exposed, 0);
  EXPECT_DOUBLE_EQ(step.samples_per_second, 100);
  EXPECT_DOUBLE_EQ(step.efficiency, 1);
}

TEST(ScalingModelTest, RingsWithinAndBetweenNodes) {
  // 2 * 3/4 * 400e6 / 100e9 = 6 ms in a node.
  EXPECT_NEAR(PredictStep(Inputs(), 4, 4, 1).all_reduce, 0.006, 1e-12);
  // And 2 * 3/4 * 400e6 / 10e9 = 60 ms between four of them.
  EXPECT_NEAR(PredictStep(Inputs(), 16, 4, 1).all_reduce, 0.066, 1e-12);
  // Latency counts for each bucket and each hop: 10 * 2 * 3 * 1e-5.
  ScalingInputs slow = Inputs();
  slow.node_latency = 1e-5;
  EXPECT_NEAR(PredictStep(slow, 16, 4, 1).all_reduce, 0.066 + 6e-4, 1e-12);
}

TEST(ScalingModelTest, TheBackwardPassHidesAllButTheLastBucketUntilItIsTooShort) {
  // 24 ms of backward pass before the last bucket hide 5.4 of 6 ms.
  EXPECT_NEAR(PredictStep(Inputs(), 4, 4, 1).exposed, 0.0006, 1e-12);
  // ... and 24 of 66 ms.
  EXPECT_NEAR(PredictStep(Inputs(), 16, 4, 1).exposed, 0.066 - 0.024, 1e-12);
  // More accumulation does not hide more, but weighs less.
  ScalingInputs fed = Inputs();
  fed.storage = 1e15;  // else it is the limit of both
  const ScalingStep few = PredictStep(fed, 16, 4, 1), many = PredictStep(fed, 16, 4, 8);
  EXPECT_DOUBLE_EQ(many.exposed, few.exposed);
  EXPECT_GT(many.efficiency, few.efficiency);
}

TEST(ScalingModelTest, StorageSaturates) {
  EXPECT_DOUBLE_EQ(GpusThatSaturateStorage(Inputs()), 2);
  const ScalingStep step = PredictStep(Inputs(), 4, 4, 1);
  EXPECT_DOUBLE_EQ(step.samples_per_second, 200) << "2 GB/s of 10 MB samples";
  EXPECT_DOUBLE_EQ(step.efficiency, 0.5);
}

}  // namespace
}  // namespace asap
