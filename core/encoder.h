// The encoder plug-in: volumes to tokens.
//
//   ASAP_ASSIGN_OR_RETURN(auto encoder, LoadEncoder("asap", {.weights = "run/encoder.safetensors"}));
//   EncoderOutput output = encoder->Encode(volumes, {.intermediate_blocks = {2, 5, 8, 11}});
#ifndef ASAP_CORE_ENCODER_H_
#define ASAP_CORE_ENCODER_H_

#include <ATen/core/TensorBody.h>
#include <c10/core/Device.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/io/tensor.h"
#include "core/registry.h"

namespace asap {

// What an encoder takes. Readers and tasks check it before they touch data.
struct EncoderSpec {
  std::string name;
  std::array<int64_t, 3> volume = {224, 224, 112};  // voxels, axes Right, Anterior, Superior
  std::array<int64_t, 3> patch = {16, 16, 8};       // voxels
  int64_t width = 768;                              // C
  int64_t depth = 12;                               // blocks
  std::array<double, 3> spacing_mm = {1.5, 1.5, 3.0};
  double hu_min = -1000;  // window that is scaled to [-1, 1]
  double hu_max = 1000;

  std::array<int64_t, 3> grid() const { return {volume[0] / patch[0], volume[1] / patch[1], volume[2] / patch[2]}; }
  int64_t patches() const { return grid()[0] * grid()[1] * grid()[2]; }
};

struct EncodeOptions {
  std::vector<int64_t> intermediate_blocks;  // whose outputs to return as well, 0-based
  // Stochastic depth of a frozen encoder whose features are to be noisy, as published probes have them: the rate of the last
  // block, in [0, 1); that of block i is drop_path * i / (depth - 1). 0 draws nothing. Volume b of the batch draws from the seed
  // drop_path_seed + b alone, so that numbering the cases makes the draws independent of the batches.
  double drop_path = 0;
  uint64_t drop_path_seed = 0;
};

struct EncoderOutput {
  at::Tensor class_token;                 // [B, C]
  at::Tensor patch_tokens;                // [B, N, C]; patch (h, w, d) at index (h * grid[1] + w) * grid[2] + d
  std::vector<at::Tensor> intermediates;  // each [B, 1 + N, C], class token first, in the order asked for
};

class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual const EncoderSpec& spec() const = 0;
  // volumes: [B, 1, H, W, D] float32 of spec().volume, scaled to [-1, 1], on the network's device. InvalidArgument for any other
  // shape, a block that is not there, or a rate that is none.
  // Gradients flow unless the caller forbids them (c10::NoGradGuard).
  virtual absl::StatusOr<EncoderOutput> Encode(const at::Tensor& volumes, const EncodeOptions& options) = 0;
  // What training changes, under its published names: leaves that require gradients and share memory with the network. Tables
  // that stay as they are, as fixed positions, are not among them.
  virtual NamedTensors Parameters() const = 0;
  // Whether layers that act otherwise in training (dropout) do so. A network that was just made does not train: equal volumes
  // give equal tokens.
  virtual void SetTraining(bool training) = 0;
};

struct EncoderOptions {
  std::string weights;                          // absolute path; empty for random weights
  uint64_t seed = 0;                            // of random weights
  c10::Device device = c10::Device(c10::kCPU);  // where its tensors are to be; another one comes from OpenDevice()
  // The encoder's own; unknown keys are errors. All encoders know "volume", as "96x96x48": the voxels that the network is to
  // take. Where the weights are of another volume, their positions are brought to its grid; InvalidArgument where it is no whole
  // number of patches.
  std::map<std::string, std::string> parameters;
};

using EncoderFactory = std::function<absl::StatusOr<std::unique_ptr<Encoder>>(const EncoderOptions&)>;

inline absl::StatusOr<std::unique_ptr<Encoder>> LoadEncoder(const std::string& name, const EncoderOptions& options) {
  absl::StatusOr<EncoderFactory> factory = Registry<EncoderFactory>::Get("encoder").Find(name);
  if (!factory.ok()) return factory.status();
  return (*factory)(options);
}

}  // namespace asap

#define REGISTER_ENCODER(name, factory) ASAP_REGISTER(::asap::EncoderFactory, "encoder", name, factory)

#endif  // ASAP_CORE_ENCODER_H_
