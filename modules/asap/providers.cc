// How the shared tensors of a step are made, each at most once and only if a loss reads it.
#include <ATen/autocast_mode.h>

#include <algorithm>

#include "core/base/status.h"
#include "modules/asap/parts.h"

namespace asap {
namespace {

using Parts = std::shared_ptr<AsapParts>;

absl::StatusOr<at::Tensor> Patches(const Parts& parts, StepState& state) {
  return Patchify(BatchOf(state).volumes.to(parts->type), parts->config.patch);
}

absl::StatusOr<at::Tensor> Shuffle(const Parts& parts, StepState& state) {
  const Masking masking =
      MaskByNoise(BatchOf(state).patch_noise, VisiblePatches(parts->config.patches(), parts->config.mask_ratio));
  state.Set("restore", masking.restore);
  Tap(parts->taps, "ids_shuffle", masking.shuffle);
  Tap(parts->taps, "ids_restore", masking.restore);
  Tap(parts->taps, "ids_keep", masking.keep());
  if (parts->taps != nullptr) Tap(parts->taps, "mask", (masking.restore >= masking.visible).to(at::kLong));
  return masking.shuffle;
}

absl::StatusOr<at::Tensor> Latent(const Parts& parts, StepState& state) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor shuffle, state.Get("shuffle"));
  const at::Tensor keep = shuffle.slice(1, 0, VisiblePatches(parts->config.patches(), parts->config.mask_ratio));
  return parts->encoder->EncodeVisible(BatchOf(state).volumes.to(parts->type), keep, parts->taps);
}

absl::StatusOr<at::Tensor> DecoderMiddle(const Parts& parts, StepState& state) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor latent, state.Get("latent"));
  ASAP_RETURN_IF_ERROR(state.Get("shuffle").status());
  ASAP_ASSIGN_OR_RETURN(const at::Tensor restore, state.Get("restore"));
  return parts->decoder->RunFirstBlocks(latent, restore, parts->config.injection_block + 1, parts->taps);
}

absl::StatusOr<at::Tensor> DecoderOutput(const Parts& parts, StepState& state) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor middle, state.Get("decoder_middle"));
  return parts->decoder->RunBlocks(middle, parts->config.injection_block + 1, parts->decoder->options().depth, parts->taps);
}

absl::StatusOr<at::Tensor> DecoderHidden(const Parts& parts, StepState& state) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor shuffle, state.Get("shuffle"));
  const at::Tensor hidden = shuffle.slice(1, VisiblePatches(parts->config.patches(), parts->config.mask_ratio));
  const int64_t first = parts->config.injection_block + 1, depth = parts->decoder->options().depth;
  if (parts->taps != nullptr || first >= depth) {  // whoever looks wants all of it
    ASAP_ASSIGN_OR_RETURN(const at::Tensor output, state.Get("decoder_output"));
    return GatherRows(output.slice(1, 1), hidden);
  }
  ASAP_ASSIGN_OR_RETURN(const at::Tensor middle, state.Get("decoder_middle"));
  return parts->decoder->RunLastBlock(parts->decoder->RunBlocks(middle, first, depth - 1), hidden);
}

// The longest text of the batch, at least 2 tokens; all of them where padding is kept.
int64_t TextLength(const AsapConfig& config, int64_t longest, const at::Tensor& attention) {
  if (!config.trim_padding) return attention.size(1);
  return std::max(std::min<int64_t>(2, attention.size(1)), longest);
}

absl::StatusOr<at::Tensor> EncodeText(const Parts& parts, const at::Tensor& ids, const at::Tensor& attention, int64_t longest) {
  const int64_t length = TextLength(parts->config, longest, attention);
  const at::AutoGradMode with_graph(parts->config.text.trainable && at::GradMode::is_enabled());
  return parts->text->forward(ids.slice(1, 0, length), attention.slice(1, 0, length));
}

// Each text on its own and at its own length, so that what is found and what is computed are the same to the last bit. Padding
// has features of 0, which nothing reads.
at::Tensor CachedFindings(const Parts& parts, const TextFacts& facts, at::Device device) {
  const bool narrow = at::autocast::is_autocast_enabled(device.type());  // whatever reads them casts them
  const at::ScalarType type = narrow ? at::autocast::get_autocast_dtype(device.type()) : at::kFloat;
  const int64_t cases = facts.findings_ids.size(0);
  const int64_t longest = TextLength(parts->config, facts.findings_length, facts.findings_ids);
  at::Tensor all = at::zeros({cases, longest, parts->config.text.width}, type);
  const at::NoGradGuard no_grad;
  for (int64_t b = 0; b < cases; ++b) {
    const int64_t length = std::max<int64_t>(1, facts.findings_lengths.const_data_ptr<int64_t>()[b]);
    const at::Tensor ids = facts.findings_ids[b].slice(0, 0, length);
    at::Tensor features = parts->text_cache->Find(ids, type);
    if (!features.defined()) {
      const at::Tensor row = ids.unsqueeze(0).to(device);
      features = parts->text->forward(row, at::ones_like(row)).squeeze(0).to(type).cpu();
      parts->text_cache->Put(ids, features);
    }
    all[b].slice(0, 0, length).copy_(features);
  }
  return all.to(device);
}

absl::StatusOr<at::Tensor> FindingsFeatures(const Parts& parts, StepState& state) {
  if (parts->text_cache != nullptr && !parts->text->is_training() && !parts->config.text.trainable && parts->type == at::kFloat) {
    const at::Tensor features = CachedFindings(parts, FactsOf(BatchOf(state)), BatchOf(state).findings_ids.device());
    Tap(parts->taps, "finding_feature", features);
    return features;
  }
  ASAP_ASSIGN_OR_RETURN(
      const at::Tensor features,
      EncodeText(parts, BatchOf(state).findings_ids, BatchOf(state).findings_attention, FactsOf(BatchOf(state)).findings_length));
  Tap(parts->taps, "finding_feature", features);
  return features;
}

absl::StatusOr<at::Tensor> ReportFeatures(const Parts& parts, StepState& state) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor features,
                        EncodeText(parts, BatchOf(state).report_masked_ids, BatchOf(state).report_attention,
                                   FactsOf(BatchOf(state)).report_length));
  Tap(parts->taps, "report_feature_bert", features);
  return features;
}

// One call makes all that the alignment shares; `wanted` is what was asked for.
absl::StatusOr<at::Tensor> Aligned(const Parts& parts, StepState& state, const std::string& wanted) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor latent, state.Get("latent"));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor findings, state.Get("findings_features"));
  const at::Tensor sentence = BatchOf(state).findings_sentence.slice(1, 0, findings.size(1));
  const AlignedSentences aligned =
      parts->alignment->Align(latent, findings, sentence, FactsOf(BatchOf(state)).sentences, parts->taps);
  state.Set("image_features", aligned.patches);
  state.Set("sentences", aligned.sentences);
  state.Set("sentence_valid", aligned.valid);
  state.Set("sentence_k", aligned.k);
  state.Set("similarity", aligned.similarity);
  state.Set("selection", aligned.selection);
  state.Set("regions", aligned.regions);
  return state.Get(wanted);
}

absl::StatusOr<at::Tensor> Grounding(const Parts& parts, StepState& state) {
  AlignedSentences aligned;
  ASAP_ASSIGN_OR_RETURN(aligned.selection, state.Get("selection"));
  ASAP_ASSIGN_OR_RETURN(aligned.similarity, state.Get("similarity"));
  ASAP_ASSIGN_OR_RETURN(aligned.valid, state.Get("sentence_valid"));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor findings, state.Get("findings_features"));
  return SelectiveAlignment::GroundingMap(aligned, BatchOf(state).findings_sentence.slice(1, 0, findings.size(1)));
}

absl::StatusOr<at::Tensor> ReportHidden(const Parts& parts, StepState& state) {
  ASAP_ASSIGN_OR_RETURN(const at::Tensor latent, state.Get("latent"));
  ASAP_ASSIGN_OR_RETURN(const at::Tensor features, state.Get("report_features"));
  const at::Tensor attention = BatchOf(state).report_attention.slice(1, 0, features.size(1));
  GroundedRegions grounded;  // stays empty without an alignment loss: the report then sees all visible patches alike
  if (parts->alignment != nullptr) {
    ASAP_ASSIGN_OR_RETURN(grounded.regions, state.Get("regions"));
    ASAP_ASSIGN_OR_RETURN(grounded.valid, state.Get("sentence_valid"));
    if (parts->config.grounding_bias) {
      // A report begins with its findings, so that the tokens of both have the same places.
      ASAP_ASSIGN_OR_RETURN(const at::Tensor map, state.Get("grounding"));
      grounded.grounding = at::constant_pad_nd(map, {0, 0, 0, features.size(1) - map.size(1)});  // cuts where negative
    }
  }
  const at::Tensor projected = parts->report->Project(features, parts->taps);
  const at::Tensor fused = parts->fusion->forward(latent, projected, attention, grounded, parts->taps);
  return parts->report->Decode(fused, attention, parts->taps);
}

}  // namespace

std::map<std::string, StepState::Provider> MakeProviders(const std::shared_ptr<AsapParts>& parts) {
  std::map<std::string, StepState::Provider> providers;
  const auto add = [&](const std::string& name, absl::StatusOr<at::Tensor> (*make)(const Parts&, StepState&)) {
    providers[name] = [parts, make](StepState& state) { return make(parts, state); };
  };
  add("patches", Patches);
  add("shuffle", Shuffle);
  add("latent", Latent);
  if (parts->decoder != nullptr) add("decoder_middle", DecoderMiddle);
  if (parts->decoder != nullptr) add("decoder_output", DecoderOutput);
  if (parts->decoder != nullptr) add("decoder_hidden", DecoderHidden);
  if (parts->text != nullptr) add("findings_features", FindingsFeatures);
  if (parts->text != nullptr) add("report_features", ReportFeatures);
  if (parts->report != nullptr) add("report_hidden", ReportHidden);
  if (parts->alignment != nullptr) {
    add("grounding", Grounding);
    for (const char* name :
         {"image_features", "sentences", "sentence_valid", "sentence_k", "similarity", "selection", "regions"}) {
      providers[name] = [parts, name](StepState& state) { return Aligned(parts, state, name); };
    }
  }
  return providers;
}

}  // namespace asap
