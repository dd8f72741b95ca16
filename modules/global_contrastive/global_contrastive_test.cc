#include "modules/global_contrastive/global_contrastive.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace asap {
namespace {

constexpr int64_t kWidth = 6, kTextWidth = 5, kVisible = 7, kTokens = 4;

struct Inputs {
  at::Tensor latent, findings, attention;
};

// Reports of 4, 3, 4, 3, ... tokens; those of `missing` have [CLS] alone.
Inputs MakeInputs(int64_t cases, const std::vector<int64_t>& missing = {}) {
  at::manual_seed(4);
  Inputs inputs{at::randn({cases, 1 + kVisible, kWidth}, at::kDouble), at::randn({cases, kTokens, kTextWidth}, at::kDouble),
                at::ones({cases, kTokens}, at::kLong)};
  for (int64_t b = 1; b < cases; b += 2) inputs.attention[b][kTokens - 1] = 0;
  for (const int64_t b : missing) inputs.attention[b].slice(0, 1).zero_();
  return inputs;
}

// In float64.
std::unique_ptr<GlobalContrastive> MakeModule(GlobalContrastiveOptions options = {}) {
  options.width = kWidth;
  options.text_width = kTextWidth;
  options.seed = 3;
  auto module = std::make_unique<GlobalContrastive>(options);
  module->to(at::kDouble);
  const at::NoGradGuard no_grad;
  at::manual_seed(5);
  for (at::Tensor& parameter : module->parameters()) {
    if (parameter.dim() == 1 && parameter.numel() > 1) parameter.normal_();  // biases start at 0, which would hide them
  }
  return module;
}

at::Tensor LossOf(const GlobalContrastive& module, const Inputs& inputs) {
  return module.Loss(module.Embed(inputs.latent, inputs.findings, inputs.attention));
}

at::Tensor Parameter(const GlobalContrastive& module, const char* name) { return module.named_parameters()[name]; }

// The projections and the loss by loops over numbers.
double LossByHand(const GlobalContrastive& module, const Inputs& inputs) {
  const auto project = [&](const std::vector<double>& x, const std::string& name) {
    const at::Tensor weight = Parameter(module, (name + ".weight").c_str()), bias = Parameter(module, (name + ".bias").c_str());
    std::vector<double> y(kWidth);
    double squares = 0;
    for (int64_t e = 0; e < kWidth; ++e) {
      y[e] = bias[e].item<double>();
      for (size_t i = 0; i < x.size(); ++i) y[e] += weight[e][i].item<double>() * x[i];
      squares += y[e] * y[e];
    }
    for (double& value : y) value /= std::sqrt(squares);
    return y;
  };
  std::vector<std::vector<double>> volumes, reports;
  for (int64_t b = 0; b < inputs.latent.size(0); ++b) {
    if (inputs.attention[b].sum().item<int64_t>() < 2) continue;
    std::vector<double> mean(kWidth), text(kTextWidth);
    for (int64_t i = 0; i < kWidth; ++i) {
      for (int64_t v = 0; v < kVisible; ++v) mean[i] += inputs.latent[b][1 + v][i].item<double>() / kVisible;
    }
    for (int64_t i = 0; i < kTextWidth; ++i) text[i] = inputs.findings[b][0][i].item<double>();
    volumes.push_back(project(mean, "global_image_proj"));
    reports.push_back(project(text, "global_text_proj"));
  }
  const auto logit = [&](size_t v, size_t r) {
    double cosine = 0;
    for (int64_t e = 0; e < kWidth; ++e) cosine += volumes[v][e] * reports[r][e];
    return cosine * module.scale();
  };
  const size_t pairs = volumes.size();
  double loss = 0;
  for (size_t i = 0; i < pairs; ++i) {
    double among_reports = 0, among_volumes = 0;
    for (size_t j = 0; j < pairs; ++j) {
      among_reports += std::exp(logit(i, j));
      among_volumes += std::exp(logit(j, i));
    }
    const double own = std::exp(logit(i, i));
    loss -= (std::log(own / among_reports) + std::log(own / among_volumes)) / (2 * static_cast<double>(pairs));
  }
  return loss;
}

TEST(GlobalContrastiveTest, IsTheSymmetricCrossEntropyOverTheBatch) {
  const auto module = MakeModule();
  EXPECT_NEAR(module->scale(), 1 / 0.07, 1e-5);
  const Inputs inputs = MakeInputs(5);
  const double loss = LossOf(*module, inputs).item<double>();
  EXPECT_GT(loss, 0.1);
  EXPECT_NEAR(loss, LossByHand(*module, inputs), 1e-10);
}

TEST(GlobalContrastiveTest, VolumesAndReportsPlayTheSameRole) {
  const auto module = MakeModule();
  const Inputs inputs = MakeInputs(4, {2});
  const GlobalPairs pairs = module->Embed(inputs.latent, inputs.findings, inputs.attention);
  const GlobalPairs exchanged{pairs.reports, pairs.volumes, pairs.valid};
  EXPECT_NEAR(module->Loss(pairs).item<double>(), module->Loss(exchanged).item<double>(), 1e-12);
}

TEST(GlobalContrastiveTest, ReadsPatchesAndTheFirstTokenOfTheText) {
  const auto module = MakeModule();
  Inputs inputs = MakeInputs(3);
  const double loss = LossOf(*module, inputs).item<double>();
  inputs.latent.select(1, 0) += 1;  // the class token
  inputs.findings.slice(1, 1) += 1;
  EXPECT_EQ(LossOf(*module, inputs).item<double>(), loss);
  inputs.latent[0][kVisible] += 1;
  EXPECT_NE(LossOf(*module, inputs).item<double>(), loss);
}

// By central differences, with a case without a report among the inputs.
TEST(GlobalContrastiveTest, GradientsAreThoseOfTheLoss) {
  const auto module = MakeModule();
  Inputs inputs = MakeInputs(4, {1});
  inputs.latent.set_requires_grad(true);
  inputs.findings.set_requires_grad(true);
  LossOf(*module, inputs).backward();
  std::vector<at::Tensor> leaves = module->parameters();
  ASSERT_EQ(leaves.size(), 5u);
  leaves.push_back(inputs.latent);
  leaves.push_back(inputs.findings);
  constexpr double kStep = 1e-6;
  const at::NoGradGuard no_grad;
  for (const at::Tensor& leaf : leaves) {
    ASSERT_TRUE(leaf.grad().defined());
    double* const values = leaf.data_ptr<double>();
    const at::Tensor gradient = leaf.grad().contiguous();
    for (int64_t i = 0; i < leaf.numel(); ++i) {
      const double value = values[i];
      values[i] = value + kStep;
      const double above = LossOf(*module, inputs).item<double>();
      values[i] = value - kStep;
      const double below = LossOf(*module, inputs).item<double>();
      values[i] = value;
      EXPECT_NEAR(gradient.data_ptr<double>()[i], (above - below) / (2 * kStep), 1e-6) << leaf.sizes() << " at " << i;
    }
  }
}

TEST(GlobalContrastiveTest, ACaseWithoutAReportTakesNoPart) {
  const auto module = MakeModule();
  Inputs inputs = MakeInputs(5, {0, 3});
  inputs.latent.set_requires_grad(true);
  const at::Tensor loss = LossOf(*module, inputs);
  EXPECT_NEAR(loss.item<double>(), LossByHand(*module, inputs), 1e-10);
  const at::Tensor kept = at::tensor({1, 2, 4}, at::kLong);
  const Inputs others{inputs.latent.index_select(0, kept), inputs.findings.index_select(0, kept),
                      inputs.attention.index_select(0, kept)};
  EXPECT_NEAR(loss.item<double>(), LossOf(*module, others).item<double>(), 1e-12);
  loss.backward();
  for (int64_t b = 0; b < 5; ++b) {
    EXPECT_EQ(inputs.latent.grad()[b].abs().max().item<double>() > 0, b != 0 && b != 3) << b;
  }
}

TEST(GlobalContrastiveTest, WithoutNegativesTheLossIsZeroWithAGraph) {
  for (const Inputs& inputs : {MakeInputs(1), MakeInputs(1, {0}), MakeInputs(3, {0, 2}), MakeInputs(2, {0, 1})}) {
    const auto module = MakeModule();
    const at::Tensor loss = LossOf(*module, inputs);
    EXPECT_EQ(loss.item<double>(), 0);
    ASSERT_TRUE(loss.requires_grad());
    loss.backward();
    for (const auto& item : module->named_parameters()) {
      ASSERT_TRUE(item.value().grad().defined()) << item.key();
      EXPECT_EQ(item.value().grad().abs().max().item<double>(), 0) << item.key();
    }
  }
}

TEST(GlobalContrastiveTest, TheTemperatureHasALimitFromWhichItReturns) {
  const auto module = MakeModule({.most_scale = 100});
  const Inputs inputs = MakeInputs(4);
  at::Tensor scale = Parameter(*module, "global_logit_scale");
  {
    const at::NoGradGuard no_grad;
    scale.fill_(std::log(100.0));
  }
  const double at_limit = LossOf(*module, inputs).item<double>();
  {
    const at::NoGradGuard no_grad;
    scale.fill_(7);
  }
  const at::Tensor beyond = LossOf(*module, inputs);
  EXPECT_EQ(beyond.item<double>(), at_limit);
  EXPECT_NEAR(module->scale(), 100, 1e-9);
  beyond.backward();
  EXPECT_GT(scale.grad().item<double>(), 0) << "random pairs ask for a smaller scale, and are heard";
}

}  // namespace
}  // namespace asap
