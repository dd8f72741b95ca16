#include "tests/performance/step_main_lib.h"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "tests/performance/step_flops.h"

namespace asap {
namespace {

TEST(StepFlopsTest, PublishedSizeAsCountedByHand) {
  const AsapConfig config = AsapConfig::VitB().UpstreamCompat();
  const StepSizes sizes = {.cases = 1, .findings_tokens = 512, .report_tokens = 512, .sentences = 10, .read_words = 512};
  const StepFlops flops = CountStepFlops(config, sizes);
  // Encoder 134, image decoder 248 less a quarter of its last block's rows, text encoder 193, report decoder 34 and fusion 12,
  // vocabulary 25, heads and patch layers 15.
  EXPECT_NEAR(flops.forward / 1e9, 647, 10);
  EXPECT_GT(flops.backward, 1.3 * flops.forward);
  EXPECT_LT(flops.backward, 2 * flops.forward);
}

TEST(StepFlopsTest, GrowsWithTheBatchAndWithoutTheCache) {
  const AsapConfig config = AsapConfig::VitB();
  StepSizes sizes = {.cases = 1, .findings_tokens = 300, .report_tokens = 300, .sentences = 10, .read_words = 225};
  const double one = CountStepFlops(config, sizes).total();
  sizes.cached_text = true;
  EXPECT_NEAR((one - CountStepFlops(config, sizes).total()) / 1e9, 54.3, 0.5);  // 12 BERT layers of 300 tokens
  sizes = {.cases = 2, .findings_tokens = 300, .report_tokens = 300, .sentences = 10, .read_words = 450};
  EXPECT_NEAR(CountStepFlops(config, sizes).total() / one, 2, 1e-9);
}

TEST(StepTimingTest, TimesStepsOfASmallModel) {
  StepTimingOptions options{
      .config = AsapConfig::Demo(), .batch = 2, .real_tokens = 40, .sentences = 4, .steps = 2, .profile = true};
  options.config.text = {.vocabulary = 64, .width = 48, .layers = 1, .heads = 2, .intermediate = 96, .max_positions = 64};
  options.config.text_length = 64;
  for (const Precision precision : {Precision::kFloat32, Precision::kBfloat16}) {
    options.precision = precision;
    options.update_in_backward = options.config.checkpoint_blocks = precision == Precision::kBfloat16;
    const auto timing = TimeSteps(options);
    ASSERT_TRUE(timing.ok()) << timing.status();
    EXPECT_EQ(timing->steps.size(), 2u);
    EXPECT_GT(timing->steps[0].total(), 0);
    EXPECT_GT(timing->loss, 0);
    EXPECT_GT(timing->peak_bytes, 1 << 20);
    EXPECT_NE(timing->profile.find("aten::"), std::string::npos) << timing->profile;
  }
}

TEST(StepTimingTest, TheBatchIsThePeers) {
  StepTimingOptions options{.config = AsapConfig::VitB(), .batch = 1};
  options.config.volume = {32, 32, 16};
  const Batch batch = PeerBatch(options);
  EXPECT_EQ(batch.findings_attention.sum().item<int64_t>(), 300);
  EXPECT_EQ(batch.findings_sentence.max().item<int64_t>(), 10);
  EXPECT_EQ(batch.findings_sentence[0][299].item<int64_t>(), 10);
  EXPECT_NEAR((batch.report_masked_ids == batch.mask_token).sum().item<double>() / 512, 0.75, 0.1);
  EXPECT_FALSE(TimeSteps({.config = options.config, .batch = 0}).ok());
}

}  // namespace
}  // namespace asap
