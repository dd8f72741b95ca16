#include "modules/masked_image/masked_image.h"

#include <gtest/gtest.h>

namespace asap {
namespace {

constexpr int64_t kPatches = 12, kVoxels = 8;

TEST(ImageDecoderTest, PutsPatchesInPlaceAndMaskTokensElsewhere) {
  const ImageDecoderOptions options = {
      .grid = {2, 3, 2}, .patch_voxels = kVoxels, .encoder_width = 10, .width = 12, .depth = 2, .heads = 3, .seed = 1};
  ImageDecoder decoder(options);
  at::manual_seed(3);
  const Masking masking = MaskByNoise(at::rand({2, kPatches}), 3);
  const at::Tensor latent = at::randn({2, 4, 10});
  const at::Tensor start = decoder.Begin(latent, masking.restore);
  ASSERT_EQ(start.sizes().vec(), (std::vector<int64_t>{2, 13, 12}));
  const at::Tensor table = SinCosTable(options.grid, 12);
  const at::Tensor without = start - table;
  const auto parameters = decoder.named_parameters();
  for (int64_t b = 0; b < 2; ++b) {
    for (int64_t l = 0; l < kPatches; ++l) {
      const int64_t place = masking.restore[b][l].item<int64_t>();
      const at::Tensor expected =
          place < 3 ? at::linear(latent[b][1 + place], parameters["decoder_embed.weight"]) : parameters["mask_token"][0][0];
      EXPECT_TRUE(at::allclose(without[b][1 + l], expected, 1e-4, 1e-5));
    }
  }
  // Voxels of hidden patches alone are the voxels of all, at hidden places.
  const at::Tensor tokens = decoder.RunBlocks(start, 0, 2).slice(1, 1);
  EXPECT_TRUE(at::allclose(decoder.PredictVoxels(GatherRows(tokens, masking.hidden())),
                           GatherRows(decoder.PredictVoxels(tokens), masking.hidden()), 1e-4, 1e-5));
}

TEST(ImageDecoderTest, WithoutPixelHeadHasNoPixelParameters) {
  ImageDecoder decoder({.grid = {2, 2, 2}, .encoder_width = 6, .width = 6, .depth = 1, .heads = 1, .pixel_head = false});
  for (const auto& item : decoder.named_parameters()) {
    EXPECT_EQ(item.key().find("decoder_pred_layer"), std::string::npos);
    EXPECT_EQ(item.key().find("decoder_norm"), std::string::npos);
  }
}

}  // namespace
}  // namespace asap
