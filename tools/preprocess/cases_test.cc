#include "tools/preprocess/cases.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/imaging/formats/write_dicom.h"
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

// Slices z from `first` to before `last` of a series, a file each.
void WriteSlices(const fs::path& folder, const std::string& series, int first, int last) {
  fs::create_directories(folder);
  for (int z = first; z < last; ++z) {
    DicomSlice slice;
    slice.series = series;
    slice.instance = absl::StrCat(series, ".", z);
    slice.position = {0, 0, 2.5 * z};
    slice.stored.resize(12);
    ASSERT_TRUE(WriteFileAtomically((folder / absl::StrCat(series, "-", z)).string(), DicomBytes(slice)).ok());
  }
}

std::vector<ScanCase> Found(const fs::path& folder) {
  const auto list = FindCases(folder.string(), "", {});
  EXPECT_TRUE(list.ok()) << list.status();
  return list->cases;
}

TEST(FindCases, ASeriesInSeveralFoldersIsNamed) {
  const fs::path folder = fs::path(testing::TempDir()) / "split";
  WriteSlices(folder / "lower", "1.1", 0, 10);
  WriteSlices(folder / "other", "1.2", 0, 20);
  WriteSlices(folder / "other", "1.1", 8, 12);  // by the way: the folder's own series lies here alone
  WriteSlices(folder / "upper", "1.1", 10, 20);
  const std::vector<ScanCase> cases = Found(folder);
  ASSERT_EQ(cases.size(), 3u);
  EXPECT_THAT(std::string(cases[0].defect.message()),
              testing::AllOf(testing::HasSubstr("lower: holds 10 files"), testing::HasSubstr("other holds 2 others")));
  EXPECT_TRUE(cases[1].defect.ok()) << cases[1].defect;
  EXPECT_THAT(std::string(cases[2].defect.message()), testing::HasSubstr("others of the same series"));
}

TEST(FindCases, ACopyOfASeriesIsTold) {
  const fs::path folder = fs::path(testing::TempDir()) / "copy";
  WriteSlices(folder / "a", "1.1", 0, 10);
  WriteSlices(folder / "b", "1.1", 0, 10);
  WriteSlices(folder / "c", "1.2", 0, 10);
  const std::vector<ScanCase> cases = Found(folder);
  ASSERT_EQ(cases.size(), 3u);
  for (const ScanCase& scan : cases) EXPECT_TRUE(scan.defect.ok()) << scan.defect;
  EXPECT_EQ(cases[0].warning, "");
  EXPECT_THAT(cases[1].warning, testing::HasSubstr("holds the same files of a DICOM series as"));
  EXPECT_EQ(cases[2].warning, "");
}

std::string Folder() {
  const std::string folder = absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
  fs::remove_all(folder);
  return folder;
}

void Touch(const std::string& path) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path) << "";
}

TEST(FindCases, ALinkToNowhereIsNamed) {
  const std::string root = Folder();
  Touch(root + "/a.nii");
  fs::create_directory_symlink("/no/such/disk/site2", root + "/site2");
  fs::create_symlink("/no/such/disk/notes.txt", root + "/notes.txt");  // no folder of scans, by its name
  const auto list = FindCases(root, "", {});
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->cases.size(), 2u);
  EXPECT_TRUE(list->cases[0].defect.ok());
  EXPECT_EQ(list->cases[1].id, "site2");
  EXPECT_TRUE(list->cases[1].unread);
  EXPECT_THAT(std::string(list->cases[1].defect.message()), testing::HasSubstr("cannot look into " + root + "/site2: No such"));
  // As masks, what is missing there cannot be passed over.
  EXPECT_THAT(std::string(FindMasks(root).status().message()), testing::HasSubstr("/site2"));
}

TEST(FindCases, ANameThatIsNotUtf8IsADefectOfThatScan) {
  const std::string root = Folder();
  Touch(root +
        "/scan\xE9"
        "e.nii.gz");
  Touch(root +
        "/scan\xC3\xA9"
        "e.nii.gz");
  const auto list = FindCases(root, "", {});
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->cases.size(), 2u);
  EXPECT_EQ(list->cases[0].id,
            "scan\xC3\xA9"
            "e");
  EXPECT_TRUE(list->cases[0].defect.ok());
  EXPECT_EQ(list->cases[1].id, "scan\\xE9e");
  EXPECT_THAT(std::string(list->cases[1].defect.message()), testing::HasSubstr("scan\\xE9e.nii.gz: the name is not in UTF-8"));
}

TEST(FindCases, ResultsOfEarlierRunsAreNoScansAndFoldersOfTheUsersAre) {
  const std::string root = Folder();
  for (const char* file : {"a.nii", "volumes/c.nii", "masks/d.nii", "prepared/volumes/a.nii", "prepared/masks/a.nii",
                           "prepared/records/a.txt", "prepared/manifest-0-of-2.csv", "prepared/b.nii"}) {
    Touch(absl::StrCat(root, "/", file));
  }
  testing::internal::CaptureStderr();
  const auto list = FindCases(root, "", {});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("not searched for scans: 2 folders"));
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_THAT(IdsOf(list->cases), testing::ElementsAre("a", "masks/d", "prepared/b", "volumes/c"));
  // Named as the input they are meant.
  EXPECT_THAT(IdsOf(FindCases(root + "/prepared/volumes", "", {})->cases), testing::ElementsAre("a"));
  fs::remove(root + "/prepared/b.nii");
  EXPECT_THAT(std::string(FindCases(root + "/prepared", "", {}).status().message()), testing::HasSubstr("name it as the input"));
}

TEST(FindCases, TwoMasksOfOneScanAreNamed) {
  const std::string root = Folder();
  Touch(root + "/scans/a.nii");
  Touch(root + "/masks/a.nii");
  Touch(root + "/masks/a.nrrd");
  EXPECT_THAT(std::string(FindCases(root + "/scans", root + "/masks", {}).status().message()),
              testing::HasSubstr("are both the mask of one scan"));
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
