// The layers that several components share: affine maps, layer norms and the feature head.
//
// Parameters start as zeros (norms as the identity); a component's constructor ends with InitialiseParameters (init.h).
#ifndef ASAP_MODULES_LAYERS_LAYERS_H_
#define ASAP_MODULES_LAYERS_LAYERS_H_

#include <ATen/core/TensorBody.h>
#include <torch/nn/module.h>

#include <cstdint>
#include <memory>

namespace asap {

// y = x W^T + b over the last axis; weight [out, in], bias [out].
class Linear : public torch::nn::Module {
 public:
  Linear(int64_t in, int64_t out);
  at::Tensor forward(const at::Tensor& x) const;

  at::Tensor weight, bias;
};

// Normalises the last axis (Ba et al., 2016); weight and bias [width].
class LayerNorm : public torch::nn::Module {
 public:
  LayerNorm(int64_t width, double epsilon);
  at::Tensor forward(const at::Tensor& x) const;

  at::Tensor weight, bias;

 private:
  double epsilon_;
};

// The epsilons of the published model: its vision transformers and its BERTs differ.
inline constexpr double kVitEpsilon = 1e-6;
inline constexpr double kBertEpsilon = 1e-12;

// dense_to_output(LayerNorm(gelu(dense_to_hidden(x)))), from `in` to `width` features.
class FeatureHead : public torch::nn::Module {
 public:
  FeatureHead(int64_t in, int64_t width);
  at::Tensor forward(const at::Tensor& x) const;

  std::shared_ptr<Linear> dense_to_hidden, dense_to_output;
  std::shared_ptr<LayerNorm> norm;
};

// A module that only gives its children a common name in the checkpoint, e.g. "bert_decoder.bert".
std::shared_ptr<torch::nn::Module> RegisterScope(torch::nn::Module& parent, const char* name);

// Runs the scope without autocast: for sums and ranks that bfloat16 would spoil.
class AutocastOff {
 public:
  explicit AutocastOff(at::DeviceType device);
  ~AutocastOff();
  AutocastOff(const AutocastOff&) = delete;
  AutocastOff& operator=(const AutocastOff&) = delete;

 private:
  at::DeviceType device_;
  bool enabled_;
};

// float32 for the half precisions, the tensor itself otherwise.
at::Tensor AtLeastFloat(const at::Tensor& x);

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_LAYERS_H_
