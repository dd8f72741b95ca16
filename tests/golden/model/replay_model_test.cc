#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/io/safetensors.h"
#include "tests/golden/model/replay.h"

namespace asap::golden {
namespace {

std::string Data(const std::string& name) { return *Runfile("asap/tests/golden/data/" + name); }

std::string Failures(const absl::StatusOr<Rows>& rows) {
  if (!rows.ok()) return rows.status().ToString();
  std::string text;
  for (const Row& row : *rows) {
    if (!row.ok) absl::StrAppend(&text, row.key, ": ", row.max_abs, " (", row.max_rel, "), allowed ", row.tolerance, "\n");
  }
  return text;
}

void ExpectAllHold(const absl::StatusOr<Rows>& rows, size_t at_least) {
  EXPECT_EQ(Failures(rows), "");
  ASSERT_TRUE(rows.ok());
  EXPECT_GE(rows->size(), at_least);
}

TEST(ReplayModelTest, EqualSentenceCounts) { ExpectAllHold(ReplayModel(Data("pub_a_equal.safetensors"), Precision::kBoth), 700); }

TEST(ReplayModelTest, UnequalSentenceCounts) {
  ExpectAllHold(ReplayModel(Data("pub_b_unequal.safetensors"), Precision::kBoth), 700);
}

TEST(ReplayTrajectoryTest, AdamWUpdates) { ExpectAllHold(ReplayTrajectory(Data("pub_train_a.json"), Precision::kBoth), 500); }

TEST(ReplayPretrainingTest, TinyVariants) {
  ExpectAllHold(ReplayPretraining(Data("pretraining_golden.json"), PretrainingVariants::kTiny), 250);
}

// A fixture with one number changed must fail, whatever the number. The change is small but beyond the tolerance.
struct Mutation {
  const char* key;
  double change;
};

Rows Mutated(const std::string& key, double change) {
  Safetensors file = *ReadSafetensors(Data("pub_b_unequal.safetensors"));
  at::Tensor& tensor = file.tensors.at(key);
  at::Tensor flat = tensor.view({-1});
  const at::Scalar step = tensor.is_floating_point() ? at::Scalar(change) : at::Scalar(static_cast<int64_t>(change));
  flat[flat.numel() / 2].add_(step);
  NamedTensors tensors;
  for (const auto& [name, value] : file.tensors) tensors.push_back({name, value});
  const std::string path = absl::StrCat(testing::TempDir(), "/mutated.safetensors");
  EXPECT_TRUE(WriteSafetensors(path, tensors, file.metadata).ok());
  const auto rows = ReplayModel(path, Precision::kFloat64);
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.ok() ? *rows : Rows{};
}

TEST(ReplayModelTest, OneChangedNumberDoesNotHold) {
  for (const Mutation& mutation : std::vector<Mutation>{{"mid64/fusion_feature", 1e-9},
                                                        {"grad64/blocks.1.mlp.fc1.weight", 1e-9},
                                                        {"grad64/@image", 1e-9},
                                                        {"loss64/align_img2sent", 1e-9},
                                                        {"int/ids_keep", 1},
                                                        {"int/aki_counts", 1},
                                                        {"int/pixel_mask", 1},
                                                        {"w/decoder_pos_embed", 1e-6},
                                                        {"w/bert_decoder.bert.pooler.dense.weight", 1e-3},
                                                        {"in/image", 1e-3},
                                                        {"in/noise", 1e-3}}) {
    const Rows rows = Mutated(mutation.key, mutation.change);
    EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), [](const Row& row) { return !row.ok; })) << mutation.key;
  }
}

TEST(ReplayModelTest, ADamagedFixtureIsOneClearError) {
  const std::string whole = *ReadFile(Data("pub_a_equal.safetensors"));
  const std::string path = absl::StrCat(testing::TempDir(), "/damaged.safetensors");
  ASSERT_TRUE(WriteFileAtomically(path, whole.substr(0, whole.size() / 2)).ok());
  const auto cut = ReplayModel(path, Precision::kFloat32);
  ASSERT_FALSE(cut.ok());
  EXPECT_TRUE(absl::StrContains(cut.status().message(), path)) << cut.status();

  Safetensors file = *ReadSafetensors(Data("pub_a_equal.safetensors"));
  const auto without = [&](const std::string& key) {
    NamedTensors tensors;
    for (const auto& [name, value] : file.tensors) {
      if (name != key) tensors.push_back({name, value});
    }
    EXPECT_TRUE(WriteSafetensors(path, tensors, file.metadata).ok());
    return ReplayModel(path, Precision::kFloat32).status();
  };
  EXPECT_TRUE(absl::StrContains(without("in/noise").message(), "in/noise"));
  EXPECT_TRUE(absl::StrContains(without("w/blocks.0.norm1.weight").message(), "blocks.0.norm1.weight"));
  file.metadata["meta"] = "{\"cfg\": 1}";
  EXPECT_TRUE(absl::StrContains(without("").message(), "damaged"));
  file.metadata.clear();
  EXPECT_TRUE(absl::StrContains(without("").message(), "meta"));
  EXPECT_FALSE(ReplayTrajectory(path, Precision::kFloat32).ok());
  EXPECT_FALSE(ReplayTrueSize(path, Precision::kFloat32).ok());
}

}  // namespace
}  // namespace asap::golden
