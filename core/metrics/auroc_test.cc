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
  EXPECT_FALSE(Auroc({1.0, 2.0}, {true, true}).has_value());
  EXPECT_FALSE(Auroc(std::vector<double>(), {}).has_value());
  EXPECT_FALSE(Auroc({1.0, NAN}, {true, false}).has_value());
  EXPECT_FALSE(AurocOfFloats({1.0f, NAN}, {true, false}).has_value());
  EXPECT_FALSE(Auroc({1.0}, {true, false}).has_value());
}

TEST(Auroc, FloatsAndManyScores) {
  CounterRng rng(5);
  constexpr size_t kCases = 20000;
  std::vector<double> scores(kCases);
  std::vector<float> floats(kCases);
  auto labels = std::make_unique<bool[]>(kCases);
  for (size_t i = 0; i < kCases; ++i) {
    labels[i] = rng.Bernoulli(0.1);
    scores[i] = floats[i] = static_cast<float>(rng.Normal() + labels[i]);
  }
  const absl::Span<const bool> positive(labels.get(), kCases);
  EXPECT_DOUBLE_EQ(*AurocOfFloats(floats, positive), *Auroc(scores, positive));
  EXPECT_NEAR(*Auroc(scores, positive), *WeightedAuroc(scores, positive)(), 1e-13);
  EXPECT_NEAR(*Auroc(scores, positive), 0.7602, 0.02);  // Phi(1 / sqrt 2)
}

// A weight is a number of copies.
TEST(WeightedAuroc, EqualsRepeatedCases) {
  CounterRng rng(6);
  constexpr size_t kCases = 60;
  std::vector<double> scores(kCases), weights(kCases), repeated;
  auto labels = std::make_unique<bool[]>(kCases);
  auto repeated_labels = std::make_unique<bool[]>(kCases * 4);
  for (size_t i = 0; i < kCases; ++i) {
    labels[i] = rng.Bernoulli(0.4);
    scores[i] = std::floor(rng.Uniform(0, 15));
    weights[i] = static_cast<double>(rng.UniformInt(0, 4));
    for (int copy = 0; copy < weights[i]; ++copy) {
      repeated_labels[repeated.size()] = labels[i];
      repeated.push_back(scores[i]);
    }
  }
  const WeightedAuroc weighted(scores, absl::MakeConstSpan(labels.get(), kCases));
  EXPECT_NEAR(*weighted(weights), *Auroc(repeated, absl::MakeConstSpan(repeated_labels.get(), repeated.size())), 1e-13);
  for (size_t i = 0; i < kCases; ++i) weights[i] = labels[i] ? 0 : 1;
  EXPECT_FALSE(weighted(weights).has_value());
  EXPECT_FALSE(WeightedAuroc({1, NAN}, {true, false})().has_value());
}

}  // namespace
}  // namespace asap
