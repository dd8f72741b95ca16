#include "datasets/cc_ccii/cc_ccii.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/io/png.h"
#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/testing/written_dataset.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kCases = 7;

class CcCciiTest : public WrittenDatasetTest {
 protected:
  CcCciiTest() : WrittenDatasetTest("cc_ccii", {.cases = kCases, .size = {28, 24, 18}, .seed = 4}) { WriteScans(); }

  // The folder of a case's slices.
  std::string Folder(const std::string& id) const { return Path(absl::StrJoin(absl::StrSplit(id, '_'), "/")); }
  void ExpectTruth(const Dataset& read) const;
};

// Every written case is there with its class and its grey values; a higher HU is never darker.
void CcCciiTest::ExpectTruth(const Dataset& read) const {
  ASSERT_EQ(read.size(), truth_->size());
  std::map<std::string, int64_t> index_of;
  for (int64_t i = 0; i < read.size(); ++i) index_of[read.Info(i).id] = i;
  for (int64_t i = 0; i < truth_->size(); ++i) {
    const int label = static_cast<int>(truth_->Labels(i)->at("Pneumonia class"));
    const int64_t patient = truth_->Key(i).patient + 1;
    const std::string id = absl::StrCat(std::vector<const char*>{"Normal", "CP", "NCP"}[label], "_", patient, "_",
                                        10 * patient + truth_->Key(i).scan);
    ASSERT_TRUE(index_of.contains(id)) << id;
    EXPECT_EQ(read.Labels(index_of[id])->at("class"), label);
    ExpectVoxels(read, index_of[id], i,
                 [](int16_t hu) { return static_cast<int16_t>(std::lround(255 * std::clamp((hu + 1350) / 1500.0, 0.0, 1.0))); });
  }
}

TEST_F(CcCciiTest, Conforms) {
  const auto dataset = OpenWritten(/*prepared=*/false);
  EXPECT_FALSE(dataset->card().hounsfield);
  EXPECT_THAT(dataset->card().intensity_window, ElementsAre(0, 255));
}

TEST_F(CcCciiTest, PicturesAreReadAsTheyWere) {
  const auto dataset = Open();
  ExpectTruth(*dataset);
  EXPECT_THAT((*dataset->Volume(0))->geometry().spacing, ElementsAre(0.7, 0.7, 3));
  int64_t of_class[3] = {};
  for (int64_t i = 0; i < kCases; ++i) ++of_class[static_cast<int>(dataset->Labels(i)->at("class"))];
  EXPECT_GT(of_class[1], 0);
  EXPECT_GT(of_class[2], 0);
  EXPECT_THAT(dataset->Info(0).patient, testing::MatchesRegex("[0-9]+"));
}

TEST_F(CcCciiTest, PreparedVolumesAreReadAsTheyWere) {
  const auto dataset = OpenWritten(/*prepared=*/true);
  ExpectTruth(*dataset);
  EXPECT_EQ(dataset->Info(0).patient, std::vector<std::string>(absl::StrSplit(dataset->Info(0).id, '_'))[1]);
  const std::string other = absl::StrCat("images_new/", dataset->Info(0).id);
  fs::rename(Path(other + ".nii.gz"), Path("images_new/17.nii.gz"));
  EXPECT_EQ(Open()->Info(0).id, "17");
  EXPECT_EQ(Open()->Info(0).patient, "17");
  fs::rename(Path("images_new/17.nii.gz"), Path(other + ".nii.gz"));
  EXPECT_THAT(Error({{"voxel_size", "1x1x1"}}), HasSubstr("holds prepared volumes"));
  fs::rename(Path("labels.csv"), Path("mine.csv"));
  EXPECT_THAT(*Open()->Labels(0), IsEmpty());
  const std::vector<DatasetProblem> problems = Open()->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, AllOf(HasSubstr("labels.csv: no such file"), HasSubstr("img_list and label")));
  ExpectTruth(*Open({{"labels", "mine.csv"}}));
  WriteText("mine.csv", "img_list,class\na.nii.gz,1\n");
  EXPECT_THAT(Error({{"labels", "mine.csv"}}), HasSubstr("has no label \"label\" but class"));
}

TEST_F(CcCciiTest, WhatIsAssumedCanBeSaid) {
  const auto sized = Open({{"voxel_size", "1x1x4"}});
  EXPECT_THAT((*sized->Volume(0))->geometry().spacing, ElementsAre(1, 1, 4));
  EXPECT_NE(sized->Fingerprint(0), Open()->Fingerprint(0));
  const auto resampled = Open({{"voxel_size", "1x1x4"}, {"spacing", "2x2x2"}});
  EXPECT_THAT((*resampled->Volume(0))->geometry().spacing, ElementsAre(2, 2, 2));
  EXPECT_THAT((*resampled->Volume(0))->geometry().size, ElementsAre(14, 12, 36));
  CheckDatasetConformance(*resampled);
  const auto turned = Open({{"classes", "Normal/NCP/CP"}}), usual = Open();
  for (int64_t i = 0; i < kCases; ++i) {
    const double label = usual->Labels(i)->at("class");
    EXPECT_EQ(turned->Labels(i)->at("class"), label == 0 ? 0 : 3 - label);
  }
  EXPECT_THAT(Error({{"classes", "CP/NCP"}}), HasSubstr("such as Normal/CP/NCP"));
  EXPECT_THAT(Error({{"voxel_size", "1"}}), HasSubstr("voxel_size is \"1\"; expected three numbers in mm"));
  EXPECT_THAT(Error({{"labels", "x.csv"}}), HasSubstr("is for prepared volumes"));
}

TEST_F(CcCciiTest, CachedVolumesOpenWithoutDecoding) {
  const auto cache = NewCache();
  const auto dataset = Open({}, "", cache);
  const std::vector<int16_t> first = Voxels(dataset->Volume(0));
  EXPECT_EQ(cache->statistics().misses, 1);
  EXPECT_EQ(Voxels(dataset->Volume(0)), first);
  EXPECT_EQ(cache->statistics().misses, 1);
  EXPECT_THAT((*dataset->Volume(0))->geometry().spacing, ElementsAre(0.7, 0.7, 3));
}

TEST_F(CcCciiTest, ArchivesInFoldersOfTheirOwn) {
  fs::create_directory(Path("CP-1"));
  fs::rename(Path("CP"), Path("CP-1/CP"));
  fs::create_directory(Path("COVID19-1"));
  fs::rename(Path("NCP"), Path("COVID19-1/ncp"));
  ExpectTruth(*Open());
}

TEST_F(CcCciiTest, DefectiveSlicesAreNamed) {
  const auto whole = Open();
  const std::string wrong = whole->Info(0).id, torn = whole->Info(1).id, empty = whole->Info(2).id, few = whole->Info(3).id;
  ASSERT_TRUE(WritePng(absl::StrCat(Folder(wrong), "/0003.png"), RgbImage(9, 9)).ok());
  fs::resize_file(absl::StrCat(Folder(wrong), "/0005.png"), 60);
  fs::remove(absl::StrCat(Folder(torn), "/0007.png"));
  for (int slice = 0; slice < 18; ++slice) fs::remove(absl::StrFormat("%s/%04d.png", Folder(empty), slice));
  for (int slice = 4; slice < 18; ++slice) fs::remove(absl::StrFormat("%s/%04d.png", Folder(few), slice));
  auto problems = ProblemsByCase(*Open());
  ASSERT_THAT(problems, SizeIs(4));
  EXPECT_THAT(problems[wrong], AllOf(HasSubstr("error: " + Folder(wrong) +
                                               ": 2 of its 18 slices are defective: 0003.png (9x9 pixels "
                                               "where most have 28x24), 0005.png (")));
  EXPECT_THAT(problems[torn], HasSubstr("warning: " + Folder(torn) + ": the numbers of its slices jump from 6 to 8"));
  EXPECT_THAT(problems[empty], HasSubstr("error: " + Folder(empty) + ": holds no slices"));
  EXPECT_THAT(problems[few], HasSubstr("warning: " + Folder(few) + ": has 4 slices; expected 16 or more"));
  EXPECT_THAT(std::string(Open()->Volume(0).status().message()), AllOf(HasSubstr("case " + wrong), HasSubstr("0003.png")));
}

TEST_F(CcCciiTest, WrongFolders) {
  fs::create_directories(Path("x"));
  for (const char* name : {"NCP", "CP", "Normal"}) {
    if (fs::exists(Path(name))) fs::rename(Path(name), Path(absl::StrCat("x/old_", name)));
  }
  EXPECT_THAT(Error(), AllOf(HasSubstr("expected NCP, CP and Normal with <patient>/<scan>/0000.png"),
                             HasSubstr("images_new/<id>.nii.gz; it holds x/. Unpack")));
  root_ = "";
  EXPECT_THAT(Error(), HasSubstr("no folder was given"));
  EXPECT_THAT(Error({{"class", "x"}}), HasSubstr("did you mean \"classes\"?"));
}

TEST_F(CcCciiTest, AScanInTwoPlaces) {
  const std::string id = Open()->Info(0).id;
  const std::string below = Folder(id).substr(root_.size() + 1);
  fs::create_directories(Path("again/" + below).substr(0, Path("again/" + below).rfind('/')));
  fs::copy(Folder(id), Path("again/" + below), fs::copy_options::recursive);
  EXPECT_THAT(Error(), HasSubstr("the scan " + id + " is in " + below + " and in again/" + below));
}

}  // namespace
}  // namespace asap
