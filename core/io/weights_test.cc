#include "core/io/weights.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/io/safetensors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::HasSubstr;

std::string NewFolder(const std::string& name) {
  const std::string folder = testing::TempDir() + "/" + name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

TEST(Weights, OfACheckpointAreTheModelsAlone) {
  for (const std::string name : {"reference.pth", "reference_legacy.pth"}) {
    const auto weights = ReadWeights(*Runfile("asap/core/io/testdata/" + name));
    ASSERT_TRUE(weights.ok()) << weights.status();
    EXPECT_EQ(weights->tensors.count("cls_token"), 1u);
    EXPECT_EQ(weights->others, 3u) << "the optimiser's";
    EXPECT_EQ(weights->settings.at("epoch"), "199");
    EXPECT_EQ(weights->form, name == "reference.pth" ? "PyTorch zip" : "PyTorch without zip");
  }
}

TEST(Weights, OfAHuggingFaceFolderInShards) {
  const std::string folder = NewFolder("sharded");
  ASSERT_TRUE(WriteSafetensors(folder + "/a.safetensors", {{"x", at::ones({2})}}).ok());
  ASSERT_TRUE(WriteSafetensors(folder + "/b.safetensors", {{"y", at::zeros({3})}}).ok());
  const auto index = [&](const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(folder + "/model.safetensors.index.json", text).ok());
  };
  const auto message = [&] { return std::string(ReadWeights(folder).status().message()); };
  index(R"({"weight_map": {"x": "a.safetensors", "y": "b.safetensors"}})");
  const auto weights = ReadWeights(folder);
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_EQ(weights->tensors.size(), 2u);
  EXPECT_EQ(weights->files.size(), 2u);
  EXPECT_EQ(weights->form, "sharded safetensors");
  EXPECT_EQ(*FilesOfWeights(folder), (std::vector<std::string>{folder + "/model.safetensors.index.json",
                                                               folder + "/a.safetensors", folder + "/b.safetensors"}));
  EXPECT_EQ(*FilesOfWeights(folder + "/a.safetensors"), (std::vector<std::string>{folder + "/a.safetensors"}));

  index(R"({"weight_map": {"x": "a.safetensors", "y": "c.safetensors"}})");
  EXPECT_THAT(message(), HasSubstr("names the shard c.safetensors, which is missing"));
  index(R"({"weight_map": {"x": "a.safetensors", "z": "b.safetensors"}})");
  EXPECT_THAT(message(), HasSubstr("z should be in b.safetensors, and is not"));
  index(R"({"weight_map": {"x": "a.safetensors"}})");
  EXPECT_TRUE(ReadWeights(folder).ok()) << "a file that the index does not name is not read";
  ASSERT_TRUE(WriteSafetensors(folder + "/a.safetensors", {{"x", at::ones({2})}, {"w", at::ones({2})}}).ok());
  EXPECT_THAT(message(), HasSubstr("has the tensor w, which the index does not know"));
  index(R"({"weight_map": {"x": "../a.safetensors"}})");
  EXPECT_THAT(message(), HasSubstr("expected one in the same folder"));
  index("[]");
  EXPECT_THAT(message(), HasSubstr("weight_map"));
}

TEST(Weights, DropTheNameOfDataParallel) {
  const std::string path = testing::TempDir() + "/parallel.safetensors";
  ASSERT_TRUE(WriteSafetensors(path, {{"module.a", at::ones({1})}, {"module.b", at::ones({1})}}).ok());
  EXPECT_EQ(ReadWeights(path)->tensors.count("a"), 1u);
  ASSERT_TRUE(WriteSafetensors(path, {{"module.a", at::ones({1})}, {"b", at::ones({1})}}).ok());
  EXPECT_EQ(ReadWeights(path)->tensors.count("module.a"), 1u);
}

TEST(Weights, ShardsHaveNamesAsTheIndexSaysThem) {
  const std::string folder = NewFolder("compiled");
  ASSERT_TRUE(WriteSafetensors(folder + "/a.safetensors", {{"_orig_mod.x", at::ones({2})}}).ok());
  ASSERT_TRUE(WriteSafetensors(folder + "/b.safetensors", {{"_orig_mod.LayerNorm.gamma", at::zeros({3})}}).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/model.safetensors.index.json",
                                  R"({"weight_map": {"_orig_mod.x": "a.safetensors",
                                      "_orig_mod.LayerNorm.gamma": "b.safetensors"}})")
                  .ok());
  const auto weights = ReadWeights(folder);
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_EQ(weights->tensors.count("x") + weights->tensors.count("LayerNorm.weight"), 2u);
  EXPECT_EQ(weights->renamed.size(), 2u);
}

TEST(Weights, SayWhatIsWrong) {
  const auto message = [](const std::string& path) { return std::string(ReadWeights(path).status().message()); };
  EXPECT_THAT(message(NewFolder("none")), HasSubstr("none of model.safetensors"));
  EXPECT_THAT(message(testing::TempDir() + "/absent"), HasSubstr("cannot open"));
  const std::string path = testing::TempDir() + "/text.bin";
  ASSERT_TRUE(WriteFileAtomically(path, "just some text").ok());
  EXPECT_THAT(message(path), HasSubstr("neither a file of torch.save's nor safetensors: plain text"));
  ASSERT_TRUE(WriteFileAtomically(path, "").ok());
  EXPECT_THAT(message(path), HasSubstr("the file is empty"));
  const std::string whole = testing::TempDir() + "/whole.safetensors", part = testing::TempDir() + "/part.safetensors";
  ASSERT_TRUE(WriteSafetensors(whole, {{"a", at::ones({100})}}).ok());
  for (const size_t lost : {4u, 396u, 410u}) {
    const std::string bytes = *ReadFile(whole);
    ASSERT_TRUE(WriteFileAtomically(part, bytes.substr(0, bytes.size() - lost)).ok());
    EXPECT_THAT(message(part), HasSubstr("part.safetensors: "));
    EXPECT_THAT(message(part), HasSubstr("cut short"));
    EXPECT_THAT(message(part), HasSubstr("get it again"));
  }
  const std::string torch = *ReadFile(*Runfile("asap/core/io/testdata/reference.pth"));
  ASSERT_TRUE(WriteFileAtomically(path, torch.substr(0, torch.size() / 2)).ok());
  EXPECT_THAT(message(path), HasSubstr("get it again"));
  const std::string folder = NewFolder("pointer");  // as a clone without git lfs leaves it
  ASSERT_TRUE(WriteFileAtomically(folder + "/model.safetensors", "version https://git-lfs.github.com/spec/v1\nsize 4\n").ok());
  EXPECT_THAT(message(folder), HasSubstr("model.safetensors: neither a file of torch.save's nor safetensors: a Git LFS pointer"));
}

}  // namespace
}  // namespace asap
