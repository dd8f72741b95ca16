#include "modules/asap/text_cache.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "core/base/file.h"
#include "modules/asap/asap.h"
#include "modules/pretraining/testing/synthetic_batch.h"

namespace asap {
namespace {

std::string Folder(const std::string& name) {
  const std::string folder = testing::TempDir() + "/text_cache_" + name;
  std::filesystem::remove_all(folder);
  return folder;
}

std::string OnlyFile(const std::string& folder) { return std::filesystem::directory_iterator(folder)->path().string(); }

const at::Tensor& Ids() {
  static const at::Tensor& ids = *new at::Tensor(at::tensor({2, 17, 9, 5}, at::kLong));
  return ids;
}

TEST(TextCacheTest, GivesBackWhatItWasGiven) {
  const std::string folder = Folder("round");
  auto cache = TextCache::Open(folder, 1, 1 << 20);
  ASSERT_TRUE(cache.ok()) << cache.status();
  EXPECT_FALSE((*cache)->Find(Ids(), at::kFloat).defined());
  const at::Tensor features = at::randn({4, 6});
  (*cache)->Put(Ids(), features);
  EXPECT_TRUE(at::equal((*cache)->Find(Ids(), at::kFloat), features));
  EXPECT_FALSE((*cache)->Find(Ids(), at::kBFloat16).defined());
  EXPECT_FALSE((*cache)->Find(Ids().slice(0, 0, 3), at::kFloat).defined());
  (*cache)->Put(Ids(), features.to(at::kBFloat16));
  EXPECT_TRUE(at::equal((*cache)->Find(Ids(), at::kBFloat16), features.to(at::kBFloat16)));
  // Another process sees the same; another encoder sees nothing.
  EXPECT_TRUE((*TextCache::Open(folder, 1, 1 << 20))->Find(Ids(), at::kFloat).defined());
  EXPECT_FALSE((*TextCache::Open(folder, 2, 1 << 20))->Find(Ids(), at::kFloat).defined());
}

TEST(TextCacheTest, ADamagedFileIsWrittenAnew) {
  const std::string folder = Folder("damage");
  auto cache = *TextCache::Open(folder, 1, 1 << 20);
  const at::Tensor features = at::randn({4, 6});
  cache->Put(Ids(), features);
  const std::string path = OnlyFile(folder), whole = *ReadFile(path);
  for (const size_t place : {size_t{0}, size_t{9}, size_t{20}, whole.size() - 1}) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x10);
    ASSERT_TRUE(WriteFileAtomically(path, damaged).ok());
    EXPECT_FALSE(cache->Find(Ids(), at::kFloat).defined()) << place;
  }
  for (const size_t size : {size_t{0}, size_t{12}, whole.size() - 3}) {
    ASSERT_TRUE(WriteFileAtomically(path, whole.substr(0, size)).ok());
    EXPECT_FALSE(cache->Find(Ids(), at::kFloat).defined()) << size;
  }
  cache->Put(Ids(), features);
  EXPECT_TRUE(at::equal(cache->Find(Ids(), at::kFloat), features));
}

TEST(TextCacheTest, IsBounded) {
  const std::string folder = Folder("bound");
  auto cache = *TextCache::Open(folder, 1, 300);
  cache->Put(Ids(), at::randn({4, 6}));  // 168 bytes
  cache->Put(Ids() + 1, at::randn({4, 6}));
  EXPECT_TRUE(cache->Find(Ids(), at::kFloat).defined());
  EXPECT_FALSE(cache->Find(Ids() + 1, at::kFloat).defined());
}

TEST(TextCacheTest, AFolderThatCannotBeIsNamed) {
  const auto cache = TextCache::Open("/proc/nowhere/cache", 1, 1);
  EXPECT_FALSE(cache.ok());
  EXPECT_NE(cache.status().message().find("/proc/nowhere/cache"), std::string::npos);
}

TEST(TextCacheTest, TheDigestKnowsEveryNumber) {
  const NamedTensors weights = {{"a", at::ones({3, 5})}};
  const uint64_t digest = TextCache::DigestOf(weights);
  EXPECT_EQ(TextCache::DigestOf({{"a", at::ones({3, 5})}}), digest);
  EXPECT_NE(TextCache::DigestOf({{"b", at::ones({3, 5})}}), digest);
  EXPECT_NE(TextCache::DigestOf({{"a", at::ones({5, 3})}}), digest);
  weights[0].tensor[2][4] = 1.0000001f;
  EXPECT_NE(TextCache::DigestOf(weights), digest);
}

// Losses with an empty cache, a filled one, and none.
TEST(TextCacheTest, LossesAreTheSame) {
  AsapConfig config = AsapConfig::Demo();
  config.text = {.vocabulary = 64, .width = 48, .layers = 2, .heads = 2, .intermediate = 96, .max_positions = 32};
  config.text_length = 32;
  auto model = *AsapModel::Create(config);
  const Batch batch = SyntheticBatch(model->encoder_spec(), {.cases = 3, .text_length = 32, .vocabulary = 64});
  const auto losses = [&](const std::shared_ptr<TextCache>& cache) {
    model->SetTextCache(cache);
    at::manual_seed(1);
    std::vector<double> values;
    const auto terms = model->Forward(batch);
    EXPECT_TRUE(terms.ok()) << terms.status();
    for (const LossTerm& term : *terms) values.push_back(term.value.item<double>());
    return values;
  };
  const std::vector<double> without = losses(nullptr);
  const std::shared_ptr<TextCache> cache = *TextCache::Open(Folder("losses"), 1, 1 << 20);
  const std::vector<double> empty = losses(cache);
  EXPECT_EQ(cache->hits(), 0);
  EXPECT_EQ(cache->misses(), 3);
  EXPECT_EQ(losses(cache), empty);  // to the last bit
  EXPECT_EQ(cache->hits(), 3);
  // Texts are encoded one by one with a cache, together without: sums of other lengths.
  for (size_t i = 0; i < without.size(); ++i) EXPECT_NEAR(empty[i], without[i], 2e-5 * std::abs(without[i])) << i;
}

}  // namespace
}  // namespace asap
