// ASAP: a volume encoder trained by a set of losses that share one forward pass. The four published losses, and a
// baseline's, are plug-ins like any other; one more can be linked in and selected by name without a change here.
//
//   ASAP_ASSIGN_OR_RETURN(std::unique_ptr<AsapModel> model, AsapModel::Create(AsapConfig::Demo()));
//   ASAP_ASSIGN_OR_RETURN(std::vector<LossTerm> terms, model->Forward(batch));
//
// What losses may read from StepState, and no more is computed than they do read:
//   "patches"           [B, L, P]      voxels of all patches, in the encoder's order
//   "shuffle"           [B, L] int64   patches in order of noise; the first V are visible
//   "latent"            [B, 1 + V, C]  the encoder's output for visible patches, class token first
//   "decoder_middle"    [B, 1 + L, Cd] the image decoder after the block that anatomy injection reads
//   "decoder_output"    [B, 1 + L, Cd] the image decoder's last state
//   "decoder_hidden"    [B, L - V, Cd] the same of hidden patches, in the order of "shuffle"; costs less than all of them
//   "findings_features" [B, T, Ct]     the text encoder on findings       "report_features" the same on masked reports
//   with the alignment loss: "image_features" [B, V, C], "sentences" [B, S, C], "sentence_valid" [B, S], "sentence_k" [B, S],
//   "similarity" [B, S, V], "selection" [B, S, V], "regions" [B, S, C], "grounding" [B, T, V] (see selective_alignment.h)
//   with the report loss: "report_hidden" [B, T, C], the decoder's last state
// The losses alignment and report leave "alignment_per_report" and "report_per_report" [B] there, unless in published behaviour.
#ifndef ASAP_MODULES_ASAP_ASAP_H_
#define ASAP_MODULES_ASAP_ASAP_H_

#include <ATen/core/TensorBody.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/encoder.h"
#include "core/loss.h"
#include "core/train/model.h"
#include "modules/asap/config.h"
#include "modules/layers/state.h"
#include "modules/layers/taps.h"
#include "modules/pretraining/batch.h"

namespace asap {

class Bert;
class TextCache;
struct AsapParts;

class AsapModel : public TrainableModel {
 public:
  // Random weights, drawn from config.seed. `text_encoder`, if given, takes the place of one of config.text's sizes; it trains if
  // config.text.trainable. Unknown losses list their near matches.
  static absl::StatusOr<std::unique_ptr<AsapModel>> Create(AsapConfig config, std::shared_ptr<Bert> text_encoder = nullptr);
  ~AsapModel() override;

  const AsapConfig& config() const;
  EncoderSpec encoder_spec() const;

  // Names are the published state's; order is the published one, then other losses' parameters.
  NamedTensors Parameters() const override;
  // The parameters and, where it does not train, the text encoder.
  NamedTensors State() const override;
  // InvalidArgument where the batch is none of pre-training (modules/pretraining/batch.h) or does not fit the model: shapes,
  // labels, token ids. Waits for no device if the batch's facts are set.
  absl::StatusOr<std::vector<LossTerm>> Forward(const TrainingBatch& batch) override;
  // The same on a state of the caller's, who can read there what the losses shared.
  absl::StatusOr<std::vector<LossTerm>> Forward(StepState& state);
  // What StepState is built with.
  const std::map<std::string, StepState::Provider>& providers() const { return providers_; }
  void SetTraining(bool training) override;

  // Moves parameters and tables; call it before an optimiser takes them.
  void To(at::Device device);
  void To(at::ScalarType type);

  // Takes what the tensors offer under the published names, also of the published state's older names; says what was missing.
  // What the published model carries and never reads, and what this configuration does not build, is ignored.
  absl::StatusOr<LoadReport> Load(const std::map<std::string, at::Tensor>& tensors);

  // encoder.safetensors, for LoadEncoder("asap", ...).
  absl::Status SaveEncoder(const std::string& path) const;

  // Holds a text encoder that does not train in bfloat16, for training under bfloat16 autocast: the same numbers, since autocast
  // computes with just these, in half the memory.
  void NarrowFrozenText();
  // Findings' features come from `cache`, or go there, as long as the text encoder neither trains nor drops. Null, the start
  // value, for none.
  void SetTextCache(std::shared_ptr<TextCache> cache);
  // What such a cache is opened for.
  uint64_t TextEncoderDigest() const;

  // Collects intermediate values under their names in the golden fixtures; null, the start value, for none. Not thread-safe.
  void SetTaps(Taps* taps);

 private:
  explicit AsapModel(std::shared_ptr<AsapParts> parts);
  absl::Status CheckBatch(const Batch& batch) const;

  std::shared_ptr<AsapParts> parts_;
  std::map<std::string, StepState::Provider> providers_;
  std::vector<std::unique_ptr<Loss>> losses_;
};

}  // namespace asap

#endif  // ASAP_MODULES_ASAP_ASAP_H_
