#include "modules/pretraining/batch.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace asap {
namespace {

at::Tensor Row(std::vector<int64_t> values) { return at::tensor(values, at::kLong).unsqueeze(0); }

TEST(DescribeTextsTest, ReadsLengthsSentencesTokensAndMaskedPlaces) {
  Batch batch;
  batch.findings_ids = at::cat({Row({2, 9, 8, 0, 0}), Row({2, 7, 0, 0, 0})});
  batch.findings_attention = at::cat({Row({1, 1, 1, 0, 0}), Row({1, 1, 0, 0, 0})});
  batch.findings_sentence = at::cat({Row({5, 1, 2, 0, 0}), Row({1, 1, 0, 0, 0})});
  batch.report_ids = at::cat({Row({2, 9, 8, 11, 0}), Row({2, 7, 0, 0, 0})});
  batch.report_attention = at::cat({Row({1, 1, 1, 1, 0}), Row({1, 1, 0, 0, 0})});
  batch.report_masked_ids = at::cat({Row({2, 4, 8, 4, 4}), Row({2, 4, 0, 0, 0})});
  const TextFacts facts = DescribeTexts(batch);
  EXPECT_EQ(facts.findings_length, 3);
  EXPECT_EQ(facts.report_length, 4);
  EXPECT_TRUE(at::equal(facts.findings_lengths, at::tensor({3, 2}, at::kLong)));
  EXPECT_EQ(facts.sentences, 2);  // [CLS] is of no sentence
  EXPECT_EQ(facts.least_sentence, 0);
  EXPECT_EQ(facts.most_sentence, 5);
  EXPECT_EQ(facts.least_token, 0);
  EXPECT_EQ(facts.most_token, 11);
  EXPECT_TRUE(at::equal(facts.masked_places, at::tensor({1, 3, 6}, at::kLong)));  // not the masked padding
}

TEST(DescribeTextsTest, ABatchWithoutTextsHasNone) {
  const TextFacts facts = DescribeTexts(Batch());
  EXPECT_EQ(facts.findings_length, 0);
  EXPECT_EQ(facts.most_token, 0);
  EXPECT_FALSE(facts.masked_places.defined());
}

}  // namespace
}  // namespace asap
