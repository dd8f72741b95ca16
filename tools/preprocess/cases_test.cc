#include "tools/preprocess/cases.h"

#include <filesystem>

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

}  // namespace
}  // namespace asap
