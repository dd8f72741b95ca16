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
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "modules/layers/layers.h"
#include "modules/layers/state.h"

namespace asap {

struct BertOptions {
  int64_t vocabulary = 30522;
  int64_t width = 768;
  int64_t layers = 12;
  int64_t heads = 12;
  int64_t intermediate = 3072;
  int64_t max_positions = 512;
  double hidden_dropout = 0.1;
  double attention_dropout = 0.1;
  bool checkpoint = false;  // layers keep their inputs alone, see checkpointing.h
  uint64_t seed = 0;

  absl::Status Validate() const;  // InvalidArgument, naming the number
};

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

// The sizes of the BERT in `tensors` under `prefix`; its number of heads is not in them: width / 64, unless `heads` > 0.
absl::StatusOr<BertOptions> BertOptionsOf(const std::map<std::string, at::Tensor>& tensors, const std::string& prefix,
                                          int64_t heads);

// The prefix of a BERT's names in `tensors`: "bert_encoder.bert." (a full ASAP state), "bert." (Hugging Face's models with a
// head) or
// "" (bare). NotFound where there is no BERT.
absl::StatusOr<std::string> FindBertPrefix(const std::map<std::string, at::Tensor>& tensors);

// Loads weights of any form that core/io/weights.h reads, from a file or folder [and the sizes that config.json beside them
// states, if there is one]: BiomedVLP-CXR-BERT, any Hugging Face BERT, or a full ASAP state. Heads of language modelling, poolers
// and projections are ignored. `options` gives dropout and seed only.
struct LoadBertOptions {
  double hidden_dropout = 0.1;
  double attention_dropout = 0.1;
};
absl::StatusOr<std::shared_ptr<Bert>> LoadBert(const std::string& path, const LoadBertOptions& options);

}  // namespace asap

#endif  // ASAP_MODULES_BERT_BERT_H_
