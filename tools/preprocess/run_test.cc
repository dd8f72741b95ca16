#include "tools/preprocess/run.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/folder_lock.h"
#include "core/base/random.h"
#include "core/csv/csv.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/write_dicom.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/imaging/geometry.h"
#include "core/imaging/resample.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// A small LPS volume with the values of a chest: air around, lung, fat and soft tissue.
Volume<int16_t> Chest(uint64_t seed) {
  Volume<int16_t> volume;
  volume.geometry.size = {40, 36, 20};
  volume.geometry.spacing = {2, 2, 2.5};
  volume.geometry.direction = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  CounterRng rng(seed);
  for (int64_t i = 0; i < volume.geometry.voxels(); ++i) {
    const double where = rng.Uniform();
    volume.voxels.push_back(static_cast<int16_t>(where < 0.4   ? -1000
                                                 : where < 0.6 ? -850
                                                 : where < 0.7 ? -100
                                                               : 40 + 100 * rng.Uniform()));
  }
  return volume;
}

Volume<uint8_t> Labels(const Volume<int16_t>& scan) {
  Volume<uint8_t> labels;
  labels.geometry = scan.geometry;
  for (int16_t value : scan.voxels) labels.voxels.push_back(value == -850 ? 2 : 0);
  return labels;
}

class RunTest : public testing::Test {
 protected:
  RunTest() : root_(absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    fs::create_directories(root_ + "/scans/site/deep");
    run_.input = root_ + "/scans";
    run_.output = root_ + "/out";
    run_.threads = 2;
  }

  void WriteScan(const std::string& name, uint64_t seed) {
    fs::create_directories(fs::path(root_ + "/" + name).parent_path());
    ASSERT_TRUE(WriteNifti(root_ + "/" + name, Chest(seed)).ok());
  }
  void WriteMask(const std::string& name, uint64_t seed) {
    fs::create_directories(fs::path(root_ + "/" + name).parent_path());
    ASSERT_TRUE(WriteNifti(root_ + "/" + name, Labels(Chest(seed))).ok());
  }
  // Each slice lies `lean` mm further back than the one below it.
  void WriteDicomSeries(const std::string& folder, uint64_t seed, double lean = 0) {
    fs::create_directories(root_ + "/" + folder);
    const Volume<int16_t> volume = Chest(seed);
    for (int z = 0; z < 20; ++z) {
      DicomSlice slice;
      slice.rows = 36;
      slice.columns = 40;
      slice.spacing = {2, 2};
      slice.position = {0, lean * z, 2.5 * z};
      slice.intercept = -1024;
      for (int i = 0; i < 36 * 40; ++i) slice.stored.push_back(static_cast<int16_t>(volume.voxels[z * 36 * 40 + i] + 1024));
      std::ofstream(absl::StrCat(root_, "/", folder, "/", 100 - z, ".dcm"), std::ios::binary) << DicomBytes(slice);
    }
  }

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
  std::string Bytes(const std::string& name) { return ReadFile(run_.output + "/" + name).value_or("absent"); }

  const std::string root_;
  PreprocessRun run_;
};

TEST_F(RunTest, EveryFormatBecomesTheSameVolume) {
  WriteScan("scans/plain.nii", 1);
  WriteScan("scans/site/deep/packed.nii.gz", 1);
  WriteDicomSeries("scans/site/series", 1);
  const auto summary = RunPreprocess(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->done, 3);
  const auto manifest = Table("manifest.csv");
  ASSERT_EQ(manifest.size(), 3u);
  EXPECT_EQ(manifest[0].at("volume"), "volumes/plain.nii");
  EXPECT_EQ(manifest[1].at("volume"), "volumes/site/deep/packed.nii");
  EXPECT_EQ(manifest[2].at("volume"), "volumes/site/series.nii");
  EXPECT_EQ(manifest[0].size(), 7u);
  EXPECT_EQ(manifest[1].at("case"), "site/deep/packed");
  EXPECT_EQ(Bytes("volumes/plain.nii"), Bytes("volumes/site/deep/packed.nii"));
  EXPECT_EQ(Bytes("volumes/plain.nii"), Bytes("volumes/site/series.nii"));
  const auto expected = PreprocessImage(*ReadVolume(root_ + "/scans/plain.nii"), {});
  const auto actual = ReadVolume(run_.output + "/volumes/plain.nii");
  ASSERT_TRUE(actual.ok());
  EXPECT_EQ(actual->geometry.size, (Index3{53, 48, 16}));
  EXPECT_EQ(actual->geometry.spacing, (std::array<double, 3>{1.5, 1.5, 3}));
  EXPECT_TRUE(std::equal(actual->voxels.begin(), actual->voxels.end(), expected->voxels.begin()));
  EXPECT_EQ(Table("skipped.csv").size(), 0u);
}

TEST_F(RunTest, ResultsDoNotDependOnThreads) {
  for (int i = 0; i < 6; ++i) WriteScan(absl::StrCat("scans/", i, ".nii"), i);
  run_.threads = 1;
  ASSERT_TRUE(RunPreprocess(run_).ok());
  const std::string one = Bytes("manifest.csv") + Bytes("volumes/3.nii");
  run_.output = root_ + "/other";
  run_.threads = 5;
  ASSERT_TRUE(RunPreprocess(run_).ok());
  EXPECT_EQ(Bytes("manifest.csv") + Bytes("volumes/3.nii"), one);
}

TEST_F(RunTest, TheThreadsOfOneScanDoNotChangeIt) {
  WriteScan("scans/one.nii.gz", 1);
  run_.settings.gzip = true;
  run_.threads = 1;
  ASSERT_TRUE(RunPreprocess(run_).ok());
  const std::string one = Bytes("volumes/one.nii.gz");
  run_.output = root_ + "/other";
  run_.threads = 3;
  ASSERT_TRUE(RunPreprocess(run_).ok());
  EXPECT_EQ(Bytes("volumes/one.nii.gz"), one);
}

TEST_F(RunTest, BadCasesFailOrAreListed) {
  WriteScan("scans/a_good.nii", 1);
  WriteMask("scans/b_labels.nii", 1);
  std::string bytes = *ReadFile(root_ + "/scans/a_good.nii");
  ASSERT_TRUE(WriteFileAtomically(root_ + "/scans/c_cut.nii", bytes.substr(0, 5000)).ok());
  const absl::Status failed = RunPreprocess(run_).status();
  EXPECT_EQ(failed.code(), absl::StatusCode::kFailedPrecondition) << failed;  // exit status 1
  EXPECT_TRUE(absl::StrContains(failed.message(), "case b_labels") || absl::StrContains(failed.message(), "case c_cut"))
      << failed;
  EXPECT_TRUE(absl::StrContains(failed.message(), "--on_bad_case=skip")) << failed;
  run_.skip_bad_cases = true;
  const auto summary = RunPreprocess(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->done + summary->done_before, 1);
  EXPECT_EQ(summary->skipped, 2);
  const auto skipped = Table("skipped.csv");
  ASSERT_EQ(skipped.size(), 2u);
  EXPECT_EQ(skipped[0].at("case"), "b_labels");
  EXPECT_TRUE(absl::StrContains(skipped[0].at("reason"), "Hounsfield")) << skipped[0].at("reason");
  EXPECT_TRUE(absl::StrContains(skipped[1].at("reason"), "holds 5000 bytes")) << skipped[1].at("reason");
  EXPECT_EQ(skipped[1].at("remedy"), "Copy or download it again.");
  EXPECT_FALSE(fs::exists(run_.output + "/volumes/c_cut.nii"));
  EXPECT_EQ(Table("manifest.csv").size(), 1u);
}

TEST_F(RunTest, NothingLeftIsNoSuccess) {
  WriteMask("scans/labels.nii", 1);
  run_.skip_bad_cases = true;
  EXPECT_EQ(RunPreprocess(run_).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Table("skipped.csv").size(), 1u);
}

TEST_F(RunTest, MasksFollowTheirScans) {
  WriteScan("scans/site/a.nii", 1);
  WriteScan("scans/site/b.nii.gz", 2);
  WriteScan("scans/c.nii", 3);
  WriteMask("masks/site/a.nii.gz", 1);  // by path
  WriteMask("masks/b.nii", 2);          // by name
  run_.masks = root_ + "/masks";
  const auto summary = RunPreprocess(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->without_mask, std::vector<std::string>{"c"});
  const auto manifest = Table("manifest.csv");
  EXPECT_EQ(manifest[0].at("mask"), "");
  EXPECT_EQ(manifest[1].at("mask"), "masks/site/a.nii");
  EXPECT_EQ(manifest[2].at("mask"), "masks/site/b.nii");
  const auto volume = ReadVolume(run_.output + "/volumes/site/a.nii"), mask = ReadVolume(run_.output + "/masks/site/a.nii");
  EXPECT_EQ(volume->geometry.size, mask->geometry.size);
  const std::set<float> values(mask->voxels.begin(), mask->voxels.end());
  EXPECT_EQ(values, (std::set<float>{0, 2}));
}

TEST_F(RunTest, AMaskOnAnotherGridIsABadCaseThatNamesBoth) {
  WriteScan("scans/a.nii", 1);
  Volume<uint8_t> mask = Labels(Chest(1));
  mask.geometry.size = {36, 40, 20};
  fs::create_directories(root_ + "/masks");
  ASSERT_TRUE(WriteNifti(root_ + "/masks/a.nii", mask).ok());
  run_.masks = root_ + "/masks";
  const absl::Status status = RunPreprocess(run_).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "scans/a.nii has 40x36x20")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "masks/a.nii has 36x40x20")) << status;
  EXPECT_FALSE(fs::exists(run_.output + "/volumes/a.nii"));
  // Of equal size, but elsewhere.
  mask = Labels(Chest(1));
  mask.geometry.direction = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  ASSERT_TRUE(WriteNifti(root_ + "/masks/a.nii", mask).ok());
  EXPECT_TRUE(absl::StrContains(RunPreprocess(run_).status().message(), "mm apart"));
}

TEST_F(RunTest, AMaskAlongOtherAxesAtTheSamePlaceIsTaken) {
  WriteScan("scans/a.nii", 1);
  WriteMask("masks/a.nii", 1);
  run_.masks = root_ + "/masks";
  ASSERT_TRUE(RunPreprocess(run_).ok());
  const auto plain = ReadVolume(run_.output + "/masks/a.nii");
  ASSERT_TRUE(plain.ok());
  Volume<uint8_t> mask = Labels(Chest(1));
  mask.geometry = [&] {  // flipped along its first axis, and then with the first two exchanged
    const Geometry stored = mask.geometry;
    Geometry turned = stored;
    const std::array<double, 3> first = {static_cast<double>(stored.size[0] - 1), 0, 0};
    turned.origin = IndexToWorld(stored, first);
    std::vector<uint8_t> voxels;
    for (int64_t z = 0; z < stored.size[2]; ++z) {
      for (int64_t x = stored.size[0] - 1; x >= 0; --x) {
        for (int64_t y = 0; y < stored.size[1]; ++y) voxels.push_back(mask.at(x, y, z));
      }
    }
    mask.voxels = voxels;
    std::swap(turned.size[0], turned.size[1]);
    std::swap(turned.spacing[0], turned.spacing[1]);
    for (int row = 0; row < 3; ++row) {
      turned.direction[3 * row] = stored.direction[3 * row + 1];
      turned.direction[3 * row + 1] = -stored.direction[3 * row];
    }
    return turned;
  }();
  ASSERT_TRUE(WriteNifti(root_ + "/masks/a.nii", mask).ok());
  run_.output += "_turned";
  const auto summary = RunPreprocess(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(ReadVolume(run_.output + "/masks/a.nii")->voxels, plain->voxels);
}

TEST_F(RunTest, AMaskGetsTheSizeOfItsScan) {
  WriteScan("scans/a.nii", 1);
  Volume<uint8_t> mask = Labels(Chest(1));
  mask.geometry.spacing[0] = 1.9999998;  // as other digits of one spacing may say
  fs::create_directories(root_ + "/masks");
  ASSERT_TRUE(WriteNifti(root_ + "/masks/a.nii", mask).ok());
  run_.masks = root_ + "/masks";
  run_.settings.preprocess.spacing = {2, 2, 2.5};
  const auto summary = RunPreprocess(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(ReadGeometry(run_.output + "/masks/a.nii")->size, ReadGeometry(run_.output + "/volumes/a.nii")->size);
}

TEST_F(RunTest, MasksOfOtherNamesAreAnError) {
  WriteScan("scans/a.nii", 1);
  WriteMask("masks/a_seg.nii", 1);
  run_.masks = root_ + "/masks";
  const absl::Status status = RunPreprocess(run_).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "none of the 1 masks")) << status;
  // But one file for one case needs no name.
  run_.masks = root_ + "/masks/a_seg.nii";
  ASSERT_TRUE(RunPreprocess(run_).ok());
  EXPECT_EQ(Table("manifest.csv")[0].at("mask"), "masks/a.nii");
}

TEST_F(RunTest, GoesOnWhereItStopped) {
  for (int i = 0; i < 4; ++i) WriteScan(absl::StrCat("scans/", i, ".nii"), i);
  ASSERT_EQ(RunPreprocess(run_)->done, 4);
  auto again = RunPreprocess(run_);
  EXPECT_EQ(again->done, 0);
  EXPECT_EQ(again->done_before, 4);
  EXPECT_EQ(Table("manifest.csv").size(), 4u);
  fs::remove(run_.output + "/volumes/2.nii");  // as if cut off
  WriteScan("scans/1.nii", 77);                // changed since
  again = RunPreprocess(run_);
  EXPECT_EQ(again->done, 2);
  EXPECT_EQ(again->done_before, 2);
  run_.settings.preprocess.spacing = {2, 2, 2};
  EXPECT_EQ(RunPreprocess(run_)->done, 4);
  EXPECT_EQ(ReadVolume(run_.output + "/volumes/0.nii")->geometry.size, (Index3{40, 36, 25}));
}

TEST_F(RunTest, ShardsShareTheCases) {
  for (int i = 0; i < 5; ++i) WriteScan(absl::StrCat("scans/", i, ".nii"), i);
  run_.shards = 2;
  std::set<std::string> volumes;
  for (run_.shard = 0; run_.shard < 2; ++run_.shard) {
    ASSERT_TRUE(RunPreprocess(run_).ok());
    for (const auto& row : Table(absl::StrCat("manifest-", run_.shard, "-of-2.csv"))) volumes.insert(row.at("volume"));
  }
  EXPECT_EQ(volumes.size(), 5u);
  EXPECT_EQ(Table("manifest-0-of-2.csv").size(), 3u);
  EXPECT_TRUE(fs::exists(run_.output + "/skipped-1-of-2.csv"));
}

TEST_F(RunTest, OutputAndMasksBelowTheInputAreNoCases) {
  WriteScan("scans/a.nii", 1);
  WriteMask("scans/masks/a.nii", 1);
  run_.masks = root_ + "/scans/masks";
  run_.output = root_ + "/scans/out";
  EXPECT_EQ(RunPreprocess(run_)->done, 1);
  EXPECT_EQ(RunPreprocess(run_)->done_before, 1);
  EXPECT_EQ(Table("manifest.csv").size(), 1u);
}

TEST_F(RunTest, TwoSourcesOfOneNameDoNotOverwriteEachOther) {
  WriteScan("scans/a.nii", 1);
  WriteScan("scans/a.nii.gz", 2);
  run_.skip_bad_cases = true;
  EXPECT_EQ(RunPreprocess(run_)->skipped, 1);
  EXPECT_TRUE(absl::StrContains(Table("skipped.csv")[0].at("reason"), "overwrite"));
}

TEST_F(RunTest, ReportsGoIntoTheManifest) {
  WriteScan("scans/site/a.nii.gz", 1);
  WriteScan("scans/b.nii", 2);
  run_.reports = root_ + "/reports.csv";
  ASSERT_TRUE(WriteFileAtomically(run_.reports,
                                  "VolumeName,Findings_EN,Impressions_EN,mask,patient,nodule\n"
                                  "a.nii.gz,\"Nodule, 4 mm.\nStable \"\"since\"\" May.\",None new.,x.nii,p7,1\n")
                  .ok());
  const auto summary = RunPreprocess(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->without_report, 1);
  const auto manifest = Table("manifest.csv");
  EXPECT_EQ(manifest[0].at("findings"), "");
  EXPECT_EQ(manifest[1].at("findings"), "Nodule, 4 mm.\nStable \"since\" May.");
  EXPECT_EQ(manifest[1].at("impression"), "None new.");
  EXPECT_EQ(manifest[1].at("patient"), "p7");
  EXPECT_EQ(manifest[1].at("mask"), "");
  EXPECT_EQ(manifest[1].at("nodule"), "1");
  EXPECT_EQ(manifest[0].at("nodule"), "");
  ASSERT_TRUE(WriteFileAtomically(run_.reports, "volume,text\na,x\n").ok());
  EXPECT_TRUE(absl::StrContains(RunPreprocess(run_).status().message(), "found volume, text"));
}

TEST_F(RunTest, WarningsAreToldAndKept) {
  WriteDicomSeries("scans/tilted", 1, /*lean=*/0.5);
  WriteScan("scans/straight.nii", 1);
  for (const int done_before : {0, 2}) {
    const auto summary = RunPreprocess(run_);
    ASSERT_TRUE(summary.ok()) << summary.status();
    EXPECT_EQ(summary->done_before, done_before);
    EXPECT_EQ(summary->warnings, 1);
    const auto warnings = Table("warnings.csv");
    ASSERT_EQ(warnings.size(), 1u);
    EXPECT_EQ(warnings[0].at("case"), "tilted");
    EXPECT_TRUE(absl::StrContains(warnings[0].at("warning"), "gantry tilt of 11.3 degrees")) << warnings[0].at("warning");
  }
  fs::remove_all(root_ + "/scans/tilted");
  ASSERT_TRUE(RunPreprocess(run_).ok());
  EXPECT_EQ(Table("warnings.csv").size(), 0u);
}

TEST_F(RunTest, AShearedAffineIsToldAndKept) {
  WriteScan("scans/a.nii", 1);
  std::string bytes = *ReadFile(root_ + "/scans/a.nii");
  const float shear = 0.5;  // the z axis, 2.5 mm a voxel, leans along y: srow_y's third number (nifti1.h)
  bytes.replace(280 + 16 + 8, 4, reinterpret_cast<const char*>(&shear), 4);
  ASSERT_TRUE(WriteFileAtomically(root_ + "/scans/a.nii", bytes).ok());
  ASSERT_TRUE(RunPreprocess(run_).ok());
  const auto warnings = Table("warnings.csv");
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(absl::StrContains(warnings[0].at("warning"), "sheared by 11 degrees")) << warnings[0].at("warning");
}

TEST_F(RunTest, AnotherPatientsMaskAndReportAreNobodysElse) {
  WriteScan("scans/s1/ct.nii", 1);
  WriteScan("scans/s2/ct.nii", 1);
  WriteMask("masks/s1/ct.nii", 1);
  run_.masks = root_ + "/masks";
  run_.reports = root_ + "/reports.csv";
  ASSERT_TRUE(WriteFileAtomically(run_.reports, "volume,findings,impression,patient\ns1/ct.nii,Of one.,One.,p1\n").ok());
  const auto summary = RunPreprocess(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->without_mask, std::vector<std::string>{"s2/ct"});
  EXPECT_EQ(summary->without_report, 1);
  const auto manifest = Table("manifest.csv");
  EXPECT_EQ(manifest[0].at("mask"), "masks/s1/ct.nii");
  EXPECT_EQ(manifest[0].at("patient"), "p1");
  EXPECT_EQ(manifest[1].at("mask"), "");
  EXPECT_EQ(manifest[1].at("patient"), "");
}

TEST_F(RunTest, WhatWasTypedIntoTheManifestOutlivesTheNextRun) {
  WriteScan("scans/a.nii", 1);
  ASSERT_TRUE(RunPreprocess(run_).ok());
  ASSERT_TRUE(WriteFileAtomically(run_.output + "/manifest.csv",
                                  "volume,findings,impression,patient,mask,split,case\nvolumes/a.nii,Typed.,,p1,,valid,a\n")
                  .ok());
  WriteScan("scans/b.nii", 2);
  const auto summary = RunPreprocess(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->without_report, 1);
  const auto manifest = Table("manifest.csv");
  ASSERT_EQ(manifest.size(), 2u);
  EXPECT_EQ(manifest[0].at("findings") + manifest[0].at("patient") + manifest[0].at("split"), "Typed.p1valid");
  EXPECT_EQ(manifest[1].at("case"), "b");
}

TEST_F(RunTest, WhatWasTypedForAScanIsNotAnotherOnesOfItsName) {
  WriteScan("scans/ct.nii", 1);
  ASSERT_TRUE(RunPreprocess(run_).ok());
  const std::string typed = "volume,findings,impression,patient,mask,split,case\nvolumes/ct.nii,Typed.,,p1,,,ct\n";
  ASSERT_TRUE(WriteFileAtomically(run_.output + "/manifest.csv", typed).ok());
  WriteScan("scans/ct.nii", 7);  // the same patient's, corrected
  EXPECT_TRUE(RunPreprocess(run_).ok());
  fs::rename(root_ + "/scans", root_ + "/moved");
  run_.input = root_ + "/moved";
  EXPECT_TRUE(RunPreprocess(run_).ok());
  WriteScan("other_site/ct.nii", 2);
  run_.input = root_ + "/other_site";
  const absl::Status status = RunPreprocess(run_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "case ct was made of another file than " + root_ + "/other_site/ct.nii"))
      << status;
  EXPECT_EQ(Bytes("manifest.csv"), typed);
  fs::remove_all(run_.output + "/records");
  EXPECT_TRUE(RunPreprocess(run_).ok());
  EXPECT_EQ(Bytes("manifest.csv"), typed);
}

TEST_F(RunTest, TheOutputFolderMayBeTheInput) {
  WriteScan("scans/a.nii", 1);
  run_.output = run_.input;
  EXPECT_EQ(RunPreprocess(run_)->done, 1);
  EXPECT_EQ(RunPreprocess(run_)->done_before, 1);
  EXPECT_EQ(Table("manifest.csv").size(), 1u);
  // But not where volumes of the user's would be among the program's.
  run_.input = run_.output = root_ + "/others";
  WriteScan("others/volumes/c.nii", 1);
  const absl::Status status = RunPreprocess(run_).status();
  EXPECT_TRUE(absl::StrContains(status.message(), "others holds volumes, which preprocess did not write")) << status;
}

TEST_F(RunTest, ASecondRunLeavesTheFirstAlone) {
  WriteScan("scans/a.nii", 1);
  fs::create_directories(run_.output + "/volumes");
  const auto first = FolderLock::Take(run_.output);
  (*first)->Sign("preprocess");
  const std::string partial = run_.output + "/volumes/.partial-1-0-a.nii";
  std::ofstream(partial) << "half";
  const absl::Status second = RunPreprocess(run_).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(second.message(), "another process works in")) << second;
  EXPECT_TRUE(fs::exists(partial));
}

TEST_F(RunTest, AFolderThatCannotBeReadIsSkippedLikeABadCase) {
  WriteScan("scans/a.nii", 1);
  fs::create_directory_symlink(root_ + "/unmounted", root_ + "/scans/site2");
  const absl::Status status = RunPreprocess(run_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "cannot look into " + root_ + "/scans/site2")) << status;
  run_.skip_bad_cases = true;
  const auto summary = RunPreprocess(run_);
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(Table("manifest.csv").size(), 1u);
  EXPECT_EQ(Table("skipped.csv").at(0).at("case"), "site2");
}

TEST_F(RunTest, WrongCalls) {
  run_.input = root_ + "/absent";
  EXPECT_EQ(RunPreprocess(run_).status().code(), absl::StatusCode::kInvalidArgument);
  run_.input = root_ + "/scans";
  EXPECT_TRUE(absl::StrContains(RunPreprocess(run_).status().message(), "holds no scans"));
}

}  // namespace
}  // namespace asap
