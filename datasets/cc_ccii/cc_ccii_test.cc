#include "datasets/cc_ccii/cc_ccii.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/data/volume_cache/volume_cache.h"
#include "core/io/png.h"
#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/phantom/layouts/write_dataset.h"
#include "datasets/phantom/phantom.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kCases = 7;

std::string TestFolder(const std::string& name) { return absl::StrCat(::testing::TempDir(), "/cc_ccii_", name); }

std::unique_ptr<phantom::PhantomDataset> Write(const std::string& root, bool prepared) {
  fs::remove_all(root);
  auto truth = WritePhantom("cc_ccii", {.root = root, .prepared = prepared}, {.cases = kCases, .size = {28, 24, 18}, .seed = 4});
  EXPECT_TRUE(truth.ok()) << truth.status();
  return *std::move(truth);
}

class CcCciiTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { truth_ = Write(TestFolder("written"), /*prepared=*/false).release(); }
  static void TearDownTestSuite() { delete truth_; }

  // Each test has its own copy.
  CcCciiTest() : root_(TestFolder(::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    fs::copy(TestFolder("written"), root_, fs::copy_options::recursive);
  }
  absl::StatusOr<std::unique_ptr<Dataset>> TryOpen(const std::map<std::string, std::string>& parameters) const {
    return OpenDataset("cc_ccii", {.root = root_, .parameters = parameters});
  }
  std::unique_ptr<Dataset> Open(const std::map<std::string, std::string>& parameters = {}) const {
    auto dataset = TryOpen(parameters);
    EXPECT_TRUE(dataset.ok()) << dataset.status();
    return dataset.ok() ? *std::move(dataset) : nullptr;
  }
  std::string Error(const std::map<std::string, std::string>& parameters = {}) const {
    return std::string(TryOpen(parameters).status().message());
  }
  std::string Path(const std::string& name) const { return absl::StrCat(root_, "/", name); }
  void Text(const std::string& name, const std::string& contents) const {
    ASSERT_TRUE(WriteFileAtomically(Path(name), contents).ok());
  }
  // The folder of a case's slices.
  std::string Folder(const std::string& id) const { return Path(absl::StrJoin(absl::StrSplit(id, '_'), "/")); }

  static phantom::PhantomDataset* truth_;
  std::string root_;
};
phantom::PhantomDataset* CcCciiTest::truth_ = nullptr;

std::vector<int16_t> Voxels(const absl::StatusOr<std::unique_ptr<VoxelSource>>& source) {
  EXPECT_TRUE(source.ok()) << source.status();
  if (!source.ok()) return {};
  std::vector<int16_t> voxels((*source)->geometry().voxels());
  const absl::Status status = (*source)->Read({.size = (*source)->geometry().size}, absl::MakeSpan(voxels));
  EXPECT_TRUE(status.ok()) << status;
  return voxels;
}

// Every written case is there with its class and its grey values; a higher HU is never darker.
void ExpectTruth(const Dataset& read, const phantom::PhantomDataset& truth) {
  ASSERT_EQ(read.size(), truth.size());
  std::map<std::string, int64_t> index_of;
  for (int64_t i = 0; i < read.size(); ++i) index_of[read.Info(i).id] = i;
  for (int64_t i = 0; i < truth.size(); ++i) {
    const int label = static_cast<int>(truth.Labels(i)->at("Pneumonia class"));
    const int64_t patient = truth.Key(i).patient + 1;
    const std::string id =
        absl::StrCat(std::vector<const char*>{"Normal", "CP", "NCP"}[label], "_", patient, "_", 10 * patient + truth.Key(i).scan);
    ASSERT_TRUE(index_of.contains(id)) << id;
    EXPECT_EQ(read.Labels(index_of[id])->at("class"), label);
    const std::vector<int16_t> grey = Voxels(read.Volume(index_of[id])), hu = Voxels(truth.Volume(i));
    ASSERT_EQ(grey.size(), hu.size());
    for (size_t v = 0; v < hu.size(); ++v) {
      ASSERT_EQ(grey[v], std::lround(255 * std::clamp((hu[v] + 1350) / 1500.0, 0.0, 1.0))) << v;
    }
  }
}

TEST_F(CcCciiTest, Conforms) {
  const auto dataset = Open();
  CheckDatasetConformance(*dataset);
  EXPECT_FALSE(dataset->card().hounsfield);
  EXPECT_THAT(dataset->card().intensity_window, ElementsAre(0, 255));
}

TEST_F(CcCciiTest, PicturesAreReadAsTheyWere) {
  const auto dataset = Open();
  ExpectTruth(*dataset, *truth_);
  EXPECT_THAT((*dataset->Volume(0))->geometry().spacing, ElementsAre(0.7, 0.7, 3));
  int64_t of_class[3] = {};
  for (int64_t i = 0; i < kCases; ++i) ++of_class[static_cast<int>(dataset->Labels(i)->at("class"))];
  EXPECT_GT(of_class[1], 0);
  EXPECT_GT(of_class[2], 0);
  EXPECT_THAT(dataset->Info(0).patient, testing::MatchesRegex("[0-9]+"));
}

TEST_F(CcCciiTest, PreparedVolumesAreReadAsTheyWere) {
  const auto truth = Write(root_, /*prepared=*/true);
  const auto dataset = Open();
  ExpectTruth(*dataset, *truth);
  CheckDatasetConformance(*dataset);
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
  ExpectTruth(*Open({{"labels", "mine.csv"}}), *truth);
  Text("mine.csv", "img_list,class\na.nii.gz,1\n");
  EXPECT_THAT(Error({{"labels", "mine.csv"}}), HasSubstr("has no label \"label\" but class"));
}

TEST_F(CcCciiTest, WhatIsAssumedCanBeSaid) {
  const auto sized = Open({{"voxel_size", "1x1x4"}});
  EXPECT_THAT((*sized->Volume(0))->geometry().spacing, ElementsAre(1, 1, 4));
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
  DatasetOptions options = {.root = root_};
  options.cache = std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = Path("cache"), .max_bytes = int64_t{1} << 30, .keep_free_bytes = 0});
  const auto dataset = OpenDataset("cc_ccii", options);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  const std::vector<int16_t> first = Voxels((*dataset)->Volume(0));
  EXPECT_EQ(options.cache->statistics().misses, 1);
  EXPECT_EQ(Voxels((*dataset)->Volume(0)), first);
  EXPECT_EQ(options.cache->statistics().misses, 1);
  EXPECT_THAT((*(*dataset)->Volume(0))->geometry().spacing, ElementsAre(0.7, 0.7, 3));
}

TEST_F(CcCciiTest, ArchivesInFoldersOfTheirOwn) {
  fs::create_directory(Path("CP-1"));
  fs::rename(Path("CP"), Path("CP-1/CP"));
  fs::create_directory(Path("COVID19-1"));
  fs::rename(Path("NCP"), Path("COVID19-1/ncp"));
  ExpectTruth(*Open(), *truth_);
}

TEST_F(CcCciiTest, DefectiveSlicesAreNamed) {
  const auto whole = Open();
  const std::string wrong = whole->Info(0).id, torn = whole->Info(1).id, empty = whole->Info(2).id, few = whole->Info(3).id;
  ASSERT_TRUE(WritePng(absl::StrCat(Folder(wrong), "/0003.png"), RgbImage(9, 9)).ok());
  fs::resize_file(absl::StrCat(Folder(wrong), "/0005.png"), 60);
  fs::remove(absl::StrCat(Folder(torn), "/0007.png"));
  for (int slice = 0; slice < 18; ++slice) fs::remove(absl::StrFormat("%s/%04d.png", Folder(empty), slice));
  for (int slice = 4; slice < 18; ++slice) fs::remove(absl::StrFormat("%s/%04d.png", Folder(few), slice));
  std::map<std::string, std::string> problems;
  for (const DatasetProblem& problem : Open()->Verify(nullptr)) {
    EXPECT_FALSE(problem.remedy.empty());
    problems[problem.case_id] +=
        absl::StrCat(problem.severity == DatasetProblem::Severity::kError ? "error: " : "warning: ", problem.message, "\n");
  }
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
