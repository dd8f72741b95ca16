#include "datasets/luna16/luna16.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/luna16/annotations.h"
#include "datasets/phantom/labels.h"
#include "datasets/testing/written_dataset.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kCases = 8;

class Luna16Test : public WrittenDatasetTest {
 protected:
  Luna16Test() : WrittenDatasetTest("luna16", {.cases = kCases, .size = {36, 30, 24}, .seed = 3}) { WriteScans(); }

  // Where the scan's files are, without their extension.
  std::string ScanPath(const std::string& id) const {
    for (int subset = 0; subset < 10; ++subset) {
      const std::string path = Path(absl::StrCat("subset", subset, "/", id));
      if (fs::exists(path + ".mhd")) return path;
    }
    ADD_FAILURE() << id;
    return "";
  }
  void ExpectTruth(const Dataset& read) const;
};

// Ids grow with the phantom's patients, so cases are in its order.
void Luna16Test::ExpectTruth(const Dataset& read) const {
  ASSERT_EQ(read.size(), truth_->size());
  for (int64_t i = 0; i < read.size(); ++i) {
    SCOPED_TRACE(read.Info(i).id);
    EXPECT_EQ(read.Info(i).patient, read.Info(i).id);
    EXPECT_EQ(read.Labels(i)->at("nodule"), truth_->Labels(i)->at("Lung nodule"));
    ExpectScan(read, i, i);
    const std::vector<int16_t> lungs = Voxels(read.Mask(i));
    const auto rendered = truth_->Rendered(i);
    int64_t seen[4] = {};
    const Index3 size = rendered->volume.geometry.size;
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

TEST_F(Luna16Test, Conforms) { EXPECT_THAT(OpenWritten(/*prepared=*/false)->card().label_names, ElementsAre("nodule")); }

TEST_F(Luna16Test, ThePublishedLayoutIsReadAsItWas) {
  ExpectTruth(*Open());
  int with = 0;
  for (int64_t i = 0; i < kCases; ++i) with += truth_->Labels(i)->at("Lung nodule") > 0;
  EXPECT_GT(with, 0);
  EXPECT_LT(with, kCases);
}

TEST_F(Luna16Test, ThePreparedLayoutIsReadAsItWas) {
  ExpectTruth(*OpenWritten(/*prepared=*/true));
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
  WriteText("lists/train_list.csv", absl::StrCat("image_id,label\n", ids[0], ".nii.gz,1\n", ids[1], ".nii.gz,0\n"));
  WriteText("lists/test_list.csv", absl::StrCat("image_id,label\n", ids[2], ".nii.gz,1\n", ids[3], ".nii.gz,1\n"));
  const auto dataset = Open({{"labels", "lists"}});
  EXPECT_EQ(dataset->Labels(0)->at("nodule"), 1);
  EXPECT_EQ(dataset->Labels(1)->at("nodule"), 0);
  EXPECT_THAT(*dataset->Labels(4), IsEmpty());
  const std::vector<DatasetProblem> problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, AllOf(HasSubstr("lists no label of 4 of 8 cases"), HasSubstr(ids[4])));

  WriteText("lists/val_list.csv", absl::StrCat("image_id,label\n", ids[0], ".nii.gz,0\n"));
  EXPECT_THAT(Error({{"labels", "lists"}}), HasSubstr("is 0 here and 1 in another list"));
  WriteText("lists/val_list.csv", absl::StrCat("image_id,label\n", ids[5], ".nii.gz,2\n"));
  EXPECT_THAT(Error({{"labels", "lists/val_list.csv"}}), HasSubstr("is 2; expected 0 to 1"));
  WriteText("lists/val_list.csv", absl::StrCat("image_id,probCOVID\n", ids[5], ".nii.gz,1\n"));
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

TEST_F(Luna16Test, ANoduleThatIsListedTwiceIsOne) {
  const auto before = ReadLunaAnnotations(Path("annotations.csv"));
  const std::string table = Read("annotations.csv");
  WriteText("annotations.csv", table + table.substr(table.find('\n') + 1));
  const auto after = ReadLunaAnnotations(Path("annotations.csv"));
  ASSERT_TRUE(before.ok() && after.ok());
  ASSERT_EQ(after->size(), before->size());
  for (const auto& [id, nodules] : *before) EXPECT_EQ(after->at(id).size(), nodules.size()) << id;
}

TEST_F(Luna16Test, ResampledAndCached) {
  const auto cache = NewCache();
  const auto dataset = Open({{"spacing", "12x12x15"}}, "", cache);
  const std::vector<int16_t> first = Voxels(dataset->Volume(0)), lungs = Voxels(dataset->Mask(0));
  EXPECT_THAT((*dataset->Volume(0))->geometry().spacing, ElementsAre(12, 12, 15));
  EXPECT_EQ(Voxels(dataset->Volume(0)), first);
  EXPECT_EQ(Voxels(dataset->Mask(0)), lungs);
  EXPECT_GT(cache->statistics().hits, 0);
  CheckDatasetConformance(*dataset);
}

TEST_F(Luna16Test, FingerprintsFollowTheVoxelsFiles) {
  const auto dataset = Open();
  const std::string volume = dataset->Fingerprint(0), mask = dataset->MaskFingerprint(0), other = dataset->Fingerprint(1);
  const auto touch = [](const std::string& file) {
    fs::last_write_time(file, fs::last_write_time(file) + std::chrono::seconds(1));
  };
  const std::string raw = ScanPath(dataset->Info(0).id) + ".raw";
  touch(raw);
  const std::string touched = dataset->Fingerprint(0);
  EXPECT_NE(touched, volume);
  EXPECT_EQ(dataset->MaskFingerprint(0), mask);
  touch(Path("seg-lungs-LUNA16/" + dataset->Info(0).id + ".raw"));
  EXPECT_EQ(dataset->Fingerprint(0), touched);
  EXPECT_NE(dataset->MaskFingerprint(0), mask);
  EXPECT_EQ(dataset->Fingerprint(1), other);
  EXPECT_NE(Open({{"spacing", "12x12x15"}})->Fingerprint(1), other);
  fs::remove(raw);
  EXPECT_EQ(dataset->Fingerprint(0), "");
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
  ExpectTruth(*Open());
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
  WriteText("annotations.csv", "series,coordX,coordY,coordZ,diameter_mm\na,1,2,3,4\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("annotations.csv"), HasSubstr("\"seriesuid\""), HasSubstr("series")));
  WriteText("annotations.csv", "seriesuid,coordX,coordY,coordZ,diameter_mm\na,1,2,3,4\nb,1,x,3,4\n");
  EXPECT_THAT(Error(), HasSubstr("annotations.csv:3: the cell \"coordY\" is no number"));
  WriteText("annotations.csv", "seriesuid,coordX,coordY,coordZ,diameter_mm\na,1,2,3,0\n");
  EXPECT_THAT(Error(), HasSubstr("diameter_mm is 0"));
  EXPECT_THAT(Error({{"annotation", "x"}}), HasSubstr("did you mean \"annotations\"?"));
  EXPECT_THAT(Error({{"masks", "nowhere"}}), HasSubstr("nowhere: no such folder"));
  EXPECT_THAT(ErrorOf({.root = root_, .split = "train"}), HasSubstr("has no splits of its own"));
}

TEST_F(Luna16Test, LungsOnTheWrongSideAreFoundByVerify) {
  const std::string id = Open()->Info(4).id, path = "seg-lungs-LUNA16/" + id + ".raw";
  std::string mask = Read(path);
  for (char& voxel : mask) voxel = voxel == 3 ? 4 : voxel == 4 ? 3 : voxel;
  WriteText(path, mask);
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
  std::string mask = Read("seg-lungs-LUNA16/" + other_ids + ".raw");
  mask[100] = 7;
  WriteText("seg-lungs-LUNA16/" + other_ids + ".raw", mask);
  auto problems = ProblemsByCase(*Open());
  std::erase_if(problems, [](const auto& problem) { return problem.second.find("error: ") == std::string::npos; });
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
