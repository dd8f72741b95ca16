#include "modules/vit3d/drop_path.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "modules/vit3d/vision_transformer.h"

namespace asap {
namespace {

constexpr VitOptions kTiny = {.volume = {8, 8, 4}, .patch = {4, 4, 2}, .width = 24, .depth = 3, .heads = 2, .seed = 5};

TEST(DropPathTest, RatesRiseEvenlyFromZero) {
  const at::Tensor rates = DropPathRates(0.1, 12);
  EXPECT_EQ(rates[0].item<float>(), 0);
  EXPECT_FLOAT_EQ(rates[1].item<float>(), 0.1 / 11);
  EXPECT_FLOAT_EQ(rates[11].item<float>(), 0.1);
  EXPECT_EQ(DropPathRates(0.1, 1)[0].item<float>(), 0);
}

TEST(DropPathTest, KeptBranchesMakeUpForDroppedOnes) {
  const at::Tensor scales = DropPathScales(0.4, 3, 20000, /*seed=*/3);
  EXPECT_TRUE(scales[0].eq(1).all().item<bool>());  // the first block is never dropped
  const at::Tensor last = scales[2];
  EXPECT_TRUE(last.eq(0).logical_or((last - 1 / 0.6).abs() < 1e-6).all().item<bool>());
  EXPECT_NEAR(last[0].eq(0).to(at::kDouble).mean().item<double>(), 0.4, 0.02);
  EXPECT_NEAR(last[1].mean().item<double>(), 1.0, 0.03);
  EXPECT_GT(last[0].ne(last[1]).sum().item<int64_t>(), 5000);  // branches draw apart
}

TEST(DropPathTest, AVolumesDrawsDoNotDependOnItsBatch) {
  const at::Tensor whole = DropPathScales(0.5, 4, 6, /*seed=*/100);
  EXPECT_TRUE(at::equal(whole.slice(2, 4), DropPathScales(0.5, 4, 2, /*seed=*/104)));
}

TEST(DropPathTest, ScalesOfOneChangeNothingAndZeroSkipsTheBranch) {
  const at::NoGradGuard no_grad;
  const VisionTransformer model(kTiny);
  at::manual_seed(1);
  const at::Tensor volumes = at::rand({2, 1, 8, 8, 4});
  std::vector<at::Tensor> plain, scaled;
  const at::Tensor latent = model.Encode(volumes, {0, 1, 2}, &plain);
  EXPECT_TRUE(at::equal(model.Encode(volumes, {}, nullptr, at::ones({3, 2, 2})), latent));

  at::Tensor scales = at::ones({3, 2, 2});
  scales[2].select(1, 1).zero_();  // the second sample's last block
  model.Encode(volumes, {0, 1, 2}, &scaled, scales);
  EXPECT_TRUE(at::equal(scaled[2][0], plain[2][0]));
  EXPECT_TRUE(at::equal(scaled[2][1], plain[1][1]));
}

}  // namespace
}  // namespace asap
