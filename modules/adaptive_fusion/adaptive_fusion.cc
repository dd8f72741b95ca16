#include "modules/adaptive_fusion/adaptive_fusion.h"

#include "modules/layers/attention.h"
#include "modules/layers/checkpointing.h"
#include "modules/layers/elementwise.h"
#include "modules/layers/init.h"

namespace asap {

class AdaptiveFusion::FusionLayer : public BertFeedForward {
 public:
  explicit FusionLayer(const BertOptions& options) : options_(options) {
    attention_ = register_module("attention", std::make_shared<BertAttention>(options));
    const auto cross = RegisterScope(*this, "cross_self_attention");
    const auto linear = [&] { return std::make_shared<Linear>(options.width, options.width); };
    query_ = cross->register_module("query", linear());
    key_ = cross->register_module("key", linear());
    value_ = cross->register_module("value", linear());
    RegisterFeedForward(options);
    gap_ = register_module("gap_mlp", linear());
    const auto out = RegisterScope(*this, "out_layer");
    dense_ = out->register_module("dense", linear());
    norm_ = out->register_module("LayerNorm", std::make_shared<LayerNorm>(options.width, kBertEpsilon));
  }

  // text [B, T, C], memory [B, M, C], gap [B, 1, C]; cross_bias [B, 1, T, M] or undefined.
  at::Tensor forward(const at::Tensor& text, const at::Tensor& padding, const at::Tensor& memory, const at::Tensor& gap,
                     const at::Tensor& cross_bias, Taps* taps) const {
    const at::Tensor self = attention_->forward(text, padding);
    Tap(taps, "fusion_self_attn", self);
    const double dropout = is_training() ? options_.attention_dropout : 0;
    const at::Tensor cross =
        Attention(query_->forward(self), key_->forward(memory), value_->forward(memory), options_.heads, cross_bias, dropout) +
        gap_->forward(gap);
    Tap(taps, "fusion_cross_plus_gap", cross);
    const at::Tensor out = norm_->forward(Dropout(dense_->forward(cross), options_.hidden_dropout, is_training()) + self);
    return FeedForward(out);
  }

 private:
  BertOptions options_;
  std::shared_ptr<BertAttention> attention_;
  std::shared_ptr<Linear> query_, key_, value_, gap_, dense_;
  std::shared_ptr<LayerNorm> norm_;
};

AdaptiveFusion::AdaptiveFusion(const FusionOptions& options) : options_(options) {
  memory_ = register_module("bert_mlp", std::make_shared<Linear>(options.layer.width, options.layer.width));
  layer_ = RegisterScope(*RegisterScope(*this, "bert_decoder"), "bert")
               ->register_module("fusion_layer", std::make_shared<FusionLayer>(options.layer));
  InitialiseParameters(*this, options.seed);
}

at::Tensor AdaptiveFusion::forward(const at::Tensor& latent, const at::Tensor& report, const at::Tensor& attention,
                                   const GroundedRegions& grounded, Taps* taps) const {
  at::Tensor memory = memory_->forward(latent.slice(1, 1));  // [B, V, C]
  const at::Tensor gap = memory.mean({1}, /*keepdim=*/true);
  Tap(taps, "mlm_latent", memory);
  Tap(taps, "gap_token", gap);
  at::Tensor bias;
  if (grounded.regions.defined()) {
    at::Tensor pooled;
    if (options_.exclude_padding_sentences) {
      const at::Tensor valid = grounded.valid.to(grounded.regions.scalar_type()).unsqueeze(-1);
      pooled = (grounded.regions * valid).sum(1, /*keepdim=*/true) / valid.sum(1, /*keepdim=*/true).clamp_min(1);
    } else {
      pooled = grounded.regions.mean({1}, /*keepdim=*/true);
    }
    memory = at::cat({options_.pooled_scale * pooled, memory}, 1);
    if (options_.grounding_bias && grounded.grounding.defined()) {
      const at::Tensor added = (grounded.grounding * options_.grounding_bias_scale).clamp(0, 1);
      bias = at::constant_pad_nd(added, {1, 0}).unsqueeze(1);  // nothing for the pooled token
    }
  }
  Tap(taps, "mlm_memory", memory);
  const at::Tensor padding = PaddingBias(attention, report.scalar_type());
  const auto run = [layer = layer_, padding, bias, taps](const Tensors& in) {
    return layer->forward(in[0], padding, in[1], in[2], bias, taps);
  };
  const Tensors inputs = {report, memory, gap};
  const at::Tensor fused =
      options_.layer.checkpoint && taps == nullptr ? Checkpointed(layer_->parameters(), inputs, run) : run(inputs);
  Tap(taps, "fusion_feature", fused);
  return fused;
}

}  // namespace asap
