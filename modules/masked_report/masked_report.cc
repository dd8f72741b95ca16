#include "modules/masked_report/masked_report.h"

#include "modules/layers/attention.h"
#include "modules/layers/checkpointing.h"
#include "modules/layers/elementwise.h"
#include "modules/layers/init.h"
#include "modules/layers/lean_linear.h"

namespace asap {
namespace {

// What the vocabulary's weight is multiplied with.
at::Tensor WordStates(const Linear& transform, const LayerNorm& norm, const at::Tensor& x) {
  return norm.forward(Gelu(transform.forward(x)));
}

}  // namespace

MaskedReport::MaskedReport(const MaskedReportOptions& options) : options_(options) {
  const int64_t width = options.decoder.width;
  projection_ = register_module("bert_feature_proj", std::make_shared<FeatureHead>(options.text_width, width));
  const auto decoder = RegisterScope(*this, "bert_decoder");
  layers_ = RegisterBertLayers(*RegisterScope(*decoder, "bert"), options.decoder);
  predictions_ = RegisterScope(*RegisterScope(*decoder, "cls"), "predictions");
  bias_ = predictions_->register_parameter("bias", at::zeros({options.decoder.vocabulary}));
  const auto transform = RegisterScope(*predictions_, "transform");
  transform_ = transform->register_module("dense", std::make_shared<Linear>(width, width));
  norm_ = transform->register_module("LayerNorm", std::make_shared<LayerNorm>(width, kBertEpsilon));
  weight_ = RegisterScope(*predictions_, "decoder")->register_parameter("weight", at::zeros({options.decoder.vocabulary, width}));
  InitialiseParameters(*this, options.seed);
}

at::Tensor MaskedReport::Project(const at::Tensor& features, Taps* taps) const {
  const at::Tensor projected = RunModule(projection_, features, options_.decoder.checkpoint);
  Tap(taps, "report_feature_proj", projected);
  return projected;
}

at::Tensor MaskedReport::Decode(at::Tensor fused, const at::Tensor& attention, Taps* taps) const {
  const at::Tensor padding = PaddingBias(attention, fused.scalar_type());
  fused = RunBertLayers(layers_, fused, padding, options_.decoder.checkpoint);
  Tap(taps, "mlm_sequence", fused);
  return fused;
}

at::Tensor MaskedReport::Predict(const at::Tensor& hidden) const {
  return at::linear(WordStates(*transform_, *norm_, hidden), weight_, bias_);
}

ReportLoss MaskedReport::Loss(const at::Tensor& hidden, const at::Tensor& ids, const at::Tensor& places, Taps* taps) const {
  const at::Tensor rows = hidden.flatten(0, 1);
  const at::Tensor labels = ids.flatten();
  if (taps != nullptr) {
    const at::NoGradGuard no_grad;
    Tap(taps, "mlm_logits", Predict(hidden));
  }
  // Logits are the largest tensors of a step: with checkpointing they are there for the length of this function alone, and once
  // more in the backward pass.
  const auto cross_entropy = [&](const at::Tensor& read, const at::Tensor& words, at::Reduction::Reduction reduction) {
    const auto run = [transform = transform_, norm = norm_, weight = weight_, bias = bias_, words, reduction,
                      again = options_.decoder.checkpoint](const at::Tensor& x) {
      const at::Tensor states = WordStates(*transform, *norm, x);
      const at::Tensor logits = again ? LinearOfManyRows(states, weight, bias) : at::linear(states, weight, bias);
      return at::cross_entropy_loss(AtLeastFloat(logits), words, /*weight=*/{}, reduction);
    };
    return options_.decoder.checkpoint ? Checkpointed(*predictions_, read, run) : run(read);
  };
  ReportLoss loss;
  if (!options_.masked_tokens_only) {
    loss.loss = cross_entropy(rows, labels, at::Reduction::Mean);
    return loss;
  }
  const at::Tensor each = cross_entropy(rows.index_select(0, places), labels.index_select(0, places), at::Reduction::None);
  // Back to their places, where a report's words are summed in a fixed order.
  const at::Tensor none = at::zeros({labels.size(0)}, each.options());
  const at::Tensor placed = none.index_copy(0, places, each).view(ids.sizes());
  const at::Tensor words = none.index_fill(0, places, 1).view(ids.sizes()).sum(1);
  loss.per_report = placed.sum(1) / words.clamp_min(1);
  loss.loss = loss.per_report.mean();
  return loss;
}

}  // namespace asap
