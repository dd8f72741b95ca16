#include "datasets/published_lists/expected_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr ListKind kBoth[] = {ListKind::kClassification, ListKind::kPrognosis};

TEST(ExpectedLists, TableIsWhole) {
  int64_t lists = 0;
  for (const ListKind kind : kBoth) {
    for (const char* dataset : {"cc_ccii", "ct_rate", "inspect", "luna16", "rad_chestct", "rspect", "stoic"}) {
      std::set<std::string> files;
      for (const ExpectedList& list : ExpectedLists(kind, dataset)) {
        ++lists;
        EXPECT_TRUE(files.insert(list.file).second) << list.file;
        EXPECT_GT(list.rows, 0);
        EXPECT_EQ(std::string(list.sha256_prefix).size(), 12u);
      }
      // A fraction's list is the floor or the ceiling of the share, but for CC-CCII's own draw.
      const ExpectedList* all = FindExpectedList(kind, dataset, "train_list.csv");
      const ExpectedList* tenth = FindExpectedList(kind, dataset, "train_list_10.csv");
      if (all == nullptr || tenth == nullptr) continue;
      EXPECT_NEAR(static_cast<double>(all->rows) / 10, tenth->rows, 2.6) << dataset;
    }
  }
  EXPECT_EQ(lists, 41);
  EXPECT_TRUE(ExpectedLists(ListKind::kPrognosis, "luna16").empty());
  EXPECT_EQ(FindExpectedList(ListKind::kClassification, "rspect", "train_list.csv"), nullptr);
}

TEST(ExpectedLists, ValidationIsTestWhereItWasPublishedSo) {
  for (const char* dataset : {"cc_ccii", "ct_rate", "luna16", "stoic"}) {
    EXPECT_TRUE(ValidationIsTest(ListKind::kClassification, dataset)) << dataset;
  }
  for (const char* dataset : {"inspect", "rad_chestct", "rspect"}) {
    EXPECT_FALSE(ValidationIsTest(ListKind::kClassification, dataset)) << dataset;
  }
  EXPECT_TRUE(ValidationIsTest(ListKind::kPrognosis, "stoic"));
  EXPECT_FALSE(ValidationIsTest(ListKind::kPrognosis, "inspect"));
}

TEST(ExpectedLists, FolderIsFoundFromEachPlaceThatUsersGive) {
  const std::string checkout = absl::StrCat(::testing::TempDir(), "/checkout");
  const std::string lists = checkout + "/Benchmark/Classification/datasets/Stoic";
  std::filesystem::create_directories(lists);
  std::filesystem::create_directories(checkout + "/Benchmark/Prognosis/datasets");
  for (const std::string& splits : {checkout, checkout + "/Benchmark", checkout + "/Benchmark/Classification/datasets",
                                    checkout + "/Benchmark/Classification/datasets/"}) {
    const auto folder = PublishedListFolder(splits, ListKind::kClassification, "stoic");
    ASSERT_TRUE(folder.ok()) << folder.status();
    EXPECT_TRUE(std::filesystem::equivalent(*folder, lists)) << *folder;
  }
  // Classification's lists are no answer to the question for prognosis'.
  for (const std::string& splits : {checkout, checkout + "/Benchmark/Classification/datasets"}) {
    EXPECT_THAT(std::string(PublishedListFolder(splits, ListKind::kPrognosis, "stoic").status().message()),
                AllOf(HasSubstr("Prognosis/datasets/Stoic"), HasSubstr("6918832"), HasSubstr("under the strict protocol")));
  }
  EXPECT_THAT(std::string(PublishedListFolder(checkout, ListKind::kClassification, "stoik").status().message()),
              HasSubstr("did you mean \"stoic\"?"));
  EXPECT_THAT(std::string(PublishedListFolder("/nowhere", ListKind::kClassification, "stoic").status().message()),
              HasSubstr("/nowhere: no such folder"));

  ASSERT_TRUE(WriteFileAtomically(lists + "/train_list_1.csv", "PatientID,probCOVID\n8,1\n9,0\n").ok());
  EXPECT_THAT(std::string(ReadSplitList(checkout, ListKind::kClassification, "stoic", "train_list_1.csv").status().message()),
              AllOf(HasSubstr("Stoic/train_list_1.csv"), HasSubstr("expected 1d4e57a272a4"), HasSubstr("2 rows, expected 16")));
  const auto other = ReadSplitList(checkout, ListKind::kClassification, "stoic", "train_list_1.csv", /*allow_other=*/true);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ(other->size(), 2);
  EXPECT_THAT(std::string(ReadSplitList(checkout, ListKind::kClassification, "stoic", "train_list_2.csv").status().message()),
              HasSubstr("did you mean \"train_list_1.csv\"?"));
}

// Against the real lists: bazel test --test_env=ASAP_SPLITS=CHECKOUT/Benchmark //datasets/published_lists:expected_lists_test
TEST(ExpectedLists, OfACheckout) {
  const char* splits = std::getenv("ASAP_SPLITS");
  if (splits == nullptr) GTEST_SKIP() << "ASAP_SPLITS does not name a checkout of the published code";
  for (const ListKind kind : kBoth) {
    for (const char* dataset : {"cc_ccii", "ct_rate", "inspect", "luna16", "rad_chestct", "rspect", "stoic"}) {
      for (const ExpectedList& expected : ExpectedLists(kind, dataset)) {
        const auto list = ReadSplitList(splits, kind, dataset, expected.file);
        EXPECT_TRUE(list.ok()) << list.status();
        if (list.ok())
          std::printf("%s: %lld rows, %.12s\n", list->path.c_str(), static_cast<long long>(list->size()), list->sha256.c_str());
      }
    }
  }
}

}  // namespace
}  // namespace asap
