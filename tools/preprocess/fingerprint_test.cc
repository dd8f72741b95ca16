#include "tools/preprocess/fingerprint.h"

#include <chrono>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

class FingerprintTest : public testing::Test {
 protected:
  FingerprintTest()
      : folder_(absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  std::string Write(const std::string& name, const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(absl::StrCat(folder_, "/", name), text).ok());
    return absl::StrCat(folder_, "/", name);
  }
  const std::string folder_;
};

TEST_F(FingerprintTest, AHeaderStandsForItsDataFileToo) {
  const std::string voxels(2 * 3 * 4 * 5, 'x');
  Write("a.raw", voxels);
  const std::string mhd = Write("a.mhd",
                                "ObjectType = Image\nNDims = 3\nBinaryData = True\nElementSpacing = 1 1 1\nDimSize = 3 4 5\n"
                                "ElementType = MET_SHORT\nElementDataFile = a.raw\n");
  const std::string nhdr =
      Write("a.nhdr",
            "NRRD0004\ntype: short\ndimension: 3\nspace: LPS\nsizes: 3 4 5\n"
            "space directions: (1,0,0) (0,1,0) (0,0,1)\nspace origin: (0,0,0)\nendian: little\nencoding: raw\n"
            "data file: a.raw\n\n");
  const std::string mhd_before = Fingerprint(mhd), nhdr_before = Fingerprint(nhdr);
  EXPECT_EQ(Fingerprint(mhd), mhd_before);
  Write("other.raw", voxels);
  EXPECT_EQ(Fingerprint(mhd), mhd_before);
  fs::last_write_time(folder_ + "/a.raw", fs::last_write_time(folder_ + "/a.raw") - std::chrono::hours(1));
  EXPECT_NE(Fingerprint(mhd), mhd_before);
  EXPECT_NE(Fingerprint(nhdr), nhdr_before);
}

TEST_F(FingerprintTest, EverySliceOfAFolderCounts) {
  for (int i = 0; i < 3; ++i) Write(absl::StrCat(i, ".dcm"), "slice");
  const std::string before = Fingerprint(folder_);
  // Replaced by an older file of equal size, which is neither the newest nor another number of bytes.
  fs::last_write_time(folder_ + "/0.dcm", fs::last_write_time(folder_ + "/0.dcm") - std::chrono::hours(1));
  EXPECT_NE(Fingerprint(folder_), before);
}

TEST_F(FingerprintTest, OneFileAndNone) {
  EXPECT_EQ(Fingerprint(""), "none");
  const std::string path = Write("a.nii", "voxels");
  const std::string before = Fingerprint(path);
  Write("a.nii", "other voxels");
  EXPECT_NE(Fingerprint(path), before);
}

}  // namespace
}  // namespace asap
