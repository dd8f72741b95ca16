#include "tools/anatomy/run.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/file.h"
#include "core/bytes/gzip.h"
#include "core/csv/csv.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/io/png.h"
#include "datasets/pairs/pairs.h"
#include "datasets/phantom/phantom.h"
#include "gtest/gtest.h"
#include "tools/preprocess/cases.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

class AnatomyRunTest : public testing::Test {
 protected:
  AnatomyRunTest()
      : root_(absl::StrCat(testing::TempDir(), "/anatomy_", testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    fs::create_directories(root_);
    run_.settings.table = *ReadLabelTable(*DefaultLabelTablePath());
    run_.input = root_ + "/in";
    run_.output = root_ + "/out";
    run_.threads = 2;
  }

  std::string Path(const std::string& name) {
    fs::create_directories(fs::path(root_ + "/" + name).parent_path());
    return root_ + "/" + name;
  }
  void WriteLabels(const std::string& name, const std::vector<uint8_t>& voxels, double spacing = 2) {
    Volume<uint8_t> volume;
    volume.geometry.size = {3, 2, 2};
    volume.geometry.spacing = {spacing, 2, 2};
    volume.voxels = voxels;
    ASSERT_TRUE(WriteNifti(Path(name), volume).ok());
  }
  void WriteScan(const std::string& name, double spacing = 2) {
    Volume<int16_t> volume;
    volume.geometry.size = {3, 2, 2};
    volume.geometry.spacing = {spacing, 2, 2};
    volume.voxels.assign(12, 40);
    ASSERT_TRUE(WriteNifti(Path(name), volume).ok());
  }
  // Of the phantom, with its true mask.
  void WritePhantom(const std::string& scan_name, const std::string& mask_name, int64_t index = 0) {
    const auto phantom = phantom::PhantomDataset::Create({.cases = 4, .size = {80, 80, 48}, .seed = 3, .site = "aurora"});
    ASSERT_TRUE(phantom.ok()) << phantom.status();
    const auto rendered = (*phantom)->Rendered(index);
    ASSERT_TRUE(WriteNifti(Path(scan_name), rendered->volume).ok());
    Volume<uint8_t> mask;
    mask.geometry = rendered->volume.geometry;
    for (const uint8_t fine : rendered->fine) mask.voxels.push_back(phantom::MaskClass(fine));
    ASSERT_TRUE(WriteNifti(Path(mask_name), mask).ok());
  }
  void Classical() { run_.settings.method = AnatomyMethod::kClassical; }

  std::vector<std::map<std::string, std::string>> Table(const std::string& name) {
    std::vector<std::map<std::string, std::string>> rows;
    const auto csv = CsvReader::Open(run_.output + "/" + name);
    EXPECT_TRUE(csv.ok()) << csv.status();
    while (csv.ok() && *(*csv)->Next()) {
      rows.emplace_back();
      for (size_t i = 0; i < (*csv)->columns().size(); ++i) rows.back()[(*csv)->columns()[i]] = std::string((**csv)[i]);
    }
    return rows;
  }
  nlohmann::json Record(const std::string& id) {
    return nlohmann::json::parse(ReadFile(run_.output + "/masks/" + id + ".json").value_or("{}"));
  }

  const std::string root_;
  AnatomyRun run_;
};

TEST_F(AnatomyRunTest, MapsAFolderOfMaps) {
  WriteLabels("in/a.nii.gz", {0, 10, 10, 51, 52, 5, 0, 0, 0, 0, 0, 1});
  WriteLabels("in/sub/b.nii", {0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 15});
  run_.settings.label_ids = "v2";
  const auto summary = RunAnatomy(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->done, 2);
  const auto mask = ReadVolume(run_.output + "/masks/a.nii.gz");
  ASSERT_TRUE(mask.ok());
  EXPECT_EQ(mask->voxels, (std::vector<float>{0, 1, 1, 3, 4, 7, 0, 0, 0, 0, 0, 8}));
  EXPECT_EQ(mask->geometry.spacing, (std::array<double, 3>{2, 2, 2}));
  const auto rows = Table("summary.csv");
  ASSERT_EQ(rows.size(), 18u);  // 2 cases of 9 classes
  EXPECT_EQ(rows[1].at("case"), "a");
  EXPECT_EQ(rows[1].at("name"), "lung");
  EXPECT_EQ(rows[1].at("voxels"), "2");
  EXPECT_EQ(rows[1].at("ml"), "0.02");
  EXPECT_EQ(rows[1].at("approximate"), "no");
  EXPECT_EQ(rows[9].at("mask"), "masks/sub/b.nii.gz");
  EXPECT_EQ(*ReadFile(run_.output + "/mask_classes.txt"),
            "background\nlung\nairways\nheart\ngreat vessels\nesophagus\nbone\nliver\nother abdominal organs\n");
  const auto json = Record("sub/b");
  EXPECT_EQ(json["approximate"], false);
  EXPECT_EQ(json["ids"], "column v2");
  EXPECT_EQ(json["classes"][5]["voxels"], 1);
  EXPECT_TRUE(DecodePng(*ReadFile(run_.output + "/overlays/sub/b.png")).ok());
}

TEST_F(AnatomyRunTest, OrganFoldersTakeTheNamesOfTheirVolumes) {
  // As in TotalSegmentator's data set, and as its command line leaves it.
  WriteScan("in/s0001/ct.nii.gz");
  WriteLabels("in/s0001/segmentations/heart.nii.gz", {0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  WriteLabels("in/s0001/segmentations/aorta.nii.gz", {0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0});
  WriteScan("in/s0002/ct.nii.gz");
  WriteLabels("in/s0002/segmentations/liver.nii.gz", {0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  auto summary = RunAnatomy(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->done, 2);
  EXPECT_EQ(summary->overlaps, 1);
  EXPECT_EQ(ReadVolume(run_.output + "/masks/s0001.nii.gz")->voxels[2], 4);  // the aorta's line is the later one
  EXPECT_EQ(Table("summary.csv")[0].at("overlap_voxels"), "1");
  run_.volumes = run_.input;
  run_.output = root_ + "/named";
  summary = RunAnatomy(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_TRUE(summary->without_volume.empty());
  EXPECT_TRUE(fs::exists(run_.output + "/masks/s0001/ct.nii.gz"));
  EXPECT_TRUE(fs::exists(run_.output + "/masks/s0002/ct.nii.gz"));
  // One folder, one volume.
  run_.input = root_ + "/in/s0001/segmentations";
  run_.volumes = root_ + "/in/s0001/ct.nii.gz";
  run_.output = root_ + "/one";
  ASSERT_TRUE(RunAnatomy(run_).ok());
  EXPECT_TRUE(fs::exists(run_.output + "/masks/ct.nii.gz"));
}

TEST_F(AnatomyRunTest, AMisspelledOrganIsNoLabelMap) {
  WriteLabels("in/case/lung_uper_lobe_left.nii.gz", {0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const auto status = RunAnatomy(run_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "did you mean lung_upper_lobe_left?")) << status;
}

TEST_F(AnatomyRunTest, AVolumeOnAnotherGridIsABadCase) {
  WriteLabels("in/a.nii", {0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  WriteLabels("in/b.nii", {0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  WriteScan("ct/a.nii", /*spacing=*/3);
  WriteScan("ct/b.nii");
  run_.volumes = root_ + "/ct";
  run_.settings.label_ids = "v1";
  const auto status = RunAnatomy(run_).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "case a: ")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "Resample one")) << status;
  run_.skip_bad_cases = true;
  const auto summary = RunAnatomy(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->skipped, 1);
  ASSERT_EQ(Table("skipped.csv").size(), 1u);
  EXPECT_EQ(Table("skipped.csv")[0].at("case"), "a");
  EXPECT_FALSE(fs::exists(run_.output + "/masks/a.nii.gz"));
}

TEST_F(AnatomyRunTest, AWrongNumberingShowsInTheHu) {
  std::vector<uint8_t> labels(200, 13);  // a lobe in v1
  Volume<uint8_t> map;
  map.geometry.size = {20, 10, 1};
  map.voxels = labels;
  ASSERT_TRUE(WriteNifti(Path("in/a.nii"), map).ok());
  Volume<int16_t> scan;
  scan.geometry = map.geometry;
  scan.voxels.assign(200, 60);
  ASSERT_TRUE(WriteNifti(Path("ct/a.nii"), scan).ok());
  run_.volumes = root_ + "/ct";
  run_.settings.label_ids = "v1";
  ASSERT_TRUE(RunAnatomy(run_).ok());
  EXPECT_TRUE(absl::StrContains(Record("a")["notes"].dump(), "class lung has a mean of 60 HU")) << Record("a");
}

TEST_F(AnatomyRunTest, AnotherPatientsScanIsNotTheOneOfASegmentation) {
  WriteLabels("in/s2/ct.nii", {0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  WriteScan("scans/s1/ct.nii");
  run_.settings.label_ids = "v1";
  // The folder of scans, and that of the patient alone, where names tell nothing apart.
  for (const char* volumes : {"/scans", "/scans/s1"}) {
    run_.volumes = root_ + volumes;
    const auto summary = RunAnatomy(run_);
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->without_volume, std::vector<std::string>{"s2/ct"});
    EXPECT_EQ(summary->without_case, std::vector<std::string>{root_ + "/scans/s1/ct.nii"});
    EXPECT_TRUE(fs::exists(run_.output + "/masks/s2/ct.nii.gz"));
    EXPECT_FALSE(fs::exists(run_.output + "/masks/s1"));
    EXPECT_FALSE(fs::exists(run_.output + "/masks/ct.nii.gz"));
  }
  // Nor is the truth of another the truth of this one.
  fs::create_directories(root_ + "/truth/s3");
  fs::copy(run_.output + "/masks/s2/ct.nii.gz", root_ + "/truth/s3/ct.nii.gz");
  run_.truth = root_ + "/truth";
  EXPECT_TRUE(absl::StrContains(RunAnatomy(run_).status().message(), "none of the 1 masks")) << RunAnatomy(run_).status();
}

TEST_F(AnatomyRunTest, MasksOfOthersAreNotReplaced) {
  WriteLabels("in/a.nii", {0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  WriteLabels("out/masks/a.nii.gz", {0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  run_.output = root_ + "/out";
  run_.settings.label_ids = "v1";
  EXPECT_TRUE(absl::StrContains(RunAnatomy(run_).status().message(), "out holds masks, which anatomy did not write"))
      << RunAnatomy(run_).status();
}

TEST_F(AnatomyRunTest, EmptyFoldersAreNoSuccess) {
  fs::create_directories(run_.input);
  EXPECT_TRUE(absl::StrContains(RunAnatomy(run_).status().message(), "holds no scans"));
  WriteScan("in/ct.nii");
  run_.volumes = root_ + "/in/ct.nii";
  EXPECT_TRUE(absl::StrContains(RunAnatomy(run_).status().message(), "holds no segmentations")) << RunAnatomy(run_).status();
}

TEST_F(AnatomyRunTest, ClassicalSaysThatItIsApproximate) {
  WritePhantom("in/a.nii.gz", "truth/a.nii.gz");
  Classical();
  run_.truth = root_ + "/truth";
  const auto summary = RunAnatomy(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->not_made, (std::vector<std::string>{"great vessels", "esophagus", "liver", "other abdominal organs"}));
  ASSERT_EQ(summary->dice.size(), 4u);
  EXPECT_EQ(summary->dice[0].name, "lung");
  EXPECT_GT(summary->dice[0].mean, 0.9);
  EXPECT_EQ(Table("dice.csv").size(), 4u);
  EXPECT_EQ(Table("summary.csv")[1].at("approximate"), "yes");
  EXPECT_EQ(Record("a")["approximate"], true);
  EXPECT_TRUE(absl::StrContains(Record("a")["description"].dump(), "APPROXIMATE"));
  // In the NIfTI header's descrip too.
  const auto header = GunzipPrefix(*ReadFile(run_.output + "/masks/a.nii.gz"), 348);
  ASSERT_TRUE(header.ok());
  EXPECT_TRUE(absl::StartsWith(absl::string_view(*header).substr(148, 80), "APPROXIMATE"));
  const auto mask = ReadVolume(run_.output + "/masks/a.nii.gz");
  const auto scan = ReadVolume(root_ + "/in/a.nii.gz");
  EXPECT_EQ(mask->geometry.size, scan->geometry.size);
  EXPECT_EQ(mask->geometry.origin, scan->geometry.origin);
}

TEST_F(AnatomyRunTest, TheTruthMayShowOneClass) {
  WritePhantom("in/a.nii.gz", "truth/a.nii.gz");
  auto truth = ReadVolume(root_ + "/truth/a.nii.gz");
  Volume<int16_t> lungs;
  lungs.geometry = truth->geometry;
  for (const float label : truth->voxels) lungs.voxels.push_back(label == 1 ? 300 : 0);
  ASSERT_TRUE(WriteNifti(root_ + "/truth/a.nii.gz", lungs).ok());
  Classical();
  run_.truth = root_ + "/truth/a.nii.gz";
  const auto status = RunAnatomy(run_).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "--truth_class")) << status;
  run_.truth_class = "lung";
  const auto summary = RunAnatomy(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  ASSERT_EQ(summary->dice.size(), 1u);
  EXPECT_GT(summary->dice[0].mean, 0.9);
}

TEST_F(AnatomyRunTest, GoesOnWhereItStopped) {
  WritePhantom("in/a.nii.gz", "truth/a.nii.gz", 0);
  WritePhantom("in/b.nii.gz", "truth/b.nii.gz", 1);
  Classical();
  ASSERT_EQ(RunAnatomy(run_)->done, 2);
  const std::string first = *ReadFile(run_.output + "/summary.csv");
  const auto again = RunAnatomy(run_);
  EXPECT_EQ(again->done_before, 2);
  EXPECT_EQ(*ReadFile(run_.output + "/summary.csv"), first);
  ASSERT_TRUE(WriteFileAtomically(run_.output + "/masks/a.json", "{\"inputs\": 3, \"classes\": 4").ok());  // damaged
  fs::remove(run_.output + "/masks/b.nii.gz");
  EXPECT_EQ(RunAnatomy(run_)->done, 2);
  EXPECT_EQ(*ReadFile(run_.output + "/summary.csv"), first);
  run_.settings.overwrite = true;
  EXPECT_EQ(RunAnatomy(run_)->done, 2);
  run_.settings.overwrite = false;
  run_.settings.table.rows[run_.settings.table.Find("bones")].mask_class = 0;
  EXPECT_EQ(RunAnatomy(run_)->done, 2);
  EXPECT_EQ(Table("summary.csv")[6].at("voxels"), "0");
}

TEST_F(AnatomyRunTest, MasksFollowTheirScansIntoTraining) {
  WritePhantom("in/site/a.nii.gz", "truth/a.nii.gz", 0);
  WritePhantom("in/b.nii.gz", "truth/b.nii.gz", 1);
  Classical();
  ASSERT_TRUE(RunAnatomy(run_).ok());
  // tools:preprocess finds each mask by its scan's path.
  const auto cases = FindCases(run_.input, run_.output + "/masks", {});
  ASSERT_TRUE(cases.ok()) << cases.status();
  EXPECT_TRUE(cases->unmatched_masks.empty());
  ASSERT_EQ(cases->cases.size(), 2u);
  EXPECT_EQ(cases->cases[1].mask, run_.output + "/masks/site/a.nii.gz");
  // The pairs data set takes the masks and the names of their classes.
  ASSERT_TRUE(
      WriteFileAtomically(root_ + "/pairs.csv", absl::StrCat("volume,findings,impression,patient,mask\n", cases->cases[1].source,
                                                             ",Clear lungs.,None.,p1,", cases->cases[1].mask, "\n"))
          .ok());
  const auto pairs =
      OpenPairs({.table = root_ + "/pairs.csv", .parameters = {{"mask_classes", run_.output + "/mask_classes.txt"}}});
  ASSERT_TRUE(pairs.ok()) << pairs.status();
  EXPECT_EQ((*pairs)->card().mask_classes, run_.settings.table.classes);
  EXPECT_TRUE((*pairs)->card().mirrored_classes.empty());
  EXPECT_TRUE((*pairs)->Mask(0).ok());
  for (const DatasetProblem& problem : (*pairs)->Verify([](int64_t) {})) {
    EXPECT_FALSE(absl::StrContains(problem.message, "mask")) << problem.message;
  }
}

TEST_F(AnatomyRunTest, ClassicalNeedsItsLinesInTheTable) {
  WriteScan("in/a.nii");
  Classical();
  run_.settings.table = *ParseLabelTable("class 0 background\nclass 1 lung\norgan id class\nlung_right - 1\n", "mine.txt");
  const auto status = RunAnatomy(run_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(status.message(), "mine.txt has no line for other_tissue")) << status;
}

TEST_F(AnatomyRunTest, BadScansAreNamedAndListed) {
  WritePhantom("in/a.nii.gz", "truth/a.nii.gz");
  const std::string bytes = *ReadFile(root_ + "/in/a.nii.gz");
  ASSERT_TRUE(WriteFileAtomically(Path("in/cut.nii.gz"), bytes.substr(0, bytes.size() / 2)).ok());
  fs::copy(root_ + "/truth/a.nii.gz", Path("in/labels.nii.gz"));  // not HU
  Classical();
  EXPECT_EQ(RunAnatomy(run_).status().code(), absl::StatusCode::kFailedPrecondition);
  run_.skip_bad_cases = true;
  const auto summary = RunAnatomy(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->skipped, 2);
  const auto skipped = Table("skipped.csv");
  EXPECT_EQ(skipped[0].at("case"), "cut");
  EXPECT_EQ(skipped[1].at("case"), "labels");
  EXPECT_TRUE(absl::StrContains(skipped[1].at("reason"), "Hounsfield")) << skipped[1].at("reason");
}

}  // namespace
}  // namespace asap
