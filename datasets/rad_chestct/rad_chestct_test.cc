#include "datasets/rad_chestct/rad_chestct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "core/data/volume_cache/volume_cache.h"
#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/phantom/layouts/write_dataset.h"
#include "datasets/rad_chestct/card.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The phantom's findings that make each of the 16.
const std::map<std::string, std::vector<phantom::Finding>>& Truth() {
  static const auto* truth = new std::map<std::string, std::vector<phantom::Finding>>{
      {"Medical material", {phantom::kMedicalMaterial}},
      {"Calcification", {phantom::kArterialCalcification, phantom::kCoronaryCalcification}},
      {"Cardiomegaly", {phantom::kCardiomegaly}},
      {"Pericardial effusion", {phantom::kPericardialEffusion}},
      {"Hiatal hernia", {phantom::kHiatalHernia}},
      {"Lymphadenopathy", {phantom::kLymphadenopathy}},
      {"Emphysema", {phantom::kEmphysema}},
      {"Atelectasis", {phantom::kAtelectasis}},
      {"Lung nodule", {phantom::kNodule}},
      {"Lung opacity", {phantom::kLungOpacity}},
      {"Pulmonary fibrotic sequela", {phantom::kFibroticSequela}},
      {"Pleural effusion", {phantom::kPleuralEffusion}},
      {"Peribronchial thickening", {phantom::kPeribronchialThickening}},
      {"Consolidation", {phantom::kConsolidation}},
      {"Bronchiectasis", {phantom::kBronchiectasis}},
      {"Interlobular septal thickening", {phantom::kSeptalThickening}},
  };
  return *truth;
}

class RadChestCtTest : public ::testing::Test {
 protected:
  RadChestCtTest()
      : root_(absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name())) {}

  void WriteScans(bool prepared, int64_t cases) {
    auto truth =
        WritePhantom("rad_chestct", {.root = root_, .prepared = prepared}, {.cases = cases, .size = {26, 24, 20}, .seed = 4});
    ASSERT_TRUE(truth.ok()) << truth.status();
    truth_ = *std::move(truth);
  }
  std::unique_ptr<Dataset> Open(const std::map<std::string, std::string>& parameters = {}, const std::string& split = "",
                                std::shared_ptr<VolumeCache> cache = nullptr) {
    auto dataset = OpenDataset("rad_chestct", {.root = root_, .split = split, .parameters = parameters, .cache = cache});
    EXPECT_TRUE(dataset.ok()) << dataset.status();
    return dataset.ok() ? *std::move(dataset) : nullptr;
  }
  std::string Error(const DatasetOptions& options) { return std::string(OpenDataset("rad_chestct", options).status().message()); }
  std::string Error() { return Error({.root = root_}); }
  std::string Table(const std::string& part) const {
    return absl::StrCat(root_, "/img", part, "_Abnormality_and_Location_Labels.csv");
  }
  std::string Read(const std::string& path) { return *ReadFile(path); }
  void Write(const std::string& path, const std::string& contents) { ASSERT_TRUE(WriteFileAtomically(path, contents).ok()); }

  std::string root_;
  std::unique_ptr<phantom::PhantomDataset> truth_;
};

TEST_F(RadChestCtTest, BothLayoutsAreThePhantom) {
  for (const bool prepared : {false, true}) {
    std::filesystem::remove_all(root_);
    WriteScans(prepared, 30);
    const auto dataset = Open();
    ASSERT_NE(dataset, nullptr);
    ASSERT_EQ(dataset->size(), 30);
    CheckDatasetConformance(*dataset);
    std::set<std::string> splits;
    for (int64_t i = 0; i < 30; ++i) {
      const CaseInfo info = dataset->Info(i);
      int64_t t = 0;
      while (absl::StrFormat("%05d", truth_->Key(t).patient + 1) != info.id.substr(3)) ++t;
      EXPECT_EQ(info.split, truth_->Info(t).split);
      splits.insert(info.split);
      const phantom::CaseFacts facts = truth_->Facts(t);
      EXPECT_FALSE(facts.findings.contrast);
      const std::map<std::string, double> labels = *dataset->Labels(i);
      ASSERT_THAT(labels, SizeIs(16));
      for (const auto& [name, findings] : Truth()) {
        const bool present = std::any_of(findings.begin(), findings.end(), [&](auto finding) { return facts.findings[finding]; });
        EXPECT_EQ(labels.at(name), present) << name << " of " << info.id;
      }
      const auto volume = dataset->Volume(i);
      ASSERT_TRUE(volume.ok()) << volume.status();
      const auto rendered = truth_->Rendered(t);
      const Index3 size = (*volume)->geometry().size;
      ASSERT_EQ(size, rendered->volume.geometry.size);
      std::vector<int16_t> voxels((*volume)->geometry().voxels());
      ASSERT_TRUE((*volume)->Read({.size = size}, absl::MakeSpan(voxels)).ok());
      for (int64_t v = 0, x = 0; x < size[0]; ++x) {
        for (int64_t y = 0; y < size[1]; ++y) {
          for (int64_t z = 0; z < size[2]; ++z) {
            const int16_t truth = rendered->volume.at(x, y, z);
            ASSERT_EQ(voxels[v++], prepared ? truth : std::clamp<int16_t>(truth, -1000, 1000));
          }
        }
      }
    }
    EXPECT_THAT(splits, SizeIs(3));
    EXPECT_EQ(Open({}, "train")->size() + Open({}, "valid")->size() + Open({}, "test")->size(), 30);
  }
}

TEST_F(RadChestCtTest, ResampledAndCached) {
  WriteScans(false, 2);
  const auto cache = std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = root_ + "/cache", .max_bytes = int64_t{1} << 28, .keep_free_bytes = 0});
  const auto plain = Open({{"spacing", "1.6x1.6x2.4"}}), cached = Open({{"spacing", "1.6x1.6x2.4"}}, "", cache);
  for (int round = 0; round < 2; ++round) {
    const auto a = plain->Volume(0), b = cached->Volume(0);
    ASSERT_TRUE(a.ok() && b.ok());
    // 0.8 mm along each axis of 26 x 24 x 20.
    EXPECT_EQ((*a)->geometry().size, (Index3{13, 12, 6}));
    std::vector<int16_t> x((*a)->geometry().voxels()), y(x.size());
    ASSERT_TRUE((*a)->Read({.size = (*a)->geometry().size}, absl::MakeSpan(x)).ok());
    ASSERT_TRUE((*b)->Read({.size = (*a)->geometry().size}, absl::MakeSpan(y)).ok());
    EXPECT_EQ(x, y);
  }
  EXPECT_EQ(cache->statistics().hits, 1);
}

TEST_F(RadChestCtTest, PlacesOfTheFilesVary) {
  WriteScans(false, 6);
  const auto before = *Open()->Labels(3);
  std::filesystem::create_directories(root_ + "/npz");
  std::filesystem::create_directories(root_ + "/labels");
  for (const auto& entry : std::vector<std::filesystem::directory_entry>(std::filesystem::directory_iterator(root_), {})) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file()) continue;
    std::filesystem::rename(entry.path(),
                            absl::StrCat(root_, name.find(".npz") != std::string::npos ? "/npz/" : "/labels/", name));
  }
  EXPECT_EQ(*Open()->Labels(3), before);
  std::filesystem::rename(root_ + "/labels", root_ + "/elsewhere");
  EXPECT_EQ(*Open({{"tables", "elsewhere"}})->Labels(3), before);
  EXPECT_THAT(Error(), AllOf(HasSubstr("imgtrain_Abnormality_and_Location_Labels.csv"), HasSubstr("are missing"),
                             HasSubstr("zenodo.org"), HasSubstr("parameter labels")));
}

TEST_F(RadChestCtTest, TheListsCopiedColumnIsFound) {
  WriteScans(true, 24);
  EXPECT_THAT(Open()->Verify(nullptr), IsEmpty());
  // Lists as published: the effusions are one column.
  std::string list = "NoteAcc_DEID";
  for (const RadChestCtFinding& finding : kRadChestCtFindings)
    absl::StrAppend(&list, ",", finding.listed == nullptr ? finding.name : finding.listed);
  list += "\n";
  const auto own = Open();
  for (int64_t i = 0; i < own->size(); ++i) {
    std::map<std::string, double> labels = *own->Labels(i);
    labels["Pericardial effusion"] = labels["Pleural effusion"];
    list += own->Info(i).id;
    for (const RadChestCtFinding& finding : kRadChestCtFindings) absl::StrAppend(&list, ",", labels.at(finding.name));
    list += "\n";
  }
  std::filesystem::create_directories(root_ + "/lists");
  Write(root_ + "/lists/train_list.csv", list);
  const auto dataset = Open({{"labels", "lists"}});
  ASSERT_NE(dataset, nullptr);
  for (const char* name : {"Lung nodule", "Hiatal hernia"})
    EXPECT_EQ(dataset->Labels(5)->at(name), own->Labels(5)->at(name)) << name;
  const auto problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message,
              AllOf(HasSubstr("\"Pericardial effusion\" and \"Pleural effusion\""), HasSubstr("all 24 scans")));
  EXPECT_THAT(problems[0].remedy, HasSubstr("own tables"));
  Write(root_ + "/lists/train_list.csv", absl::StrReplaceAll(list, {{"Hietal Hernia", "Hiatal hernia"}}));
  EXPECT_THAT(Error({.root = root_, .parameters = {{"labels", "lists"}}}), HasSubstr("no label \"Hietal Hernia\""));
}

TEST_F(RadChestCtTest, WrongTablesScansAndFolders) {
  WriteScans(false, 12);
  const std::string table = Read(Table("train"));
  Write(Table("train"), absl::StrReplaceAll(table, {{"septal_thickening*", "septa*"}}));
  EXPECT_THAT(Error(), AllOf(HasSubstr("no column for \"Interlobular septal thickening\""), HasSubstr("septal_thickening*")));
  Write(Table("train"), absl::StrReplaceAll(table, {{"NoteAcc_DEID", "VolumeName"}}));
  EXPECT_THAT(Error(), HasSubstr("\"NoteAcc_DEID\""));
  Write(Table("train"), table + table.substr(table.find('\n') + 1));
  EXPECT_THAT(Error(), HasSubstr("is listed twice"));
  std::string wrong = table;
  wrong[table.find('\n') + 10] = '7';
  Write(Table("train"), wrong);
  EXPECT_THAT(Error(), AllOf(HasSubstr("_Labels.csv:2: the label"), HasSubstr("neither 0, 1")));
  std::filesystem::remove(Table("train"));
  const auto problems = Open()->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("have no row for"));
  Write(Table("train"), table);

  const std::string scan = absl::StrCat(root_, "/", Open()->Info(0).id, ".npz");
  std::filesystem::resize_file(scan, std::filesystem::file_size(scan) / 2);
  EXPECT_THAT(std::string(Open()->Volume(0).status().message()), AllOf(HasSubstr(scan), HasSubstr("cut short")));
  EXPECT_THAT(Open()->Verify(nullptr), SizeIs(1));

  EXPECT_THAT(Error({}), HasSubstr("no folder was given"));
  EXPECT_THAT(Error({.root = root_, .split = "holdout"}), HasSubstr("holdout"));
  std::filesystem::create_directories(root_ + "/other/subset0");
  EXPECT_THAT(Error({.root = root_ + "/other"}),
              AllOf(HasSubstr("expected trn<number>.npz"), HasSubstr("this looks like LUNA16's layout")));
}

}  // namespace
}  // namespace asap
