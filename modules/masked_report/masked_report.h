// Masked report modelling: a text decoder turns report tokens, fused with the image, back into the words that were masked.
#ifndef ASAP_MODULES_MASKED_REPORT_MASKED_REPORT_H_
#define ASAP_MODULES_MASKED_REPORT_MASKED_REPORT_H_

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "modules/bert/bert.h"
#include "modules/layers/layers.h"
#include "modules/layers/taps.h"

namespace asap {

struct MaskedReportOptions {
  BertOptions decoder;       // vocabulary, width, layers, heads, intermediate width and dropout
  int64_t text_width = 768;  // of the text encoder's features
  // The loss reads masked words alone, and is the mean over a report's own, then over reports. False, as published: the mean over
  // all positions of the batch, padding and words in plain sight too.
  bool masked_tokens_only = true;
  uint64_t seed = 0;
};

struct ReportLoss {
  at::Tensor loss;
  at::Tensor per_report;  // [B]; undefined as published
};

// Parameters: bert_feature_proj, bert_decoder.bert.encoder.layer.N, bert_decoder.cls.predictions. The output matrix is not tied
// to a word table.
class MaskedReport : public torch::nn::Module {
 public:
  explicit MaskedReport(const MaskedReportOptions& options);

  // The text encoder's features of the masked report [B, T, text_width] -> [B, T, width], the fusion's input.
  at::Tensor Project(const at::Tensor& features, Taps* taps = nullptr) const;
  // Fused tokens [B, T, width] -> hidden states [B, T, width].
  at::Tensor Decode(at::Tensor fused, const at::Tensor& attention, Taps* taps = nullptr) const;
  // Hidden states [..., width] -> logits [..., vocabulary].
  at::Tensor Predict(const at::Tensor& hidden) const;

  // Cross-entropy of the words `ids` [B, T] at `places` [M], those of [B, T] flattened where a word is masked (or everywhere, see
  // the option). The vocabulary is evaluated only where the loss reads it. A report without a masked word contributes 0.
  ReportLoss Loss(const at::Tensor& hidden, const at::Tensor& ids, const at::Tensor& places, Taps* taps = nullptr) const;

 private:
  MaskedReportOptions options_;
  std::shared_ptr<FeatureHead> projection_;
  std::vector<std::shared_ptr<BertLayer>> layers_;
  std::shared_ptr<Linear> transform_;
  std::shared_ptr<LayerNorm> norm_;
  at::Tensor weight_, bias_;                        // [vocabulary, width], [vocabulary]
  std::shared_ptr<torch::nn::Module> predictions_;  // what holds these four
};

}  // namespace asap

#endif  // ASAP_MODULES_MASKED_REPORT_MASKED_REPORT_H_
