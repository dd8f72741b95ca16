#include "core/metrics/auroc.h"

#include <cmath>
#include <memory>
#include <vector>

#include "core/base/random.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(Auroc, ClosedForms) {
  const bool labels[] = {false, false, true, true};
  EXPECT_DOUBLE_EQ(*Auroc({0.1, 0.4, 0.35, 0.8}, labels), 0.75);
  EXPECT_DOUBLE_EQ(*Auroc({1, 2, 3, 4}, labels), 1);
  EXPECT_DOUBLE_EQ(*Auroc({4, 3, 2, 1}, labels), 0);
  EXPECT_DOUBLE_EQ(*Auroc({5, 5, 5, 5}, labels), 0.5);
}

TEST(Auroc, EqualsTheCountOverAllPairs) {
  CounterRng rng(4);
  constexpr size_t kCases = 200;
  std::vector<double> scores(kCases);
  auto labels = std::make_unique<bool[]>(kCases);
  for (size_t i = 0; i < kCases; ++i) {
    labels[i] = rng.Bernoulli(0.3);
    scores[i] = std::floor(rng.Uniform(0, 12)) + labels[i];  // many ties
  }
  double won = 0, pairs = 0;
  for (size_t i = 0; i < kCases; ++i) {
    for (size_t j = 0; j < kCases; ++j) {
      if (!labels[i] || labels[j]) continue;
      won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
      ++pairs;
    }
  }
  EXPECT_NEAR(*Auroc(scores, absl::MakeConstSpan(labels.get(), kCases)), won / pairs, 1e-12);
}

TEST(Auroc, IsUndefinedForOneClassAndForNaN) {
  EXPECT_FALSE(Auroc({1, 2}, {true, true}).has_value());
  EXPECT_FALSE(Auroc({}, {}).has_value());
  EXPECT_FALSE(Auroc({1, NAN}, {true, false}).has_value());
}

}  // namespace
}  // namespace asap
