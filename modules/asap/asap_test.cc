#include "modules/asap/asap.h"

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <gtest/gtest.h>

#include <set>

#include "absl/strings/match.h"
#include "core/io/safetensors.h"
#include "modules/bert/bert.h"
#include "modules/pretraining/testing/loss_conformance.h"

namespace asap {
namespace {

AsapConfig Tiny() {
  AsapConfig config;
  config.volume = {16, 16, 8};
  config.patch = {4, 4, 2};
  config.width = 24;
  config.depth = 2;
  config.heads = 2;
  config.decoder_width = 12;
  config.decoder_depth = 2;
  config.decoder_heads = 2;
  config.text = {.vocabulary = 64, .width = 16, .layers = 1, .heads = 2, .intermediate = 24, .max_positions = 32};
  config.report = {.layers = 1, .heads = 2, .intermediate = 24};
  config.text_length = 32;
  config.seed = 7;
  return config;
}

AsapConfig With(std::vector<std::string> losses) {
  AsapConfig config = Tiny();
  config.losses = std::move(losses);
  return config;
}

std::unique_ptr<AsapModel> Make(const AsapConfig& config) {
  auto model = AsapModel::Create(config);
  EXPECT_TRUE(model.ok()) << model.status();
  return model.ok() ? *std::move(model) : nullptr;
}

Batch TinyBatch(int64_t cases = 2) { return SyntheticBatch(Make(Tiny())->encoder_spec(), {.cases = cases}); }

at::Tensor Total(AsapModel& model, const Batch& batch) {
  const auto terms = model.Forward(batch);
  EXPECT_TRUE(terms.ok()) << terms.status();
  at::Tensor total = at::zeros({});
  for (const LossTerm& term : *terms) total = total + term.value;
  return total;
}

// Every loss alone, pairs that share trunks, and all of them.
class AsapLossTest : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(AsapLossTest, Conforms) {
  const AsapConfig config = With(GetParam());
  CheckLoss([&] { return AsapModel::Create(config); }, Make(config)->encoder_spec(), {.cases = 3});
}

TEST_P(AsapLossTest, ConformsInThePublishedBehaviour) {
  const AsapConfig config = With(GetParam()).UpstreamCompat();
  CheckLoss([&] { return AsapModel::Create(config); }, Make(config)->encoder_spec(), {.cases = 3});
}

TEST_P(AsapLossTest, EveryParameterIsRead) {
  auto model = Make(With(GetParam()));
  model->SetTraining(false);
  Total(*model, TinyBatch()).backward();
  for (const NamedTensor& parameter : model->Parameters()) {
    EXPECT_TRUE(parameter.tensor.grad().defined()) << parameter.name << " is trained by no loss";
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, AsapLossTest,
                         testing::Values(std::vector<std::string>{"image"}, std::vector<std::string>{"injection"},
                                         std::vector<std::string>{"report"}, std::vector<std::string>{"alignment"},
                                         std::vector<std::string>{"global"}, std::vector<std::string>{"image", "report"},
                                         std::vector<std::string>{"alignment", "report"},
                                         std::vector<std::string>{"image", "injection", "report", "alignment"}));

TEST(AsapModelTest, WhatNoLossReadsIsNotBuilt) {
  const auto names = [](const AsapConfig& config) {
    std::set<std::string> roots;
    for (const NamedTensor& named : Make(config)->State()) roots.insert(named.name.substr(0, named.name.find('.')));
    return roots;
  };
  const std::set<std::string> trunk = {"cls_token", "patch_embed", "blocks", "norm"};
  std::set<std::string> image = trunk;
  image.insert({"mask_token", "decoder_embed", "decoder_blocks", "decoder_norm", "decoder_pred_layer"});
  EXPECT_EQ(names(With({"image"})), image);
  std::set<std::string> alignment = trunk;
  alignment.insert({"bert_encoder", "finding_align_img_mlp", "align_text_mlp", "regression_head"});
  EXPECT_EQ(names(With({"alignment"})), alignment);
  std::set<std::string> report = trunk;
  report.insert({"bert_encoder", "bert_feature_proj", "bert_decoder", "bert_mlp"});
  EXPECT_EQ(names(With({"report"})), report);
  std::set<std::string> global = trunk;
  global.insert({"bert_encoder", "global_image_proj", "global_text_proj", "global_logit_scale"});
  EXPECT_EQ(names(With({"global"})), global);
  AsapConfig fixed = With({"alignment"});
  fixed.fixed_k = 8;
  alignment.erase("regression_head");
  EXPECT_EQ(names(fixed), alignment);
}

TEST(AsapModelTest, LossesThatReadNoTextNeedNone) {
  Batch batch = TinyBatch();
  for (at::Tensor* text : {&batch.findings_ids, &batch.findings_attention, &batch.findings_sentence, &batch.report_ids,
                           &batch.report_attention, &batch.report_masked_ids}) {
    text->reset();
  }
  Total(*Make(With({"image", "injection"})), batch).backward();
  for (const char* loss : {"report", "alignment", "global"}) {
    const auto terms = Make(With({loss}))->Forward(batch);
    EXPECT_TRUE(absl::StrContains(terms.status().message(), "_ids is missing")) << loss << ": " << terms.status();
  }
}

TEST(AsapModelTest, AFixedKIsThatOfEverySentence) {
  AsapConfig config = With({"image", "report", "alignment"});
  config.fixed_k = 5;
  auto model = Make(config);
  model->SetTraining(false);
  const Batch batch = TinyBatch();
  StepState state(batch, model->providers());
  const auto terms = model->Forward(state);
  ASSERT_TRUE(terms.ok()) << terms.status();
  const at::Tensor picked = (*state.Get("selection") > 0).sum(-1);
  EXPECT_TRUE(at::equal(picked, 5 * state.Get("sentence_valid")->to(at::kLong)));
  at::Tensor total = at::zeros({});
  for (const LossTerm& term : *terms) total = total + term.value;
  total.backward();
  for (const NamedTensor& parameter : model->Parameters()) {
    EXPECT_TRUE(parameter.tensor.grad().defined()) << parameter.name << " is trained by no loss";
  }
}

TEST(AsapModelTest, StartingValuesDoNotDependOnTheLosses) {
  std::map<std::string, at::Tensor> all;
  for (const NamedTensor& named : Make(Tiny())->State()) all[named.name] = named.tensor;
  for (const NamedTensor& named : Make(With({"report"}))->State())
    EXPECT_TRUE(at::equal(named.tensor, all.at(named.name))) << named.name;
}

TEST(AsapModelTest, AnUnknownLossListsNearMatches) {
  const absl::Status status = AsapModel::Create(With({"image", "aligment"})).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "did you mean \"alignment\"")) << status;
  EXPECT_TRUE(absl::StrContains(AsapModel::Create(With({})).status().message(), "no loss is selected"));
  EXPECT_TRUE(absl::StrContains(AsapModel::Create(With({"image", "image"})).status().message(), "twice"));
  AsapConfig config = Tiny();
  config.loss_parameters["image"] = {{"weight", "2"}};
  EXPECT_TRUE(absl::StrContains(AsapModel::Create(config).status().message(), "loss image: this loss has no parameter weight"));
}

// A fifth loss is a plug-in like the four: it reads what the step shares and brings its own weights.
class NormLoss : public Loss {
 public:
  explicit NormLoss(int64_t width) : weight_(at::ones({width}).set_requires_grad(true)) {}
  absl::StatusOr<std::vector<LossTerm>> Compute(StepState& state) override {
    const absl::StatusOr<at::Tensor> latent = state.Get("latent");
    if (!latent.ok()) return latent.status();
    return std::vector<LossTerm>{{"norm", (latent->select(1, 0) * weight_).square().mean()}};
  }
  NamedTensors Parameters() const override { return {{"norm_loss.weight", weight_}}; }

 private:
  at::Tensor weight_;
};

TEST(AsapModelTest, AFifthLossCanBeLinkedIn) {
  const ScopedRegistration<LossFactory> registration("loss", "norm",
                                                     [](const LossContext& context) -> absl::StatusOr<std::unique_ptr<Loss>> {
                                                       return std::make_unique<NormLoss>(context.encoder.width);
                                                     });
  const AsapConfig config = With({"norm", "image"});
  CheckLoss([&] { return AsapModel::Create(config); }, Make(config)->encoder_spec(), {});
  auto model = Make(config);
  EXPECT_EQ(model->Parameters().back().name, "norm_loss.weight");
  const auto terms = model->Forward(TinyBatch());
  ASSERT_TRUE(terms.ok()) << terms.status();
  EXPECT_EQ(terms->at(0).name, "norm");
  EXPECT_EQ(terms->at(1).name, "image");
}

// So that accumulation and data-parallel training are exact: the loss of a batch is the mean of its cases' losses.
TEST(AsapModelTest, TheLossOfABatchIsTheMeanOfItsCases) {
  auto model = Make(Tiny());
  model->SetTraining(false);
  const Batch batch = TinyBatch(4);
  const auto together = model->Forward(batch);
  ASSERT_TRUE(together.ok()) << together.status();
  std::map<std::string, double> mean;
  for (int64_t i = 0; i < 4; ++i) {
    const auto alone = model->Forward(SliceBatch(batch, i, 1));
    ASSERT_TRUE(alone.ok()) << alone.status();
    for (const LossTerm& term : *alone) mean[term.name] += term.value.item<double>() / 4;
  }
  for (const LossTerm& term : *together) EXPECT_NEAR(term.value.item<double>(), mean[term.name], 2e-5) << term.name;
}

TEST(AsapModelTest, PerReportLossesAreShared) {
  auto model = Make(Tiny());
  model->SetTraining(false);
  const Batch batch = TinyBatch(4);
  StepState state(batch, model->providers());
  const auto terms = model->Forward(state);
  ASSERT_TRUE(terms.ok()) << terms.status();
  std::map<std::string, double> values;
  for (const LossTerm& term : *terms) values[term.name] = term.value.item<double>();
  for (const std::string name : {"alignment", "report"}) {
    const auto per_report = state.Get(name + "_per_report");
    ASSERT_TRUE(per_report.ok()) << per_report.status();
    EXPECT_EQ(per_report->numel(), 4);
    EXPECT_NEAR(per_report->mean().item<double>(), values[name], 1e-5);
  }
}

// Deviation trim_padding: texts are cut to the longest of the batch; no value changes but by rounding.
TEST(AsapModelTest, TrimmingPaddingChangesNoLoss) {
  AsapConfig config = Tiny();
  auto trimmed = Make(config);
  config.trim_padding = false;
  auto padded = Make(config);
  trimmed->SetTraining(false);
  padded->SetTraining(false);
  const Batch batch = TinyBatch(2);
  EXPECT_NEAR(Total(*trimmed, batch).item<double>(), Total(*padded, batch).item<double>(), 1e-4);
  StepState state(batch, trimmed->providers());
  EXPECT_EQ(state.Get("findings_features")->size(1), 13) << "three sentences of four tokens, and [CLS]";
}

// Deviation frozen_text_dropout.
TEST(AsapModelTest, AFrozenTextEncoderHasNoDropout) {
  const Batch batch = TinyBatch(2);
  const auto features = [&](AsapModel& model) {
    StepState state(batch, model.providers());
    return *state.Get("findings_features");
  };
  AsapConfig config = Tiny();
  auto model = Make(config);
  model->SetTraining(true);
  EXPECT_TRUE(at::equal(features(*model), features(*model)));
  EXPECT_FALSE(features(*model).requires_grad()) << "and no graph";
  config.frozen_text_dropout = true;
  auto published = Make(config);
  published->SetTraining(true);
  EXPECT_FALSE(at::equal(features(*published), features(*published)));
  config = Tiny();
  config.text.trainable = true;
  auto trainable = Make(config);
  trainable->SetTraining(true);
  EXPECT_FALSE(at::equal(features(*trainable), features(*trainable)));
  EXPECT_TRUE(features(*trainable).requires_grad());
}

TEST(AsapModelTest, StateHoldsTheFrozenTextEncoder) {
  AsapConfig config = Tiny();
  const auto count = [](const NamedTensors& tensors) {
    int64_t n = 0;
    for (const NamedTensor& named : tensors) n += absl::StartsWith(named.name, "bert_encoder.");
    return n;
  };
  auto frozen = Make(config);
  EXPECT_EQ(count(frozen->Parameters()), 0);
  EXPECT_EQ(count(frozen->State()), 5 + 16);
  config.text.trainable = true;
  EXPECT_EQ(count(Make(config)->Parameters()), 5 + 16);
}

TEST(AsapModelTest, TakesATextEncoderOfAnyWidth) {
  const auto bert = std::make_shared<Bert>(
      BertOptions{.vocabulary = 80, .width = 20, .layers = 1, .heads = 4, .intermediate = 30, .max_positions = 64});
  auto model = AsapModel::Create(Tiny(), bert);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ((*model)->config().text.width, 20);
  EXPECT_EQ((*model)->config().text.vocabulary, 80);
  (*model)->SetTraining(true);
  Total(**model, TinyBatch()).backward();
}

TEST(AsapModelTest, StepsUnderBfloat16Autocast) {
  auto model = Make(Tiny());
  model->SetTraining(false);
  const Batch batch = TinyBatch();
  const double full = Total(*model, batch).item<double>();
  at::autocast::set_autocast_enabled(at::kCPU, true);
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  const at::Tensor total = Total(*model, batch);
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(at::kCPU, false);
  EXPECT_EQ(total.scalar_type(), at::kFloat);
  EXPECT_NEAR(total.item<double>(), full, 0.05 * full);
  total.backward();
  for (const NamedTensor& parameter : model->Parameters()) {
    ASSERT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
    EXPECT_TRUE(parameter.tensor.grad().isfinite().all().item<bool>()) << parameter.name;
  }
}

TEST(AsapModelTest, RefusesABatchThatDoesNotFit) {
  auto model = Make(Tiny());
  const Batch good = TinyBatch();
  const auto message = [&](const std::function<void(Batch&)>& change) {
    Batch batch = good;
    change(batch);
    const auto terms = model->Forward(batch);
    EXPECT_EQ(terms.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(terms.status().message());
  };
  EXPECT_TRUE(absl::StrContains(message([](Batch& b) { b.volumes = b.volumes.slice(2, 0, 8); }), "expects [B, 1, 16, 16, 8]"));
  EXPECT_TRUE(absl::StrContains(message([](Batch& b) { b.patch_noise = b.patch_noise.slice(1, 0, 5); }), "patch_noise"));
  EXPECT_TRUE(absl::StrContains(message([](Batch& b) { b.masks = at::Tensor(); }), "masks is missing"));
  EXPECT_TRUE(absl::StrContains(message([](Batch& b) { b.masks = at::full_like(b.masks, 9); }), "label 9"));
  EXPECT_TRUE(absl::StrContains(message([](Batch& b) { b.report_ids = b.report_ids + 1000; }), "the vocabulary has 64"));
  EXPECT_TRUE(absl::StrContains(message([](Batch& b) { b.findings_sentence = b.findings_sentence - 1; }), "findings_sentence"));
  EXPECT_TRUE(absl::StrContains(message([](Batch& b) { b.findings_attention = at::Tensor(); }), "findings_ids's attention"));
}

TEST(AsapModelTest, LoadsAPublishedState) {
  auto source = Make(Tiny()), target = Make([] {
                                AsapConfig config = Tiny();
                                config.seed = 8;
                                return config;
                              }());
  std::map<std::string, at::Tensor> state;
  for (const NamedTensor& named : source->State()) {
    // The name of the first public version.
    state[absl::StrContains(named.name, ".fusion_layer.")
              ? "bert_decoder.bert.context_fusion_layer." + named.name.substr(named.name.find(".fusion_layer.") + 14)
              : named.name] = named.tensor;
  }
  const size_t own = state.size();
  for (const char* unread :
       {"pos_embed", "decoder_pos_embed", "bert_topk_mlp.weight", "bert_decoder.bert.embeddings.LayerNorm.bias",
        "bert_decoder.bert.pooler.dense.bias", "bert_encoder.cls.predictions.bias",
        "bert_encoder.cls_projection_head.LayerNorm.bias", "bert_decoder.cls.predictions.decoder.bias"}) {
    state[unread] = at::zeros({3});
  }
  state["surprise"] = at::zeros({1});
  const auto report = target->Load(state);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->loaded.size(), own);
  EXPECT_TRUE(report->missing.empty());
  EXPECT_EQ(report->ignored.size(), 8u);
  EXPECT_EQ(report->unexpected, std::vector<std::string>{"surprise"});
  source->SetTraining(false);
  target->SetTraining(false);
  EXPECT_EQ(Total(*source, TinyBatch()).item<double>(), Total(*target, TinyBatch()).item<double>());

  const auto partial = Make(With({"image"}))->Load(state);
  ASSERT_TRUE(partial.ok()) << partial.status();
  EXPECT_EQ(partial->unexpected, std::vector<std::string>{"surprise"}) << "components that are not built are no surprise";
  state["norm.weight"] = at::zeros({5});
  EXPECT_TRUE(absl::StrContains(target->Load(state).status().message(), "norm.weight has the shape [5], the model expects [24]"));
}

TEST(AsapModelTest, TheSavedEncoderSeesWhatTheModelSees) {
  auto model = Make(Tiny());
  const std::string path = testing::TempDir() + "/asap_encoder.safetensors";
  ASSERT_TRUE(model->SaveEncoder(path).ok());
  auto encoder = LoadEncoder("asap", {.weights = path});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  EXPECT_EQ((*encoder)->spec().volume, Tiny().volume);
  AsapConfig all = Tiny();
  all.mask_ratio = 0;
  all.losses = {"alignment"};
  auto unmasked = Make(all);  // the same seed, the same weights
  const Batch batch = TinyBatch();
  StepState state(batch, unmasked->providers());
  const at::Tensor latent = *state.Get("latent");
  const at::Tensor order = *state.Get("shuffle");
  const at::Tensor tokens = (*encoder)->Encode(batch.volumes, {})->patch_tokens;
  EXPECT_TRUE(at::allclose(tokens.gather(1, order.unsqueeze(-1).expand({-1, -1, 24})), latent.slice(1, 1), 1e-4, 1e-5));
}

TEST(AsapConfigTest, UpstreamCompatSetsEveryDeviation) {
  AsapConfig config;
  EXPECT_FALSE(config.IsUpstreamCompat());
  config.fixed_k = 3;
  EXPECT_TRUE(config.UpstreamCompat().IsUpstreamCompat());
  for (const bool AsapConfig::*deviation :
       {&AsapConfig::adaptive_k_gradient, &AsapConfig::grounding_bias, &AsapConfig::exclude_padding_sentences,
        &AsapConfig::masked_tokens_only, &AsapConfig::norm_pix_loss, &AsapConfig::masked_voxels_mean,
        &AsapConfig::trim_padding}) {
    EXPECT_TRUE(AsapConfig().*deviation);
    EXPECT_FALSE(config.*deviation);
  }
  EXPECT_TRUE(config.frozen_text_dropout);
  EXPECT_EQ(config.fixed_k, 0);
  EXPECT_TRUE(AsapConfig::Demo().Validate().ok()) << AsapConfig::Demo().Validate();
  EXPECT_TRUE(AsapConfig::VitB().Validate().ok());
}

TEST(AsapConfigTest, NamesTheFieldThatIsWrong) {
  const auto message = [](const std::function<void(AsapConfig&)>& change) {
    AsapConfig config = Tiny();
    change(config);
    return std::string(AsapModel::Create(config).status().message());
  };
  EXPECT_TRUE(absl::StrContains(message([](AsapConfig& c) { c.mask_ratio = 1; }), "mask_ratio is 1"));
  EXPECT_TRUE(absl::StrContains(message([](AsapConfig& c) { c.fixed_k = -1; }), "fixed_k is -1"));
  EXPECT_TRUE(absl::StrContains(message([](AsapConfig& c) { c.fixed_k = 17; }), "only 16 of 64 patches are visible"));
  EXPECT_TRUE(absl::StrContains(message([](AsapConfig& c) { c.decoder_width = 10; }), "decoder_width is 10"));
  EXPECT_TRUE(absl::StrContains(message([](AsapConfig& c) { c.decoder_depth = 1; }), "injection_block is 1"));
  EXPECT_TRUE(absl::StrContains(message([](AsapConfig& c) { c.volume[1] = 15; }), "16x15x8"));
  EXPECT_TRUE(absl::StrContains(message([](AsapConfig& c) { c.text.heads = 3; }), "3 text heads"));
  EXPECT_TRUE(absl::StrContains(message([](AsapConfig& c) { c.report.heads = 7; }), "report.heads is 7"));
  EXPECT_TRUE(absl::StrContains(message([](AsapConfig& c) { c.text_length = 64; }), "text_length is 64"));
}

}  // namespace
}  // namespace asap
