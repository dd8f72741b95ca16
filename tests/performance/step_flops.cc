#include "tests/performance/step_flops.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <algorithm>

#include "modules/vit3d/patches.h"

namespace asap {
namespace {

double Product(int64_t rows, int64_t in, int64_t out) {
  return 2.0 * static_cast<double>(rows) * static_cast<double>(in) * static_cast<double>(out);
}

// Scores and weighted sums, all heads.
double AttentionFlops(int64_t queries, int64_t keys, int64_t width) { return 2 * Product(queries, keys, width); }

// `queries` of the rows are computed: those that something reads.
double VitBlockFlops(int64_t rows, int64_t queries, int64_t width) {
  return Product(rows, width, 2 * width) + Product(queries, width, width) + AttentionFlops(queries, rows, width) +
         Product(queries, width, 9 * width);
}

double BertLayerFlops(int64_t tokens, int64_t width, int64_t intermediate) {
  return Product(tokens, width, 4 * width) + AttentionFlops(tokens, tokens, width) + 2 * Product(tokens, width, intermediate);
}

int64_t Longest(const at::Tensor& attention) {
  const at::Tensor place = at::arange(1, attention.size(1) + 1, attention.options());
  return ((attention != 0) * place).max().item<int64_t>();
}

}  // namespace

StepSizes SizesOf(const AsapConfig& config, const Batch& batch) {
  StepSizes sizes;
  sizes.cases = batch.volumes.size(0);
  sizes.findings_tokens = config.trim_padding ? Longest(batch.findings_attention) : batch.findings_ids.size(1);
  sizes.report_tokens = config.trim_padding ? Longest(batch.report_attention) : batch.report_ids.size(1);
  sizes.sentences = std::max<int64_t>(1, batch.findings_sentence.max().item<int64_t>());
  sizes.read_words =
      config.masked_tokens_only
          ? (batch.report_masked_ids == batch.mask_token).logical_and(batch.report_attention != 0).sum().item<int64_t>()
          : sizes.cases * sizes.report_tokens;
  return sizes;
}

StepFlops CountStepFlops(const AsapConfig& config, const StepSizes& sizes) {
  const int64_t patches = config.patches(), visible = VisiblePatches(patches, config.mask_ratio), hidden = patches - visible;
  const int64_t voxels = config.patch[0] * config.patch[1] * config.patch[2];
  const int64_t width = config.width, text_width = config.text.width, decoder = config.decoder_width;
  const int64_t report = sizes.report_tokens, findings = sizes.findings_tokens;

  const double embedding = Product(visible, voxels, width);
  double trained = static_cast<double>(config.depth) * VitBlockFlops(visible + 1, visible + 1, width);
  trained += Product(visible + 1, width, decoder);
  trained += static_cast<double>(config.decoder_depth - 1) * VitBlockFlops(patches + 1, patches + 1, decoder);
  trained += VitBlockFlops(patches + 1, hidden, decoder);  // of the last block only hidden patches are read
  trained += Product(hidden, decoder, voxels) + Product(patches, decoder, config.anatomy_classes);

  // Alignment: two heads, sentences, similarities, regions.
  trained += Product(visible, width, 2 * width) + Product(findings, width, width);
  trained += Product(sizes.sentences, findings, width) + Product(sizes.sentences, visible, width);
  const double similarity = Product(sizes.sentences, visible, width);

  // Fusion, report decoder, vocabulary. Products whose input needs no gradient are counted with the embedding.
  const int64_t inner = config.report.intermediate;
  trained += Product(visible, width, 3 * width) + BertLayerFlops(report, width, inner) + 2 * Product(report, width, width) +
             AttentionFlops(report, visible + 1, width) + Product(report, width, width);
  trained += static_cast<double>(config.report.layers) * BertLayerFlops(report, width, inner);
  const double words = Product(sizes.read_words, width, width + config.text.vocabulary) / static_cast<double>(sizes.cases);
  const double first = embedding + Product(findings, text_width, width) + Product(report, text_width, width);

  const int64_t encoded = report + (sizes.cached_text ? 0 : findings);
  const double layers = static_cast<double>(config.text.layers);
  double text =
      layers * (Product(encoded, text_width, 4 * text_width) + 2 * Product(encoded, text_width, config.text.intermediate));
  text += layers * AttentionFlops(report, report, text_width);
  if (!sizes.cached_text) text += layers * AttentionFlops(findings, findings, text_width);

  const double cases = static_cast<double>(sizes.cases);
  StepFlops flops;
  flops.forward = cases * (trained + words + first + similarity + text);
  flops.backward = cases * (2 * (trained + words) + first + (config.text.trainable ? 2 * text : 0));
  return flops;
}

}  // namespace asap
