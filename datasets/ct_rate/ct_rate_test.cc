#include "datasets/ct_rate/ct_rate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/testing/dataset/dataset_conformance.h"
#include "datasets/ct_rate/card.h"
#include "datasets/testing/written_dataset.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <typename T>
Volume<T> Filled(bool mask) {
  Volume<T> volume;
  volume.geometry = {.size = {12, 12, 8}, .spacing = {1.5, 1.5, 3}};
  for (int64_t i = 0; i < volume.geometry.voxels(); ++i) {
    const bool lung = i % 12 > 2 && i % 12 < 6;
    volume.voxels.push_back(static_cast<T>(mask         ? (lung ? 1 : 0)
                                           : i % 12 < 2 ? -1000 + i % 7
                                           : lung       ? -800 - i % 50
                                                        : 20 + i % 60));
  }
  return volume;
}

class CtRateTest : public WrittenDatasetTest {
 protected:
  CtRateTest() : WrittenDatasetTest("ct_rate", {.cases = 20, .size = {24, 24, 20}, .seed = 5}) {
    Volume("train_preprocessed_int/train_1/train_1a/train_1_a_1.nii.gz");
    Volume("train_preprocessed_int/train_1/train_1a/train_1_a_2.nii");
    Volume("train_preprocessed_int/train_20/train_20b/train_20_b_1.nii.gz");
    Mask("mask_preprocessed/train/train_1_a_1.nii.gz");
    Mask("mask_preprocessed/train/train_1_a_2.nii");
    WriteText("train_reports_ctrate.csv",
              "VolumeName,Findings_EN,Impressions_EN\n"
              "train_1_a_1.nii.gz,\"Lungs are clear, no nodule.\",Normal.\n"
              "train_1_a_2.nii.gz,\"Lungs are clear, no nodule.\",Normal.\n"
              "train_20_b_1.nii.gz,Emphysema.,Not given.\n");
  }

  void Volume(const std::string& name) { WriteVolume(name, Filled<int16_t>(false)); }
  void Mask(const std::string& name) { WriteVolume(name, Filled<uint8_t>(true)); }

 private:
  template <typename T>
  void WriteVolume(const std::string& name, const asap::Volume<T>& volume) {
    const std::string path = absl::StrCat(root_, "/", name);
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    const absl::Status status = WriteNifti(path, volume);
    EXPECT_TRUE(status.ok()) << status;
  }
};

TEST_F(CtRateTest, Conforms) {
  const auto dataset = Open();
  CheckDatasetConformance(*dataset);
  EXPECT_EQ(dataset->card().name, "ct_rate");
  EXPECT_THAT(dataset->card().label_names, SizeIs(18));
}

TEST_F(CtRateTest, PublishedLayout) {
  const auto dataset = Open();
  ASSERT_EQ(dataset->size(), 3);
  EXPECT_EQ(dataset->Info(0).id, "train_1_a_1");
  EXPECT_EQ(dataset->Info(1).patient, "train_1");
  EXPECT_EQ(dataset->Info(2).patient, "train_20");
  EXPECT_EQ(dataset->Info(2).split, "train");
  EXPECT_TRUE(dataset->Info(0).has_mask);
  EXPECT_TRUE(dataset->Info(1).has_mask);  // .nii in place of .nii.gz
  EXPECT_FALSE(dataset->Info(2).has_mask);
  EXPECT_EQ(dataset->Report(2)->impression, "Not given.");
  EXPECT_THAT(*dataset->Labels(0), IsEmpty());
  EXPECT_EQ(Open({}, "train")->size(), 3);
}

TEST_F(CtRateTest, VolumesThatVanish) {
  const auto dataset = Open({}, "", NewCache());
  ASSERT_NE(dataset, nullptr);
  ASSERT_TRUE(dataset->Volume(0).ok());
  ASSERT_TRUE(dataset->Mask(0).ok());
  std::filesystem::rename(root_ + "/train_preprocessed_int", root_ + "/unmounted");
  EXPECT_TRUE(dataset->Volume(0).ok());
  EXPECT_TRUE(dataset->Mask(0).ok());
  EXPECT_THAT(std::string(dataset->Volume(2).status().message()),
              AllOf(HasSubstr("case train_20_b_1: "), HasSubstr("without .gz"), HasSubstr("Is the disk with the data mounted?")));
}

TEST_F(CtRateTest, ColumnsByNameAloneInAnyLetterCaseAndOrder) {
  WriteText("train_reports_ctrate.csv", "name,a,b\ntrain_1_a_1.nii.gz,F.,I.\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("train_reports_ctrate.csv: the column is missing"), HasSubstr("VolumeName"),
                             HasSubstr("Known: name, a, b.")));
  // The table as published has two sections before the findings.
  WriteText("train_reports_ctrate.csv",
            "VolumeName,ClinicalInformation_EN,Technique_EN,Findings_EN,Impressions_EN\ntrain_1_a_1.nii.gz,c,t,F.,I.\n");
  EXPECT_EQ(Open()->Report(0)->findings, "F.");
  EXPECT_EQ(Open()->Report(0)->impression, "I.");
  WriteText("train_reports_ctrate.csv",
            "impressions,clinicalinformation,technique,findings,volumename\nI.,c,t,F.,train_1_a_1.nii.gz\n");
  EXPECT_EQ(Open()->Report(0)->findings, "F.");
  EXPECT_EQ(Open()->Report(0)->impression, "I.");
  WriteText("train_reports_ctrate.csv", "VolumeName,Findings_EN\ntrain_1_a_1.nii.gz,F.\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("Impressions_EN"), HasSubstr("Known: VolumeName, Findings_EN.")));
}

TEST_F(CtRateTest, OtherPart) {
  Volume("valid_preprocessed/valid_7/valid_7a/valid_7_a_1.nii.gz");
  WriteText("valid_reports.csv", "VolumeName,Findings_EN,Impressions_EN\nvalid_7_a_1.nii.gz,F.,I.\n");
  const auto dataset = Open({{"reports", "valid_reports.csv"}, {"volumes", "valid_preprocessed"}, {"masks", "none"}});
  EXPECT_EQ(dataset->Info(0).split, "valid");
  CheckDatasetConformance(*dataset);
}

TEST_F(CtRateTest, Labels) {
  std::string header = "VolumeName", row = "train_1_a_2.nii.gz";
  for (size_t i = 0; i < kCtRateLabels.size(); ++i) {
    absl::StrAppend(&header, ",", kCtRateLabels[i]);
    absl::StrAppend(&row, ",", i == 7 ? "1" : i == 3 ? "" : "0");
  }
  WriteText("train_predicted_labels.csv", absl::StrCat(header, "\n", row, "\n"));
  const auto dataset = Open();
  EXPECT_THAT(*dataset->Labels(0), IsEmpty());
  const std::map<std::string, double> labels = *dataset->Labels(1);
  EXPECT_THAT(labels, SizeIs(17));  // one cell is empty
  EXPECT_EQ(labels.at("Emphysema"), 1);
  EXPECT_EQ(labels.at("Atelectasis"), 0);
  WriteText("train_predicted_labels.csv", absl::StrCat(header, "\n", row.substr(0, row.size() - 1), "2\n"));
  EXPECT_THAT(Error(), HasSubstr("train_predicted_labels.csv:2: the label \"Interlobular septal thickening\" is neither 0, 1"));
  WriteText("train_predicted_labels.csv", "VolumeName,Emphysema\n");
  EXPECT_THAT(Error(), AllOf(HasSubstr("train_predicted_labels.csv"), HasSubstr("\"Medical material\"")));
}

TEST_F(CtRateTest, RowsInAnyOrderAndRepeatedOnesKeepTheirLabels) {
  std::string header = "VolumeName";
  for (const char* label : kCtRateLabels) absl::StrAppend(&header, ",", label);
  const auto row = [](const char* volume, const char* value) {
    std::string text = volume;
    for (size_t i = 0; i < kCtRateLabels.size(); ++i) absl::StrAppend(&text, ",", value);
    return text + "\n";
  };
  const std::string first = row("train_1_a_1.nii.gz", "1"), second = row("train_1_a_2.nii.gz", "False"),
                    last = row("train_20_b_1.nii.gz", "1.0");
  const auto with = [&](const std::string& rows) {
    WriteText("train_predicted_labels.csv", header + "\n" + rows);
    return Open();
  };
  for (const std::string& rows : {first + second + last, last + first + second, first + first + second + second + last}) {
    const auto dataset = with(rows);
    EXPECT_EQ(dataset->Labels(0)->at("Emphysema"), 1);
    EXPECT_EQ(dataset->Labels(1)->at("Emphysema"), 0);
    EXPECT_EQ(dataset->Labels(2)->at("Emphysema"), 1);
  }
  EXPECT_THAT(with(first + first + second + second + last)->Verify(nullptr),
              ElementsAre(testing::Field(&DatasetProblem::message,
                                         AllOf(HasSubstr("train_predicted_labels.csv: 2 rows repeat"), HasSubstr("line 3")))));
  WriteText("train_predicted_labels.csv", header + "\n" + first + row("train_1_a_1.nii.gz", "0"));
  EXPECT_THAT(Error(), HasSubstr("train_predicted_labels.csv:3: the case train_1_a_1 is on line 2 already, with other labels"));
  WriteText("train_predicted_labels.csv", header + "\n" + first + row("train_1_a_1.nii.gz", ""));
  EXPECT_THAT(Error(), HasSubstr("train_1_a_1 is on line 2 already"));
}

TEST_F(CtRateTest, ARepeatedReportCountsOnce) {
  const std::string reports = Read("train_reports_ctrate.csv");
  WriteText("train_reports_ctrate.csv", reports + reports.substr(reports.find('\n') + 1));
  const auto dataset = Open();
  ASSERT_EQ(dataset->size(), 3);
  EXPECT_EQ(dataset->Report(2)->findings, "Emphysema.");
  EXPECT_THAT(dataset->Verify(nullptr),
              ElementsAre(testing::Field(&DatasetProblem::message, HasSubstr("train_reports_ctrate.csv: 3 rows repeat"))));
}

TEST_F(CtRateTest, NamesThatAreRefused) {
  for (const char* name : {"train_1_a.nii.gz", "train_1_a_1", "scan.nii.gz", "x/train_1_a_1.nii.gz", "train__a_1.nii.gz", ""}) {
    WriteText("train_reports_ctrate.csv", absl::StrCat("VolumeName,Findings_EN,Impressions_EN\n", name, ",F,I\n"));
    EXPECT_THAT(Error(), HasSubstr("train_reports_ctrate.csv:2: the volume's name")) << name;
  }
  WriteText("train_reports_ctrate.csv", "VolumeName,Findings_EN,Impressions_EN\ntrain_1_a_1.nii.gz,F,I\ntrain_1_a_1.nii,F,I\n");
  EXPECT_THAT(Error(), HasSubstr(":3: the case \"train_1_a_1\" is on line 2 already"));
}

TEST_F(CtRateTest, VolumesWithoutAChestAreTold) {
  EXPECT_THAT(Open()->Verify(nullptr), IsEmpty());
  WriteText("no_chest_train.txt", "train_fixed/train_20/train_20_b/train_20_b_1.nii.gz\r\ntrain_99_a_1.nii.gz\n\n");
  const std::vector<DatasetProblem> problems = Open()->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message, AllOf(HasSubstr("no_chest_train.txt: 1 of 3 volumes"), HasSubstr("train_20_b_1")));
  WriteText("no_chest_train.txt", "");
  EXPECT_THAT(Open()->Verify(nullptr), IsEmpty());
}

TEST_F(CtRateTest, WrongCalls) {
  EXPECT_THAT(ErrorOf({}), HasSubstr("no folder was given"));
  EXPECT_THAT(ErrorOf({.root = "/nowhere"}),
              AllOf(HasSubstr("/nowhere is not its folder: expected train_reports_ctrate.csv"), HasSubstr("it does not exist")));
  const std::string other = root_ + "/other";
  std::filesystem::create_directories(other + "/subset0");
  EXPECT_THAT(ErrorOf({.root = other}), HasSubstr("this looks like LUNA16's layout"));
  std::filesystem::create_directories(other + "/valid_preprocessed");
  EXPECT_THAT(ErrorOf({.root = other}),
              AllOf(HasSubstr("valid_preprocessed is there, but no table of its cases"), HasSubstr("valid_...")));
  EXPECT_THAT(Error({{"report", "x"}}), HasSubstr("did you mean \"reports\"?"));
}

TEST_F(CtRateTest, MissingVolumeIsFoundByVerify) {
  std::filesystem::remove(root_ + "/train_preprocessed_int/train_20/train_20b/train_20_b_1.nii.gz");
  const auto dataset = Open();
  const std::vector<DatasetProblem> problems = dataset->Verify(nullptr);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_EQ(problems[0].case_id, "train_20_b_1");
  EXPECT_THAT(problems[0].message,
              HasSubstr("train_preprocessed_int/train_20/train_20b/train_20_b_1.nii.gz: the file is missing, and so is"));
  EXPECT_FALSE(dataset->Volume(2).ok());
}

TEST_F(CtRateTest, InvalidUtf8NamesTheLine) {
  WriteText("train_reports_ctrate.csv",
            "VolumeName,Findings_EN,Impressions_EN\ntrain_1_a_1.nii.gz,F,I\ntrain_1_a_2.nii.gz,\xFF,I\n");
  EXPECT_THAT(Error(), HasSubstr("train_reports_ctrate.csv:3: not UTF-8"));
}

// The phantom's files, and the same moved to Hugging Face's places.
TEST_F(CtRateTest, BothPartsInEitherLayout) {
  const auto prepared = OpenWritten(/*prepared=*/false);
  ASSERT_NE(prepared, nullptr);
  std::map<std::string, std::map<std::string, double>> labels;
  std::map<std::string, std::string> findings;
  int64_t train = 0;
  for (int64_t i = 0; i < 20; ++i) {
    const CaseInfo info = prepared->Info(i);
    EXPECT_EQ(info.split, info.id.substr(0, 5));
    train += info.split == "train";
    labels[info.id] = *prepared->Labels(i);
    findings[info.id] = prepared->Report(i)->findings;
    EXPECT_THAT(labels[info.id], SizeIs(18));
  }
  EXPECT_GT(train, 0);
  EXPECT_LT(train, 20);
  EXPECT_EQ(Open({}, "train")->size(), train);
  EXPECT_EQ(Open({}, "val")->size(), 20 - train);

  namespace fs = std::filesystem;
  const auto move = [&](const std::string& from, const std::string& to) {
    fs::create_directories(fs::path(root_ + "/" + to).parent_path());
    fs::rename(root_ + "/" + from, root_ + "/" + to);
  };
  for (const std::string part : {"train", "valid"}) {
    const std::string volumes = absl::StrCat("dataset/", part, part == "train" ? "_fixed" : "");
    move(part + "_preprocessed_int", volumes);
    for (const auto& patient : fs::directory_iterator(root_ + "/" + volumes)) {
      for (const auto& scan : std::vector<fs::directory_entry>(fs::directory_iterator(patient), {})) {
        std::string name = scan.path().filename().string();  // train_1a
        name.insert(name.size() - 1, "_");
        fs::rename(scan.path(), patient.path() / name);
      }
    }
    move(part + "_reports_ctrate.csv",
         absl::StrCat("dataset/radiology_text_reports/", part == "train" ? "train" : "validation", "_reports.csv"));
    move(part + "_predicted_labels.csv", absl::StrCat("dataset/multi_abnormality_labels/", part, "_predicted_labels.csv"));
  }
  const auto raw = Open();
  ASSERT_NE(raw, nullptr);
  ASSERT_EQ(raw->size(), 20);
  CheckDatasetConformance(*raw);
  for (int64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(raw->Info(i).split, prepared->Info(i).split);
    EXPECT_EQ(*raw->Labels(i), labels[raw->Info(i).id]);
    EXPECT_EQ(raw->Report(i)->findings, findings[raw->Info(i).id]);
  }
  // Labels alone are enough to measure on.
  fs::remove_all(root_ + "/dataset/radiology_text_reports");
  const auto unreported = Open();
  ASSERT_NE(unreported, nullptr);
  ASSERT_EQ(unreported->size(), 20);
  CheckDatasetConformance(*unreported);
  EXPECT_EQ(*unreported->Labels(19), labels[unreported->Info(19).id]);
}

}  // namespace
}  // namespace asap
