#include "modules/asap/asap.h"

#include <algorithm>
#include <exception>
#include <iterator>
#include <numeric>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"
#include "modules/asap/parts.h"
#include "modules/asap/published_state.h"
#include "modules/vit3d/vit_encoder.h"

namespace asap {
namespace {

absl::Status WrongShape(absl::string_view what, const at::Tensor& found, absl::string_view expected) {
  return absl::InvalidArgumentError(absl::StrCat(
      "batch: ", what, " is ", found.defined() ? absl::StrCat("[", absl::StrJoin(found.sizes(), ", "), "]") : "missing",
      ", the model expects ", expected));
}

absl::Status CheckText(absl::string_view what, const at::Tensor& ids, const at::Tensor& attention, int64_t batch,
                       const TextEncoderConfig& text, const TextFacts& facts) {
  if (!ids.defined() || ids.dim() != 2 || ids.size(0) != batch || ids.size(1) < 2 || ids.size(1) > text.max_positions) {
    return WrongShape(what, ids, absl::StrCat("[", batch, ", 2 ... ", text.max_positions, "]"));
  }
  if (!attention.defined() || attention.sizes() != ids.sizes())
    return WrongShape(absl::StrCat(what, "'s attention"), attention, "its shape");
  if (facts.least_token < 0 || facts.most_token >= text.vocabulary) {
    return absl::InvalidArgumentError(
        absl::StrCat("batch: ", what, " has the token ", facts.least_token < 0 ? facts.least_token : facts.most_token,
                     ", the vocabulary has ", text.vocabulary, " words; do tokenizer and text encoder belong together?"));
  }
  return absl::OkStatus();
}

// The published state's name of what this model reads; "" for what it does not.
std::string PublishedName(const std::string& key, const std::set<std::string>& known) {
  const std::string name = CurrentPublishedName(key);
  if (known.count(name) > 0) return name;
  // Computed tables, copies of tied tensors, parts that the published model carries and never reads, and components that this
  // configuration does not build.
  for (const char* root :
       {"pos_embed", "decoder_pos_embed", "mask_token", "decoder_embed.", "decoder_blocks.", "decoder_norm.",
        "decoder_pred_layer.", "decoder_injection_pred_", "bert_encoder.", "bert_feature_proj.", "bert_decoder.", "bert_mlp.",
        "bert_topk_mlp.", "finding_align_img_mlp.", "align_text_mlp.", "regression_head.", "global_"}) {
    if (absl::StartsWith(name, root)) return "";
  }
  return name;
}

// Places in config.losses. Where memory is to be small, losses that read the image decoder come last: the backward pass then
// begins with them, and their tensors are gone when it reaches the vocabulary, whose gradients are the largest. The image loss is
// the very last, so that the gradient of the state that injection reads is not made before the blocks behind it are through. They
// draw no random numbers, so that all losses are the same.
std::vector<size_t> ComputingOrder(const AsapConfig& config) {
  std::vector<size_t> order(config.losses.size());
  std::iota(order.begin(), order.end(), 0);
  if (!config.checkpoint_blocks) return order;
  const auto rank = [&](size_t i) { return config.losses[i] == "image" ? 2 : config.losses[i] == "injection" ? 1 : 0; };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rank(a) < rank(b); });
  return order;
}

}  // namespace

AsapModel::AsapModel(std::shared_ptr<AsapParts> parts) : parts_(std::move(parts)), providers_(MakeProviders(parts_)) {}
AsapModel::~AsapModel() = default;

absl::StatusOr<std::unique_ptr<AsapModel>> AsapModel::Create(AsapConfig config, std::shared_ptr<Bert> text_encoder) {
  std::vector<LossFactory> factories;
  for (const std::string& name : config.losses) {
    ASAP_ASSIGN_OR_RETURN(LossFactory factory, Registry<LossFactory>::Get("loss").Find(name));
    factories.push_back(std::move(factory));
  }
  ASAP_ASSIGN_OR_RETURN(std::shared_ptr<AsapParts> parts, AsapParts::Build(std::move(config), std::move(text_encoder)));
  std::unique_ptr<AsapModel> model(new AsapModel(parts));
  for (size_t i = 0; i < factories.size(); ++i) {
    const std::string& name = parts->config.losses[i];
    LossContext context;
    context.encoder = model->encoder_spec();
    if (const auto own = parts->config.loss_parameters.find(name); own != parts->config.loss_parameters.end()) {
      context.parameters = own->second;
    }
    context.model = AsapPartsHandle(parts);
    absl::StatusOr<std::unique_ptr<Loss>> loss = factories[i](context);
    if (!loss.ok()) return Annotate(loss.status(), absl::StrCat("loss ", name));
    model->losses_.push_back(*std::move(loss));
  }
  std::set<std::string> names;
  for (const NamedTensor& named : model->State()) {
    if (!names.insert(named.name).second) {
      return absl::InvalidArgumentError(absl::StrCat("two parts of the model have a parameter named ", named.name));
    }
  }
  model->SetTraining(true);
  return model;
}

const AsapConfig& AsapModel::config() const { return parts_->config; }

EncoderSpec AsapModel::encoder_spec() const {
  const AsapConfig& config = parts_->config;
  return {.name = "asap",
          .volume = config.volume,
          .patch = config.patch,
          .width = config.width,
          .depth = config.depth,
          .spacing_mm = config.spacing_mm,
          .hu_min = config.hu_min,
          .hu_max = config.hu_max};
}

NamedTensors AsapModel::State() const {
  NamedTensors tensors;
  const auto append = [&](NamedTensors more) { tensors.insert(tensors.end(), more.begin(), more.end()); };
  for (const auto& [prefix, module] : parts_->Modules()) append(ParametersOf(*module, prefix));
  for (const auto& loss : losses_) append(loss->Parameters());
  return tensors;
}

NamedTensors AsapModel::Parameters() const {
  NamedTensors tensors;
  for (NamedTensor& named : State()) {
    if (named.tensor.requires_grad()) tensors.push_back(std::move(named));
  }
  return tensors;
}

absl::Status AsapModel::CheckBatch(const Batch& batch) const {
  const AsapConfig& config = parts_->config;
  const TextFacts facts = config.ReadsText() ? FactsOf(batch) : TextFacts();
  const int64_t size = batch.volumes.defined() && batch.volumes.dim() == 5 ? batch.volumes.size(0) : 0;
  const auto is_volume = [&](const at::Tensor& x) {
    return x.defined() && x.dim() == 5 && x.size(0) == size && x.size(1) == 1 && x.size(2) == config.volume[0] &&
           x.size(3) == config.volume[1] && x.size(4) == config.volume[2];
  };
  const std::string expected = absl::StrCat("[B, 1, ", absl::StrJoin(config.volume, ", "), "]");
  if (size < 1 || !is_volume(batch.volumes)) return WrongShape("volumes", batch.volumes, expected);
  if (!batch.patch_noise.defined() || batch.patch_noise.dim() != 2 || batch.patch_noise.size(0) != size ||
      batch.patch_noise.size(1) != config.patches()) {
    return WrongShape("patch_noise", batch.patch_noise, absl::StrCat("[", size, ", ", config.patches(), "]"));
  }
  if (parts_->anatomy != nullptr) {
    if (!is_volume(batch.masks)) return WrongShape("masks", batch.masks, expected);
    if (!batch.has_mask.defined() || batch.has_mask.dim() != 1 || batch.has_mask.size(0) != size) {
      return WrongShape("has_mask", batch.has_mask, absl::StrCat("[", size, "]"));
    }
  }
  if (parts_->alignment != nullptr || parts_->global != nullptr) {
    ASAP_RETURN_IF_ERROR(CheckText("findings_ids", batch.findings_ids, batch.findings_attention, size, config.text, facts));
  }
  if (parts_->alignment != nullptr) {
    const at::Tensor& sentence = batch.findings_sentence;
    if (!sentence.defined() || sentence.sizes() != batch.findings_ids.sizes()) {
      return WrongShape("findings_sentence", sentence, "findings_ids' shape");
    }
    const int64_t least = facts.least_sentence, most = facts.most_sentence;
    if (least < 0 || most > sentence.size(1)) {
      return absl::InvalidArgumentError(absl::StrCat("batch: findings_sentence has the number ", least < 0 ? least : most,
                                                     ", expected 0 for none or 1 ... ", sentence.size(1)));
    }
  }
  if (parts_->report != nullptr) {
    ASAP_RETURN_IF_ERROR(CheckText("report_ids", batch.report_ids, batch.report_attention, size, config.text, facts));
    ASAP_RETURN_IF_ERROR(
        CheckText("report_masked_ids", batch.report_masked_ids, batch.report_attention, size, config.text, facts));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<LossTerm>> AsapModel::Forward(const TrainingBatch& batch) {
  StepState state(batch, providers_);
  return Forward(state);
}

absl::StatusOr<std::vector<LossTerm>> AsapModel::Forward(StepState& state) {
  try {
    const Batch* batch = dynamic_cast<const Batch*>(&state.batch());
    if (batch == nullptr) return absl::InvalidArgumentError("batch: it is none of pre-training, of volumes and reports");
    ASAP_RETURN_IF_ERROR(CheckBatch(*batch));
    std::vector<std::vector<LossTerm>> found(losses_.size());
    for (const size_t i : ComputingOrder(parts_->config)) {
      ASAP_ASSIGN_OR_RETURN(found[i], losses_[i]->Compute(state));
    }
    std::vector<LossTerm> terms;
    for (std::vector<LossTerm>& own : found) std::move(own.begin(), own.end(), std::back_inserter(terms));
    return terms;
  } catch (const std::exception& error) {  // LibTorch throws, for instance when memory is short
    return absl::InternalError(absl::StrCat("the forward pass failed: ", error.what()));
  }
}

void AsapModel::SetTraining(bool training) {
  for (const auto& [prefix, module] : parts_->Modules()) module->train(training);
  if (parts_->text != nullptr && !parts_->config.text.trainable)
    parts_->text->train(training && parts_->config.frozen_text_dropout);
}

void AsapModel::To(at::Device device) {
  for (const auto& [prefix, module] : parts_->Modules()) module->to(device);
  for (const auto& loss : losses_) {
    for (NamedTensor& named : loss->Parameters()) named.tensor.set_data(named.tensor.to(device));
  }
}

void AsapModel::To(at::ScalarType type) {
  parts_->type = type;
  for (const auto& [prefix, module] : parts_->Modules()) module->to(type);
  for (const auto& loss : losses_) {
    for (NamedTensor& named : loss->Parameters()) named.tensor.set_data(named.tensor.to(type));
  }
}

absl::StatusOr<LoadReport> AsapModel::Load(const std::map<std::string, at::Tensor>& tensors) {
  const NamedTensors state = State();
  std::set<std::string> known;
  for (const NamedTensor& named : state) known.insert(named.name);
  return LoadTensors(state, tensors, [&](const std::string& key) { return PublishedName(key, known); });
}

absl::Status AsapModel::SaveEncoder(const std::string& path) const {
  return WriteVitEncoder(path, *parts_->encoder, encoder_spec());
}

void AsapModel::NarrowFrozenText() {
  if (parts_->text == nullptr || parts_->config.text.trainable) return;
  for (const auto& module : parts_->text->modules()) {
    const auto* linear = module->as<Linear>();
    if (linear == nullptr) continue;  // autocast computes embeddings and norms in float32
    linear->weight.set_data(linear->weight.to(at::kBFloat16));
    linear->bias.set_data(linear->bias.to(at::kBFloat16));
  }
}

void AsapModel::SetTextCache(std::shared_ptr<TextCache> cache) { parts_->text_cache = std::move(cache); }

uint64_t AsapModel::TextEncoderDigest() const {
  return parts_->text == nullptr ? 0 : TextCache::DigestOf(ParametersOf(*parts_->text));
}

void AsapModel::SetTaps(Taps* taps) { parts_->taps = taps; }

}  // namespace asap
