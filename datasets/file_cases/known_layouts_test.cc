#include "datasets/file_cases/known_layouts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "datasets/file_cases/find_cases.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LayoutHintTest : public ::testing::Test {
 protected:
  LayoutHintTest()
      : root_(absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name())) {}
  void Folder(const std::string& name) { std::filesystem::create_directories(absl::StrCat(root_, "/", name)); }
  void File(const std::string& name) { std::ofstream(absl::StrCat(root_, "/", name)) << "x"; }
  std::string root_;
};

TEST_F(LayoutHintTest, AnotherDatasetIsNamed) {
  Folder("subset0");
  EXPECT_EQ(LayoutHint("stoic", root_), "this looks like LUNA16's layout (subset0): open it as luna16");
  EXPECT_THAT(LayoutHint("luna16", root_), IsEmpty());
  EXPECT_THAT(
      std::string(WrongFolder("stoic", root_, "data/mha").message()),
      AllOf(HasSubstr("expected data/mha; it holds subset0/; this looks like LUNA16's layout"), HasSubstr("open it as luna16")));
}

TEST_F(LayoutHintTest, NamesWithStars) {
  Folder("");
  File("imgtrain_Abnormality_and_Location_Labels.csv");
  EXPECT_THAT(LayoutHint("inspect", root_), HasSubstr("Rad-ChestCT"));
  std::filesystem::remove(root_ + "/imgtrain_Abnormality_and_Location_Labels.csv");
  File("study_mapping_20250611.tsv");
  EXPECT_THAT(LayoutHint("stoic", root_), HasSubstr("INSPECT's layout (study_mapping_20250611.tsv)"));
  std::filesystem::remove(root_ + "/study_mapping_20250611.tsv");
  File("trn.npy");
  EXPECT_THAT(LayoutHint("stoic", root_), IsEmpty());
}

TEST_F(LayoutHintTest, TheFolderAboveOrBelowIsTheOne) {
  Folder("stoic/data/mha");
  EXPECT_THAT(LayoutHint("stoic", root_), AllOf(HasSubstr("its folder stoic/"), EndsWith("TheFolderAboveOrBelowIsTheOne/stoic")));
  EXPECT_THAT(LayoutHint("stoic", root_ + "/stoic/data"),
              AllOf(HasSubstr("the folder above"), EndsWith("TheFolderAboveOrBelowIsTheOne/stoic")));
  EXPECT_THAT(LayoutHint("stoic", "/nowhere/at/all"), IsEmpty());
}

}  // namespace
}  // namespace asap
