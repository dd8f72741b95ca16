#include "core/metrics/time_dependent_auroc.h"

#include <cmath>
#include <memory>

#include "core/base/random.h"
#include "core/metrics/auroc.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

// scikit-survival 0.28's cumulative_dynamic_auc(survival, survival, risks, [4, 10]).
TEST(TimeDependentAuroc, KnownValues) {
  const bool events[] = {true, false, true, true, false, true, true, false};
  const std::vector<double> times = {2, 3, 5, 7, 8, 11, 13, 14}, risks = {3, 9, 8, 5, 2, 6, 1, 4};
  EXPECT_NEAR(*WeightedTimeDependentAuroc(times, risks, events, 4)(), 0.33333333333333333, 1e-9);
  EXPECT_NEAR(*WeightedTimeDependentAuroc(times, risks, events, 10)(), 0.68333333333333333, 1e-9);
}

TEST(TimeDependentAuroc, EqualsTheAurocWithoutCensoring) {
  CounterRng rng(40);
  constexpr size_t kCases = 300;
  std::vector<double> times(kCases), risks(kCases);
  auto events = std::make_unique<bool[]>(kCases), by_then = std::make_unique<bool[]>(kCases);
  for (size_t i = 0; i < kCases; ++i) {
    times[i] = rng.Uniform(0, 10);
    risks[i] = std::floor(5 * (rng.Normal() - 0.3 * times[i]));
    events[i] = true;
    by_then[i] = times[i] <= 4;
  }
  EXPECT_NEAR(*WeightedTimeDependentAuroc(times, risks, absl::MakeConstSpan(events.get(), kCases), 4)(),
              *Auroc(risks, absl::MakeConstSpan(by_then.get(), kCases)), 1e-12);
}

// Weights are copies, also in the censoring curve.
TEST(TimeDependentAuroc, WeightsAreCopies) {
  const bool events[] = {true, false, true, false, true, false}, copied[] = {true, false, false, true, true, true, false};
  const WeightedTimeDependentAuroc weighted({1, 2, 3, 4, 5, 6}, {5, 1, 2, 4, 3, 2}, events, 3.5);
  const WeightedTimeDependentAuroc copies({1, 2, 2, 3, 3, 5, 6}, {5, 1, 1, 2, 2, 3, 2}, copied, 3.5);
  EXPECT_NEAR(*weighted({1, 2, 2, 0, 1, 1}), *copies(), 1e-13);
}

TEST(TimeDependentAuroc, Edges) {
  const bool events[] = {true, false};
  EXPECT_FALSE(WeightedTimeDependentAuroc({1, 2}, {1, 2}, events, 0.5)().has_value());
  EXPECT_FALSE(WeightedTimeDependentAuroc({1, 2}, {1, 2}, events, 9)().has_value());
  EXPECT_FALSE(WeightedTimeDependentAuroc({1, NAN}, {1, 2}, events, 1)().has_value());
  EXPECT_FALSE(WeightedTimeDependentAuroc({1, 2}, {1, NAN}, events, 1)().has_value());
  EXPECT_FALSE(WeightedTimeDependentAuroc({}, {}, {}, 1)().has_value());
}

}  // namespace
}  // namespace asap
