#include "modules/masked_report/masked_report.h"

#include <gtest/gtest.h>

namespace asap {
namespace {

constexpr int64_t kWidth = 12, kTokens = 6, kVocabulary = 30, kMask = 4;

MaskedReportOptions Options() {
  return {.decoder = {.vocabulary = kVocabulary, .width = kWidth, .layers = 1, .heads = 3, .intermediate = 20},
          .text_width = 8,
          .seed = 3};
}

struct Inputs {
  at::Tensor hidden, ids, masked, attention;
};

// Report 0: two masked words; report 1: one masked word and a masked padding; report 2: none.
Inputs MakeInputs() {
  at::manual_seed(8);
  Inputs inputs{at::randn({3, kTokens, kWidth}),
                at::randint(5, kVocabulary, {3, kTokens}, at::kLong),
                {},
                at::ones({3, kTokens}, at::kLong)};
  inputs.masked = inputs.ids.clone();
  inputs.masked[0][1] = inputs.masked[0][3] = inputs.masked[1][2] = inputs.masked[1][5] = kMask;
  inputs.attention[1][5] = 0;
  return inputs;
}

ReportLoss Loss(const MaskedReport& module, const Inputs& x) {
  return module.Loss(x.hidden, x.ids, (x.masked == kMask).logical_and(x.attention != 0).flatten().nonzero().squeeze(1));
}

at::Tensor CrossEntropy(const MaskedReport& module, const Inputs& x) {  // [B, T]
  return at::cross_entropy_loss(module.Predict(x.hidden).flatten(0, 1), x.ids.flatten(), {}, at::Reduction::None)
      .view(x.ids.sizes());
}

// Deviation masked_tokens_only.
TEST(MaskedReportTest, TheLossReadsMaskedWordsAlone) {
  MaskedReportOptions options = Options();
  MaskedReport module(options);
  const Inputs x = MakeInputs();
  const at::Tensor each = CrossEntropy(module, x);
  const ReportLoss loss = Loss(module, x);
  EXPECT_TRUE(at::allclose(loss.per_report[0], (each[0][1] + each[0][3]) / 2, 1e-5));
  EXPECT_TRUE(at::allclose(loss.per_report[1], each[1][2], 1e-5)) << "masked padding is not a word";
  EXPECT_EQ(loss.per_report[2].item<double>(), 0);
  EXPECT_TRUE(at::allclose(loss.loss, loss.per_report.mean()));

  options.masked_tokens_only = false;
  MaskedReport published(options);
  EXPECT_TRUE(at::allclose(Loss(published, x).loss, each.mean(), 1e-5)) << "published: every position";
}

TEST(MaskedReportTest, AReportsLossDoesNotDependOnItsBatch) {
  MaskedReport module(Options());
  const Inputs x = MakeInputs();
  const ReportLoss together = Loss(module, x);
  for (int64_t b = 0; b < 3; ++b) {
    const auto one = [b](const at::Tensor& t) { return t.slice(0, b, b + 1); };
    EXPECT_NEAR(Loss(module, {one(x.hidden), one(x.ids), one(x.masked), one(x.attention)}).loss.item<double>(),
                together.per_report[b].item<double>(), 1e-6);
  }
}

TEST(MaskedReportTest, ABatchWithoutMaskedWordsHasLossZeroWithAGraph) {
  MaskedReport module(Options());
  Inputs x = MakeInputs();
  x.masked = x.ids.clone();
  x.hidden.set_requires_grad(true);
  const ReportLoss loss = Loss(module, x);
  EXPECT_EQ(loss.loss.item<double>(), 0);
  loss.loss.backward();
  for (const auto& item : module.named_parameters()) {
    if (item.value().grad().defined()) {
      EXPECT_EQ(item.value().grad().abs().sum().item<double>(), 0) << item.key();
    }
  }
}

TEST(MaskedReportTest, TakesFeaturesOfAnotherWidth) {
  MaskedReport module(Options());
  EXPECT_EQ(module.Project(at::zeros({2, kTokens, 8})).size(2), kWidth);
  const at::Tensor decoded = module.Decode(at::randn({2, kTokens, kWidth}), at::ones({2, kTokens}, at::kLong));
  EXPECT_EQ(decoded.sizes().vec(), (std::vector<int64_t>{2, kTokens, kWidth}));
}

}  // namespace
}  // namespace asap
