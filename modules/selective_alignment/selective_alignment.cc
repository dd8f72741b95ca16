#include "modules/selective_alignment/selective_alignment.h"

#include <algorithm>

#include "modules/layers/checkpointing.h"
#include "modules/layers/init.h"

namespace asap {
namespace {

at::Tensor UnitRows(const at::Tensor& x) { return x / x.norm(2, {-1}, /*keepdim=*/true).clamp_min(1e-12); }

// Lower than any logit (|logit| <= 1 / temperature) and far from overflow.
constexpr double kExcluded = -1e9;

// The k of a sigmoid that rounds to 1.
constexpr int64_t kMostPatches = 128;

}  // namespace

SelectiveAlignment::SelectiveAlignment(const AlignmentOptions& options) : options_(options) {
  image_head_ = register_module("finding_align_img_mlp", std::make_shared<FeatureHead>(options.width, options.width));
  text_head_ = register_module("align_text_mlp", std::make_shared<FeatureHead>(options.text_width, options.width));
  if (options.fixed_k == 0) regression_head_ = register_module("regression_head", std::make_shared<Linear>(options.width, 1));
  InitialiseParameters(*this, options.seed);
}

AlignedSentences SelectiveAlignment::Align(const at::Tensor& latent, const at::Tensor& findings, const at::Tensor& sentence,
                                           int64_t sentences, Taps* taps) const {
  const at::Tensor image = AtLeastFloat(RunModule(image_head_, latent.slice(1, 1), options_.checkpoint));
  const at::Tensor tokens = AtLeastFloat(RunModule(text_head_, findings.slice(1, 1), options_.checkpoint));
  const AutocastOff off(image.device().type());  // ranks and sums of bfloat16 would be coarse
  AlignedSentences aligned;
  aligned.patches = image;

  const at::Tensor index = sentence.slice(1, 1);  // [B, T - 1]
  const at::Tensor count = std::get<0>(index.max(1));
  const int64_t slots = std::max<int64_t>(1, sentences);
  const at::Tensor slot = at::arange(1, slots + 1, index.options());
  aligned.valid = slot.unsqueeze(0) <= count.unsqueeze(1);
  const at::Tensor member = (index.unsqueeze(1) == slot.view({1, -1, 1})).to(tokens.scalar_type());  // [B, S, T - 1]
  aligned.sentences = member.bmm(tokens) / member.sum(-1, /*keepdim=*/true).clamp_min(1);

  const int64_t visible = image.size(1);
  at::Tensor raw, exponent;  // [B, S]; undefined where k is fixed
  if (options_.fixed_k == 0) {
    raw = regression_head_->forward(aligned.sentences).squeeze(-1);
    exponent = 3 * raw.sigmoid() + 4;
  }
  {
    const at::NoGradGuard no_grad;
    const int64_t fixed = std::min(options_.fixed_k, visible);
    aligned.k = fixed > 0 ? at::full({image.size(0), slots}, fixed, index.options())
                          : at::pow(2, exponent.trunc()).to(at::kLong).clamp_max(visible);
    const at::Tensor text = aligned.sentences / (aligned.sentences.norm(2, {-1}, true) + 1e-8);
    aligned.similarity = text.bmm((image / image.norm(2, {-1}, true)).transpose(1, 2));
    // torch.topk's order of ties is part of the published behaviour: empty slots are alike to every patch. On the CPU it depends
    // on how many are asked for; elsewhere asking for the largest k would wait for the device, so as many as can be are taken.
    const int64_t most = fixed > 0 ? fixed : image.is_cpu() ? aligned.k.max().item<int64_t>() : std::min(kMostPatches, visible);
    const auto [value, place] = aligned.similarity.topk(most, 2);
    const at::Tensor picked = at::arange(place.size(2), place.options()) < aligned.k.unsqueeze(-1);
    const at::Tensor weight = picked.to(image.scalar_type()) / aligned.k.unsqueeze(-1);
    aligned.selection = at::zeros_like(aligned.similarity).scatter_(2, place, weight);
    if (options_.exclude_padding_sentences) aligned.selection *= aligned.valid.unsqueeze(-1);
    Tap(taps, "topk_idx", place);
    if (taps != nullptr) Tap(taps, "topk_similarity_masked", value * picked * aligned.valid.unsqueeze(-1));
  }
  aligned.regions = aligned.selection.bmm(image);
  if (options_.adaptive_k_gradient && exponent.defined() && exponent.requires_grad()) {
    const at::Tensor soft = SoftRegions(at::pow(2, exponent).clamp_max(static_cast<double>(visible)), aligned.similarity, image) *
                            aligned.valid.unsqueeze(-1);
    aligned.regions = aligned.regions + (soft - soft.detach());  // adds exactly 0; its gradient is the soft gate's
  }
  Tap(taps, "image_feature", image);
  Tap(taps, "token_feature", tokens);
  Tap(taps, "sentence_feature", aligned.sentences);
  Tap(taps, "sentence_nums", count);
  Tap(taps, "align_mask", aligned.valid);
  if (raw.defined()) Tap(taps, "regression_raw", raw);
  Tap(taps, "k", aligned.k);
  Tap(taps, "similarity", aligned.similarity);
  Tap(taps, "region_feature", aligned.regions);
  if (taps != nullptr) Tap(taps, "topk_similarity_patch", GroundingMap(aligned, sentence).slice(1, 1));
  return aligned;
}

// The region as it were if the patch of rank r (0 is the most similar) had weight sigmoid((kappa - r - 1/2) / softness). Only
// kappa [B, S] carries a gradient.
at::Tensor SelectiveAlignment::SoftRegions(const at::Tensor& kappa, const at::Tensor& similarity,
                                           const at::Tensor& patches) const {
  const at::Tensor order = at::argsort(similarity, /*stable=*/true, /*dim=*/2, /*descending=*/true);
  const at::Tensor ranks = at::arange(similarity.size(2), order.options()).expand_as(order);
  const at::Tensor rank = at::empty_like(order).scatter_(2, order, ranks).to(kappa.scalar_type());
  const at::Tensor gate = ((kappa.unsqueeze(-1) - rank - 0.5) / options_.adaptive_k_softness).sigmoid();
  return (gate / gate.sum(-1, /*keepdim=*/true)).bmm(patches.detach());
}

AlignmentLoss SelectiveAlignment::Loss(const AlignedSentences& aligned, Taps* taps) const {
  const AutocastOff off(aligned.regions.device().type());
  const at::Tensor logits =
      UnitRows(aligned.sentences).bmm(UnitRows(aligned.regions).transpose(1, 2)) / options_.temperature;  // [B, sentence, region]
  Tap(taps, "align_logits", logits);
  const at::Tensor own = logits.diagonal(0, 1, 2);
  const at::Tensor valid = aligned.valid.to(logits.scalar_type());
  at::Tensor among_sentences = logits, among_regions = logits;
  if (options_.exclude_padding_sentences) {
    const at::Tensor empty = aligned.valid.logical_not();
    among_sentences = logits.masked_fill(empty.unsqueeze(2), kExcluded);
    among_regions = logits.masked_fill(empty.unsqueeze(1), kExcluded);
  }
  const at::Tensor of_region = (among_sentences.logsumexp({1}) - own) * valid;  // [B, S]
  const at::Tensor of_sentence = (among_regions.logsumexp({2}) - own) * valid;

  AlignmentLoss loss;
  if (options_.exclude_padding_sentences) {
    const at::Tensor count = valid.sum(1).clamp_min(1);
    loss.per_report = (of_region + of_sentence).sum(1) / count;
    loss.over_sentences = (of_region.sum(1) / count).mean();
    loss.over_regions = (of_sentence.sum(1) / count).mean();
  } else {
    const at::Tensor count = valid.sum().clamp_min(1);
    loss.over_sentences = of_region.sum() / count;
    loss.over_regions = of_sentence.sum() / count;
  }
  loss.loss = loss.over_sentences + loss.over_regions;
  Tap(taps, "align_sent2img", loss.over_sentences);
  Tap(taps, "align_img2sent", loss.over_regions);
  return loss;
}

at::Tensor SelectiveAlignment::GroundingMap(const AlignedSentences& aligned, const at::Tensor& sentence) {
  const at::NoGradGuard no_grad;
  const at::Tensor picked = (aligned.selection > 0).logical_and(aligned.valid.unsqueeze(-1));
  const at::Tensor rows = aligned.similarity * picked;  // [B, S, V]
  const at::Tensor none = at::zeros({rows.size(0), 1, rows.size(2)}, rows.options());
  at::Tensor index = sentence.clone();
  index.select(1, 0).zero_();  // [CLS] is of no sentence
  return at::cat({none, rows}, 1).gather(1, index.unsqueeze(-1).expand({-1, -1, rows.size(2)}));
}

}  // namespace asap
