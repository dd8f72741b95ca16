#include "tools/preprocess/reports.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

absl::StatusOr<Reports> Read(const std::string& text) {
  const std::string folder = testing::TempDir();
  const std::string path = folder + "/reports.csv";
  if (const absl::Status written = WriteFileAtomically(path, text); !written.ok()) return written;
  std::filesystem::create_directories(folder + "/scans");
  return ReadReports(path, folder + "/scans/");
}

std::vector<int> RowsFor(const std::string& text, const std::vector<std::string>& ids) {
  std::vector<ScanCase> cases;
  for (const std::string& id : ids) cases.push_back({.id = id});
  const auto reports = Read(text);
  EXPECT_TRUE(reports.ok()) << reports.status();
  return reports.ok() ? RowsOfCases(*reports, cases) : std::vector<int>();
}

TEST(ReportsTest, APathIsComparedWithAPath) {
  const std::string head = "volume,findings,impression\n";
  EXPECT_THAT(RowsFor(head + "s1/ct.nii.gz,a,b\n", {"s1/ct", "s2/ct"}), ElementsAre(0, -1));
  EXPECT_THAT(RowsFor(head + "s1/ct.nii.gz,a,b\ns2/ct.nii,a,b\n", {"s1/ct", "s2/ct"}), ElementsAre(0, 1));
  EXPECT_THAT(RowsFor(head + "ct.nii.gz,a,b\n", {"s1/ct", "s2/ct"}), ElementsAre(-1, -1));
  EXPECT_THAT(RowsFor(head + "a.nii.gz,a,b\n", {"b", "site/a"}), ElementsAre(-1, 0));
  EXPECT_THAT(RowsFor(head + "./s1/../s1/ct.mha,a,b\n,c,d\n,e,f\n", {"s1/ct"}), ElementsAre(0));
  // Absolute, of this machine and of others.
  EXPECT_THAT(RowsFor(absl::StrCat(head, testing::TempDir(), "/scans/ct.nii,a,b\n"), {"ct"}), ElementsAre(0));
  EXPECT_THAT(RowsFor(head + "/elsewhere/s2/ct.nii,a,b\n/elsewhere/s1/ct.nii,a,b\n", {"s1/ct", "s2/ct"}), ElementsAre(1, 0));
  EXPECT_THAT(RowsFor(head + "C:\\data\\s2\\ct.nii,a,b\nC:\\data\\s1\\ct.nii,a,b\n", {"s1/ct", "s2/ct"}), ElementsAre(1, 0));
  EXPECT_THAT(RowsFor(head + "A.nii.gz,a,b\nzz.nii.gz,a,b\na.nii.gz,a,b\n", {"a"}), ElementsAre(2));
}

TEST(ReportsTest, TheCaseIsThatOfTheManifest) {
  EXPECT_THAT(RowsFor("case,findings,impression,patient\nsub/b,x,y,p\na,x,y,p\n", {"a", "sub/b"}), ElementsAre(1, 0));
  EXPECT_THAT(RowsFor("Case,FINDINGS,Impression\na.nii.gz,x,y\n", {"a"}), ElementsAre(0));
  // A manifest of earlier: its volumes are those of its own folder.
  EXPECT_THAT(RowsFor("volume,findings,impression,case\nvolumes/a.nii,x,y,a\n", {"a"}), ElementsAre(0));
}

TEST(ReportsTest, ColumnsInAnyCaseOfLettersAndTheRestTakenOver) {
  const auto reports = Read("VolumeName,Findings_EN,impressions_en,PATIENT,Split,Mask,case,nodule\na.nii.gz,f,i,p,valid,m,9,1\n");
  ASSERT_TRUE(reports.ok()) << reports.status();
  EXPECT_THAT(reports->further_columns, ElementsAre("nodule"));
  const ReportRow& row = reports->rows.at(0);
  EXPECT_EQ(absl::StrCat(row.name, row.cells.findings, row.cells.impression, row.cells.patient, row.cells.split),
            "a.nii.gzfipvalid");
  EXPECT_THAT(row.cells.further, ElementsAre("1"));
}

TEST(ReportsTest, WhatWouldBeReadTwoWaysIsRefused) {
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {"volume,Volume,findings,impression\na,b,c,d\n", "have one name"},
           {"volume,findings,impression,x,X\na,b,c,d,e\n", "appears twice"},
           {"volume,findings,impression\na.nii,b,c\nb.nii,b,c\na.nii.gz,d,e\n", "line 4: the volume of line 2 once more"},
           {"volume,text\na,x\n", "found volume, text"}}) {
    const auto reports = Read(text);
    ASSERT_FALSE(reports.ok()) << said;
    EXPECT_THAT(std::string(reports.status().message()), HasSubstr(said));
  }
}

}  // namespace
}  // namespace asap
