#include "modules/asap/parts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"

namespace asap {
namespace {

BertOptions ReportDecoderOptions(const AsapConfig& config) {
  return {.vocabulary = config.text.vocabulary,
          .width = config.width,
          .layers = config.report.layers,
          .heads = config.report.heads,
          .intermediate = config.report.intermediate,
          .hidden_dropout = config.report.hidden_dropout,
          .attention_dropout = config.report.attention_dropout,
          .checkpoint = config.checkpoint_blocks};
}

}  // namespace

absl::StatusOr<std::shared_ptr<AsapParts>> AsapParts::Build(AsapConfig config, std::shared_ptr<Bert> text) {
  if (text != nullptr) {
    config.text.vocabulary = text->options().vocabulary;
    config.text.width = text->options().width;
    config.text.layers = text->options().layers;
    config.text.heads = text->options().heads;
    config.text.intermediate = text->options().intermediate;
    config.text.max_positions = text->options().max_positions;
  }
  ASAP_RETURN_IF_ERROR(config.Validate());
  const VitOptions vit = {.volume = config.volume,
                          .patch = config.patch,
                          .width = config.width,
                          .depth = config.depth,
                          .heads = config.heads,
                          .checkpoint = config.checkpoint_blocks,
                          .seed = config.seed};
  ASAP_RETURN_IF_ERROR(vit.Validate());
  auto parts = std::make_shared<AsapParts>();
  parts->config = config;
  parts->encoder = std::make_shared<VisionTransformer>(vit);

  const bool image = config.HasLoss("image"), injection = config.HasLoss("injection");
  const bool report = config.HasLoss("report"), alignment = config.HasLoss("alignment");
  if (image || injection) {
    parts->decoder = std::make_shared<ImageDecoder>(ImageDecoderOptions{
        .grid = vit.grid(),
        .patch_voxels = vit.patch_voxels(),
        .encoder_width = config.width,
        .width = config.decoder_width,
        .depth = image ? config.decoder_depth : config.injection_block + 1,  // without pixels nothing reads the later blocks
        .heads = config.decoder_heads,
        .pixel_head = image,
        .checkpoint = config.checkpoint_blocks,
        .seed = config.seed});
  }
  if (injection) parts->anatomy = std::make_shared<AnatomyHead>(config.decoder_width, config.anatomy_classes, config.seed);
  if (config.ReadsText()) {
    const BertOptions options = {.vocabulary = config.text.vocabulary,
                                 .width = config.text.width,
                                 .layers = config.text.layers,
                                 .heads = config.text.heads,
                                 .intermediate = config.text.intermediate,
                                 .max_positions = config.text.max_positions,
                                 .hidden_dropout = config.text.hidden_dropout,
                                 .attention_dropout = config.text.attention_dropout,
                                 .checkpoint = config.checkpoint_blocks,
                                 .seed = config.seed};
    ASAP_RETURN_IF_ERROR(options.Validate());
    if (config.text_length > config.text.max_positions) {
      return absl::InvalidArgumentError(absl::StrCat("text_length is ", config.text_length, ", the text encoder has ",
                                                     config.text.max_positions, " positions; choose a shorter length"));
    }
    parts->text = text != nullptr ? std::move(text) : std::make_shared<Bert>(options);
    for (at::Tensor& parameter : parts->text->parameters()) parameter.set_requires_grad(config.text.trainable);
  }
  if (alignment) {
    if (const int64_t visible = VisiblePatches(config.patches(), config.mask_ratio); config.fixed_k > visible) {
      return absl::InvalidArgumentError(absl::StrCat("fixed_k is ", config.fixed_k, ", but only ", visible, " of ",
                                                     config.patches(), " patches are visible; choose at most as many"));
    }
    parts->alignment =
        std::make_shared<SelectiveAlignment>(AlignmentOptions{.width = config.width,
                                                              .text_width = config.text.width,
                                                              .exclude_padding_sentences = config.exclude_padding_sentences,
                                                              .adaptive_k_gradient = config.adaptive_k_gradient,
                                                              .adaptive_k_softness = config.adaptive_k_softness,
                                                              .fixed_k = config.fixed_k,
                                                              .checkpoint = config.checkpoint_blocks,
                                                              .seed = config.seed});
  }
  if (report) {
    const BertOptions decoder = ReportDecoderOptions(config);
    ASAP_RETURN_IF_ERROR(decoder.Validate());
    parts->fusion = std::make_shared<AdaptiveFusion>(FusionOptions{.layer = decoder,
                                                                   .exclude_padding_sentences = config.exclude_padding_sentences,
                                                                   .grounding_bias = config.grounding_bias,
                                                                   .grounding_bias_scale = config.grounding_bias_scale,
                                                                   .seed = config.seed});
    parts->report = std::make_shared<MaskedReport>(MaskedReportOptions{.decoder = decoder,
                                                                       .text_width = config.text.width,
                                                                       .masked_tokens_only = config.masked_tokens_only,
                                                                       .seed = config.seed});
  }
  if (config.HasLoss("global")) {
    parts->global = std::make_shared<GlobalContrastive>(
        GlobalContrastiveOptions{.width = config.width, .text_width = config.text.width, .seed = config.seed});
  }
  return parts;
}

std::vector<std::pair<std::string, std::shared_ptr<torch::nn::Module>>> AsapParts::Modules() const {
  std::vector<std::pair<std::string, std::shared_ptr<torch::nn::Module>>> modules = {
      {"", encoder}, {"", decoder}, {"", anatomy},   {"bert_encoder.bert.", text},
      {"", report},  {"", fusion},  {"", alignment}, {"", global}};
  modules.erase(std::remove_if(modules.begin(), modules.end(), [](const auto& entry) { return entry.second == nullptr; }),
                modules.end());
  return modules;
}

}  // namespace asap
