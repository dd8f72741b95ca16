// The four published losses, and the global contrast of a baseline, as plug-ins. They share the trunks of the model that
// assembles them, and are of no use without it.
#include <any>

#include "core/base/status.h"
#include "modules/asap/parts.h"
#include "modules/masked_image/voxel_loss.h"

namespace asap {
namespace {

// Rows of patches that were hidden from the encoder.
absl::StatusOr<at::Tensor> HiddenPatches(const AsapConfig& config, StepState& state) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor shuffle, state.Get("shuffle"));
  return shuffle.slice(1, VisiblePatches(config.patches(), config.mask_ratio));
}

// From the CPU, without anyone waiting for the device.
at::Tensor ToDevice(const at::Tensor& tensor, c10::Device device) {
  return device.is_cpu() ? tensor : tensor.pin_memory().to(device, /*non_blocking=*/true);
}

class PartsLoss : public Loss {
 public:
  explicit PartsLoss(AsapPartsHandle parts) : parts_(std::move(parts)) {}

 protected:
  const AsapConfig& config() const { return parts_->config; }
  AsapPartsHandle parts_;
};

// Masked image modelling: voxels of hidden patches.
class ImageLoss : public PartsLoss {
 public:
  using PartsLoss::PartsLoss;
  absl::StatusOr<std::vector<LossTerm>> Compute(StepState& state) override {
    ASAP_ASSIGN_OR_RETURN(const at::Tensor tokens, state.Get("decoder_hidden"));
    ASAP_ASSIGN_OR_RETURN(const at::Tensor hidden, HiddenPatches(config(), state));
    if (parts_->taps != nullptr) {
      ASAP_ASSIGN_OR_RETURN(const at::Tensor output, state.Get("decoder_output"));
      const at::NoGradGuard no_grad;
      Tap(parts_->taps, "decoder_pred_pixels", parts_->decoder->PredictVoxels(output.slice(1, 1)));
    }
    const at::Tensor predicted = parts_->decoder->PredictVoxels(tokens);
    const at::Tensor target = GatherPatches(BatchOf(state).volumes.to(parts_->type), config().patch, hidden);
    const at::Tensor loss =
        VoxelLoss(predicted, target, config().patches(),
                  {.norm_pix_loss = config().norm_pix_loss, .masked_voxels_mean = config().masked_voxels_mean});
    return std::vector<LossTerm>{{"image", loss}};
  }
};

// Anatomy-aware knowledge injection.
class InjectionLoss : public PartsLoss {
 public:
  using PartsLoss::PartsLoss;
  absl::StatusOr<std::vector<LossTerm>> Compute(StepState& state) override {
    ASAP_ASSIGN_OR_RETURN(const at::Tensor counts,
                          LabelHistogram(BatchOf(state).masks, config().patch, config().anatomy_classes));
    ASAP_ASSIGN_OR_RETURN(const at::Tensor middle, state.Get("decoder_middle"));
    const at::Tensor logits = parts_->anatomy->forward(middle.slice(1, 1));
    Tap(parts_->taps, "aki_counts", counts);
    Tap(parts_->taps, "aki_logits", logits);
    return std::vector<LossTerm>{
        {"injection", AnatomyLoss(logits, ToDevice(counts, logits.device()), BatchOf(state).has_mask.to(logits.device()))}};
  }
};

// Semantically-adaptive selective alignment.
class AlignmentTerm : public PartsLoss {
 public:
  using PartsLoss::PartsLoss;
  absl::StatusOr<std::vector<LossTerm>> Compute(StepState& state) override {
    AlignedSentences aligned;
    ASAP_ASSIGN_OR_RETURN(aligned.sentences, state.Get("sentences"));
    ASAP_ASSIGN_OR_RETURN(aligned.valid, state.Get("sentence_valid"));
    ASAP_ASSIGN_OR_RETURN(aligned.regions, state.Get("regions"));
    const AlignmentLoss loss = parts_->alignment->Loss(aligned, parts_->taps);
    if (loss.per_report.defined()) state.Set("alignment_per_report", loss.per_report);
    return std::vector<LossTerm>{{"alignment", loss.loss}};
  }
};

// Masked report modelling through the adaptive fusion.
class ReportTerm : public PartsLoss {
 public:
  using PartsLoss::PartsLoss;
  absl::StatusOr<std::vector<LossTerm>> Compute(StepState& state) override {
    ASAP_ASSIGN_OR_RETURN(const at::Tensor hidden, state.Get("report_hidden"));
    const Batch& batch = BatchOf(state);
    // Places count in rows of the whole text's length.
    at::Tensor places = FactsOf(batch).masked_places;
    const int64_t length = batch.report_ids.size(1);
    if (length != hidden.size(1)) places = places.div(length, "floor") * hidden.size(1) + places.remainder(length);
    const ReportLoss loss = parts_->report->Loss(hidden, batch.report_ids.slice(1, 0, hidden.size(1)), places, parts_->taps);
    if (loss.per_report.defined()) state.Set("report_per_report", loss.per_report);
    return std::vector<LossTerm>{{"report", loss.loss}};
  }
};

// Contrast of whole volumes and whole reports. Its negatives are the cases of the same batch: no other process's, and no other
// micro-step's.
class GlobalTerm : public PartsLoss {
 public:
  using PartsLoss::PartsLoss;
  absl::StatusOr<std::vector<LossTerm>> Compute(StepState& state) override {
    ASAP_ASSIGN_OR_RETURN(const at::Tensor latent, state.Get("latent"));
    ASAP_ASSIGN_OR_RETURN(const at::Tensor findings, state.Get("findings_features"));
    const GlobalPairs pairs = parts_->global->Embed(latent, findings, BatchOf(state).findings_attention);
    return std::vector<LossTerm>{{"global", parts_->global->Loss(pairs)}};
  }
};

template <typename T>
absl::StatusOr<std::unique_ptr<Loss>> Make(const LossContext& context) {
  const AsapPartsHandle* parts = std::any_cast<AsapPartsHandle>(&context.model);
  if (parts == nullptr) {
    return absl::InvalidArgumentError("this loss shares the trunks of an ASAP model: select it in AsapConfig::losses");
  }
  if (!context.parameters.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("this loss has no parameter ", context.parameters.begin()->first,
                                                   "; it is set up by the fields of AsapConfig"));
  }
  return std::make_unique<T>(*parts);
}

}  // namespace

REGISTER_LOSS("image", Make<ImageLoss>);
REGISTER_LOSS("injection", Make<InjectionLoss>);
REGISTER_LOSS("alignment", Make<AlignmentTerm>);
REGISTER_LOSS("report", Make<ReportTerm>);
REGISTER_LOSS("global", Make<GlobalTerm>);

}  // namespace asap
