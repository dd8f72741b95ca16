#include "tools/anatomy/map_labels.h"

#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/bytes/gzip.h"
#include "core/imaging/formats/write_nifti.h"
#include "gtest/gtest.h"
#include "tools/anatomy/label_names.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

class MapLabelsTest : public testing::Test {
 protected:
  MapLabelsTest()
      : root_(absl::StrCat(testing::TempDir(), "/map_", testing::UnitTest::GetInstance()->current_test_info()->name())),
        table_(*ParseLabelTable("class 0 background\nclass 1 lung\nclass 2 heart\norgan v1 v2 class\n"
                                "lung_left 1 3 1\nheart 2 1 2\nlung_right 3 2 1\nskin 4 4 0\n",
                                "table.txt")) {
    fs::remove_all(root_);
    fs::create_directories(root_);
  }

  // 2x2x2 voxels.
  std::string Write(const std::string& name, const std::vector<uint8_t>& voxels, Index3 size = {2, 2, 2}) {
    Volume<uint8_t> volume;
    volume.geometry.size = size;
    volume.voxels = voxels;
    const absl::Status status = WriteNifti(root_ + "/" + name, volume);
    EXPECT_TRUE(status.ok()) << status;
    return root_ + "/" + name;
  }
  // As Write, with an extension that names labels.
  std::string WriteNamed(const std::string& name, const std::vector<uint8_t>& voxels, const std::string& xml) {
    std::string bytes = *ReadFile(Write("plain.nii", voxels));
    std::string extension(12, '\0');
    extension[0] = 1;
    const int32_t size = static_cast<int32_t>(8 + xml.size()), code = 0;
    memcpy(&extension[4], &size, 4);
    memcpy(&extension[8], &code, 4);
    const float offset = static_cast<float>(348 + 4 + size);
    memcpy(&bytes[108], &offset, 4);
    bytes = absl::StrCat(bytes.substr(0, 348), extension, xml, bytes.substr(352));
    EXPECT_TRUE(WriteFileAtomically(root_ + "/" + name, absl::EndsWith(name, ".gz") ? *Gzip(bytes) : bytes).ok());
    return root_ + "/" + name;
  }

  const std::string root_;
  const LabelTable table_;
};

TEST_F(MapLabelsTest, AMapByColumn) {
  const std::string path = Write("map.nii.gz", {0, 1, 2, 3, 4, 0, 1, 2});
  const auto v1 = MapLabelFile(path, table_, "v1"), v2 = MapLabelFile(path, table_, "v2");
  ASSERT_TRUE(v1.ok()) << v1.status();
  EXPECT_EQ(v1->mask.voxels, (std::vector<uint8_t>{0, 1, 2, 1, 0, 0, 1, 2}));
  EXPECT_EQ(v2->mask.voxels, (std::vector<uint8_t>{0, 2, 1, 1, 0, 0, 2, 1}));
  EXPECT_EQ(v2->ids, "column v2");
  EXPECT_EQ(v1->mask.geometry.size, (Index3{2, 2, 2}));
  const auto none = MapLabelFile(path, table_, "").status();
  EXPECT_TRUE(absl::StrContains(none.message(), "--label_ids=v1")) << none;
  EXPECT_TRUE(absl::StrContains(none.message(), "map.nii.gz")) << none;
}

TEST_F(MapLabelsTest, NamesInTheFileNeedNoColumn) {
  const std::string xml =
      "<?xml version=\"1.0\"?><CaretExtension><LabelTable><Label Key=\"1\" Red=\"0\"><![CDATA[heart]]></Label>"
      "<Label Key=\"7\"><![CDATA[lung_left]]></Label></LabelTable></CaretExtension>";
  for (const std::string name : {"named.nii", "named.nii.gz"}) {
    const std::string path = WriteNamed(name, {0, 1, 7, 7, 0, 0, 1, 1}, xml);
    const auto mapped = MapLabelFile(path, table_, "");
    ASSERT_TRUE(mapped.ok()) << mapped.status();
    EXPECT_EQ(mapped->mask.voxels, (std::vector<uint8_t>{0, 2, 1, 1, 0, 0, 2, 2}));
    EXPECT_EQ(mapped->ids, "names in the file");
  }
  // A name that the table lacks.
  const std::string path = WriteNamed("other.nii", {0, 7, 7, 0, 0, 0, 1, 1}, "<Label Key=\"7\"><![CDATA[lung_lefd]]></Label>");
  const auto status = MapLabelFile(path, table_, "").status();
  EXPECT_TRUE(absl::StrContains(status.message(), "7 lung_lefd (did you mean lung_left?) in 2 voxels")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "1 in 2 voxels")) << status;
  // Cut within the extension.
  ASSERT_TRUE(WriteFileAtomically(path, ReadFile(path)->substr(0, 380)).ok());
  EXPECT_FALSE(MapLabelFile(path, table_, "").ok());
}

TEST_F(MapLabelsTest, UnknownLabelsAreNamedWithTheirCount) {
  const auto status = MapLabelFile(Write("map.nii", {0, 9, 9, 9, 5, 0, 1, 2}), table_, "v1").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "2 labels are not in table.txt (column v1): 5 in 1 voxels, 9 in 3 voxels"))
      << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "--label_ids")) << status;
}

TEST_F(MapLabelsTest, AScanIsNoLabelMap) {
  Volume<int16_t> scan;
  scan.geometry.size = {2, 2, 1};
  scan.voxels = {-1000, 40, 0, 3};
  ASSERT_TRUE(WriteNifti(root_ + "/scan.nii", scan).ok());
  const auto status = MapLabelFile(root_ + "/scan.nii", table_, "v1").status();
  EXPECT_TRUE(absl::StrContains(status.message(), "holds the value -1000")) << status;
}

TEST_F(MapLabelsTest, ATruncatedMapIsNamed) {
  const std::string path = Write("map.nii.gz", {0, 1, 2, 3, 4, 0, 1, 2});
  ASSERT_TRUE(WriteFileAtomically(path, ReadFile(path)->substr(0, 40)).ok());
  const auto status = MapLabelFile(path, table_, "v1").status();
  EXPECT_TRUE(absl::StrContains(status.message(), "map.nii.gz")) << status;
}

TEST_F(MapLabelsTest, AFolderOfOrgansAndItsOverlaps) {
  fs::create_directories(root_ + "/seg");
  Write("seg/lung_left.nii.gz", {1, 1, 1, 0, 0, 0, 0, 0});
  Write("seg/lung_right.nii", {0, 0, 1, 1, 0, 1, 0, 0});
  Write("seg/heart.nii.gz", {0, 1, 0, 0, 0, 255, 0, 0});
  EXPECT_TRUE(absl::StrContains(MapOrganFolder(root_ + "/seg", table_).status().message(), "holds the values 1 and 255"));
  Write("seg/heart.nii.gz", {0, 255, 0, 0, 0, 255, 0, 0});
  // Class 0 takes nothing away, and is not even read.
  ASSERT_TRUE(WriteFileAtomically(root_ + "/seg/skin.nii.gz", "junk").ok());
  const auto mapped = MapOrganFolder(root_ + "/seg", table_);
  ASSERT_TRUE(mapped.ok()) << mapped.status();
  // Voxel 1: heart is after the left lung. Voxel 5: the right lung is after the heart. Voxel 2: both are lung.
  EXPECT_EQ(mapped->mask.voxels, (std::vector<uint8_t>{1, 2, 1, 1, 0, 1, 0, 0}));
  EXPECT_EQ(mapped->overlaps, 2);
}

TEST_F(MapLabelsTest, WrongFoldersAreExplained) {
  fs::create_directories(root_ + "/seg");
  Write("seg/lung_left.nii.gz", {1, 1, 1, 0, 0, 0, 0, 0});
  Write("seg/hart.nii.gz", {1, 1, 1, 0, 0, 0, 0, 0});
  auto status = MapOrganFolder(root_ + "/seg", table_).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "hart.nii.gz (did you mean heart?)")) << status;
  fs::remove(root_ + "/seg/hart.nii.gz");
  Write("seg/heart.nii.gz", {1, 1, 1, 0}, {2, 2, 1});
  status = MapOrganFolder(root_ + "/seg", table_).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "2x2x1")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "lung_left.nii.gz")) << status;
  Write("seg/heart.nii.gz", {1, 1, 1, 0, 0, 0, 0, 0});
  Write("seg/heart.nii", {1, 1, 1, 0, 0, 0, 0, 0});
  EXPECT_TRUE(absl::StrContains(MapOrganFolder(root_ + "/seg", table_).status().message(), "hold the organ heart"));
  fs::create_directories(root_ + "/skin");
  Write("skin/skin.nii", {1, 1, 1, 0, 0, 0, 0, 0});
  EXPECT_TRUE(absl::StrContains(MapOrganFolder(root_ + "/skin", table_).status().message(), "has a class above 0"));
  EXPECT_FALSE(MapOrganFolder(root_ + "/absent", table_).ok());
}

}  // namespace
}  // namespace asap
