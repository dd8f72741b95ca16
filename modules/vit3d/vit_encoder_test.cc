#include "modules/vit3d/vit_encoder.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/io/safetensors.h"
#include "core/testing/encoder/encoder_conformance.h"
#include "modules/layers/state.h"
#include "modules/vit3d/vision_transformer.h"

namespace asap {
namespace {

const std::map<std::string, std::string> kTiny = {{"volume", "16x8x8"}, {"patch", "4x4x2"}, {"width", "24"},
                                                  {"depth", "3"},       {"heads", "2"},     {"spacing_mm", "3x3x6"}};

std::string TestPath(const std::string& name) { return testing::TempDir() + "/" + name; }

TEST(VitEncoderTest, Conforms) { CheckEncoder("asap", {.seed = 1, .parameters = kTiny}); }

TEST(VitEncoderTest, WeightsOfAFileConform) {
  auto encoder = LoadVitEncoder({.seed = 5, .parameters = kTiny});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  auto& vit = static_cast<VitEncoder&>(**encoder);
  const std::string path = TestPath("conforms.safetensors");
  ASSERT_TRUE(WriteVitEncoder(path, vit.model(), vit.spec()).ok());
  CheckEncoder("mae", {.weights = path});
}

at::Tensor PositionsOf(Encoder& encoder) { return static_cast<VitEncoder&>(encoder).model().named_buffers()["pos_embed"][0]; }

TEST(VitEncoderTest, AnotherVolumeTakesTheFilesPositionsAlong) {
  auto encoder = LoadVitEncoder({.seed = 5, .parameters = kTiny});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  auto& vit = static_cast<VitEncoder&>(**encoder);
  const std::string path = TestPath("of_its_volume.safetensors"), moved_path = TestPath("moved.safetensors");
  ASSERT_TRUE(WriteVitEncoder(path, vit.model(), vit.spec()).ok());
  const at::Tensor table = PositionsOf(**encoder);
  const auto same = LoadEncoder("asap", {.weights = path, .parameters = {{"volume", "16x8x8"}}});
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_TRUE(at::equal(PositionsOf(**same), table)) << "the same grid";

  const auto moved = LoadEncoder("asap", {.weights = path, .parameters = {{"volume", "8x8x12"}}});
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_TRUE(at::equal(PositionsOf(**moved), ResizePositions(table, {4, 2, 4}, {2, 2, 6})));
  // Written and read again, and back at its own volume.
  ASSERT_TRUE(WriteVitEncoder(moved_path, static_cast<VitEncoder&>(**moved).model(), (*moved)->spec()).ok());
  const auto read = LoadEncoder("asap", {.weights = moved_path});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ((*read)->spec().volume, (std::array<int64_t, 3>{8, 8, 12}));
  EXPECT_TRUE(at::equal(PositionsOf(**read), PositionsOf(**moved)));
  const auto back = LoadEncoder("asap", {.weights = moved_path, .parameters = {{"volume", "16x8x8"}}});
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_TRUE(at::equal(PositionsOf(**back), table));

  const auto torn = LoadEncoder("asap", {.weights = path, .parameters = {{"volume", "18x8x8"}}});
  EXPECT_NE(torn.status().message().find("take 16 or 20 voxels"), absl::string_view::npos) << torn.status();
}

TEST(VitEncoderTest, ADeviceThatIsNotThereIsNamed) {
  const auto encoder = LoadEncoder("asap", {.device = c10::Device(c10::kCUDA, 63), .parameters = kTiny});
  EXPECT_EQ(encoder.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(encoder.status().message().find("cuda:63"), absl::string_view::npos) << encoder.status();
}

TEST(VitEncoderTest, SeesVisiblePatchesAsAWholeEncoderWould) {
  const VitOptions options = {.volume = {16, 8, 8}, .patch = {4, 4, 2}, .width = 24, .depth = 2, .heads = 2, .seed = 1};
  VisionTransformer model(options);
  at::manual_seed(1);
  const at::Tensor volumes = at::rand({2, 1, 16, 8, 8});
  const at::Tensor order = at::argsort(at::rand({2, options.patches()}), /*stable=*/true, 1, false);
  const at::Tensor shuffled = model.EncodeVisible(volumes, order);
  const at::Tensor whole = model.Encode(volumes);
  EXPECT_TRUE(at::allclose(shuffled.slice(1, 1), GatherRows(whole.slice(1, 1), order), 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(shuffled.select(1, 0), whole.select(1, 0), 1e-4, 1e-5));
}

TEST(VitEncoderTest, SavesAndLoads) {
  auto encoder = LoadVitEncoder({.seed = 5, .parameters = kTiny});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  auto& vit = static_cast<VitEncoder&>(**encoder);
  const std::string path = TestPath("encoder.safetensors");
  ASSERT_TRUE(WriteVitEncoder(path, vit.model(), vit.spec()).ok());
  auto loaded = LoadEncoder("asap", {.weights = path});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ((*loaded)->spec().volume, (std::array<int64_t, 3>{16, 8, 8}));
  EXPECT_EQ((*loaded)->spec().spacing_mm, (std::array<double, 3>{3, 3, 6}));
  const at::Tensor volumes = at::rand({1, 1, 16, 8, 8});
  EXPECT_TRUE(at::equal((*loaded)->Encode(volumes, {})->patch_tokens, vit.Encode(volumes, {})->patch_tokens));

  const auto conflict = LoadEncoder("asap", {.weights = path, .parameters = {{"heads", "4"}}});
  EXPECT_NE(conflict.status().message().find("the file says 2"), absl::string_view::npos) << conflict.status();
}

// The published checkpoint has no metadata, and much that is not the encoder's.
TEST(VitEncoderTest, LoadsAFullStateWithoutMetadata) {
  const VitOptions options = {.volume = {8, 8, 4}, .patch = {4, 4, 2}, .width = 24, .depth = 1, .heads = 2, .seed = 5};
  VisionTransformer model(options);
  NamedTensors tensors = ParametersOf(model);
  tensors.push_back({"bert_mlp.weight", at::zeros({24, 24})});
  tensors.push_back({"pos_embed", SinCosTable(options.grid(), 24).unsqueeze(0)});
  const std::string path = TestPath("full.safetensors");
  ASSERT_TRUE(WriteSafetensors(path, tensors).ok());
  auto loaded = LoadEncoder("asap", {.weights = path, .parameters = {{"heads", "2"}}});
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  const at::Tensor volumes = at::rand({1, 1, 8, 8, 4});
  EXPECT_TRUE(at::equal((*loaded)->Encode(volumes, {})->patch_tokens, model.Encode(volumes).slice(1, 1)));
  // Its 8 positions are of a cube, unless a volume of as many patches is told.
  const auto moved = LoadEncoder("asap", {.weights = path, .parameters = {{"heads", "2"}, {"volume", "4x4x2"}}});
  ASSERT_TRUE(moved.ok()) << moved.status();
  EXPECT_TRUE(at::equal(PositionsOf(**moved), ResizePositions(SinCosTable({2, 2, 2}, 24), {2, 2, 2}, {1, 1, 1})));
  const auto told = LoadEncoder("asap", {.weights = path, .parameters = {{"heads", "2"}, {"volume", "16x4x4"}}});
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_TRUE(at::equal(PositionsOf(**told), SinCosTable({4, 1, 2}, 24)));
  tensors.back() = {"pos_embed", SinCosTable({3, 2, 1}, 24).unsqueeze(0)};
  ASSERT_TRUE(WriteSafetensors(path, tensors).ok());
  const auto unknown = LoadEncoder("asap", {.weights = path, .parameters = {{"heads", "2"}, {"volume", "8x8x4"}}});
  EXPECT_NE(unknown.status().message().find("give the parameter position_volume"), absl::string_view::npos) << unknown.status();
  const auto both =
      LoadEncoder("asap", {.weights = path, .parameters = {{"heads", "2"}, {"volume", "8x8x4"}, {"position_volume", "12x8x2"}}});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_TRUE(at::equal(PositionsOf(**both), ResizePositions(SinCosTable({3, 2, 1}, 24), {3, 2, 1}, {2, 2, 2})));

  tensors.pop_back();
  tensors.erase(tensors.begin());
  ASSERT_TRUE(WriteSafetensors(path, tensors).ok());
  const auto partial = LoadEncoder("asap", {.weights = path, .parameters = {{"heads", "2"}}});
  EXPECT_NE(partial.status().message().find("cls_token"), absl::string_view::npos) << partial.status();
}

TEST(VitEncoderTest, DropPathIsOfTheVolumeAndItsSeed) {
  const c10::InferenceMode guard;
  auto encoder = LoadVitEncoder({.seed = 5, .parameters = kTiny});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  const at::Tensor volumes = at::rand({1, 1, 16, 8, 8}).expand({6, -1, -1, -1, -1});
  const at::Tensor plain = (*encoder)->Encode(volumes, {})->patch_tokens;
  const EncodeOptions options = {.drop_path = 0.5, .drop_path_seed = 10};
  const at::Tensor dropped = (*encoder)->Encode(volumes, options)->patch_tokens;
  EXPECT_FALSE(at::equal(dropped, plain));
  EXPECT_TRUE(at::equal((*encoder)->Encode(volumes, options)->patch_tokens, dropped));
  const auto last = (*encoder)->Encode(volumes.slice(0, 4), {.drop_path = 0.5, .drop_path_seed = 14});
  EXPECT_TRUE(at::allclose(last->patch_tokens, dropped.slice(0, 4), 1e-4, 1e-5));
  EXPECT_FALSE((*encoder)->Encode(volumes, {.drop_path = 1}).ok());
  EXPECT_FALSE((*encoder)->Encode(volumes, {.drop_path = -0.1}).ok());
}

TEST(VitEncoderTest, RandomTakesAFilesArchitectureAndNotItsWeights) {
  auto encoder = LoadVitEncoder({.seed = 5, .parameters = kTiny});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  auto& vit = static_cast<VitEncoder&>(**encoder);
  const std::string path = TestPath("architecture.safetensors");
  ASSERT_TRUE(WriteVitEncoder(path, vit.model(), vit.spec()).ok());
  const at::Tensor volumes = at::rand({1, 1, 16, 8, 8});
  const auto tokens = [&](const std::string& name, const EncoderOptions& options) {
    auto loaded = LoadEncoder(name, options);
    EXPECT_TRUE(loaded.ok()) << loaded.status();
    EXPECT_EQ((*loaded)->spec().name, name);
    EXPECT_EQ((*loaded)->spec().spacing_mm, vit.spec().spacing_mm);
    return (*loaded)->Encode(volumes, {})->patch_tokens;
  };
  const at::Tensor trained = vit.Encode(volumes, {})->patch_tokens;
  const at::Tensor random = tokens("random", {.weights = path, .seed = 6});
  EXPECT_FALSE(at::equal(random, trained));
  EXPECT_TRUE(at::equal(random, tokens("random", {.seed = 6, .parameters = kTiny})));
  for (const char* name : {"mae", "global_contrastive", "simcrop"}) {
    EXPECT_TRUE(at::equal(tokens(name, {.weights = path}), trained));
    const auto without = LoadEncoder(name, {.parameters = kTiny});
    EXPECT_NE(without.status().message().find("needs weights"), absl::string_view::npos) << without.status();
  }
}

// A hidden layer of another width than the published four times: conforms, goes to a file and back, and comes from shapes alone.
TEST(VitEncoderTest, AnotherWidthOfTheHiddenLayer) {
  std::map<std::string, std::string> parameters = kTiny;
  parameters["mlp_width"] = "48";
  CheckEncoder("asap", {.seed = 1, .parameters = parameters});
  auto encoder = LoadVitEncoder({.seed = 5, .parameters = parameters});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  auto& vit = static_cast<VitEncoder&>(**encoder);
  const std::string path = TestPath("mlp.safetensors"), bare = TestPath("mlp_bare.safetensors");
  ASSERT_TRUE(WriteVitEncoder(path, vit.model(), vit.spec()).ok());
  EXPECT_EQ(ReadSafetensorsMetadata(path)->at("mlp_width"), "48");
  NamedTensors tensors;
  for (const NamedTensor& named : ParametersOf(vit.model())) tensors.push_back({"model." + named.name, named.tensor});
  ASSERT_TRUE(WriteSafetensors(bare, tensors).ok());
  const at::Tensor volumes = at::rand({1, 1, 16, 8, 8});
  const at::Tensor want = vit.Encode(volumes, {})->patch_tokens;
  const auto read = LoadEncoder("asap", {.weights = path});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(at::equal((*read)->Encode(volumes, {})->patch_tokens, want));
  const auto shapes = LoadEncoder("asap", {.weights = bare, .parameters = {{"heads", "2"}, {"volume", "16x8x8"}}});
  ASSERT_TRUE(shapes.ok()) << shapes.status();
  EXPECT_TRUE(at::equal((*shapes)->Encode(volumes, {})->patch_tokens, want));
  const auto random = LoadEncoder("random", {.weights = bare, .parameters = {{"heads", "2"}, {"volume", "16x8x8"}}});
  ASSERT_TRUE(random.ok()) << random.status();
  for (const auto& [name, tensor] : (*random)->Parameters()) {
    EXPECT_TRUE(name != "blocks.0.mlp.fc1.weight" || tensor.size(0) == 48) << "random weights have the file's size";
  }
  const auto four = LoadVitEncoder({.seed = 5, .parameters = kTiny});
  auto& published = static_cast<VitEncoder&>(**four);
  ASSERT_TRUE(WriteVitEncoder(path, published.model(), published.spec()).ok());
  EXPECT_EQ(ReadSafetensorsMetadata(path)->count("mlp_width"), 0u) << "the published one is written as ever";
}

TEST(VitEncoderTest, SaysWhatIsAssumed) {
  const std::map<std::string, std::string> metadata = {
      {"heads", "1"}, {"spacing_mm", "1.5x1.5x3"}, {"hu_min", "-1000"}, {"hu_max", "200"}, {"volume", "8x8x4"}};
  EXPECT_EQ(AssumedOf({{"heads", "1"}, {"hu_max", "200"}, {"hu_min", "-1000"}}, metadata), "spacing_mm=1.5x1.5x3");
  EXPECT_EQ(AssumedOf(metadata, metadata), "");
  EXPECT_EQ(AssumedOf({}, metadata), "heads=1 (width / 64), spacing_mm=1.5x1.5x3, hu_min=-1000, hu_max=200");
}

TEST(VitEncoderTest, RefusesParametersThatMakeNoModel) {
  const auto message = [](const std::map<std::string, std::string>& parameters) {
    return std::string(LoadEncoder("asap", {.parameters = parameters}).status().message());
  };
  EXPECT_NE(message({{"hight", "3"}}).find("unknown encoder parameter"), std::string::npos);
  EXPECT_NE(message({{"width", "100"}}).find("multiple of 6"), std::string::npos);
  EXPECT_NE(message({{"volume", "64x64"}}).find("HxWxD"), std::string::npos);
  EXPECT_NE(message({{"volume", "65x64x64"}}).find("whole number of patches"), std::string::npos);
  EXPECT_NE(message({{"heads", "7"}}).find("do not divide"), std::string::npos);
  EXPECT_NE(message({{"depth", "-1"}}).find("a positive number"), std::string::npos);
}

}  // namespace
}  // namespace asap
