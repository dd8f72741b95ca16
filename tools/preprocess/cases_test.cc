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

}  // namespace
}  // namespace asap
