#include "modules/layers/layers.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "modules/layers/attention.h"
#include "modules/layers/init.h"
#include "modules/layers/state.h"

namespace asap {
namespace {

TEST(AttentionTest, EqualsTheTextbookFormula) {
  at::manual_seed(1);
  const at::Tensor q = at::randn({2, 3, 8}, at::kDouble), k = at::randn({2, 5, 8}, at::kDouble),
                   v = at::randn({2, 5, 8}, at::kDouble);
  const at::Tensor bias = PaddingBias(at::tensor({1, 1, 1, 0, 0, 1, 1, 1, 1, 1}).reshape({2, 5}), at::kDouble);
  const at::Tensor result = Attention(q, k, v, 2, bias);
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t head = 0; head < 2; ++head) {
      const int64_t keys = b == 0 ? 3 : 5;
      const auto part = [&](const at::Tensor& x, int64_t n) { return x[b].slice(0, 0, n).slice(1, head * 4, head * 4 + 4); };
      const at::Tensor weights = (part(q, 3).mm(part(k, keys).t()) / 2).softmax(-1);
      EXPECT_TRUE(at::allclose(part(result, 3), weights.mm(part(v, keys)), 1e-12, 1e-12));
    }
  }
}

TEST(AttentionTest, ARowWithoutAnyKeyIsFinite) {
  for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kBFloat16}) {
    const at::Tensor x = at::ones({1, 4, 8}, type);
    const at::Tensor result = Attention(x, x, x, 2, PaddingBias(at::zeros({1, 4}, at::kLong), type));
    EXPECT_TRUE(result.isfinite().all().item<bool>()) << at::toString(type);
    const at::Tensor wide = PaddingBias(at::zeros({1, 4}, at::kLong), at::kFloat);  // as under autocast
    EXPECT_TRUE(Attention(x, x, x, 2, wide).isfinite().all().item<bool>()) << at::toString(type);
  }
}

TEST(FeatureHeadTest, TakesAnotherWidth) {
  FeatureHead head(6, 4);
  InitialiseParameters(head, 1);
  EXPECT_EQ(head.forward(at::ones({2, 6})).sizes().vec(), (std::vector<int64_t>{2, 4}));
  const NamedTensors parameters = ParametersOf(head, "x.");
  ASSERT_EQ(parameters.size(), 6u);
  EXPECT_EQ(parameters[0].name, "x.dense_to_hidden.weight");
}

TEST(InitTest, DependsOnSeedAndNameAlone) {
  FeatureHead a(6, 4), b(6, 4), c(6, 4);
  InitialiseParameters(a, 1);
  at::rand({100});
  InitialiseParameters(b, 1);
  InitialiseParameters(c, 2);
  EXPECT_TRUE(at::equal(a.dense_to_hidden->weight, b.dense_to_hidden->weight));
  EXPECT_FALSE(at::equal(a.dense_to_hidden->weight, c.dense_to_hidden->weight));
  EXPECT_LE(a.dense_to_hidden->weight.abs().max().item<double>(), std::sqrt(6.0 / 10));
  EXPECT_EQ(a.dense_to_hidden->bias.abs().max().item<double>(), 0);
  EXPECT_TRUE(at::equal(a.norm->weight, at::ones({4})));
}

TEST(LoadTensorsTest, ReportsAndRefuses) {
  Linear linear(4, 2);
  const NamedTensors parameters = ParametersOf(linear);
  auto report = LoadTensors(parameters, {{"weight", at::ones({2, 1, 2, 2})}, {"other", at::ones({1})}});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->loaded, std::vector<std::string>{"weight"});
  EXPECT_EQ(report->reshaped, std::vector<std::string>{"weight"});
  EXPECT_EQ(report->missing, std::vector<std::string>{"bias"});
  EXPECT_EQ(report->unexpected, std::vector<std::string>{"other"});
  EXPECT_EQ(linear.weight.sum().item<double>(), 8);

  const auto wrong = LoadTensors(parameters, {{"bias", at::ones({2})}, {"weight", at::ones({4, 2})}});
  ASSERT_FALSE(wrong.ok());
  EXPECT_NE(wrong.status().message().find("weight has the shape [4, 2], the model expects [2, 4]"), absl::string_view::npos);
  EXPECT_EQ(linear.bias.sum().item<double>(), 0) << "nothing is copied when one is refused";

  const auto twice =
      LoadTensors(parameters, {{"a", at::ones({2})}, {"b", at::ones({2})}}, [](const std::string&) { return "bias"; });
  EXPECT_FALSE(twice.ok());
}

TEST(AutocastOffTest, HoldsForItsScope) {
  at::autocast::set_autocast_enabled(at::kCPU, true);
  {
    const AutocastOff off(at::kCPU);
    EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  }
  EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));
  at::autocast::set_autocast_enabled(at::kCPU, false);
}

}  // namespace
}  // namespace asap
