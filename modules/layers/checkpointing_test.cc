#include "modules/layers/checkpointing.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>

#include <functional>
#include <memory>
#include <vector>

#include "core/train/precision.h"
#include "modules/bert/bert.h"
#include "modules/layers/attention.h"
#include "modules/layers/init.h"
#include "modules/layers/lean_linear.h"
#include "modules/vit3d/vision_transformer.h"

namespace asap {
namespace {

struct Result {
  at::Tensor loss, input;  // the gradient of the input
  std::vector<at::Tensor> parameters;
};

using BlockRun = std::function<at::Tensor(const at::Tensor&)>;

// One pass through the block, then one number.
Result Step(torch::nn::Module& block, const BlockRun& run, bool checkpointed, Precision precision) {
  block.zero_grad();
  at::manual_seed(11);
  const at::Tensor x = at::randn({2, 37, 48}).requires_grad_(true);
  at::Tensor y = x.clone();  // as in a model no leaf, which autocast would take for a weight and cast once for all uses
  {
    const AutocastGuard autocast(precision, c10::DeviceType::CPU);
    y = checkpointed ? Checkpointed(block, y, run) : run(y);
  }
  Result result{.loss = y.to(at::kDouble).pow(2).sum()};
  result.loss.backward();
  result.input = x.grad();
  for (const at::Tensor& parameter : block.parameters()) result.parameters.push_back(parameter.grad());
  result.parameters.push_back(at::rand({4}));  // the generator goes on from the same place
  return result;
}

void ExpectEqual(const Result& plain, const Result& checkpointed) {
  EXPECT_TRUE(at::equal(plain.loss, checkpointed.loss));
  EXPECT_TRUE(at::equal(plain.input, checkpointed.input));
  ASSERT_EQ(plain.parameters.size(), checkpointed.parameters.size());
  for (size_t i = 0; i < plain.parameters.size(); ++i) {
    ASSERT_TRUE(plain.parameters[i].defined() && checkpointed.parameters[i].defined()) << i;
    EXPECT_TRUE(at::equal(plain.parameters[i], checkpointed.parameters[i])) << i;
  }
}

void ExpectSame(torch::nn::Module& block, const BlockRun& run) {
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
    ExpectEqual(Step(block, run, false, precision), Step(block, run, true, precision));
  }
}

TEST(CheckpointingTest, VitBlockIsTheSameToTheLastBit) {
  const auto block = std::make_shared<VitBlock>(48, 3, 192);
  InitialiseParameters(*block, 1);
  ExpectSame(*block, [block](const at::Tensor& x) { return block->forward(x); });
}

TEST(CheckpointingTest, BertLayerWithDropoutIsTheSameToTheLastBit) {
  const auto layer = std::make_shared<BertLayer>(
      BertOptions{.width = 48, .heads = 4, .intermediate = 96, .hidden_dropout = 0.2, .attention_dropout = 0.3});
  InitialiseParameters(*layer, 2);
  layer->train();
  at::Tensor attention = at::ones({2, 37}, at::kLong);
  attention.slice(1, 30).fill_(0);
  const at::Tensor bias = PaddingBias(attention, at::kFloat);
  ExpectSame(*layer, [layer, bias](const at::Tensor& x) { return layer->forward(x, bias); });
}

TEST(CheckpointingTest, ABlockThatKeepsLessIsTheSameToTheLastBit) {
  const auto block = std::make_shared<VitBlock>(48, 3, 192);
  InitialiseParameters(*block, 1);
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
    const Result plain = Step(
        *block, [block](const at::Tensor& x) { return block->forward(x); }, false, precision);
    const Result less = Step(
        *block, [block](const at::Tensor& x) { return block->forward(x, /*again=*/true); }, true, precision);
    ExpectEqual(plain, less);
  }
}

TEST(CheckpointingTest, AVocabularyInPiecesIsTheSameToTheLastBit) {
  struct Words : torch::nn::Module {
    Words() : weight(register_parameter("weight", at::randn({5000, 48}))), bias(register_parameter("bias", at::randn({5000}))) {}
    at::Tensor weight, bias;
  };
  at::manual_seed(4);
  Words words;
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
    const Result plain = Step(
        words, [&](const at::Tensor& x) { return at::linear(x.flatten(0, 1), words.weight, words.bias); }, false, precision);
    const Result pieces = Step(
        words, [&](const at::Tensor& x) { return LinearOfManyRows(x.flatten(0, 1), words.weight, words.bias); }, true, precision);
    ExpectEqual(plain, pieces);
  }
}

TEST(CheckpointingTest, SeveralInputsGetTheirGradients) {
  const auto layer = std::make_shared<Linear>(8, 8);
  InitialiseParameters(*layer, 1);
  at::manual_seed(5);
  const at::Tensor a = at::randn({3, 8}).requires_grad_(), b = at::randn({3, 8}), c = at::randn({3, 1}).requires_grad_();
  const auto run = [layer](const Tensors& in) { return layer->forward(in[0] * in[1]) * in[2]; };
  run({a, b, c}).pow(2).sum().backward();
  const Tensors expected = {a.grad().clone(), c.grad().clone(), layer->weight.grad().clone()};
  for (const at::Tensor& x : {a, c, layer->weight, layer->bias}) x.mutable_grad() = at::Tensor();
  Checkpointed(layer->parameters(), {a, b, c}, run).pow(2).sum().backward();
  EXPECT_TRUE(at::equal(a.grad(), expected[0]));
  EXPECT_TRUE(at::equal(c.grad(), expected[1]));
  EXPECT_TRUE(at::equal(layer->weight.grad(), expected[2]));
  EXPECT_FALSE(b.grad().defined());
}

TEST(CheckpointingTest, AFrozenInputAndNoGradients) {
  const auto block = std::make_shared<VitBlock>(48, 3, 192);
  InitialiseParameters(*block, 1);
  int runs = 0;
  const BlockRun run = [&runs, block](const at::Tensor& x) {
    ++runs;
    return block->forward(x);
  };
  const at::Tensor x = at::randn({1, 5, 48});
  Checkpointed(*block, x, run).sum().backward();
  EXPECT_EQ(runs, 2);
  for (const at::Tensor& parameter : block->parameters()) EXPECT_TRUE(parameter.grad().defined());
  const at::NoGradGuard no_grad;
  Checkpointed(*block, x, run);
  EXPECT_EQ(runs, 3);
}

struct CountingHook : torch::autograd::PostAccumulateGradHook {
  explicit CountingHook(int* count) : count(count) {}
  void operator()(const torch::autograd::Variable& tensor) override { ++*count; }
  int* count;
};

TEST(CheckpointingTest, HooksOnAccumulatedGradientsFireOnce) {
  const auto block = std::make_shared<VitBlock>(48, 3, 192);
  InitialiseParameters(*block, 1);
  int fired = 0;
  const at::Tensor parameter = block->parameters()[0];
  torch::autograd::impl::set_post_acc_grad_hooks(parameter, std::make_unique<CountingHook>(&fired));
  const at::Tensor x = at::randn({1, 5, 48});
  Checkpointed(*block, x, [block](const at::Tensor& in) { return block->forward(in); }).sum().backward();
  EXPECT_EQ(fired, 1);
}

TEST(CheckpointingTest, AutocastIsBackAsItWas) {
  const auto block = std::make_shared<VitBlock>(48, 3, 192);
  InitialiseParameters(*block, 1);
  const AutocastGuard autocast(Precision::kBfloat16, c10::DeviceType::CPU);
  Checkpointed(*block, at::randn({1, 5, 48}), [block](const at::Tensor& x) { return block->forward(x); });
  EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));
  EXPECT_TRUE(at::autocast::is_autocast_cache_enabled());
}

}  // namespace
}  // namespace asap
