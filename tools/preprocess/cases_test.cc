#include "tools/preprocess/cases.h"

#include <filesystem>

#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

TEST(FindCases, ALinkIsKnownByItsOwnName) {
  const fs::path folder = fs::path(testing::TempDir()) / "links";
  fs::create_directories(folder / "elsewhere/deep");
  fs::create_directories(folder / "scans");
  ASSERT_TRUE(WriteFileAtomically((folder / "elsewhere/deep/x.nii.gz").string(), "").ok());
  fs::create_directory_symlink(folder / "elsewhere/deep", folder / "scans/linked");
  fs::create_directory_symlink(folder / "scans", folder / "scans/circle");
  fs::create_symlink(folder / "elsewhere/deep/x.nii.gz", folder / "scans/other.nii.gz");
  const auto list = FindCases((folder / "scans").string(), "", {});
  ASSERT_TRUE(list.ok()) << list.status();
  std::vector<std::string> ids;
  for (const ScanCase& scan : list->cases) ids.push_back(scan.id);
  EXPECT_THAT(ids, testing::ElementsAre("linked/x", "other"));
}

TEST(FindCases, WhatLooksLikeAScanAndIsNotReadIsCounted) {
  const fs::path folder = fs::path(testing::TempDir()) / "unread";
  fs::create_directories(folder / "deep");
  const auto write = [&](const std::string& name, const std::string& bytes = "x") {
    ASSERT_TRUE(WriteFileAtomically((folder / name).string(), bytes).ok());
  };
  for (const char* name :
       {"a.mnc", "deep/b.MNC", "c.nii.zst", "d.zip", "e.img", "f.hdr", "f.img", "deep/g.dcm", "notes.txt", "t.csv"}) {
    write(name);
  }
  const auto none = FindCases(folder.string(), "", {});
  EXPECT_THAT(std::string(none.status().message()), testing::HasSubstr("2 files that end in .mnc are not read"));
  EXPECT_THAT(std::string(none.status().message()), testing::HasSubstr("ANALYZE"));
  write("good.nii");
  std::string pair(348, '\0');
  pair.replace(344, 3, "ni1");
  write("pair.hdr", pair);
  write("pair.img");
  const auto list = FindCases(folder.string(), "", {});
  ASSERT_TRUE(list.ok()) << list.status();
  std::vector<std::string> ids, kinds;
  for (const ScanCase& scan : list->cases) ids.push_back(scan.id);
  EXPECT_THAT(ids, testing::ElementsAre("good", "pair"));
  for (const auto& [kind, files] : list->unread) kinds.push_back(kind);
  EXPECT_THAT(kinds, testing::UnorderedElementsAre(".mnc", ".nii.zst", ".zip", ".img", ".hdr", ".dcm"));
  EXPECT_EQ(list->unread.at(".mnc").count, 2);
}

}  // namespace
}  // namespace asap
