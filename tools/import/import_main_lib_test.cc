#include "tools/import/import_main_lib.h"

#include <ATen/ATen.h>
#include <gflags/gflags.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/encoder.h"
#include "core/io/safetensors.h"
#include "core/io/weights.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "modules/bert/bert.h"
#include "modules/bert/load_bert.h"
#include "modules/layers/state.h"
#include "modules/vit3d/vision_transformer.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string Fixture(const std::string& name) { return *Runfile("asap/core/io/testdata/" + name); }

class Import : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/import";
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }

  // Runs the tool; its standard output is in output_.
  absl::Status Run(const std::vector<std::string>& arguments) {
    gflags::FlagSaver saver;
    absl::Status status = ParseFlags(arguments);
    if (!status.ok()) return status;
    testing::internal::CaptureStdout();
    status = ImportMain();
    output_ = testing::internal::GetCapturedStdout();
    return status;
  }

  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  std::vector<std::string> Files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    return names;
  }

  std::string folder_, output_;
};

TEST(ImportFlags, AreTheFrozenOnes) {
  EXPECT_EQ(
      FlagTable("import"),
      "allow_missing string \"\"\nencoder_options string \"\"\nformat string \"auto\"\ninput string \"\"\nkind string \"auto\"\n"
      "output string \"\"\n");
}

// As testdata/make_fixtures.py fills them.
at::Tensor Filled(const std::string& name, at::IntArrayRef shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  const at::Tensor places = at::arange(count) * 7 + static_cast<int64_t>(name.size()) * 13;
  return ((places.remainder(101) - 50).to(at::kFloat) / 64).reshape(shape);
}

// A checkpoint with optimiser, scaler and Namespace, in both forms: an encoder that loads, to the bit.
TEST_F(Import, TheReferencesCheckpoint) {
  for (const std::string name : {"reference.pth", "reference_legacy.pth"}) {
    const std::vector<std::string> arguments = {"--input=" + Fixture(name), "--output=" + Path("asap.safetensors"),
                                                "--encoder_options=heads=2"};
    const absl::Status strict = Run(arguments);
    EXPECT_EQ(strict.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(strict.message()), HasSubstr("needed keys are missing, the first of them decoder_embed.weight"));
    EXPECT_THAT(output_, Not(HasSubstr("missing     bert_decoder.bert.fusion_layer.gap_mlp.weight"))) << "it is there";
    EXPECT_THAT(Files(), IsEmpty());

    std::vector<std::string> lenient = arguments;
    lenient.push_back("--allow_missing=decoder_embed,bert_");
    ASSERT_TRUE(Run(lenient).ok()) << output_;
    EXPECT_THAT(output_, HasSubstr("kind asap, 33 tensors, epoch 199; 3 tensors beside the weights"));
    EXPECT_THAT(output_, HasSubstr("encoder                  30        0         0"));
    EXPECT_THAT(output_, HasSubstr("text encoder         absent"));
    EXPECT_THAT(output_, HasSubstr("renamed     bert_decoder.bert.context_fusion_layer.gap_mlp.bias -> "
                                   "bert_decoder.bert.fusion_layer.gap_mlp.bias"));

    const auto file = ReadSafetensors(Path("asap.safetensors"));
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->metadata.at("volume"), "8x8x4") << "of the Namespace";
    EXPECT_TRUE(at::equal(file->tensors.at("blocks.1.mlp.fc2.weight"), Filled("blocks.1.mlp.fc2.weight", {12, 48})));
    EXPECT_TRUE(at::equal(file->tensors.at("bert_decoder.bert.fusion_layer.gap_mlp.weight"),
                          Filled("bert_decoder.bert.context_fusion_layer.gap_mlp.weight", {12, 12})));
    const auto encoder = LoadEncoder("asap", {.weights = Path("asap.safetensors")});
    ASSERT_TRUE(encoder.ok()) << encoder.status();
    EXPECT_EQ((*encoder)->spec().depth, 2);
    // And without the detour.
    const auto direct = LoadEncoder("asap", {.weights = Fixture(name), .parameters = {{"heads", "2"}}});
    ASSERT_TRUE(direct.ok()) << direct.status();
    const at::Tensor volumes = at::rand({1, 1, 8, 8, 4});
    EXPECT_TRUE(at::equal((*direct)->Encode(volumes, {})->patch_tokens, (*encoder)->Encode(volumes, {})->patch_tokens));
    fs::remove(Path("asap.safetensors"));
  }
}

TEST_F(Import, ACallIsRefusedAndNothingWritten) {
  for (const std::string name : {"calls_system.pth", "calls_system_legacy.pth"}) {
    const absl::Status status = Run({"--input=" + Fixture(name), "--output=" + Path("x.safetensors")});
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_THAT(std::string(status.message()), HasSubstr("os.system"));
    EXPECT_THAT(Files(), IsEmpty());
  }
}

NamedTensors TinyMae() {
  NamedTensors tensors = {{"cls_token", at::zeros({1, 1, 24})},
                          {"pos_embed", at::zeros({1, 5, 24})},
                          {"patch_embed.proj.weight", at::zeros({24, 3, 4, 4})},
                          {"patch_embed.proj.bias", at::zeros({24})},
                          {"mask_token", at::zeros({1, 1, 12})},
                          {"decoder_embed.weight", at::zeros({12, 24})},
                          {"decoder_blocks.0.norm1.weight", at::zeros({12})}};
  const VisionTransformer vit({.volume = {8, 8, 4}, .patch = {4, 4, 2}, .width = 24, .depth = 2, .heads = 2, .seed = 3});
  for (NamedTensor& named : ParametersOf(vit)) {
    if (named.name.rfind("blocks.", 0) == 0 || named.name.rfind("norm.", 0) == 0) tensors.push_back(named);
  }
  return tensors;
}

NamedTensors TinyBert() {
  const Bert bert({.vocabulary = 50, .width = 12, .layers = 2, .heads = 3, .intermediate = 20, .max_positions = 16, .seed = 3});
  NamedTensors tensors = ParametersOf(bert, "bert.");
  tensors.push_back({"bert.embeddings.position_ids", at::arange(16).unsqueeze(0)});
  tensors.push_back({"cls.predictions.bias", at::ones({50})});
  tensors.push_back({"cls_projection_head.dense_to_hidden.weight", at::ones({6, 12})});
  return tensors;
}

// blocks.* and norm.* of the one, everything of the other under bert_encoder.
TEST_F(Import, MergesAMaskedAutoencoderAndABertAsThePublishedStepDoes) {
  const NamedTensors mae = TinyMae(), bert = TinyBert();
  ASSERT_TRUE(WriteSafetensors(Path("mae.safetensors"), mae).ok());
  ASSERT_TRUE(WriteSafetensors(Path("bert.safetensors"), bert).ok());
  const std::string inputs = "--input=" + Path("mae.safetensors") + "," + Path("bert.safetensors");
  for (const char* kind : {"--kind=mae,cxr_bert", "--kind=auto"}) {
    ASSERT_TRUE(Run({inputs, kind, "--output=" + Path("start.safetensors")}).ok()) << output_;
    EXPECT_THAT(output_, HasSubstr("0 unexpected, 8 not needed"));
    EXPECT_THAT(output_, HasSubstr("not needed  patch_embed.proj.weight"));
    const auto merged = ReadSafetensors(Path("start.safetensors"));
    ASSERT_TRUE(merged.ok()) << merged.status();
    EXPECT_EQ(merged->tensors.size(), 2 * 12 + 2 + bert.size() - 1);
    for (const NamedTensor& named : mae) {
      if (named.name.rfind("blocks.", 0) == 0) {
        EXPECT_TRUE(at::equal(merged->tensors.at(named.name), named.tensor)) << named.name;
      }
    }
    EXPECT_EQ(merged->tensors.count("cls_token"), 0u);
    EXPECT_EQ(merged->tensors.count("bert_encoder.bert.encoder.layer.1.output.LayerNorm.bias"), 1u);
    EXPECT_EQ(merged->tensors.count("bert_encoder.cls.predictions.bias"), 1u);
  }
  // What was merged is itself a kind, and a text encoder.
  ASSERT_TRUE(Run({"--input=" + Path("start.safetensors"), "--output=" + Path("again.safetensors")}).ok()) << output_;
  EXPECT_THAT(output_, HasSubstr("kind merged"));
  EXPECT_EQ(*ReadFile(Path("start.safetensors")), *ReadFile(Path("again.safetensors")));
  EXPECT_TRUE(LoadBert(Path("start.safetensors"), {}).ok());

  const absl::Status twice =
      Run({"--input=" + Path("mae.safetensors") + "," + Path("mae.safetensors"), "--output=" + Path("x.safetensors")});
  EXPECT_THAT(std::string(twice.message()), HasSubstr("the first came from another input"));
}

TEST_F(Import, ARealBertAsAFolderForTheTextEncoder) {
  const std::string model = *Runfile("minilm/model");
  ASSERT_TRUE(Run({"--input=" + model, "--output=" + Path("bert")}).ok());
  EXPECT_THAT(output_, HasSubstr("kind cxr_bert"));
  EXPECT_THAT(output_, HasSubstr("text encoder            101        0         0"));
  EXPECT_TRUE(fs::exists(Path("bert/tokenizer.json")));
  EXPECT_EQ(*ReadFile(Path("bert/config.json")), *ReadFile(model + "/config.json"));
  const auto before = ReadWeights(model), after = ReadWeights(Path("bert"));
  ASSERT_TRUE(after.ok()) << after.status();
  for (const auto& [name, tensor] : after->tensors) {
    ASSERT_EQ(name.rfind("bert.", 0), 0u) << name;
    EXPECT_TRUE(at::equal(tensor, before->tensors.at(name.substr(5)))) << name;
  }
  const auto bert = LoadBert(Path("bert"), {});
  ASSERT_TRUE(bert.ok()) << bert.status();
  EXPECT_EQ((*bert)->options().heads, 12) << "of config.json";
}

TEST_F(Import, SaysWhatDoesNotFit) {
  NamedTensors mae = TinyMae();
  mae.pop_back();
  mae.push_back({"norm.bias", at::zeros({23})});
  mae.push_back({"head.weight", at::zeros({10, 24})});
  ASSERT_TRUE(WriteSafetensors(Path("mae.safetensors"), mae).ok());
  const std::string input = "--input=" + Path("mae.safetensors"), output = "--output=" + Path("x.safetensors");
  const auto message = [&](const std::vector<std::string>& arguments) { return std::string(Run(arguments).message()); };
  EXPECT_THAT(message({input, output}), HasSubstr("norm.bias has the shape [23], the other tensors ask for [24]"));
  EXPECT_THAT(message({input, output, "--format=pth"}), HasSubstr("--format asks for PyTorch"));
  EXPECT_THAT(message({input, "--output=" + Path("folder")}), HasSubstr("norm.bias"));
  EXPECT_THAT(message({input}), HasSubstr("--output is needed"));
  EXPECT_THAT(message({output}), HasSubstr("--input=FILE is needed"));
  EXPECT_THAT(message({input, output, "--kind=maee"}), HasSubstr("did you mean \"mae\""));
  EXPECT_THAT(message({input, output, "--kind=mae,mae"}), HasSubstr("2 kinds for 1 inputs"));
  EXPECT_THAT(message({input, output, "--encoder_options=heads"}), HasSubstr("name=value"));
  ASSERT_TRUE(WriteSafetensors(Path("other.safetensors"), {{"layer.weight", at::ones({1})}}).ok());
  EXPECT_THAT(message({"--input=" + Path("other.safetensors"), output}), HasSubstr("no known kind of weights: layer.weight"));
  EXPECT_THAT(message({"--input=" + Path("absent.pth"), output}), HasSubstr("cannot open"));
  EXPECT_FALSE(fs::exists(Path("x.safetensors")));

  mae.erase(mae.end() - 2);  // the wrong norm.bias
  ASSERT_TRUE(WriteSafetensors(Path("mae.safetensors"), mae).ok());
  EXPECT_THAT(message({input, output}), HasSubstr("1 needed keys are missing, the first of them norm.bias"));
  EXPECT_THAT(output_, HasSubstr("unexpected  head.weight"));
  EXPECT_FALSE(fs::exists(Path("x.safetensors")));
}

// The encoder alone, its patch kernel as a matrix and without a position table: what the files do not tell must be told.
TEST_F(Import, AsksForWhatTheFilesDoNotTell) {
  const VisionTransformer vit({.volume = {8, 12, 4}, .patch = {4, 4, 2}, .width = 24, .depth = 1, .heads = 2, .seed = 3});
  NamedTensors tensors = ParametersOf(vit);
  for (NamedTensor& named : tensors) {
    if (named.name == "patch_embed.proj.weight") named.tensor = named.tensor.flatten(1);
  }
  ASSERT_TRUE(WriteSafetensors(Path("bare.safetensors"), tensors).ok());
  const std::string input = "--input=" + Path("bare.safetensors"), output = "--output=" + Path("x.safetensors");
  EXPECT_THAT(std::string(Run({input, output}).message()), HasSubstr("encoder_options=patch=HxWxD"));
  EXPECT_THAT(std::string(Run({input, output, "--encoder_options=patch=4x4x2"}).message()),
              HasSubstr("encoder_options=volume=HxWxD"));
  ASSERT_TRUE(Run({input, output, "--encoder_options=patch=4x4x2,volume=8x12x4,heads=2"}).ok()) << output_;
  EXPECT_THAT(output_, HasSubstr("reshaped    patch_embed.proj.weight [24, 32] -> [24, 1, 4, 4, 2]"));
  const auto encoder = LoadEncoder("asap", {.weights = Path("x.safetensors")});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  const at::Tensor volumes = at::rand({1, 1, 8, 12, 4});
  EXPECT_TRUE(at::equal((*encoder)->Encode(volumes, {})->patch_tokens, vit.Encode(volumes).slice(1, 1)));
}

// An encoder of two heads and a hidden layer of twice its width.
NamedTensors TinyEncoder() {
  const VisionTransformer vit(
      {.volume = {8, 8, 4}, .patch = {4, 4, 2}, .width = 24, .depth = 1, .heads = 2, .mlp_width = 48, .seed = 3});
  NamedTensors tensors = ParametersOf(vit);
  for (const auto& buffer : vit.named_buffers()) tensors.push_back({buffer.key(), buffer.value()});
  return tensors;
}

TEST_F(Import, TakesBeginningsOffAndTellsThem) {
  const NamedTensors plain = TinyEncoder();
  const std::string options = "--encoder_options=heads=2,volume=8x8x4,spacing_mm=1x1x2,hu_min=-1000,hu_max=200";
  const auto imported = [&](const NamedTensors& tensors) {
    EXPECT_TRUE(WriteSafetensors(Path("in.safetensors"), tensors).ok());
    return Run({"--input=" + Path("in.safetensors"), "--output=" + Path("out.safetensors"), options});
  };
  ASSERT_TRUE(imported(plain).ok()) << output_;
  EXPECT_THAT(output_, Not(HasSubstr("assumed")));
  EXPECT_THAT(output_, Not(HasSubstr("taken off")));
  const std::string want = *ReadFile(Path("out.safetensors"));
  EXPECT_EQ(ReadSafetensors(Path("out.safetensors"))->metadata.at("mlp_width"), "48");
  for (const std::string before : {"_orig_mod.", "model.", "module._orig_mod.", "encoder.", "state.net.backbone."}) {
    NamedTensors tensors = plain;
    for (NamedTensor& named : tensors) named.name = before + named.name;
    fs::remove(Path("out.safetensors"));
    ASSERT_TRUE(imported(tensors).ok()) << before << output_;
    EXPECT_THAT(output_, HasSubstr("taken off")) << before;
    EXPECT_EQ(*ReadFile(Path("out.safetensors")), want) << before;
  }
  NamedTensors two;
  for (const char* before : {"student.", "teacher."}) {
    for (const NamedTensor& named : plain) two.push_back({before + named.name, named.tensor});
  }
  fs::remove(Path("out.safetensors"));
  EXPECT_THAT(std::string(imported(two).message()), HasSubstr("in.safetensors: the same model stands in it under 2 beginnings"));
  EXPECT_FALSE(fs::exists(Path("out.safetensors")));
}

TEST_F(Import, TellsWhatItAssumes) {
  ASSERT_TRUE(WriteSafetensors(Path("bare.safetensors"), TinyEncoder()).ok());
  ASSERT_TRUE(Run({"--input=" + Path("bare.safetensors"), "--output=" + Path("x.safetensors")}).ok()) << output_;
  EXPECT_THAT(output_, HasSubstr("assumed     heads=1 (width / 64), spacing_mm=1.5x1.5x3"));
  EXPECT_THAT(output_, HasSubstr("assumed     volume=8x8x4 (a cube of patches)"));
  ASSERT_TRUE(Run({"--input=" + Path("x.safetensors"), "--output=" + Path("y.safetensors")}).ok()) << output_;
  EXPECT_THAT(output_, Not(HasSubstr("assumed"))) << "what was written tells all";
}

TEST_F(Import, RefusesValuesThatAreNotFinite) {
  NamedTensors tensors = TinyEncoder();
  for (NamedTensor& named : tensors) {
    if (named.name == "blocks.0.norm1.weight") {
      named.tensor = named.tensor.clone();
      named.tensor[3] = std::nan("");
    }
  }
  tensors.push_back({"a.mask.that.is.not.taken", at::full({2}, -INFINITY)});
  ASSERT_TRUE(WriteSafetensors(Path("nan.safetensors"), tensors).ok());
  const absl::Status status = Run({"--input=" + Path("nan.safetensors"), "--output=" + Path("x.safetensors")});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("nan.safetensors: a tensor has values that are not finite"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("blocks.0.norm1.weight (1 of 24)"));
  EXPECT_FALSE(fs::exists(Path("x.safetensors")));
  const auto encoder = LoadEncoder("asap", {.weights = Path("nan.safetensors")});
  EXPECT_THAT(std::string(encoder.status().message()), HasSubstr("blocks.0.norm1.weight (1 of 24)"));
}

TEST_F(Import, AFullDiskLeavesNothing) {
  ASSERT_TRUE(WriteSafetensors(Path("mae.safetensors"), TinyMae()).ok());
  rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {20000, old_limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = Run({"--input=" + Path("mae.safetensors"), "--output=" + Path("x.safetensors")});
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_THAT(Files(), ::testing::ElementsAre("mae.safetensors"));
}

}  // namespace
}  // namespace asap
