#include "modules/heads/head_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/random.h"

namespace asap {
namespace {

constexpr int64_t kRows = 7, kInputs = 11, kOutputs = 3;

struct Batch {
  std::vector<double> x, labels;
  std::vector<int64_t> classes, events;

  HeadTargets<double> targets() const { return {labels.data(), classes.data(), events.data()}; }
};

Batch MakeBatch() {
  CounterRng rng(3);
  Batch batch;
  for (int64_t i = 0; i < kRows * kInputs; ++i) batch.x.push_back(rng.Normal());
  for (int64_t i = 0; i < kRows * kOutputs; ++i) batch.labels.push_back(rng.UniformInt(0, 1));
  for (int64_t i = 0; i < kRows; ++i) batch.classes.push_back(rng.UniformInt(0, kOutputs - 1));
  for (int64_t i = 0; i < kRows; ++i) batch.events.push_back(rng.UniformInt(0, 1));
  return batch;
}

std::vector<HeadLayer<double>> LargeLayers(const HeadOptions& options) {
  std::vector<HeadLayer<double>> layers = StartingLayers<double>(options, /*seed=*/1);
  for (HeadLayer<double>& layer : layers) {
    for (double& weight : layer.weight) weight *= 2e4;  // of a size that matters
  }
  return layers;
}

// The gradients of every weight and bias, against central differences.
void ExpectGradients(const HeadOptions& options, const uint64_t* dropout_key) {
  const Batch batch = MakeBatch();
  std::vector<HeadLayer<double>> layers = LargeLayers(options);
  HeadStepper<double> head(options, layers);
  const HeadStep step = head.Backward(batch.x.data(), kRows, batch.targets(), dropout_key);
  double squares = 0;
  const auto check = [&](std::vector<double>& values, const std::vector<double>& gradients) {
    for (size_t i = 0; i < values.size(); ++i) {
      squares += gradients[i] * gradients[i];
      const double at = values[i], h = 1e-6;
      values[i] = at + h;
      const double above =
          HeadStepper<double>(options, layers).Backward(batch.x.data(), kRows, batch.targets(), dropout_key).loss;
      values[i] = at - h;
      const double below =
          HeadStepper<double>(options, layers).Backward(batch.x.data(), kRows, batch.targets(), dropout_key).loss;
      values[i] = at;
      ASSERT_NEAR(gradients[i], (above - below) / (2 * h), 1e-7) << i;
    }
  };
  for (size_t l = 0; l < layers.size(); ++l) {
    check(layers[l].weight, head.gradients()[l].weight);
    check(layers[l].bias, head.gradients()[l].bias);
  }
  EXPECT_NEAR(step.gradient_norm, std::sqrt(squares), 1e-12);
}

TEST(HeadStepTest, GradientsOfEveryLoss) {
  ExpectGradients(LinearHead(HeadLoss::kBinary, kInputs, kOutputs), nullptr);
  ExpectGradients(LinearHead(HeadLoss::kSoftmax, kInputs, kOutputs), nullptr);
  ExpectGradients(SurvivalHead(kInputs, kOutputs, /*as_published=*/true), nullptr);
  ExpectGradients(SurvivalHead(kInputs, kOutputs, /*as_published=*/false), nullptr);
}

TEST(HeadStepTest, GradientsThroughDropout) {
  const uint64_t key = 9;
  ExpectGradients(SurvivalHead(kInputs, kOutputs, /*as_published=*/true), &key);
}

TEST(HeadStepTest, DropoutIsOfTheKeyAndOnlyWhileTraining) {
  const HeadOptions options = SurvivalHead(kInputs, kOutputs, /*as_published=*/false);
  const Batch batch = MakeBatch();
  HeadStepper<double> head(options, LargeLayers(options));
  const auto loss = [&](const uint64_t* key) { return head.Backward(batch.x.data(), kRows, batch.targets(), key).loss; };
  const uint64_t one = 1, two = 2;
  EXPECT_EQ(loss(&one), loss(&one));
  EXPECT_NE(loss(&one), loss(&two));
  std::vector<double> logits(kRows * kOutputs), gradient(kRows * kOutputs);
  head.Project(batch.x.data(), kRows, logits.data());
  EXPECT_EQ(LossAndGradient(options, logits.data(), batch.targets(), kRows, gradient.data()).loss, loss(nullptr));
}

TEST(HeadStepTest, UpdatesAreClippedAdamWOnWeightsAndBiases) {
  const HeadOptions options = LinearHead(HeadLoss::kBinary, kInputs, kOutputs);
  const Batch batch = MakeBatch();
  HeadStepper<double> head(options, LargeLayers(options));
  std::vector<double> m(kInputs * kOutputs), v(kInputs * kOutputs);
  for (int t = 1; t <= 5; ++t) {
    const std::vector<double> before = head.layers()[0].weight;
    const double bias_before = head.layers()[0].bias[1];
    const HeadStep step = head.Step(batch.x.data(), kRows, batch.targets(),
                                    {.learning_rate = 0.1, .weight_decay = 0.5, .clip = 0.05}, /*dropout_key=*/0);
    ASSERT_GT(step.gradient_norm, 0.05);
    for (size_t i = 0; i < before.size(); ++i) {
      const double g = head.gradients()[0].weight[i] * 0.05 / (step.gradient_norm + 1e-6);
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      const double first = m[i] / (1 - std::pow(0.9, t)), second = v[i] / (1 - std::pow(0.999, t));
      EXPECT_NEAR(head.layers()[0].weight[i], before[i] * 0.95 - 0.1 * first / (std::sqrt(second) + 1e-8), 1e-12);
    }
    if (t == 1) {  // the first step is the sign
      EXPECT_NEAR(std::abs(head.layers()[0].bias[1] - bias_before * 0.95), 0.1, 1e-5);
    }
  }
}

TEST(HeadStepTest, StartsAsPublished) {
  const HeadOptions binary = LinearHead(HeadLoss::kBinary, 768, 18), survival = SurvivalHead(768, 3, true);
  const auto linear = StartingLayers<float>(binary, 42);
  double squares = 0;
  for (const float weight : linear[0].weight) squares += static_cast<double>(weight) * weight;
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(linear[0].weight.size())), 2e-5, 1e-6);
  for (const float bias : linear[0].bias) EXPECT_EQ(bias, 0);
  EXPECT_EQ(StartingLayers<float>(binary, 42)[0].weight, linear[0].weight);
  EXPECT_NE(StartingLayers<float>(binary, 43)[0].weight, linear[0].weight);
  const auto layers = StartingLayers<float>(survival, 42);
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].out, 768);
  float most = 0;
  for (const float bias : layers[0].bias) most = std::max(most, std::abs(bias));
  EXPECT_GT(most, 0.9 / std::sqrt(768.0));
  EXPECT_LE(most, 1 / std::sqrt(768.0));
  EXPECT_LT(std::abs(layers[0].weight[5]), 1e-3);
  HeadOptions random_encoder = survival;
  random_encoder.default_weights = true;
  EXPECT_GT(std::abs(StartingLayers<float>(random_encoder, 42)[0].weight[5]), 1e-4);
}

TEST(HeadStepTest, RefusesOptionsThatMakeNoHead) {
  EXPECT_TRUE(SurvivalHead(768, 3, true).Validate().ok());
  EXPECT_FALSE(LinearHead(HeadLoss::kBinary, 0, 1).Validate().ok());
  EXPECT_FALSE(LinearHead(HeadLoss::kBinary, 8, 0).Validate().ok());
  EXPECT_FALSE(LinearHead(HeadLoss::kSoftmax, 8, 1).Validate().ok());
  EXPECT_FALSE((HeadOptions{.hidden = 4}).Validate().ok());
  EXPECT_FALSE((HeadOptions{.dropout = 1}).Validate().ok());
}

}  // namespace
}  // namespace asap
