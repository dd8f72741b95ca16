// Semantically-adaptive selective alignment: each sentence of the findings picks the k visible patches most like it, k learnt
// from the sentence, and is contrasted with the mean of its patches against the other sentences of its own report.
//
// B reports, S sentences (the most that a report of the batch has, at least 1), T text tokens, V visible patches, E features.
#ifndef ASAP_MODULES_SELECTIVE_ALIGNMENT_SELECTIVE_ALIGNMENT_H_
#define ASAP_MODULES_SELECTIVE_ALIGNMENT_SELECTIVE_ALIGNMENT_H_

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>

#include "modules/layers/layers.h"
#include "modules/layers/taps.h"

namespace asap {

struct AlignmentOptions {
  int64_t width = 768;       // of the image latent, and E
  int64_t text_width = 768;  // of the text encoder's features
  double temperature = 0.07;
  // Slots without a sentence, there because another report of the batch has more, leave the contrast's denominators, and a
  // report's loss is the mean over its own sentences. False, as published: they stay, and the mean runs over the sentences of the
  // batch.
  bool exclude_padding_sentences = true;
  // The number of patches learns, through a soft gate behind the hard selection. False, as published: the integer cast cuts the
  // gradient, and regression_head keeps its random start.
  bool adaptive_k_gradient = true;
  double adaptive_k_softness = 4;  // width of the soft gate, in ranks
  int64_t fixed_k = 0;             // patches of every sentence; 0: each sentence's own number. There is no regression_head then
  bool checkpoint = false;         // the two feature heads keep their inputs alone, see checkpointing.h
  uint64_t seed = 0;
};

struct AlignedSentences {
  at::Tensor patches;     // [B, V, E] image features
  at::Tensor sentences;   // [B, S, E] mean over the sentence's tokens; 0 in empty slots
  at::Tensor valid;       // [B, S] bool
  at::Tensor k;           // [B, S] int64: patches picked
  at::Tensor similarity;  // [B, S, V] cosine, no gradient
  at::Tensor selection;   // [B, S, V] 1/k on the picked patches, no gradient
  at::Tensor regions;     // [B, S, E] mean of the picked patches' features
};

struct AlignmentLoss {
  at::Tensor loss;
  at::Tensor per_report;      // [B]; of the batch-independent loss, undefined as published
  at::Tensor over_sentences;  // the part whose softmax runs over sentences, for each region
  at::Tensor over_regions;    // the part whose softmax runs over regions, for each sentence
};

// Parameters: finding_align_img_mlp, align_text_mlp, and regression_head unless k is fixed.
class SelectiveAlignment : public torch::nn::Module {
 public:
  explicit SelectiveAlignment(const AlignmentOptions& options);

  // latent [B, 1 + V, width], findings' features [B, T, text_width], each token's sentence [B, T] (0: none; token 0, [CLS], is
  // left out) and the highest number among them. k = 2^trunc(3 sigmoid(regression_head(sentence)) + 4): 16, 32, 64 (or 128), at
  // most V; or fixed_k, at most V.
  AlignedSentences Align(const at::Tensor& latent, const at::Tensor& findings, const at::Tensor& sentence, int64_t sentences,
                         Taps* taps = nullptr) const;

  // Symmetric cross-entropy of sentence against region within each report. A batch without any sentence has loss 0, with a graph.
  AlignmentLoss Loss(const AlignedSentences& aligned, Taps* taps = nullptr) const;

  // Similarity of each text token's sentence to the patches it picked, 0 elsewhere: [B, T, V], no gradient.
  static at::Tensor GroundingMap(const AlignedSentences& aligned, const at::Tensor& sentence);

 private:
  at::Tensor SoftRegions(const at::Tensor& kappa, const at::Tensor& similarity, const at::Tensor& patches) const;

  AlignmentOptions options_;
  std::shared_ptr<FeatureHead> image_head_, text_head_;
  std::shared_ptr<Linear> regression_head_;
};

}  // namespace asap

#endif  // ASAP_MODULES_SELECTIVE_ALIGNMENT_SELECTIVE_ALIGNMENT_H_
