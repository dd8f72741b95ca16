#include "core/train/optimizer.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace asap {
namespace {

at::Tensor Leaf(at::IntArrayRef shape, at::ScalarType type, int64_t seed) {
  at::manual_seed(seed);
  return at::randn(shape, at::dtype(at::kDouble)).to(type).requires_grad_(true);
}

at::Tensor GradientOf(const at::Tensor& parameter, int64_t step) {
  at::manual_seed(1000 + step);
  return at::randn(parameter.sizes(), at::dtype(at::kDouble)).to(parameter.scalar_type());
}

// The formula of the header, one number at a time, in double.
class ByHand {
 public:
  ByHand(const at::Tensor& parameter, double decay)
      : values_(parameter.numel()), first_(parameter.numel()), second_(parameter.numel()), decay_(decay) {
    const at::Tensor flat = parameter.detach().to(at::kDouble).flatten();
    for (size_t i = 0; i < values_.size(); ++i) values_[i] = flat[i].item<double>();
  }
  void Step(const at::Tensor& gradient, double rate) {
    ++step_;
    const at::Tensor flat = gradient.to(at::kDouble).flatten();
    for (size_t i = 0; i < values_.size(); ++i) {
      const double g = flat[i].item<double>();
      values_[i] *= 1 - rate * decay_;
      first_[i] += (1 - 0.9) * (g - first_[i]);
      second_[i] = 0.95 * second_[i] + (1 - 0.95) * g * g;
      const double denominator = std::sqrt(second_[i]) / std::sqrt(1 - std::pow(0.95, step_)) + 1e-8;
      values_[i] -= rate / (1 - std::pow(0.9, step_)) * first_[i] / denominator;
    }
  }
  double MaximumDifference(const at::Tensor& parameter) const {
    const at::Tensor flat = parameter.detach().to(at::kDouble).flatten();
    double maximum = 0;
    for (size_t i = 0; i < values_.size(); ++i) maximum = std::max(maximum, std::abs(values_[i] - flat[i].item<double>()));
    return maximum;
  }

 private:
  std::vector<double> values_, first_, second_;
  double decay_;
  int step_ = 0;
};

class AdamWTest : public testing::TestWithParam<at::ScalarType> {};

TEST_P(AdamWTest, FollowsTheFormula) {
  // 67 numbers: more than a vector register, and a tail.
  NamedTensors parameters = {{"weight", Leaf({67, 3}, GetParam(), 1)}, {"bias", Leaf({67}, GetParam(), 2)}};
  ByHand weight(parameters[0].tensor, 0.05), bias(parameters[1].tensor, 0);
  AdamW optimizer(parameters, {});
  for (int step = 0; step < 20; ++step) {
    for (NamedTensor& parameter : parameters) parameter.tensor.mutable_grad() = GradientOf(parameter.tensor, step);
    const double rate = 1e-3 * (step % 5);
    weight.Step(parameters[0].tensor.grad(), rate);
    bias.Step(parameters[1].tensor.grad(), rate);
    optimizer.Step(rate);
  }
  const double tolerance = GetParam() == at::kDouble ? 1e-12 : 3e-6;
  EXPECT_LT(weight.MaximumDifference(parameters[0].tensor), tolerance);
  EXPECT_LT(bias.MaximumDifference(parameters[1].tensor), tolerance);
}

TEST_P(AdamWTest, LeavesParametersWithoutGradientAlone) {
  NamedTensors parameters = {{"reached", Leaf({4, 4}, GetParam(), 1)}, {"unreached", Leaf({4, 4}, GetParam(), 2)}};
  const at::Tensor before = parameters[1].tensor.detach().clone();
  AdamW optimizer(parameters, {.weight_decay = 0.5});
  parameters[0].tensor.mutable_grad() = GradientOf(parameters[0].tensor, 0);
  optimizer.Step(0.1);
  EXPECT_TRUE(at::equal(parameters[1].tensor, before));
  EXPECT_EQ(optimizer.State().size(), 3);
  optimizer.ZeroGradients();
  EXPECT_FALSE(parameters[0].tensor.grad().defined());
}

TEST_P(AdamWTest, StateContinuesTheTrajectory) {
  const auto run = [&](bool reload) {
    NamedTensors parameters = {{"a.weight", Leaf({5, 3}, GetParam(), 1)}, {"b.weight", Leaf({7}, GetParam(), 2)}};
    auto optimizer = std::make_unique<AdamW>(parameters, AdamWOptions{});
    for (int step = 0; step < 8; ++step) {
      if (reload && step == 3) {
        NamedTensors saved;
        for (const NamedTensor& entry : optimizer->State()) saved.push_back({entry.name, entry.tensor.clone()});
        optimizer = std::make_unique<AdamW>(parameters, AdamWOptions{});
        EXPECT_TRUE(optimizer->LoadState(saved).ok());
      }
      parameters[0].tensor.mutable_grad() = GradientOf(parameters[0].tensor, step);
      if (step >= 2) parameters[1].tensor.mutable_grad() = GradientOf(parameters[1].tensor, step);
      optimizer->Step(1e-2);
      optimizer->ZeroGradients();
    }
    return at::cat({parameters[0].tensor.flatten(), parameters[1].tensor.flatten()}).detach();
  };
  EXPECT_TRUE(at::equal(run(false), run(true)));
}

TEST_P(AdamWTest, ASkippedUpdateLeavesNoTrace) {
  const auto run = [&](bool with_a_skipped_step) {
    NamedTensors parameters = {{"a.weight", Leaf({5, 3}, GetParam(), 1)}};
    AdamW optimizer(parameters, {});
    for (int step = 0; step < 4; ++step) {
      if (with_a_skipped_step && step == 2) {
        parameters[0].tensor.mutable_grad() = at::full_like(parameters[0].tensor, std::numeric_limits<double>::quiet_NaN());
        optimizer.Step(1e-2, at::ones({}, at::kBool));
      }
      parameters[0].tensor.mutable_grad() = GradientOf(parameters[0].tensor, step);
      optimizer.Step(1e-2, at::zeros({}, at::kBool));
    }
    std::vector<at::Tensor> all = {parameters[0].tensor.detach().flatten()};
    for (const NamedTensor& entry : optimizer.State()) all.push_back(entry.tensor.flatten().to(GetParam()));
    return at::cat(all);
  };
  EXPECT_TRUE(at::equal(run(true), run(false)));
}

INSTANTIATE_TEST_SUITE_P(Types, AdamWTest, testing::Values(at::kFloat, at::kDouble),
                         [](const auto& info) { return std::string(c10::toString(info.param)); });

TEST(AdamWStateTest, RefusesWhatDoesNotFit) {
  NamedTensors parameters = {{"w", Leaf({5, 3}, at::kFloat, 1)}};
  AdamW optimizer(parameters, {});
  parameters[0].tensor.mutable_grad() = GradientOf(parameters[0].tensor, 0);
  optimizer.Step(0.1);
  NamedTensors state = optimizer.State();
  ASSERT_EQ(state.size(), 3);
  const auto message_of = [&](NamedTensors changed) { return std::string(optimizer.LoadState(changed).message()); };
  NamedTensors other_shape = state;
  other_shape[0].tensor = at::zeros({3, 5});
  EXPECT_NE(message_of(other_shape).find("exp_avg.w has shape [3, 5], the parameter [5, 3]"), std::string::npos);
  NamedTensors incomplete(state.begin(), state.begin() + 2);
  EXPECT_NE(message_of(incomplete).find("2 of 3"), std::string::npos);
  NamedTensors stranger = state;
  stranger.push_back({"exp_avg.v", at::zeros({1})});
  EXPECT_NE(message_of(stranger).find("exp_avg.v"), std::string::npos);
  EXPECT_EQ(message_of(state), "");
}

// Rates that fall by layer, as fine-tuning has them, and a decay of the head's own.
TEST(AdamWRulesTest, EachParameterIsUpdatedAsByAnOptimiserOfItsOwn) {
  const auto make = [] {
    return NamedTensors{{"blocks.0.weight", Leaf({5, 3}, at::kFloat, 1)},
                        {"blocks.1.weight", Leaf({5, 3}, at::kFloat, 2)},
                        {"blocks.1.bias", Leaf({5}, at::kFloat, 3)},
                        {"head.weight", Leaf({2, 5}, at::kFloat, 4)}};
  };
  const std::map<std::string, ParameterRule> rules = {{"blocks.0.weight", {.rate = 0.25}},
                                                      {"blocks.1.weight", {.rate = 0.5}},
                                                      {"blocks.1.bias", {.rate = 0.5}},
                                                      {"head.weight", {.weight_decay = 0.3}}};
  const AdamWOptions options = {.weight_decay = 0.05,
                                .rule = [&](const std::string& name, const at::Tensor&) { return rules.at(name); }};
  const NamedTensors together = make(), in_backward = make(), alone = make();
  AdamW grouped(together, options), during(in_backward, options);
  EXPECT_TRUE(grouped.CheckRules().ok());
  EXPECT_EQ(grouped.OwnRules(), rules);
  std::vector<std::unique_ptr<AdamW>> own;
  for (const NamedTensor& parameter : alone) {
    own.push_back(
        std::make_unique<AdamW>(NamedTensors{parameter}, AdamWOptions{.weight_decay = parameter.name[0] == 'h' ? 0.3 : 0.05}));
  }
  for (int64_t step = 0; step < 4; ++step) {
    for (size_t i = 0; i < alone.size(); ++i) {
      together[i].tensor.mutable_grad() = alone[i].tensor.mutable_grad() = GradientOf(alone[i].tensor, step);
      own[i]->Step(1e-2 * rules.at(alone[i].name).rate);
    }
    grouped.Step(1e-2);
    during.UpdateInBackward(1e-2);
    at::Tensor loss = at::zeros({});
    for (const NamedTensor& parameter : in_backward) loss = loss + (parameter.tensor * GradientOf(parameter.tensor, step)).sum();
    loss.backward();
    during.FinishBackward();
  }
  for (size_t i = 0; i < alone.size(); ++i) {
    EXPECT_TRUE(at::equal(together[i].tensor, alone[i].tensor)) << alone[i].name;
    EXPECT_TRUE(at::equal(in_backward[i].tensor, alone[i].tensor)) << alone[i].name;
  }
}

TEST(AdamWRulesTest, WhatMakesNoRuleIsRefused) {
  const auto refused = [](const ParameterRule& rule) {
    const AdamW optimizer({{"w", Leaf({2}, at::kFloat, 1)}},
                          {.rule = [&](const std::string&, const at::Tensor&) { return rule; }});
    const absl::Status status = optimizer.CheckRules();
    return status.code() == absl::StatusCode::kInvalidArgument && status.message().find(" w ") != absl::string_view::npos;
  };
  EXPECT_TRUE(refused({.rate = -1}));
  EXPECT_TRUE(refused({.rate = std::nan("")}));
  EXPECT_TRUE(refused({.weight_decay = -0.1}));
  EXPECT_FALSE(refused({.rate = 0, .weight_decay = 0}));
}

TEST(DecayTest, GroupsOfThePublishedTraining) {
  EXPECT_FALSE(IsDecayed("blocks.0.norm1.weight", at::zeros({8})));
  EXPECT_FALSE(IsDecayed("blocks.0.attn.qkv.bias", at::zeros({8})));
  EXPECT_FALSE(IsDecayed("odd.bias", at::zeros({8, 8})));
  EXPECT_TRUE(IsDecayed("bias", at::zeros({8, 8}))) << "only what ends in \".bias\"";
  EXPECT_TRUE(IsDecayed("cls_token", at::zeros({1, 1, 8})));
  EXPECT_TRUE(IsDecayed("blocks.0.attn.qkv.weight", at::zeros({8, 8})));
}

TEST(GradientNormTest, IsOfAllGradientsTogether) {
  NamedTensors parameters = {
      {"a", Leaf({2}, at::kFloat, 1)}, {"b", Leaf({1, 1}, at::kFloat, 2)}, {"c", Leaf({9}, at::kFloat, 3)}};
  EXPECT_EQ(GradientNorm(parameters).item<double>(), 0);
  parameters[0].tensor.mutable_grad() = at::tensor({2.0f, 3.0f});
  parameters[1].tensor.mutable_grad() = at::full({1, 1}, 6.0f);
  const at::Tensor norm = GradientNorm(parameters);
  EXPECT_NEAR(norm.item<double>(), 7, 1e-6);
  ClipGradients(parameters, norm, 8);
  EXPECT_EQ(parameters[1].tensor.grad().item<float>(), 6);
  ClipGradients(parameters, norm, 3.5);
  EXPECT_NEAR(GradientNorm(parameters).item<double>(), 3.5, 1e-6);
  EXPECT_NEAR(parameters[1].tensor.grad().item<float>(), 3, 1e-6);
  parameters[1].tensor.mutable_grad().fill_(std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(std::isfinite(GradientNorm(parameters).item<double>()));
}

// The same losses of two copies of a model, one updated after the backward pass and one during it.
TEST(AdamWInBackwardTest, IsTheSameToTheLastBitAndKeepsNoGradients) {
  const auto make = [] { return NamedTensors{{"weight", Leaf({33, 7}, at::kFloat, 1)}, {"bias", Leaf({33}, at::kFloat, 2)}}; };
  const NamedTensors after = make(), during = make();
  AdamW first(after, {}), second(during, {});
  const auto loss = [](const NamedTensors& x, int64_t step) {
    at::manual_seed(50 + step);
    return at::linear(at::randn({5, 7}), x[0].tensor, x[1].tensor).tanh().matmul(x[0].tensor).pow(2).sum();  // the weight twice
  };
  for (int64_t step = 0; step < 4; ++step) {
    loss(after, step).backward();
    const double norm = GradientNorm(after).item<double>();
    first.Step(1e-2);
    first.ZeroGradients();
    second.UpdateInBackward(1e-2);
    loss(during, step).backward();
    EXPECT_NEAR(second.FinishBackward().item<double>(), norm, 1e-6 * norm);
    for (size_t i = 0; i < after.size(); ++i) {
      EXPECT_TRUE(at::equal(after[i].tensor, during[i].tensor)) << step << " " << i;
      EXPECT_FALSE(during[i].tensor.grad().defined());
    }
  }
  for (size_t i = 0; i < first.State().size(); ++i) EXPECT_TRUE(at::equal(first.State()[i].tensor, second.State()[i].tensor));
}

TEST(AdamWInBackwardTest, WhatIsNotFiniteIsLeftAlone) {
  const NamedTensors parameters = {{"weight", Leaf({3, 2}, at::kFloat, 1)}, {"bias", Leaf({3}, at::kFloat, 2)}};
  AdamW optimizer(parameters, {});
  const at::Tensor before = parameters[0].tensor.detach().clone(), bias = parameters[1].tensor.detach().clone();
  optimizer.UpdateInBackward(1e-2);
  (parameters[0].tensor * std::numeric_limits<float>::infinity()).sum().backward();
  EXPECT_FALSE(std::isfinite(optimizer.FinishBackward().item<double>()));
  EXPECT_TRUE(at::equal(parameters[0].tensor, before));
  optimizer.UpdateInBackward(1e-2, at::ones({}, at::kBool));
  parameters[1].tensor.sum().backward();
  optimizer.FinishBackward();
  EXPECT_TRUE(at::equal(parameters[1].tensor, bias));
  // Outside of it gradients are kept as ever.
  parameters[1].tensor.sum().backward();
  EXPECT_TRUE(parameters[1].tensor.grad().defined());
}

}  // namespace
}  // namespace asap
