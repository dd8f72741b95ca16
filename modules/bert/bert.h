// BERT (Devlin et al., 2019): post-norm transformer layers over tokens, with Hugging Face's parameter names. The masked-language
// head and the pooler are not part of it: nothing here reads them.
//
//   ASAP_ASSIGN_OR_RETURN(std::shared_ptr<Bert> bert, LoadBert("CXR-BERT/model.safetensors", {}));
//   at::Tensor features = bert->forward(ids, attention);  // [B, T, width]
#ifndef ASAP_MODULES_BERT_BERT_H_
#define ASAP_MODULES_BERT_BERT_H_

#include <ATen/ATen.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "modules/bert/bert_options.h"
#include "modules/layers/layers.h"

namespace asap {

// Self-attention and its output block: LN(drop(dense(attention(x))) + x). Under `scope`: self.{query,key,value},
// output.{dense,LayerNorm}.
class BertAttention : public torch::nn::Module {
 public:
  explicit BertAttention(const BertOptions& options);
  // x [B, T, C]; bias as from PaddingBias, or undefined.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& bias) const;

 private:
  int64_t heads_;
  double hidden_dropout_, attention_dropout_;
  std::shared_ptr<Linear> query_, key_, value_, dense_;
  std::shared_ptr<LayerNorm> norm_;
};

// LN(drop(dense(gelu(intermediate(x)))) + x), whose two parts are named intermediate.dense and output.{dense,LayerNorm}. A base
// of the layers that have it, because its names stand directly under theirs.
class BertFeedForward : public torch::nn::Module {
 protected:
  void RegisterFeedForward(const BertOptions& options);
  at::Tensor FeedForward(const at::Tensor& x) const;

 private:
  double hidden_dropout_ = 0;
  std::shared_ptr<Linear> intermediate_, dense_;
  std::shared_ptr<LayerNorm> norm_;
};

class BertLayer : public BertFeedForward {
 public:
  explicit BertLayer(const BertOptions& options);
  at::Tensor forward(const at::Tensor& x, const at::Tensor& bias) const;

 private:
  std::shared_ptr<BertAttention> attention_;
};

// Registers options.layers layers as encoder.layer.0, ... of `parent`.
std::vector<std::shared_ptr<BertLayer>> RegisterBertLayers(torch::nn::Module& parent, const BertOptions& options);
at::Tensor RunBertLayers(const std::vector<std::shared_ptr<BertLayer>>& layers, at::Tensor x, const at::Tensor& bias,
                         bool checkpoint);

class Bert : public torch::nn::Module {
 public:
  explicit Bert(const BertOptions& options);
  const BertOptions& options() const { return options_; }

  // ids, attention [B, T] int64 (1 token, 0 padding), T <= max_positions -> last hidden state [B, T, width]. Token types are all
  // 0.
  at::Tensor forward(const at::Tensor& ids, const at::Tensor& attention) const;

 private:
  BertOptions options_;
  at::Tensor words_, positions_, types_;  // [vocabulary, C], [max_positions, C], [2, C]
  std::shared_ptr<LayerNorm> norm_;
  std::vector<std::shared_ptr<BertLayer>> layers_;
};

}  // namespace asap

#endif  // ASAP_MODULES_BERT_BERT_H_
