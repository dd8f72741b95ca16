#include "modules/bert/bert.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/file.h"
#include "core/io/safetensors.h"
#include "modules/bert/load_bert.h"
#include "modules/layers/state.h"

namespace asap {
namespace {

BertOptions Tiny() {
  return {.vocabulary = 50, .width = 12, .layers = 2, .heads = 3, .intermediate = 20, .max_positions = 16, .seed = 3};
}

// A new folder per call, so that no config.json of another test lies beside the weights.
std::string NewFolder(const std::string& name) {
  const std::string folder = testing::TempDir() + "/" + name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

TEST(BertTest, PaddingDoesNotReachTokens) {
  Bert bert(Tiny());
  bert.eval();
  const at::Tensor ids = at::tensor({2, 7, 9, 11}, at::kLong).view({1, 4});
  const at::Tensor alone = bert.forward(ids, at::ones_like(ids));
  const at::Tensor padded_ids = at::constant_pad_nd(ids, {0, 5}, 17);
  const at::Tensor padded = bert.forward(padded_ids, at::constant_pad_nd(at::ones_like(ids), {0, 5}));
  EXPECT_TRUE(at::allclose(alone, padded.slice(1, 0, 4), 1e-5, 1e-6));
}

TEST(BertTest, DropoutIsActiveInTrainingAlone) {
  Bert bert(Tiny());
  const at::Tensor ids = at::tensor({2, 7, 9, 11}, at::kLong).view({1, 4});
  const auto run = [&] { return bert.forward(ids, at::ones_like(ids)); };
  bert.train();
  EXPECT_FALSE(at::equal(run(), run()));
  bert.eval();
  EXPECT_TRUE(at::equal(run(), run()));
}

TEST(BertTest, LoadsUnderEachOfItsPrefixes) {
  Bert bert(Tiny());
  bert.eval();
  const at::Tensor ids = at::tensor({2, 7, 9, 11}, at::kLong).view({1, 4});
  const at::Tensor expected = bert.forward(ids, at::ones_like(ids));
  for (const std::string prefix : {"", "bert.", "bert_encoder.bert."}) {
    const std::string folder = NewFolder("prefix" + prefix);
    NamedTensors tensors = ParametersOf(bert, prefix);
    tensors.push_back({prefix + "pooler.dense.weight", at::zeros({12, 12})});
    tensors.push_back({"cls.predictions.bias", at::zeros({50})});
    ASSERT_TRUE(WriteSafetensors(folder + "/model.safetensors", tensors).ok());
    ASSERT_TRUE(WriteFileAtomically(folder + "/config.json", R"({"num_attention_heads": 3, "hidden_act": "gelu"})").ok());
    const auto loaded = LoadBert(folder + "/model.safetensors", {});
    ASSERT_TRUE(loaded.ok()) << prefix << ": " << loaded.status();
    (*loaded)->eval();
    EXPECT_TRUE(at::equal((*loaded)->forward(ids, at::ones_like(ids)), expected)) << prefix;
  }
}

TEST(BertTest, RefusesWhatItCannotRepresent) {
  Bert bert(Tiny());
  const std::string folder = NewFolder("refuse");
  const std::string path = folder + "/model.safetensors";
  NamedTensors tensors = ParametersOf(bert);
  tensors.pop_back();
  ASSERT_TRUE(WriteSafetensors(path, tensors).ok());
  EXPECT_NE(LoadBert(path, {}).status().message().find("not whole"), absl::string_view::npos);
  ASSERT_TRUE(WriteSafetensors(path, {{"x", at::zeros({1})}}).ok());
  EXPECT_NE(LoadBert(path, {}).status().message().find("no BERT in it"), absl::string_view::npos);
  ASSERT_TRUE(WriteSafetensors(path, ParametersOf(bert)).ok());
  ASSERT_TRUE(WriteFileAtomically(folder + "/config.json", R"({"num_attention_heads": 5})").ok());
  EXPECT_NE(LoadBert(path, {}).status().message().find("5 text heads"), absl::string_view::npos);
  ASSERT_TRUE(WriteFileAtomically(folder + "/config.json", R"({"hidden_act": "gelu_new"})").ok());
  EXPECT_EQ(LoadBert(path, {}).status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(LoadBert(folder + "/absent", {}).status().code(), absl::StatusCode::kNotFound);
}

// A trained BERT must place like words together: it does not if heads, positions or norms are misread.
TEST(BertTest, ARealModelKnowsCatsFromEconomics) {
  const auto path = Runfile("minilm/model/model.safetensors");
  ASSERT_TRUE(path.ok()) << path.status();
  const auto bert = LoadBert(*path, {});
  ASSERT_TRUE(bert.ok()) << bert.status();
  (*bert)->eval();
  EXPECT_EQ((*bert)->options().width, 384);
  EXPECT_EQ((*bert)->options().layers, 6);
  EXPECT_EQ((*bert)->options().heads, 12);
  const at::NoGradGuard no_grad;
  // "[CLS] the cat [SEP]", "[CLS] the kitten [SEP]", "[CLS] the economy [SEP]" in the uncased vocabulary.
  const at::Tensor ids = at::tensor({101, 1996, 4937, 102, 101, 1996, 18401, 102, 101, 1996, 4610, 102}, at::kLong).view({3, 4});
  const at::Tensor mean = (*bert)->forward(ids, at::ones_like(ids)).mean(1);
  const at::Tensor unit = mean / mean.norm(2, {-1}, true);
  const at::Tensor cosine = unit.mm(unit.t());
  EXPECT_GT(cosine[0][1].item<double>(), 0.6);
  EXPECT_LT(cosine[0][2].item<double>(), 0.4);
}

// Of another implementation on the same weights: see testdata/make_hidden_states.py.
TEST(BertTest, ARealModelEqualsTransformers) {
  const auto bert = LoadBert(*Runfile("minilm/model"), {});
  ASSERT_TRUE(bert.ok()) << bert.status();
  (*bert)->eval();
  const auto expected = ReadSafetensors(*Runfile("asap/modules/bert/testdata/minilm_hidden.safetensors"));
  ASSERT_TRUE(expected.ok()) << expected.status();
  const at::NoGradGuard no_grad;
  const at::Tensor attention = expected->tensors.at("attention");
  const at::Tensor hidden = (*bert)->forward(expected->tensors.at("ids"), attention);
  const at::Tensor difference = (hidden - expected->tensors.at("hidden")).abs() * attention.unsqueeze(-1);
  EXPECT_LT(difference.max().item<double>(), 1e-5) << "of values up to " << hidden.abs().max().item<double>();
}

}  // namespace
}  // namespace asap
