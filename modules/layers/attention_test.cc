#include "modules/layers/attention.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>

#include "modules/layers/attention_kernel.h"
#include "modules/layers/elementwise.h"

namespace asap {
namespace {

at::Tensor Exactly(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value, int64_t heads,
                   const at::Tensor& bias) {
  const auto split = [heads](const at::Tensor& x) { return x.to(at::kDouble).unflatten(-1, {heads, -1}).transpose(1, 2); };
  const at::Tensor q = split(query), k = split(key), v = split(value);
  at::Tensor scores = q.matmul(k.transpose(2, 3)) / std::sqrt(static_cast<double>(q.size(3)));
  if (bias.defined()) scores = scores + bias.to(at::kDouble);
  return scores.softmax(-1).matmul(v).transpose(1, 2).flatten(2);
}

struct Shape {
  int64_t batch, queries, keys, heads, width;
};

// Odd numbers of keys and queries, tiles that are not full, heads of 48 as in the image decoder.
const Shape kShapes[] = {{2, 5, 7, 2, 8}, {1, 64, 256, 1, 64}, {2, 130, 517, 3, 48}, {1, 300, 1, 2, 16}};

void ExpectClose(const at::Tensor& found, const at::Tensor& exact, double tolerance, const char* what) {
  const double scale = exact.abs().max().item<double>();
  EXPECT_LE((found.to(at::kDouble) - exact).abs().max().item<double>(), tolerance * scale) << what;
}

void Check(at::ScalarType type, double tolerance) {
  for (const Shape& shape : kShapes) {
    for (int kind = 0; kind < 3; ++kind) {
      at::manual_seed(kind);
      const int64_t wide = shape.heads * shape.width;
      // Queries, keys and values as slices of one tensor, as blocks make them.
      const auto part = [&](int64_t rows) {
        return at::randn({shape.batch, rows, 3 * wide}).to(type).slice(2, wide, 2 * wide).detach().requires_grad_(true);
      };
      const at::Tensor q = part(shape.queries), k = part(shape.keys), v = part(shape.keys);
      at::Tensor bias;
      if (kind == 1) {  // padding
        at::Tensor attention = at::ones({shape.batch, shape.keys}, at::kLong);
        if (shape.keys > 3) attention.slice(1, shape.keys - 2).fill_(0);
        bias = PaddingBias(attention, at::kFloat);
      }
      if (kind == 2) bias = at::randn({shape.batch, 1, shape.queries, shape.keys});
      const at::Tensor upstream = at::randn({shape.batch, shape.queries, wide}).to(type);
      const auto out = Attention(q, k, v, shape.heads, bias);
      const auto found = torch::autograd::grad({out}, {q, k, v}, {upstream});
      const at::Tensor exact = Exactly(q, k, v, shape.heads, bias);
      const auto expected = torch::autograd::grad({exact}, {q, k, v}, {upstream.to(at::kDouble)});
      ExpectClose(out, exact.detach(), tolerance, "context");
      if (shape.keys == 1) continue;  // the gradients of queries and keys are 0
      for (int i = 0; i < 3; ++i)
        ExpectClose(found[i], expected[i].to(at::kDouble), 3 * tolerance, i == 0 ? "query" : i == 1 ? "key" : "value");
    }
  }
}

TEST(AttentionTest, Float32EqualsTheFormula) { Check(at::kFloat, 2e-6); }
TEST(AttentionTest, Bfloat16EqualsTheFormula) { Check(at::kBFloat16, 2e-2); }

TEST(AttentionTest, ARowWithoutAnyKeyIsTheMeanOfAll) {
  const at::Tensor q = at::randn({1, 3, 8}), k = at::randn({1, 5, 8}), v = at::randn({1, 5, 8}).requires_grad_(true);
  const at::Tensor out = Attention(q, k, v, 2, PaddingBias(at::zeros({1, 5}, at::kLong), at::kFloat));
  EXPECT_TRUE(at::allclose(out, v.mean(1, true).expand_as(out), 1e-4, 1e-5));
  out.sum().backward();
  EXPECT_TRUE(at::allclose(v.grad(), at::full_like(v, 3.0 / 5), 1e-4, 1e-5));
}

// With dropout the gradient is that of the same choice: checked against differences.
TEST(AttentionTest, DropoutIsTheSameForwardAndBackward) {
  const auto run = [](const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
    at::manual_seed(3);
    return Attention(q, k, v, 2, {}, 0.4);
  };
  at::manual_seed(1);
  const at::Tensor q = at::randn({1, 70, 16}).requires_grad_(true), k = at::randn({1, 300, 16}).requires_grad_(true);
  const at::Tensor v = at::randn({1, 300, 16}).requires_grad_(true), upstream = at::randn({1, 70, 16});
  const at::Tensor out = run(q, k, v);
  EXPECT_TRUE(at::equal(out, run(q, k, v)));
  EXPECT_FALSE(at::allclose(out, Attention(q, k, v, 2, {}), 1e-2, 1e-2));
  const auto gradients = torch::autograd::grad({out}, {q, k, v}, {upstream});
  const at::NoGradGuard no_grad;
  int i = 0;
  for (const at::Tensor& x : {q, k, v}) {
    const at::Tensor direction = at::randn_like(x);
    const at::Tensor before = x.clone();
    const double step = 1e-2;
    const auto at_offset = [&](double offset) {
      x.copy_(before + offset * direction);
      return (run(q, k, v).to(at::kDouble) * upstream).sum().item<double>();
    };
    const double difference = (at_offset(step) - at_offset(-step)) / (2 * step);
    x.copy_(before);
    EXPECT_NEAR((gradients[i] * direction).sum().item<double>(), difference, 2e-2 * std::max(1.0, std::abs(difference))) << i;
    ++i;
  }
}

TEST(AttentionTest, DropoutKeepsTheMean) {
  at::manual_seed(5);
  const at::Tensor q = at::randn({4, 200, 32}), k = at::randn({4, 200, 32}), v = at::ones({4, 200, 32});
  EXPECT_NEAR(Attention(q, k, v, 2, {}, 0.25).mean().item<double>(), 1, 0.01);
}

TEST(ElementwiseTest, DropoutAndItsGradientAgree) {
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    at::manual_seed(7);
    const at::Tensor x = at::ones({33, 1001}, type).requires_grad_(true);
    const at::Tensor y = Dropout(x, 0.25, true);
    y.sum().backward();
    EXPECT_TRUE(at::equal(x.grad(), y.detach()));
    EXPECT_NEAR((y == 0).to(at::kFloat).mean().item<double>(), 0.25, 0.01);
    EXPECT_NEAR(y.max().item<double>(), 1 / 0.75, 4e-3);
    EXPECT_FALSE(at::equal(Dropout(x, 0.25, true), y));
    EXPECT_TRUE(Dropout(x, 0.25, false).is_same(x));
  }
}

TEST(ElementwiseTest, GeluEqualsLibTorchs) {
  const at::Tensor x = (at::randn({100, 77}) * 3).requires_grad_(true), other = x.detach().clone().requires_grad_(true);
  const at::Tensor upstream = at::randn({100, 77});
  const at::Tensor y = Gelu(x), expected = at::gelu(other);
  EXPECT_LE((y - expected).abs().max().item<double>(), 2e-6);
  y.backward(upstream);
  expected.backward(upstream);
  EXPECT_LE((x.grad() - other.grad()).abs().max().item<double>(), 2e-6);
}

}  // namespace
}  // namespace asap
