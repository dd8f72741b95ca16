#include "tools/pretrain/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/testing/dataset/fake_dataset.h"
#include "tools/pretrain/flags.h"

namespace asap {
namespace {

using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

TEST(SettingsTest, WhatProcessesExchangeByIsShared) {
  const gflags::FlagSaver saver;
  FLAGS_vocabulary = 77;
  const Settings deciding = DecidingFlags(), shared = SharedFlags();
  EXPECT_THAT(deciding, Contains(Pair("--vocabulary", "77")));
  EXPECT_THAT(shared, IsSupersetOf(deciding));
  for (const char* flag :
       {"--losses", "--data", "--text_encoder", "--vocabulary", "--volume", "--batch_size", "--lr", "--steps"}) {
    EXPECT_THAT(deciding, Contains(Key(flag)));
  }
  for (const char* flag : {"--dry_run", "--accumulate", "--log_every", "--checkpoint_every"}) {
    EXPECT_THAT(shared, Contains(Key(flag)));
    EXPECT_THAT(deciding, Not(Contains(Key(flag))));
  }
  for (const char* flag : {"--pairs", "--data_root", "--output_dir", "--threads", "--cache_dir"}) {
    EXPECT_THAT(shared, Not(Contains(Key(flag)))) << "each process has its own disk";
  }
}

TEST(SettingsTest, EachPartOfACaseIsInTheDigest) {
  FakeDataset dataset(4);
  const std::string before = CasesDigest(dataset, true), without = CasesDigest(dataset, false),
                    files = VolumeFilesDigest(dataset);
  EXPECT_EQ(CasesDigest(FakeDataset(4), true), before);
  EXPECT_NE(CasesDigest(FakeDataset(5), true), before);
  const auto changed = [&](const auto& change) {
    FakeDataset other(4);
    change(other);
    return CasesDigest(other, true) != before;
  };
  EXPECT_TRUE(changed([](FakeDataset& other) { other.cases[2].id = "other"; }));
  EXPECT_TRUE(changed([](FakeDataset& other) { other.cases[2].patient = "other"; }));
  EXPECT_TRUE(changed([](FakeDataset& other) { other.cases[2].split = "test"; }));
  EXPECT_TRUE(changed([](FakeDataset& other) { other.reports[2].findings += " Changed."; }));
  EXPECT_TRUE(changed([](FakeDataset& other) { other.reports[2].impression += " Changed."; }));
  EXPECT_TRUE(changed([](FakeDataset& other) { std::swap(other.reports[1], other.reports[2]); }));
  // Files that moved are no other cases, and reports that nothing reads do not count.
  dataset.fingerprint = "elsewhere";
  EXPECT_EQ(CasesDigest(dataset, true), before);
  EXPECT_NE(VolumeFilesDigest(dataset), files);
  dataset.reports[2].findings += " Changed.";
  EXPECT_EQ(CasesDigest(dataset, false), without);
}

}  // namespace
}  // namespace asap
