#include "core/train/schedule.h"

#include <utility>
#include <vector>

#include "core/train/warmup_cosine.h"
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

TEST(WarmupCosineTest, RisesAgainBeyondItsEnd) {
  for (const auto& [step, factor] : std::vector<std::pair<int, double>>{
           {0, 0}, {1, 0.0066666667}, {75, 0.5}, {149, 0.9933333333}, {150, 1}, {3075, 0.5}, {6000, 0}, {6500, 0.0179167}}) {
    EXPECT_NEAR(WarmupCosine(step, 150, 6000), factor, 1e-7) << step;
  }
  EXPECT_EQ(WarmupCosine(0, 0, 10), 1);
}

TEST(WarmupCosineTest, OfEpochsReachesThePeakAtTheEndOfTheWarmup) {
  const std::vector<std::pair<int, double>> rows = {{0, 0},          {1, 0.020408},  {48, 0.979592},    {49, 1},          {50, 1},
                                                    {100, 0.993181}, {500, 0.54129}, {998, 1.09358e-5}, {999, 2.73396e-6}};
  for (const auto& [epoch, factor] : rows) EXPECT_NEAR(WarmupCosineOfEpoch(epoch, 50, 1000), factor, 1e-6) << epoch;
  EXPECT_EQ(WarmupCosineOfEpoch(0, 1, 10), 0);
  EXPECT_EQ(WarmupCosineOfEpoch(0, 0, 10), 1);
}

}  // namespace
}  // namespace asap
