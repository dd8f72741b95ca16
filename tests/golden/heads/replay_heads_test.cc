#include "tests/golden/heads/replay_heads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "core/io/safetensors.h"

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

void ExpectAllHold(const std::string& name, size_t at_least) {
  const auto rows = ReplayHeads(Data(name), Precision::kBoth);
  EXPECT_EQ(Failures(rows), "") << name;
  ASSERT_TRUE(rows.ok());
  EXPECT_GE(rows->size(), at_least) << name;
}

TEST(ReplayHeadsTest, Classification) {
  ExpectAllHold("pub_cls_a.safetensors", 90);
  ExpectAllHold("pub_cls_b.safetensors", 65);
}

TEST(ReplayHeadsTest, Prognosis) {
  ExpectAllHold("pub_prog_inspect.safetensors", 80);
  ExpectAllHold("pub_prog_stoic.safetensors", 55);
  ExpectAllHold("pub_prog_loss.safetensors", 60);
}

TEST(ReplayHeadsTest, ProbeTrajectories) {
  ExpectAllHold("pub_probe.json", 1300);
  ExpectAllHold("pub_probe.safetensors", 1300);
}

TEST(ReplayHeadsTest, FractionsAndSchedules) { ExpectAllHold("pub_fractions.json", 30); }

// A fixture with one number changed must fail, whatever the number. The change is small but beyond the tolerance.
bool SomethingFails(const std::string& name, const std::string& key, double change) {
  Safetensors file = *ReadSafetensors(Data(name));
  at::Tensor flat = file.tensors.at(key).view({-1});
  const at::Scalar step = flat.is_floating_point() ? at::Scalar(change) : at::Scalar(static_cast<int64_t>(change));
  flat[flat.numel() / 2].add_(step);
  NamedTensors tensors;
  for (const auto& [tensor_name, value] : file.tensors) tensors.push_back({tensor_name, value});
  const std::string path = testing::TempDir() + "/" + name;
  EXPECT_TRUE(WriteSafetensors(path, tensors, file.metadata).ok());
  if (name == "pub_probe.safetensors") {
    EXPECT_TRUE(WriteFileAtomically(testing::TempDir() + "/pub_probe.json", *ReadFile(Data("pub_probe.json"))).ok());
  }
  const auto rows = ReplayHeads(path, Precision::kFloat64);
  EXPECT_TRUE(rows.ok()) << rows.status();
  return rows.ok() && std::any_of(rows->begin(), rows->end(), [](const Row& row) { return !row.ok; });
}

TEST(ReplayHeadsTest, OneChangedNumberDoesNotHold) {
  struct Mutation {
    const char *file, *key;
    double change;
  };
  for (const auto& [file, key, change] : std::vector<Mutation>{{"pub_cls_a.safetensors", "mid64/features_droppath", 1e-10},
                                                               {"pub_cls_a.safetensors", "mid64/block_1", 1e-10},
                                                               {"pub_cls_a.safetensors", "grad64/head.bias", 1e-10},
                                                               {"pub_cls_a.safetensors", "w/pos_embed", 1e-6},
                                                               {"pub_cls_a.safetensors", "w/fc_norm.weight", 1e-6},
                                                               {"pub_cls_a.safetensors", "in/label", 1},
                                                               {"pub_cls_b.safetensors", "loss64/ce", 1e-10},
                                                               {"pub_cls_b.safetensors", "in/image", 1e-3},
                                                               {"pub_prog_inspect.safetensors", "mid64/survival", 1e-10},
                                                               {"pub_prog_inspect.safetensors", "w/backbone.head.weight", 1e-3},
                                                               {"pub_prog_stoic.safetensors", "grad64/@logits", 1e-10},
                                                               {"pub_prog_loss.safetensors", "grad64/2/@logits", 1e-10},
                                                               {"pub_prog_loss.safetensors", "loss64/1/nll", 1e-10},
                                                               {"pub_probe.safetensors", "out64/ce/head.weight", 1e-8},
                                                               {"pub_probe.safetensors", "in/bce/features", 1e-3}}) {
    EXPECT_TRUE(SomethingFails(file, key, change)) << file << " " << key;
  }
  const std::string path = testing::TempDir() + "/fractions.json";
  const std::string whole = *ReadFile(Data("pub_fractions.json"));
  const std::string changed = absl::StrReplaceAll(whole, {{"31b4ba7353f7", "31b4ba7353f8"}});
  ASSERT_NE(changed, whole);
  ASSERT_TRUE(WriteFileAtomically(path, changed).ok());
  EXPECT_TRUE(absl::StrContains(Failures(ReplayHeads(path, Precision::kFloat64)), "digest/1894 sha256"));
}

TEST(ReplayHeadsTest, ADamagedFixtureIsOneClearError) {
  const std::string path = testing::TempDir() + "/damaged.safetensors";
  const std::string whole = *ReadFile(Data("pub_cls_a.safetensors"));
  ASSERT_TRUE(WriteFileAtomically(path, whole.substr(0, whole.size() / 2)).ok());
  EXPECT_TRUE(absl::StrContains(ReplayHeads(path, Precision::kFloat32).status().message(), path));

  Safetensors file = *ReadSafetensors(Data("pub_prog_inspect.safetensors"));
  const auto without = [&](const std::string& key) {
    NamedTensors tensors;
    for (const auto& [name, value] : file.tensors) {
      if (name != key) tensors.push_back({name, value});
    }
    EXPECT_TRUE(WriteSafetensors(path, tensors, file.metadata).ok());
    return ReplayHeads(path, Precision::kFloat32).status();
  };
  EXPECT_TRUE(absl::StrContains(without("in/time_idx").message(), "in/time_idx"));
  EXPECT_TRUE(absl::StrContains(without("w/survival_head.bias").message(), "survival_head.bias"));
  EXPECT_TRUE(absl::StrContains(without("w/backbone.cls_token").message(), "backbone.cls_token"));
  file.metadata["meta"] = R"({"cfg": {"task": "Rx", "out_dim": 1}})";
  EXPECT_FALSE(without("").ok());

  const std::string alone = testing::TempDir() + "/alone.json";
  ASSERT_TRUE(WriteFileAtomically(alone, *ReadFile(Data("pub_probe.json"))).ok());
  EXPECT_TRUE(absl::StrContains(ReplayHeads(alone, Precision::kFloat32).status().message(), "alone.safetensors"));
}

}  // namespace
}  // namespace asap::golden
