#include "datasets/rad_chestct/rad_chestct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "datasets/rad_chestct/card.h"
#include "datasets/testing/written_dataset.h"

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

class RadChestCtTest : public WrittenDatasetTest {
 protected:
  RadChestCtTest() : WrittenDatasetTest("rad_chestct", {.cases = 30, .size = {26, 24, 20}, .seed = 4}) {}
  // Below root_.
  static std::string Table(const std::string& part) { return absl::StrCat("img", part, "_Abnormality_and_Location_Labels.csv"); }
};

TEST_F(RadChestCtTest, BothLayoutsAreThePhantom) {
  for (const bool prepared : {false, true}) {
    const auto dataset = OpenWritten(prepared);
    ASSERT_NE(dataset, nullptr);
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
      // The published files do not know their voxels' size.
      ExpectVoxels(*dataset, i, t, [prepared](int16_t hu) { return prepared ? hu : std::clamp<int16_t>(hu, -1000, 1000); });
    }
    EXPECT_THAT(splits, SizeIs(3));
    EXPECT_EQ(Open({}, "train")->size() + Open({}, "valid")->size() + Open({}, "test")->size(), 30);
  }
}

TEST_F(RadChestCtTest, ResampledAndCached) {
  WriteScans(false, 2);
  const auto cache = NewCache();
  const auto plain = Open({{"spacing", "1.6x1.6x2.4"}}), cached = Open({{"spacing", "1.6x1.6x2.4"}}, "", cache);
  for (int round = 0; round < 2; ++round) {
    const auto volume = plain->Volume(0);
    ASSERT_TRUE(volume.ok()) << volume.status();
    // 0.8 mm along each axis of 26 x 24 x 20.
    EXPECT_EQ((*volume)->geometry().size, (Index3{13, 12, 6}));
    EXPECT_EQ(Voxels(volume), Voxels(cached->Volume(0)));
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
  WriteText("lists/train_list.csv", list);
  const auto dataset = Open({{"labels", "lists"}});
  ASSERT_NE(dataset, nullptr);
  for (const char* name : {"Lung nodule", "Hiatal hernia"})
    EXPECT_EQ(dataset->Labels(5)->at(name), own->Labels(5)->at(name)) << name;
  const auto problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message,
              AllOf(HasSubstr("\"Pericardial effusion\" and \"Pleural effusion\""), HasSubstr("all 24 scans")));
  EXPECT_THAT(problems[0].remedy, HasSubstr("own tables"));
  WriteText("lists/train_list.csv", absl::StrReplaceAll(list, {{"Hietal Hernia", "Hiatal hernia"}}));
  EXPECT_THAT(Error({{"labels", "lists"}}), HasSubstr("no label \"Hietal Hernia\""));
}

TEST_F(RadChestCtTest, AnEmptyCellIsNoNegative) {
  WriteScans(false, 12);
  const std::string table = Read(Table("train"));
  const auto before = Open();
  // Every cell that says 0 says nothing.
  WriteText(Table("train"), absl::StrReplaceAll(table, {{",0", ","}}));
  const auto dataset = Open();
  int64_t unknown = 0, present = 0;
  for (int64_t i = 0; i < dataset->size(); ++i) {
    if (dataset->Info(i).split != "train") continue;
    const std::map<std::string, double> was = *before->Labels(i), is = *dataset->Labels(i);
    for (const auto& [name, value] : was) {
      EXPECT_EQ(is.contains(name), value == 1) << name;
      (value == 1 ? present : unknown) += 1;
    }
  }
  EXPECT_GT(unknown, 0);
  EXPECT_GT(present, 0);
  // Rows that repeat count once, and are told.
  WriteText(Table("train"), table + table.substr(table.find('\n') + 1));
  for (int64_t i = 0; i < before->size(); ++i) EXPECT_EQ(*Open()->Labels(i), *before->Labels(i));
  const auto problems = Open()->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("rows repeat"));
}

TEST_F(RadChestCtTest, WrongTablesScansAndFolders) {
  WriteScans(false, 12);
  const std::string table = Read(Table("train"));
  WriteText(Table("train"), absl::StrReplaceAll(table, {{"septal_thickening*", "septa*"}}));
  EXPECT_THAT(Error(), AllOf(HasSubstr("no column for \"Interlobular septal thickening\""), HasSubstr("septal_thickening*")));
  WriteText(Table("train"), absl::StrReplaceAll(table, {{"NoteAcc_DEID", "VolumeName"}}));
  EXPECT_THAT(Error(), HasSubstr("\"NoteAcc_DEID\""));
  std::string other = table.substr(table.find('\n') + 1);
  other = other.substr(0, other.find('\n'));
  other.back() = other.back() == '0' ? '1' : '0';
  for (size_t i = other.find(','); i < other.size(); ++i) {
    if (other[i] == '0' || other[i] == '1') other[i] = other[i] == '0' ? '1' : '0';
  }
  WriteText(Table("train"), table + other + "\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("is on line 2 already, with other labels"), HasSubstr("the case trn")));
  std::string wrong = table;
  wrong[table.find('\n') + 10] = '7';
  WriteText(Table("train"), wrong);
  EXPECT_THAT(Error(), AllOf(HasSubstr("_Labels.csv:2: the label"), HasSubstr("neither 0, 1")));
  std::filesystem::remove(Path(Table("train")));
  const auto problems = Open()->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, HasSubstr("have no row for"));
  WriteText(Table("train"), table);

  const std::string scan = absl::StrCat(root_, "/", Open()->Info(0).id, ".npz");
  std::filesystem::resize_file(scan, std::filesystem::file_size(scan) / 2);
  EXPECT_THAT(std::string(Open()->Volume(0).status().message()), AllOf(HasSubstr(scan), HasSubstr("cut short")));
  EXPECT_THAT(Open()->Verify(nullptr), SizeIs(1));

  EXPECT_THAT(ErrorOf({}), HasSubstr("no folder was given"));
  EXPECT_THAT(ErrorOf({.root = root_, .split = "holdout"}), HasSubstr("holdout"));
  std::filesystem::create_directories(root_ + "/other/subset0");
  EXPECT_THAT(ErrorOf({.root = root_ + "/other"}),
              AllOf(HasSubstr("expected trn<number>.npz"), HasSubstr("this looks like LUNA16's layout")));
}

}  // namespace
}  // namespace asap
