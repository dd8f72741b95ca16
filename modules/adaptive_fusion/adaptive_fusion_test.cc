#include "modules/adaptive_fusion/adaptive_fusion.h"

#include <gtest/gtest.h>

namespace asap {
namespace {

constexpr int64_t kWidth = 12, kVisible = 7, kTokens = 5;

FusionOptions Options() {
  return {.layer = {.width = kWidth, .heads = 3, .intermediate = 20}, .grounding_bias_scale = 1, .seed = 3};
}

struct Inputs {
  at::Tensor latent, report, attention;
  GroundedRegions grounded;
};

// Report 0 has two sentences, report 1 has one: its second slot is empty.
Inputs MakeInputs() {
  at::manual_seed(8);
  Inputs inputs;
  inputs.latent = at::randn({2, 1 + kVisible, kWidth});
  inputs.report = at::randn({2, kTokens, kWidth});
  inputs.attention = at::ones({2, kTokens}, at::kLong);
  inputs.grounded.regions = at::randn({2, 2, kWidth});
  inputs.grounded.valid = at::tensor({1, 1, 1, 0}).view({2, 2}).to(at::kBool);
  return inputs;
}

at::Tensor Fuse(const AdaptiveFusion& fusion, const Inputs& inputs) {
  return fusion.forward(inputs.latent, inputs.report, inputs.attention, inputs.grounded);
}

// Deviation grounding_bias: tokens attend more to the patches that their sentence picked, and other tokens as before.
TEST(AdaptiveFusionTest, GroundingBiasChangesAttentionWhereASentenceHasPatches) {
  FusionOptions options = Options();
  AdaptiveFusion fusion(options);
  fusion.eval();
  Inputs inputs = MakeInputs();
  const at::Tensor without = Fuse(fusion, inputs);
  inputs.grounded.grounding = at::zeros({2, kTokens, kVisible});
  EXPECT_TRUE(at::allclose(Fuse(fusion, inputs), without, 1e-5, 1e-6)) << "no patch is picked";
  inputs.grounded.grounding[0][2][3] = 0.9;
  const at::Tensor with = Fuse(fusion, inputs);
  EXPECT_GT((with[0][2] - without[0][2]).abs().max().item<double>(), 1e-4);
  EXPECT_TRUE(at::allclose(with[0][1], without[0][1], 1e-5, 1e-6));
  EXPECT_TRUE(at::allclose(with[1], without[1], 1e-5, 1e-6));
  inputs.grounded.grounding[0][2][3] = -0.9;
  EXPECT_TRUE(at::allclose(Fuse(fusion, inputs), without, 1e-5, 1e-6)) << "negative similarities are cut to 0";

  options.grounding_bias = false;
  AdaptiveFusion published(options);
  published.eval();
  inputs.grounded.grounding[0][2][3] = 0.9;
  EXPECT_TRUE(at::equal(Fuse(published, inputs), Fuse(published, MakeInputs()))) << "published: the map is not used";
}

// Deviation exclude_padding_sentences: empty slots leave the pooled token.
TEST(AdaptiveFusionTest, EmptySlotsDoNotReachThePooledToken) {
  FusionOptions options = Options();
  AdaptiveFusion fusion(options);
  fusion.eval();
  options.exclude_padding_sentences = false;
  AdaptiveFusion published(options);
  published.eval();
  const Inputs inputs = MakeInputs();
  Inputs changed = MakeInputs();
  changed.grounded.regions[1][1].add_(5);
  EXPECT_TRUE(at::equal(Fuse(fusion, inputs), Fuse(fusion, changed)));
  EXPECT_FALSE(at::allclose(Fuse(published, inputs)[1], Fuse(published, changed)[1], 1e-4, 1e-5));
  changed = MakeInputs();
  changed.grounded.regions[0][1].add_(5);
  EXPECT_FALSE(at::allclose(Fuse(fusion, inputs)[0], Fuse(fusion, changed)[0], 1e-4, 1e-5)) << "real sentences do";
}

TEST(AdaptiveFusionTest, WorksWithoutAlignmentAndWithoutSentences) {
  AdaptiveFusion fusion(Options());
  fusion.eval();
  Inputs inputs = MakeInputs();
  inputs.grounded.valid.zero_();
  EXPECT_TRUE(Fuse(fusion, inputs).isfinite().all().item<bool>());
  inputs.grounded = {};
  EXPECT_TRUE(Fuse(fusion, inputs).isfinite().all().item<bool>());
}

TEST(AdaptiveFusionTest, PaddingDoesNotReachTokens) {
  AdaptiveFusion fusion(Options());
  fusion.eval();
  Inputs inputs = MakeInputs();
  const at::Tensor expected = Fuse(fusion, inputs);
  inputs.report = at::cat({inputs.report, at::randn({2, 3, kWidth})}, 1);
  inputs.attention = at::constant_pad_nd(inputs.attention, {0, 3});
  EXPECT_TRUE(at::allclose(Fuse(fusion, inputs).slice(1, 0, kTokens), expected, 1e-5, 1e-6));
}

TEST(AdaptiveFusionTest, HasThePublishedNames) {
  AdaptiveFusion fusion(Options());
  const auto parameters = fusion.named_parameters();
  EXPECT_EQ(parameters.size(), 2u + 28u);
  for (const char* name :
       {"bert_mlp.weight", "bert_decoder.bert.fusion_layer.cross_self_attention.query.bias",
        "bert_decoder.bert.fusion_layer.out_layer.LayerNorm.weight", "bert_decoder.bert.fusion_layer.gap_mlp.bias",
        "bert_decoder.bert.fusion_layer.attention.self.key.weight"}) {
    EXPECT_NE(parameters.find(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace asap
