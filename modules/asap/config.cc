#include "modules/asap/config.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"

namespace asap {

AsapConfig& AsapConfig::UpstreamCompat() {
  fixed_k = 0;
  adaptive_k_gradient = false;
  grounding_bias = false;
  exclude_padding_sentences = false;
  masked_tokens_only = false;
  norm_pix_loss = false;
  masked_voxels_mean = false;
  frozen_text_dropout = true;
  trim_padding = false;
  return *this;
}

bool AsapConfig::IsUpstreamCompat() const {
  return fixed_k == 0 && !adaptive_k_gradient && !grounding_bias && !exclude_padding_sentences && !masked_tokens_only &&
         !norm_pix_loss && !masked_voxels_mean && frozen_text_dropout && !trim_padding;
}

AsapConfig AsapConfig::VitB() { return AsapConfig(); }

AsapConfig AsapConfig::Demo() {
  AsapConfig config;
  config.volume = {64, 64, 32};
  config.patch = {8, 8, 4};
  config.spacing_mm = {5.25, 5.25, 10.5};
  config.width = 96;
  config.depth = 4;
  config.heads = 4;
  config.decoder_width = 48;
  config.decoder_depth = 2;
  config.decoder_heads = 4;
  config.text = {.vocabulary = 2048,
                 .width = 96,
                 .layers = 2,
                 .heads = 4,
                 .intermediate = 192,
                 .max_positions = 128,
                 .hidden_dropout = 0.1,
                 .attention_dropout = 0.1,
                 .trainable = true};
  config.report = {.layers = 1, .heads = 4, .intermediate = 192, .hidden_dropout = 0.1, .attention_dropout = 0.1};
  config.text_length = 128;
  return config;
}

bool AsapConfig::HasLoss(const std::string& name) const { return std::find(losses.begin(), losses.end(), name) != losses.end(); }

bool AsapConfig::ReadsText() const { return HasLoss("report") || HasLoss("alignment") || HasLoss("global"); }

absl::Status AsapConfig::Validate() const {
  const auto fail = [](auto&&... parts) { return absl::InvalidArgumentError(absl::StrCat(parts...)); };
  if (!(mask_ratio >= 0 && mask_ratio < 1)) return fail("mask_ratio is ", mask_ratio, ", expected a number in [0, 1)");
  if (HasLoss("image") && mask_ratio == 0) return fail("mask_ratio is 0: the image loss needs hidden patches");
  if (decoder_width < 6 || decoder_width % 6 != 0) return fail("decoder_width is ", decoder_width, ", expected a multiple of 6");
  if (decoder_heads < 1 || decoder_width % decoder_heads != 0) {
    return fail("decoder_heads is ", decoder_heads, ", expected a divisor of decoder_width ", decoder_width);
  }
  if (decoder_depth < 1) return fail("decoder_depth is ", decoder_depth, ", expected at least 1");
  if (HasLoss("injection") && (injection_block < 0 || injection_block >= decoder_depth)) {
    return fail("injection_block is ", injection_block, ", expected a block of the decoder, 0 ... ", decoder_depth - 1);
  }
  if (anatomy_classes < 2 || anatomy_classes > 256) return fail("anatomy_classes is ", anatomy_classes, ", expected 2 ... 256");
  if (report.heads < 1 || width % report.heads != 0) {
    return fail("report.heads is ", report.heads, ", expected a divisor of width ", width);
  }
  if (report.layers < 0 || report.intermediate < 1) return fail("report: expected layers >= 0 and intermediate >= 1");
  if (text_length < 2) return fail("text_length is ", text_length, ", expected at least 2");
  if (!(adaptive_k_softness > 0)) return fail("adaptive_k_softness is ", adaptive_k_softness, ", expected more than 0");
  if (fixed_k < 0) return fail("fixed_k is ", fixed_k, ", expected the number of a sentence's patches, or 0");
  for (const double dropout : {text.hidden_dropout, text.attention_dropout, report.hidden_dropout, report.attention_dropout}) {
    if (!(dropout >= 0 && dropout < 1)) return fail("a dropout is ", dropout, ", expected a number in [0, 1)");
  }
  if (losses.empty()) return fail("no loss is selected; choose from image, injection, report, alignment, global");
  if (std::set<std::string>(losses.begin(), losses.end()).size() != losses.size()) return fail("a loss is selected twice");
  return absl::OkStatus();
}

}  // namespace asap
