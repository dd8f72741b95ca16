#include "core/train/schedule.h"

#include "gtest/gtest.h"

namespace asap {
namespace {

// Rates of the published settings (peak 1.5e-4, 20 of 200 epochs of warm-up), computed with Python's math module.
TEST(ScheduleTest, PublishedSettings) {
  const Schedule schedule{.peak = 1.5e-4, .warmup = 20, .horizon = 200};
  const double rows[][2] = {{0, 0},
                            {0.25, 1.8749999999999998e-06},
                            {1, 7.499999999999999e-06},
                            {10, 7.5e-05},
                            {19.9, 0.00014924999999999997},
                            {20, 0.00015},
                            {20.5, 0.00014999714422981282},
                            {40, 0.0001454769465589431},
                            {100, 8.802361332501978e-05},
                            {150.75, 2.6043018565295807e-05},
                            {199, 1.142286327065478e-08},
                            {199.99, 1.1423153173373278e-12},
                            {200, 0}};
  for (const auto& [time, rate] : rows) EXPECT_NEAR(schedule.At(time), rate, 1e-12 * rate + 1e-19) << time;
}

TEST(ScheduleTest, EdgesAreDefined) {
  const Schedule no_warmup{.peak = 2, .minimum = 1, .warmup = 0, .horizon = 10};
  EXPECT_EQ(no_warmup.At(0), 2);
  EXPECT_DOUBLE_EQ(no_warmup.At(5), 1.5);
  EXPECT_EQ(no_warmup.At(10), 1);
  EXPECT_EQ(no_warmup.At(15), 1) << "past the horizon the rate stays low instead of climbing the cosine's other half";
  const Schedule only_warmup{.peak = 2, .minimum = 0.5, .warmup = 4, .horizon = 4};
  EXPECT_EQ(only_warmup.At(2), 1);
  EXPECT_EQ(only_warmup.At(4), 0.5);
}

TEST(ScheduleTest, ContinuousAtTheEndOfWarmup) {
  const Schedule schedule{.peak = 1, .minimum = 0.1, .warmup = 3, .horizon = 9};
  EXPECT_NEAR(schedule.At(3 - 1e-9), schedule.At(3), 1e-8);
}

TEST(ScheduleTest, RefusesNonsense) {
  EXPECT_TRUE((Schedule{.peak = 1, .warmup = 1, .horizon = 2}).Validate().ok());
  EXPECT_FALSE((Schedule{.peak = 0, .horizon = 2}).Validate().ok());
  EXPECT_FALSE((Schedule{.peak = 1, .minimum = 2, .horizon = 2}).Validate().ok());
  EXPECT_FALSE((Schedule{.peak = 1, .warmup = -1, .horizon = 2}).Validate().ok());
  const absl::Status status = Schedule{.peak = 1, .warmup = 3, .horizon = 2}.Validate();
  EXPECT_NE(status.message().find("warm-up of 3"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace asap
