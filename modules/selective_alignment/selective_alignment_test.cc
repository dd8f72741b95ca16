#include "modules/selective_alignment/selective_alignment.h"

#include <gtest/gtest.h>

namespace asap {
namespace {

constexpr int64_t kWidth = 12, kVisible = 40, kTokens = 9;

struct Inputs {
  at::Tensor latent, findings, sentence;
};

// Report 0 has three sentences, report 1 has one, report 2 none.
Inputs MakeInputs(int64_t reports = 3) {
  at::manual_seed(6);
  Inputs inputs{at::randn({3, 1 + kVisible, kWidth}), at::randn({3, kTokens, kWidth}), at::zeros({3, kTokens}, at::kLong)};
  inputs.sentence[0] = at::tensor({1, 1, 1, 2, 2, 2, 3, 3, 0}, at::kLong);
  inputs.sentence[1] = at::tensor({1, 1, 1, 1, 0, 0, 0, 0, 0}, at::kLong);
  return {inputs.latent.slice(0, 0, reports), inputs.findings.slice(0, 0, reports), inputs.sentence.slice(0, 0, reports)};
}

AlignmentOptions Options() { return {.width = kWidth, .text_width = kWidth, .seed = 9}; }

AlignedSentences Align(const SelectiveAlignment& module, const Inputs& inputs) {
  return module.Align(inputs.latent, inputs.findings, inputs.sentence, inputs.sentence.slice(1, 1).max().item<int64_t>());
}

TEST(SelectiveAlignmentTest, PicksTheMostSimilarPatches) {
  SelectiveAlignment module(Options());
  const AlignedSentences aligned = Align(module, MakeInputs());
  ASSERT_EQ(aligned.regions.sizes().vec(), (std::vector<int64_t>{3, 3, kWidth}));
  for (int64_t s = 0; s < 3; ++s) {
    const int64_t k = aligned.k[0][s].item<int64_t>();
    EXPECT_TRUE(k == 16 || k == 32 || k == kVisible) << k;
    const at::Tensor best = std::get<1>(aligned.similarity[0][s].topk(k));
    EXPECT_TRUE(at::allclose(aligned.regions[0][s], aligned.patches[0].index_select(0, best).mean(0), 1e-4, 1e-5));
  }
  EXPECT_TRUE(at::equal(aligned.valid.sum(1), at::tensor({3, 1, 0}, at::kLong)));
}

TEST(SelectiveAlignmentTest, KIsAtMostTheVisiblePatches) {
  SelectiveAlignment module(Options());
  Inputs inputs = MakeInputs();
  inputs.latent = inputs.latent.slice(1, 0, 6);
  const AlignedSentences aligned = Align(module, inputs);
  EXPECT_EQ(aligned.k.max().item<int64_t>(), 5);
  EXPECT_TRUE(module.Loss(aligned).loss.isfinite().item<bool>());
}

TEST(SelectiveAlignmentTest, AFixedKIsThatOfEverySentence) {
  AlignmentOptions options = Options();
  SelectiveAlignment adaptive(options);
  options.fixed_k = 7;
  SelectiveAlignment module(options);
  const AlignedSentences aligned = Align(module, MakeInputs());
  const at::Tensor picked = (aligned.selection > 0).sum(-1);  // [B, S]
  EXPECT_TRUE(at::equal(picked, 7 * aligned.valid.to(at::kLong)));
  for (int64_t s = 0; s < 3; ++s) {
    EXPECT_EQ(aligned.k[0][s].item<int64_t>(), 7);
    const at::Tensor best = std::get<1>(aligned.similarity[0][s].topk(7));
    EXPECT_TRUE(at::allclose(aligned.regions[0][s], aligned.patches[0].index_select(0, best).mean(0), 1e-4, 1e-5));
  }
  EXPECT_TRUE(at::equal(aligned.similarity, Align(adaptive, MakeInputs()).similarity)) << "the features are the adaptive ones";
  EXPECT_FALSE(module.named_parameters().contains("regression_head.weight"));
  module.Loss(aligned).loss.backward();
  for (const auto& item : module.named_parameters()) EXPECT_TRUE(item.value().grad().defined()) << item.key();

  Inputs few = MakeInputs();
  few.latent = few.latent.slice(1, 0, 6);
  EXPECT_TRUE(at::equal(Align(module, few).k, at::full({3, 3}, 5, at::kLong))) << "at most the visible patches";
}

// Deviation adaptive_k_gradient: regression_head learns, and nothing else about the forward pass changes.
TEST(SelectiveAlignmentTest, AdaptiveKGradientReachesTheRegressionHead) {
  AlignmentOptions options = Options();
  SelectiveAlignment learning(options);
  options.adaptive_k_gradient = false;
  SelectiveAlignment published(options);
  const Inputs inputs = MakeInputs();
  const AlignedSentences a = Align(learning, inputs), b = Align(published, inputs);
  EXPECT_TRUE(at::equal(a.regions, b.regions)) << "the forward pass is that of the hard selection, to the last bit";
  learning.Loss(a).loss.backward();
  published.Loss(b).loss.backward();
  const auto gradient = [](const SelectiveAlignment& module, const char* name) { return module.named_parameters()[name].grad(); };
  ASSERT_TRUE(gradient(learning, "regression_head.weight").defined());
  EXPECT_GT(gradient(learning, "regression_head.weight").abs().max().item<double>(), 1e-8);
  EXPECT_FALSE(gradient(published, "regression_head.weight").defined() &&
               gradient(published, "regression_head.weight").abs().max().item<double>() > 0);
  EXPECT_TRUE(at::allclose(gradient(learning, "finding_align_img_mlp.dense_to_output.weight"),
                           gradient(published, "finding_align_img_mlp.dense_to_output.weight"), 1e-5, 1e-7))
      << "image features get the gradient of the hard selection";
}

// Following the gradient changes k in the direction that lowers the loss: a region that is better when larger asks for a larger
// k.
TEST(SelectiveAlignmentTest, AdaptiveKGradientPointsTheRightWay) {
  SelectiveAlignment module(Options());
  const AlignedSentences aligned = Align(module, MakeInputs(1));
  // A loss that is lower the closer the region is to the mean of all patches wants k to grow: d loss / d bias < 0.
  const at::Tensor wanted = aligned.patches.detach().mean(1, true);
  (aligned.regions - wanted).square().sum().backward();
  EXPECT_LT(module.named_parameters()["regression_head.bias"].grad().item<double>(), 0);
}

// Deviation exclude_padding_sentences: a report's loss does not depend on which reports share its batch.
TEST(SelectiveAlignmentTest, AReportsLossDoesNotDependOnItsBatch) {
  SelectiveAlignment module(Options());
  const Inputs all = MakeInputs();
  const AlignmentLoss together = module.Loss(Align(module, all));
  for (int64_t b = 0; b < 3; ++b) {
    const Inputs one{all.latent.slice(0, b, b + 1), all.findings.slice(0, b, b + 1), all.sentence.slice(0, b, b + 1)};
    EXPECT_NEAR(module.Loss(Align(module, one)).loss.item<double>(), together.per_report[b].item<double>(), 1e-5) << b;
  }
  EXPECT_NEAR(together.loss.item<double>(), together.per_report.mean().item<double>(), 1e-6);
  EXPECT_EQ(together.per_report[1].item<double>(), 0) << "a single sentence has nothing to be told from";

  AlignmentOptions options = Options();
  options.exclude_padding_sentences = false;
  SelectiveAlignment published(options);
  const Inputs second{all.latent.slice(0, 1, 2), all.findings.slice(0, 1, 2), all.sentence.slice(0, 1, 2)};
  const Inputs pair{all.latent.slice(0, 0, 2), all.findings.slice(0, 0, 2), all.sentence.slice(0, 0, 2)};
  EXPECT_EQ(published.Loss(Align(published, second)).loss.item<double>(), 0);
  const AlignmentLoss in_pair = published.Loss(Align(published, pair));
  const double first = published.Loss(Align(published, MakeInputs(1))).loss.item<double>();
  EXPECT_GT(in_pair.loss.item<double>() * 4, first * 3 + 1e-3) << "published: empty slots enter the denominators of report 1";
}

TEST(SelectiveAlignmentTest, ABatchWithoutSentencesHasLossZeroWithAGraph) {
  SelectiveAlignment module(Options());
  Inputs inputs = MakeInputs();
  inputs.sentence.zero_();
  const AlignmentLoss loss = module.Loss(Align(module, inputs));
  EXPECT_EQ(loss.loss.item<double>(), 0);
  ASSERT_TRUE(loss.loss.requires_grad());
  loss.loss.backward();
  for (const auto& item : module.named_parameters()) {
    if (item.value().grad().defined()) {
      EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
    }
  }
}

TEST(SelectiveAlignmentTest, GroundingMapHoldsPickedPatchesOfATokensSentence) {
  SelectiveAlignment module(Options());
  const Inputs inputs = MakeInputs();
  const AlignedSentences aligned = Align(module, inputs);
  const at::Tensor map = SelectiveAlignment::GroundingMap(aligned, inputs.sentence);
  ASSERT_EQ(map.sizes().vec(), (std::vector<int64_t>{3, kTokens, kVisible}));
  EXPECT_FALSE(map.requires_grad());
  EXPECT_EQ(map[0][0].abs().max().item<double>(), 0) << "[CLS]";
  EXPECT_EQ(map[0][8].abs().max().item<double>(), 0) << "a token of no sentence";
  EXPECT_EQ(map[2].abs().max().item<double>(), 0) << "a report without sentences";
  EXPECT_EQ(map[0][4].ne(0).sum().item<int64_t>(), aligned.k[0][1].item<int64_t>());
  EXPECT_TRUE(at::equal(map[0][3], map[0][5])) << "tokens of one sentence";
}

}  // namespace
}  // namespace asap
