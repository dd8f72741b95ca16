#include "modules/asap/published_state.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Every tensor of the published state that the layers' numbers below give, made from the table itself: from one tensor of each
// component, all that is missing, again and again.
Shapes Published() {
  Shapes shapes = {{"cls_token", {1, 1, 768}},
                   {"pos_embed", {1, 2745, 768}},
                   {"patch_embed.proj.weight", {768, 1, 16, 16, 8}},
                   {"blocks.11.mlp.fc1.weight", {3072, 768}},
                   {"mask_token", {1, 1, 768}},
                   {"decoder_pos_embed", {1, 2745, 768}},
                   {"decoder_blocks.3.mlp.fc1.weight", {3072, 768}},
                   {"decoder_injection_pred_layer_0.weight", {9, 768}},
                   {"bert_encoder.bert.embeddings.word_embeddings.weight", {30522, 768}},
                   {"bert_encoder.bert.encoder.layer.11.intermediate.dense.weight", {3072, 768}},
                   {"bert_decoder.bert.encoder.layer.5.intermediate.dense.weight", {1536, 768}},
                   {"regression_head.weight", {1, 768}}};
  const PublishedState state = MatchPublishedState(shapes);
  for (const auto& component : state.components) {
    for (const std::string& name : component.missing) shapes[name] = {};
  }
  return shapes;
}

// Those of the 584 that a whole state cannot do without, counted by component.
TEST(PublishedState, HasTheNamesOfThePublishedModel) {
  const Shapes shapes = Published();
  const auto count = [&](const std::string& prefix) {
    return std::count_if(shapes.begin(), shapes.end(), [&](const auto& entry) { return absl::StartsWith(entry.first, prefix); });
  };
  EXPECT_EQ(count("blocks."), 144);
  EXPECT_EQ(count("decoder_blocks."), 48);
  EXPECT_EQ(count("bert_encoder.bert."), 5 + 12 * 16);
  EXPECT_EQ(count("bert_decoder.bert.encoder."), 6 * 16);
  EXPECT_EQ(count("bert_decoder.bert.fusion_layer."), 28);
  EXPECT_EQ(count("bert_decoder.cls."), 6);
}

TEST(PublishedState, FindsSizesAndHoldsAllShapesToThem) {
  const Shapes shapes = {{"cls_token", {1, 1, 24}},
                         {"patch_embed.proj.weight", {24, 32}},
                         {"patch_embed.proj.bias", {24}},
                         {"blocks.0.attn.qkv.weight", {72, 24}},
                         {"blocks.0.attn.qkv.bias", {60}},
                         {"norm.weight", {25}},
                         {"some.thing", {1}},
                         {"blocks.0.9", {1}}};
  const PublishedState state = MatchPublishedState(shapes);
  EXPECT_EQ(state.sizes.at("width"), 24);
  EXPECT_EQ(state.sizes.at("depth"), 1);
  EXPECT_THAT(state.unexpected, ElementsAre("blocks.0.9", "some.thing"));
  EXPECT_THAT(state.wrong_shape, SizeIs(2));
  EXPECT_THAT(state.wrong_shape.at("blocks.0.attn.qkv.bias"), ElementsAre(72));
  EXPECT_THAT(state.component("encoder").missing, Contains("blocks.0.norm1.weight"));
  EXPECT_THAT(state.component("encoder").missing, Contains("norm.bias"));
  EXPECT_THAT(state.component("text encoder").missing, IsEmpty()) << "nothing of it is there, so nothing is missing";
}

TEST(PublishedState, AMatrixStandsForAKernel) {
  const Shapes matrix = {{"cls_token", {1, 1, 24}}, {"patch_embed.proj.weight", {24, 32}}};
  const PublishedState told = MatchPublishedState(matrix, {{"patch_0", 4}, {"patch_1", 4}, {"patch_2", 2}});
  EXPECT_THAT(told.wrong_shape, IsEmpty());
  EXPECT_THAT(told.reshaped.at("patch_embed.proj.weight"), ElementsAre(24, 1, 4, 4, 2));
  const PublishedState untold = MatchPublishedState(matrix);
  EXPECT_THAT(untold.reshaped, IsEmpty());
  EXPECT_EQ(untold.sizes.count("patch_0"), 0u);
}

TEST(PublishedState, KnowsOlderNames) {
  EXPECT_EQ(CurrentPublishedName("bert_decoder.bert.context_fusion_layer.gap_mlp.bias"),
            "bert_decoder.bert.fusion_layer.gap_mlp.bias");
  EXPECT_EQ(CurrentPublishedName("decoder_mask_pred_layer_1.bias"), "decoder_injection_pred_layer_1.bias");
  EXPECT_EQ(CurrentPublishedName("cls_token"), "cls_token");
}

}  // namespace
}  // namespace asap
