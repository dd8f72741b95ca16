#include "modules/anatomy_injection/anatomy_injection.h"

#include <gtest/gtest.h>

namespace asap {
namespace {

TEST(LabelHistogramTest, CountsEachPatch) {
  at::manual_seed(4);
  const at::Tensor masks = at::randint(0, 9, {2, 1, 4, 6, 4}, at::kByte);
  const auto counts = LabelHistogram(masks, {2, 3, 2}, 9);
  ASSERT_TRUE(counts.ok()) << counts.status();
  ASSERT_EQ(counts->sizes().vec(), (std::vector<int64_t>{2, 8, 9}));
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t h = 0; h < 2; ++h) {
      for (int64_t w = 0; w < 2; ++w) {
        for (int64_t d = 0; d < 2; ++d) {
          const at::Tensor patch = masks[b][0].slice(0, 2 * h, 2 * h + 2).slice(1, 3 * w, 3 * w + 3).slice(2, 2 * d, 2 * d + 2);
          const at::Tensor expected = at::bincount(patch.flatten().to(at::kLong), {}, 9);
          EXPECT_TRUE(at::equal((*counts)[b][(h * 2 + w) * 2 + d].to(at::kLong), expected));
        }
      }
    }
  }
}

TEST(LabelHistogramTest, RefusesWhatIsNoMask) {
  const auto message = [](const at::Tensor& masks) {
    return std::string(LabelHistogram(masks, {2, 2, 2}, 9).status().message());
  };
  EXPECT_NE(message(at::full({1, 1, 2, 2, 2}, 9, at::kByte)).find("label 9, expected 0 ... 8"), std::string::npos);
  EXPECT_NE(message(at::zeros({1, 1, 2, 2, 2})).find("uint8"), std::string::npos);
  EXPECT_NE(message(at::zeros({1, 2, 2, 2}, at::kByte)).find("uint8 [B, 1, H, W, D]"), std::string::npos);
  EXPECT_NE(message(at::zeros({1, 1, 3, 2, 2}, at::kByte)).find("whole number of patches"), std::string::npos);
  EXPECT_NE(message(at::Tensor()).find("uint8"), std::string::npos);
}

TEST(AnatomyLossTest, IsTheCrossEntropyOfShares) {
  const at::Tensor logits = at::randn({2, 3, 4}, at::kDouble), counts = at::randint(1, 5, {2, 3, 4}, at::kInt);
  const at::Tensor share = counts.to(at::kDouble) / counts.sum(-1, true);
  const at::Tensor each = -(share * logits.sigmoid().log() + (1 - share) * (1 - logits.sigmoid()).log());
  EXPECT_TRUE(at::allclose(AnatomyLoss(logits, counts, at::ones({2}, at::kBool)), each.mean(), 1e-10));
}

TEST(AnatomyLossTest, ACaseWithoutMaskContributesNothing) {
  at::Tensor logits = at::randn({2, 3, 4}).set_requires_grad(true);
  const at::Tensor counts = at::cat({at::randint(1, 5, {1, 3, 4}, at::kInt), at::zeros({1, 3, 4}, at::kInt)});
  const at::Tensor loss = AnatomyLoss(logits, counts, at::tensor({1, 0}).to(at::kBool));
  const at::Tensor alone = AnatomyLoss(logits.slice(0, 0, 1), counts.slice(0, 0, 1), at::ones({1}, at::kBool));
  EXPECT_TRUE(at::allclose(loss, alone / 2)) << "its own loss is 0, and the mean runs over the batch";
  loss.backward();
  EXPECT_EQ(logits.grad()[1].abs().max().item<double>(), 0);
  EXPECT_GT(logits.grad()[0].abs().max().item<double>(), 0);
  EXPECT_EQ(AnatomyLoss(logits, counts, at::zeros({2}, at::kBool)).item<double>(), 0);
}

}  // namespace
}  // namespace asap
