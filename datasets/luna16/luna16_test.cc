#include "datasets/luna16/luna16.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/data/volume_cache/volume_cache.h"
#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/luna16/annotations.h"
#include "datasets/phantom/labels.h"
#include "datasets/phantom/layouts/write_dataset.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kCases = 8;

std::string TestFolder(const std::string& name) { return absl::StrCat(::testing::TempDir(), "/luna16_", name); }

std::unique_ptr<phantom::PhantomDataset> Write(const std::string& root, bool prepared) {
  fs::remove_all(root);
  auto truth = WritePhantom("luna16", {.root = root, .prepared = prepared}, {.cases = kCases, .size = {36, 30, 24}, .seed = 3});
  EXPECT_TRUE(truth.ok()) << truth.status();
  return *std::move(truth);
}

class Luna16Test : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { truth_ = Write(TestFolder("written"), /*prepared=*/false).release(); }
  static void TearDownTestSuite() { delete truth_; }

  // Each test has its own copy.
  Luna16Test() : root_(TestFolder(::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    fs::copy(TestFolder("written"), root_, fs::copy_options::recursive);
  }
  std::unique_ptr<Dataset> Open(const std::map<std::string, std::string>& parameters = {}) const {
    auto dataset = OpenDataset("luna16", {.root = root_, .parameters = parameters});
    EXPECT_TRUE(dataset.ok()) << dataset.status();
    return dataset.ok() ? *std::move(dataset) : nullptr;
  }
  std::string Error(const std::map<std::string, std::string>& parameters = {}) const {
    return std::string(OpenDataset("luna16", {.root = root_, .parameters = parameters}).status().message());
  }
  std::string Path(const std::string& name) const { return absl::StrCat(root_, "/", name); }
  void Text(const std::string& name, const std::string& contents) const {
    ASSERT_TRUE(WriteFileAtomically(Path(name), contents).ok());
  }
  // Where the scan's files are, without their extension.
  std::string ScanPath(const std::string& id) const {
    for (int subset = 0; subset < 10; ++subset) {
      const std::string path = Path(absl::StrCat("subset", subset, "/", id));
      if (fs::exists(path + ".mhd")) return path;
    }
    ADD_FAILURE() << id;
    return "";
  }

  static phantom::PhantomDataset* truth_;
  std::string root_;
};
phantom::PhantomDataset* Luna16Test::truth_ = nullptr;

std::vector<int16_t> Voxels(const absl::StatusOr<std::unique_ptr<VoxelSource>>& source) {
  EXPECT_TRUE(source.ok()) << source.status();
  if (!source.ok()) return {};
  std::vector<int16_t> voxels((*source)->geometry().voxels());
  const absl::Status status = (*source)->Read({.size = (*source)->geometry().size}, absl::MakeSpan(voxels));
  EXPECT_TRUE(status.ok()) << status;
  return voxels;
}

// Ids grow with the phantom's patients, so cases are in its order.
void ExpectTruth(const Dataset& read, const phantom::PhantomDataset& truth) {
  ASSERT_EQ(read.size(), truth.size());
  for (int64_t i = 0; i < read.size(); ++i) {
    SCOPED_TRACE(read.Info(i).id);
    EXPECT_EQ(read.Info(i).patient, read.Info(i).id);
    EXPECT_EQ(read.Labels(i)->at("nodule"), truth.Labels(i)->at("Lung nodule"));
    EXPECT_EQ(Voxels(read.Volume(i)), Voxels(truth.Volume(i)));
    const Geometry g = (*read.Volume(i))->geometry(), h = (*truth.Volume(i))->geometry();
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_NEAR(g.spacing[axis], h.spacing[axis], 1e-4);
      EXPECT_NEAR(g.origin[axis], h.origin[axis], 1e-3);
    }
    const std::vector<int16_t> lungs = Voxels(read.Mask(i));
    const auto rendered = truth.Rendered(i);
    int64_t seen[4] = {};
    const Index3 size = g.size;
    for (int64_t x = 0, at = 0; x < size[0]; ++x) {
      for (int64_t y = 0; y < size[1]; ++y) {
        for (int64_t z = 0; z < size[2]; ++z, ++at) {
          const uint8_t fine = rendered->fine[x + size[0] * (y + size[1] * z)];
          const int wanted = fine == phantom::kTrachea ? 3 : !phantom::IsLung(fine) ? 0 : fine <= phantom::kLeftLowerLobe ? 1 : 2;
          ASSERT_EQ(lungs[at], wanted) << x << " " << y << " " << z;
          ++seen[wanted];
        }
      }
    }
    for (const int64_t count : seen) EXPECT_GT(count, 0);
  }
}

TEST_F(Luna16Test, Conforms) {
  CheckDatasetConformance(*Open());
  EXPECT_THAT(Open()->card().label_names, ElementsAre("nodule"));
}

TEST_F(Luna16Test, ThePublishedLayoutIsReadAsItWas) {
  ExpectTruth(*Open(), *truth_);
  int with = 0;
  for (int64_t i = 0; i < kCases; ++i) with += truth_->Labels(i)->at("Lung nodule") > 0;
  EXPECT_GT(with, 0);
  EXPECT_LT(with, kCases);
}

TEST_F(Luna16Test, ThePreparedLayoutIsReadAsItWas) {
  const auto truth = Write(root_, /*prepared=*/true);
  ExpectTruth(*Open(), *truth);
  CheckDatasetConformance(*Open());
  fs::remove(Path("annotations.csv"));
  EXPECT_THAT(Error(), AllOf(HasSubstr("annotations.csv: the table of nodules is missing"), HasSubstr("diameter_mm"),
                             HasSubstr("the parameter labels")));
}

TEST_F(Luna16Test, LabelsFromAPublishedList) {
  fs::remove(Path("annotations.csv"));
  std::vector<std::string> ids;
  for (int64_t patient = 0; patient < 100 && ids.size() < 8; ++patient) {
    const std::string id = absl::StrCat("2.25.", 1000000 + patient);
    for (int subset = 0; subset < 10; ++subset) {
      if (fs::exists(Path(absl::StrCat("subset", subset, "/", id, ".mhd")))) ids.push_back(id);
    }
  }
  ASSERT_THAT(ids, SizeIs(kCases));
  fs::create_directory(Path("lists"));
  Text("lists/train_list.csv", absl::StrCat("image_id,label\n", ids[0], ".nii.gz,1\n", ids[1], ".nii.gz,0\n"));
  Text("lists/test_list.csv", absl::StrCat("image_id,label\n", ids[2], ".nii.gz,1\n", ids[3], ".nii.gz,1\n"));
  const auto dataset = Open({{"labels", "lists"}});
  EXPECT_EQ(dataset->Labels(0)->at("nodule"), 1);
  EXPECT_EQ(dataset->Labels(1)->at("nodule"), 0);
  EXPECT_THAT(*dataset->Labels(4), IsEmpty());
  const std::vector<DatasetProblem> problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, AllOf(HasSubstr("lists no label of 4 of 8 cases"), HasSubstr(ids[4])));

  Text("lists/val_list.csv", absl::StrCat("image_id,label\n", ids[0], ".nii.gz,0\n"));
  EXPECT_THAT(Error({{"labels", "lists"}}), HasSubstr("is 0 here and 1 in another list"));
  Text("lists/val_list.csv", absl::StrCat("image_id,label\n", ids[5], ".nii.gz,2\n"));
  EXPECT_THAT(Error({{"labels", "lists/val_list.csv"}}), HasSubstr("is 2; expected 0 to 1"));
  Text("lists/val_list.csv", absl::StrCat("image_id,probCOVID\n", ids[5], ".nii.gz,1\n"));
  EXPECT_THAT(Error({{"labels", "lists/val_list.csv"}}),
              HasSubstr("has no label \"label\" but probCOVID: is it the list of another"));
  EXPECT_THAT(Error({{"labels", "subset0"}}), HasSubstr("expected train_list.csv, val_list.csv, test_list.csv"));
}

TEST_F(Luna16Test, AnnotationsAreInTheScansWorld) {
  const auto nodules = ReadLunaAnnotations(Path("annotations.csv"));
  ASSERT_TRUE(nodules.ok()) << nodules.status();
  int64_t count = 0;
  const auto dataset = Open();
  for (int64_t i = 0; i < kCases; ++i) {
    const auto of_scan = nodules->find(dataset->Info(i).id);
    for (const phantom::Lesion& lesion : truth_->Facts(i).lesions) {
      if (lesion.finding != phantom::kNodule) continue;
      ++count;
      ASSERT_TRUE(of_scan != nodules->end());
      bool found = false;
      for (const LunaNodule& nodule : of_scan->second) {
        found |= std::abs(nodule.centre[0] - lesion.center.x) < 1e-3 && std::abs(nodule.centre[1] - lesion.center.y) < 1e-3 &&
                 std::abs(nodule.centre[2] - lesion.center.z) < 1e-3 && nodule.diameter == lesion.size_mm;
      }
      EXPECT_TRUE(found);
    }
  }
  EXPECT_GT(count, 0);
}

TEST_F(Luna16Test, ResampledAndCached) {
  DatasetOptions options = {.root = root_, .parameters = {{"spacing", "12x12x15"}}};
  options.cache = std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = Path("cache"), .max_bytes = int64_t{1} << 30, .keep_free_bytes = 0});
  const auto dataset = OpenDataset("luna16", options);
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  const std::vector<int16_t> first = Voxels((*dataset)->Volume(0)), lungs = Voxels((*dataset)->Mask(0));
  EXPECT_THAT((*(*dataset)->Volume(0))->geometry().spacing, ElementsAre(12, 12, 15));
  EXPECT_EQ(Voxels((*dataset)->Volume(0)), first);
  EXPECT_EQ(Voxels((*dataset)->Mask(0)), lungs);
  EXPECT_GT(options.cache->statistics().hits, 0);
  CheckDatasetConformance(**dataset);
}

TEST_F(Luna16Test, FoldersAsUnpackedByHand) {
  fs::create_directory(Path("CSVFILES"));
  fs::rename(Path("annotations.csv"), Path("CSVFILES/annotations.csv"));
  fs::rename(Path("seg-lungs-LUNA16"), Path("x"));
  fs::create_directory(Path("seg-lungs-LUNA16"));
  fs::rename(Path("x"), Path("seg-lungs-LUNA16/seg-lungs-LUNA16"));
  for (int subset = 0; subset < 10; ++subset) {
    const std::string name = absl::StrCat("subset", subset);
    fs::rename(Path(name), Path("x"));
    fs::create_directory(Path(name));
    fs::rename(Path("x"), Path(absl::StrCat(name, "/", name)));
  }
  ExpectTruth(*Open(), *truth_);
}

TEST_F(Luna16Test, PartsOfTheDownload) {
  const std::string lost = Open()->Info(0).id;
  const std::string path = ScanPath(lost);
  fs::remove_all(fs::path(path).parent_path());
  const auto dataset = Open();
  EXPECT_LT(dataset->size(), kCases);
  EXPECT_THAT(dataset->Verify(nullptr), IsEmpty());
  fs::create_directories(fs::path(path).parent_path());
  const std::vector<DatasetProblem> problems = Open()->Verify(nullptr);
  EXPECT_THAT(problems, SizeIs(truth_->Labels(0)->at("Lung nodule") > 0 ? 1 : 0));
}

TEST_F(Luna16Test, WrongFolders) {
  fs::rename(Path("subset0"), Path("images_of_mine"));
  for (int subset = 1; subset < 10; ++subset) fs::remove_all(Path(absl::StrCat("subset", subset)));
  EXPECT_THAT(Error(), AllOf(HasSubstr("dataset luna16: "), HasSubstr("subset0 to subset9 with <seriesuid>.mhd"),
                             HasSubstr("images/<seriesuid>.nii.gz; it holds annotations.csv, images_of_mine/, seg-lungs-LUNA16/"),
                             HasSubstr("datasets/luna16/README.md")));
  root_ = "/nowhere";
  EXPECT_THAT(Error(), HasSubstr("it does not exist"));
  root_ = "";
  EXPECT_THAT(Error(), HasSubstr("no folder was given"));
}

TEST_F(Luna16Test, WrongTables) {
  Text("annotations.csv", "series,coordX,coordY,coordZ,diameter_mm\na,1,2,3,4\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("annotations.csv"), HasSubstr("\"seriesuid\""), HasSubstr("series")));
  Text("annotations.csv", "seriesuid,coordX,coordY,coordZ,diameter_mm\na,1,2,3,4\nb,1,x,3,4\n");
  EXPECT_THAT(Error(), HasSubstr("annotations.csv:3: the cell \"coordY\" is no number"));
  Text("annotations.csv", "seriesuid,coordX,coordY,coordZ,diameter_mm\na,1,2,3,0\n");
  EXPECT_THAT(Error(), HasSubstr("diameter_mm is 0"));
  EXPECT_THAT(Error({{"annotation", "x"}}), HasSubstr("did you mean \"annotations\"?"));
  EXPECT_THAT(Error({{"masks", "nowhere"}}), HasSubstr("nowhere: no such folder"));
  EXPECT_THAT(std::string(OpenDataset("luna16", {.root = root_, .split = "train"}).status().message()),
              HasSubstr("has no splits of its own"));
}

TEST_F(Luna16Test, LungsOnTheWrongSideAreFoundByVerify) {
  const std::string id = Open()->Info(4).id, path = "seg-lungs-LUNA16/" + id + ".raw";
  std::string mask = *ReadFile(Path(path));
  for (char& voxel : mask) voxel = voxel == 3 ? 4 : voxel == 4 ? 3 : voxel;
  Text(path, mask);
  const std::vector<DatasetProblem> problems = Open()->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].case_id, id);
  EXPECT_THAT(problems[0].message, HasSubstr(id + ".mhd: its \"left lung\" lies to the right of its \"right lung\""));
}

TEST_F(Luna16Test, DefectiveFilesAreFoundByVerify) {
  const auto whole = Open();
  const std::string truncated = whole->Info(1).id, lost = whole->Info(2).id, other_ids = whole->Info(3).id;
  fs::resize_file(ScanPath(truncated) + ".raw", 1000);
  const std::string lost_path = ScanPath(lost);
  fs::remove(lost_path + ".mhd");
  std::string mask = *ReadFile(Path("seg-lungs-LUNA16/" + other_ids + ".raw"));
  mask[100] = 7;
  Text("seg-lungs-LUNA16/" + other_ids + ".raw", mask);
  std::map<std::string, std::string> problems;
  for (const DatasetProblem& problem : Open()->Verify(nullptr)) {
    EXPECT_FALSE(problem.remedy.empty());
    if (problem.severity == DatasetProblem::Severity::kError) problems[problem.case_id] += problem.message;
  }
  ASSERT_THAT(problems, SizeIs(3));
  EXPECT_THAT(problems[truncated], AllOf(HasSubstr(truncated + ".mhd"), HasSubstr("only 1000 bytes follow: it is truncated")));
  EXPECT_THAT(problems[lost], HasSubstr(lost + ".raw: has no header " + lost + ".mhd beside it"));
  EXPECT_THAT(problems[other_ids],
              HasSubstr("seg-lungs-LUNA16/" + other_ids + ".mhd: the mask holds the id 7; expected 0, 3, 4, 5"));
  fs::copy_file(ScanPath(truncated) + ".mhd", Path("subset9/" + truncated + ".mhd"), fs::copy_options::skip_existing);
  fs::copy_file(ScanPath(truncated) + ".mhd", Path("subset8/" + truncated + ".mhd"), fs::copy_options::skip_existing);
  EXPECT_THAT(Error(), HasSubstr("the scan " + truncated + " is in subset"));
}

}  // namespace
}  // namespace asap
