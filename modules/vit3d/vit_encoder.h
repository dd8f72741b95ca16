// The encoder plug-in "asap": a vision transformer from encoder.safetensors (what tools:pretrain leaves), from a full ASAP state,
// or with random weights.
//
// Parameters of LoadEncoder("asap", ...): volume=64x64x32, patch=8x8x4, width, depth, heads, mlp_width (four times the width
// unless told), spacing_mm=1.5x1.5x3. With weights they are needed only for what the file does not say: a state without metadata
// does not tell its heads (width / 64 unless told) nor a volume whose grid is no cube. What is assumed is logged, and so is what
// was done to the names: a beginning as "model." before those of the encoder is taken off.
//
// Another volume=96x96x48 than the file's takes its weights to that volume: ResizePositions() brings the positions of its grid to
// the new one. An encoder written after that has the metadata position_volume, the volume that its weights learnt positions of.
//
// "random" has the same parameters, and random weights always: weights=FILE gives it that file's architecture. "mae",
// "global_contrastive" and "simcrop" load as "asap" does, from the file of an encoder that was pre-trained so.
#ifndef ASAP_MODULES_VIT3D_VIT_ENCODER_H_
#define ASAP_MODULES_VIT3D_VIT_ENCODER_H_

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/encoder.h"
#include "modules/vit3d/vit_options.h"

namespace asap {

class VisionTransformer;

class VitEncoder : public Encoder {
 public:
  VitEncoder(EncoderSpec spec, std::shared_ptr<VisionTransformer> model) : spec_(std::move(spec)), model_(std::move(model)) {}

  const EncoderSpec& spec() const override { return spec_; }
  absl::StatusOr<EncoderOutput> Encode(const at::Tensor& volumes, const EncodeOptions& options) override;
  NamedTensors Parameters() const override;  // cls_token, patch_embed.*, blocks.*, norm.*
  void SetTraining(bool training) override;
  VisionTransformer& model() { return *model_; }
  void Rename(const std::string& name) { spec_.name = name; }

 private:
  EncoderSpec spec_;
  std::shared_ptr<VisionTransformer> model_;
};

// The factory behind LoadEncoder("asap", ...).
absl::StatusOr<std::unique_ptr<Encoder>> LoadVitEncoder(const EncoderOptions& options);

// The metadata of an encoder.safetensors whose sizes and spec are `settings`, parameters as of LoadEncoder("asap", ...), with the
// defaults filled in. InvalidArgument for what makes no encoder.
absl::StatusOr<std::map<std::string, std::string>> VitEncoderMetadata(const std::map<std::string, std::string>& settings);

// The same of an encoder that is there.
std::map<std::string, std::string> VitEncoderMetadata(const VitOptions& options, const EncoderSpec& spec);

// What stands in `metadata`, that of an encoder, and is told neither by the shapes of its tensors nor in `given`, what a file and
// the user said: "heads=12 (width / 64), spacing_mm=1.5x1.5x3". Empty where all was told.
std::string AssumedOf(const std::map<std::string, std::string>& given, const std::map<std::string, std::string>& metadata);

// Writes encoder.safetensors: cls_token, pos_embed, patch_embed.*, blocks.*, norm.*, and the spec in its metadata.
absl::Status WriteVitEncoder(const std::string& path, const VisionTransformer& model, const EncoderSpec& spec);

}  // namespace asap

#endif  // ASAP_MODULES_VIT3D_VIT_ENCODER_H_
