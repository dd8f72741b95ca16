#include "modules/bert/bert.h"

#include "absl/strings/str_cat.h"
#include "modules/layers/attention.h"
#include "modules/layers/checkpointing.h"
#include "modules/layers/elementwise.h"
#include "modules/layers/init.h"

namespace asap {

absl::Status BertOptions::Validate() const {
  if (width < 1 || heads < 1 || width % heads != 0) {
    return absl::InvalidArgumentError(absl::StrCat(heads, " text heads do not divide the text width ", width));
  }
  if (vocabulary < 1 || layers < 0 || intermediate < 1 || max_positions < 1) {
    return absl::InvalidArgumentError(absl::StrCat("a BERT of vocabulary ", vocabulary, ", ", layers,
                                                   " layers, intermediate width ", intermediate, " and ", max_positions,
                                                   " positions: expected positive numbers"));
  }
  for (const double dropout : {hidden_dropout, attention_dropout}) {
    if (!(dropout >= 0 && dropout < 1)) {
      return absl::InvalidArgumentError(absl::StrCat("dropout ", dropout, ", expected a number in [0, 1)"));
    }
  }
  return absl::OkStatus();
}

BertAttention::BertAttention(const BertOptions& options)
    : heads_(options.heads), hidden_dropout_(options.hidden_dropout), attention_dropout_(options.attention_dropout) {
  const auto self = RegisterScope(*this, "self");
  query_ = self->register_module("query", std::make_shared<Linear>(options.width, options.width));
  key_ = self->register_module("key", std::make_shared<Linear>(options.width, options.width));
  value_ = self->register_module("value", std::make_shared<Linear>(options.width, options.width));
  const auto output = RegisterScope(*this, "output");
  dense_ = output->register_module("dense", std::make_shared<Linear>(options.width, options.width));
  norm_ = output->register_module("LayerNorm", std::make_shared<LayerNorm>(options.width, kBertEpsilon));
}

at::Tensor BertAttention::forward(const at::Tensor& x, const at::Tensor& bias) const {
  const double dropout = is_training() ? attention_dropout_ : 0;
  const at::Tensor context = Attention(query_->forward(x), key_->forward(x), value_->forward(x), heads_, bias, dropout);
  return norm_->forward(Dropout(dense_->forward(context), hidden_dropout_, is_training()) + x);
}

void BertFeedForward::RegisterFeedForward(const BertOptions& options) {
  hidden_dropout_ = options.hidden_dropout;
  intermediate_ = RegisterScope(*this, "intermediate")
                      ->register_module("dense", std::make_shared<Linear>(options.width, options.intermediate));
  const auto output = RegisterScope(*this, "output");
  dense_ = output->register_module("dense", std::make_shared<Linear>(options.intermediate, options.width));
  norm_ = output->register_module("LayerNorm", std::make_shared<LayerNorm>(options.width, kBertEpsilon));
}

at::Tensor BertFeedForward::FeedForward(const at::Tensor& x) const {
  const at::Tensor y = dense_->forward(Gelu(intermediate_->forward(x)));
  return norm_->forward(Dropout(y, hidden_dropout_, is_training()) + x);
}

BertLayer::BertLayer(const BertOptions& options) {
  attention_ = register_module("attention", std::make_shared<BertAttention>(options));
  RegisterFeedForward(options);
}

at::Tensor BertLayer::forward(const at::Tensor& x, const at::Tensor& bias) const {
  return FeedForward(attention_->forward(x, bias));
}

std::vector<std::shared_ptr<BertLayer>> RegisterBertLayers(torch::nn::Module& parent, const BertOptions& options) {
  const auto scope = RegisterScope(*RegisterScope(parent, "encoder"), "layer");
  std::vector<std::shared_ptr<BertLayer>> layers;
  for (int64_t i = 0; i < options.layers; ++i) {
    layers.push_back(scope->register_module(absl::StrCat(i), std::make_shared<BertLayer>(options)));
  }
  return layers;
}

at::Tensor RunBertLayers(const std::vector<std::shared_ptr<BertLayer>>& layers, at::Tensor x, const at::Tensor& bias,
                         bool checkpoint) {
  for (const auto& layer : layers) {
    x = checkpoint ? Checkpointed(*layer, x, [layer, bias](const at::Tensor& in) { return layer->forward(in, bias); })
                   : layer->forward(x, bias);
  }
  return x;
}

Bert::Bert(const BertOptions& options) : options_(options) {
  const auto embeddings = RegisterScope(*this, "embeddings");
  const auto table = [&](const char* name, int64_t rows) {
    return RegisterScope(*embeddings, name)->register_parameter("weight", at::zeros({rows, options.width}));
  };
  words_ = table("word_embeddings", options.vocabulary);
  positions_ = table("position_embeddings", options.max_positions);
  types_ = table("token_type_embeddings", 2);
  norm_ = embeddings->register_module("LayerNorm", std::make_shared<LayerNorm>(options.width, kBertEpsilon));
  layers_ = RegisterBertLayers(*this, options);
  InitialiseParameters(*this, options.seed);
}

at::Tensor Bert::forward(const at::Tensor& ids, const at::Tensor& attention) const {
  // (word + type) + position, in the published order of the sums.
  at::Tensor x = at::embedding(words_, ids) + types_[0];
  x = norm_->forward(x + positions_.slice(0, 0, ids.size(1)));
  x = Dropout(x, options_.hidden_dropout, is_training());
  const at::Tensor bias = PaddingBias(attention, x.scalar_type());
  return RunBertLayers(layers_, x, bias, options_.checkpoint);
}

}  // namespace asap
