// What makes a step cheap must not change what it computes.
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/zeros.h>
#include <ATen/record_function.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "core/train/precision.h"
#include "modules/asap/asap.h"
#include "modules/pretraining/testing/synthetic_batch.h"

namespace asap {
namespace {

AsapConfig Small() {
  AsapConfig config;
  config.volume = {16, 16, 8};
  config.patch = {4, 4, 2};
  config.width = 24;
  config.depth = 2;
  config.heads = 2;
  config.decoder_width = 12;
  config.decoder_depth = 3;
  config.decoder_heads = 2;
  config.text = {.vocabulary = 64, .width = 16, .layers = 2, .heads = 2, .intermediate = 24, .max_positions = 32};
  config.report = {.layers = 2, .heads = 2, .intermediate = 36};
  config.text_length = 32;
  config.seed = 7;
  return config;
}

struct Outcome {
  std::vector<at::Tensor> losses;
  std::map<std::string, at::Tensor> gradients;
};

Outcome Step(AsapModel& model, const Batch& batch, Precision precision) {
  at::manual_seed(3);
  Outcome outcome;
  at::Tensor total = at::zeros({});
  {
    const AutocastGuard autocast(precision, c10::DeviceType::CPU);
    const auto terms = model.Forward(batch);
    EXPECT_TRUE(terms.ok()) << terms.status();
    for (const LossTerm& term : *terms) {
      outcome.losses.push_back(term.value.detach());
      total = total + term.value;
    }
  }
  total.backward();
  for (const NamedTensor& parameter : model.Parameters()) {
    outcome.gradients[parameter.name] = parameter.tensor.grad();
    parameter.tensor.mutable_grad() = at::Tensor();
  }
  return outcome;
}

void ExpectClose(const Outcome& a, const Outcome& b, double tolerance) {
  ASSERT_EQ(a.losses.size(), b.losses.size());
  for (size_t i = 0; i < a.losses.size(); ++i) EXPECT_TRUE(at::allclose(a.losses[i], b.losses[i], tolerance, 0)) << i;
  for (const auto& [name, gradient] : a.gradients) {
    const at::Tensor& other = b.gradients.at(name);
    ASSERT_EQ(gradient.defined(), other.defined()) << name;
    if (!gradient.defined()) continue;
    const double scale = gradient.abs().max().item<double>();
    EXPECT_LE((gradient - other).abs().max().item<double>(), tolerance * scale) << name;
  }
}

Batch SmallBatch(const AsapModel& model) { return SyntheticBatch(model.encoder_spec(), {.cases = 2}); }

TEST(StepTest, CheckpointingChangesNothing) {
  for (const bool published : {false, true}) {
    for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
      AsapConfig config = Small();
      if (published) config.UpstreamCompat();
      auto plain = *AsapModel::Create(config);
      config.checkpoint_blocks = true;
      auto checkpointed = *AsapModel::Create(config);
      const Batch batch = SmallBatch(*plain);
      const Outcome expected = Step(*plain, batch, precision), found = Step(*checkpointed, batch, precision);
      for (size_t i = 0; i < expected.losses.size(); ++i) EXPECT_TRUE(at::equal(expected.losses[i], found.losses[i])) << i;
      // A block's gradients are the same to the last bit (checkpointing_test). Where a state feeds a block and something else,
      // their gradients are summed in another order.
      ExpectClose(expected, found, precision == Precision::kFloat32 ? 1e-6 : 1e-2);
    }
  }
}

// With taps the image decoder's last block runs on all patches, without on those that the loss reads.
TEST(StepTest, TheLastDecoderBlockOfHiddenPatchesAlone) {
  auto model = *AsapModel::Create(Small());
  model->SetTraining(false);
  const Batch batch = SmallBatch(*model);
  const Outcome some = Step(*model, batch, Precision::kFloat32);
  Taps taps;
  model->SetTaps(&taps);
  const Outcome all = Step(*model, batch, Precision::kFloat32);
  EXPECT_EQ(taps.count("decoder_output_2"), 1u);
  ExpectClose(all, some, 2e-5);
}

TEST(StepTest, ANarrowFrozenTextEncoderComputesTheSame) {
  auto model = *AsapModel::Create(Small());
  const Batch batch = SmallBatch(*model);
  const Outcome wide = Step(*model, batch, Precision::kBfloat16);
  model->NarrowFrozenText();
  ExpectClose(wide, Step(*model, batch, Precision::kBfloat16), 0);
}

TEST(StepTest, FactsOfTheBatchChangeNothing) {
  auto model = *AsapModel::Create(Small());
  Batch batch = SmallBatch(*model);
  const Outcome without = Step(*model, batch, Precision::kFloat32);
  batch.facts = DescribeTexts(batch);
  ExpectClose(without, Step(*model, batch, Precision::kFloat32), 0);
}

// Rows that a matrix of `out` x `in` was applied to while `run` ran.
std::map<std::pair<int64_t, int64_t>, int64_t>& Rows() {
  static auto& rows = *new std::map<std::pair<int64_t, int64_t>, int64_t>();
  return rows;
}

std::unique_ptr<at::ObserverContext> CountRows(const at::RecordFunction& function) {
  if (std::string(function.name()) != "aten::linear") return nullptr;
  const at::Tensor input = function.inputs()[0].toTensor(), weight = function.inputs()[1].toTensor();
  Rows()[{weight.size(0), weight.size(1)}] += input.numel() / input.size(-1);
  return nullptr;
}

TEST(StepTest, HeadsRunOnlyWhereALossReadsThem) {
  for (const bool published : {false, true}) {
    AsapConfig config = Small();
    if (published) config.UpstreamCompat();
    auto model = *AsapModel::Create(config);
    const Batch batch = SmallBatch(*model);
    Rows().clear();
    const auto handle = at::addGlobalCallback(at::RecordFunctionCallback(&CountRows, nullptr).needsInputs(true));
    ASSERT_TRUE(model->Forward(batch).ok());
    at::removeCallback(handle);
    const int64_t words = published ? batch.report_ids.numel() : DescribeTexts(batch).masked_places.numel();
    EXPECT_GT(words, 0);
    EXPECT_EQ((Rows()[{config.text.vocabulary, config.width}]), words) << published;
    const int64_t hidden = config.patches() - static_cast<int64_t>(config.patches() * (1 - config.mask_ratio));
    EXPECT_EQ((Rows()[{4 * 4 * 2, config.decoder_width}]), 2 * hidden) << published;
  }
}

}  // namespace
}  // namespace asap
