#include "core/data/published_list/published_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "core/base/sha256.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Write(const std::string& contents) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/list.csv");
  EXPECT_TRUE(WriteFileAtomically(path, contents).ok());
  return path;
}

std::string Error(const std::string& contents, const ExpectedList* expected = nullptr) {
  return std::string(ReadPublishedList(Write(contents), expected).status().message());
}

TEST(PublishedList, IdsInOrderAndLabels) {
  const auto list = ReadPublishedList(Write("VolumeName,Emphysema,Lung nodule\nvalid_2_a_1.nii.gz,0,1\ntrain_1_a_2.nii.gz,1,0"));
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_THAT(list->ids, ElementsAre("valid_2_a_1", "train_1_a_2"));
  EXPECT_THAT(list->label_names, ElementsAre("Emphysema", "Lung nodule"));
  EXPECT_THAT(list->values, ElementsAre(0, 1, 1, 0));
  EXPECT_EQ(list->Value(1, 0), 1);
  EXPECT_EQ(list->size(), 2);
}

TEST(PublishedList, EachHeader) {
  for (const char* id :
       {"VolumeName", "NoteAcc_DEID", "img_list", "image_id", "impression_id", "PatientID", "SeriesInstanceUID"}) {
    const auto list = ReadPublishedList(Write(absl::StrCat(id, ",label\n1.2.3.nii.gz,2\n")));
    ASSERT_TRUE(list.ok()) << list.status();
    EXPECT_THAT(list->ids, ElementsAre("1.2.3"));
    EXPECT_THAT(list->values, ElementsAre(2));
  }
}

TEST(PublishedList, ARepeatedRowCountsOnceAndNumbersAreReadAsWhatTheySay) {
  const auto list = ReadPublishedList(Write("PatientID,x,y\n1.0,1.0,True\n2,0,0\n1,1,1\n3,1,0\n"));
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_THAT(list->ids, ElementsAre("1", "2", "3"));
  EXPECT_THAT(list->values, ElementsAre(1, 1, 0, 0, 1, 0));
}

TEST(PublishedList, RowsAndDigestAreChecked) {
  const std::string text = "PatientID,probCOVID\n7,1\n3,0\n";
  const std::string digest = Sha256Hex(text).substr(0, 12), other = Sha256Hex("other").substr(0, 12);
  const ExpectedList right = {"list.csv", 2, digest.c_str()}, wrong = {"list.csv", 2, other.c_str()};
  const ExpectedList longer = {"list.csv", 3, other.c_str()};
  const auto list = ReadPublishedList(Write(text), &right);
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_EQ(list->sha256, Sha256Hex(text));
  EXPECT_THAT(Error(text, &wrong), AllOf(HasSubstr(absl::StrCat("begins with ", digest, ", expected ", other)),
                                         HasSubstr("the number of rows, 2, is the published one"), HasSubstr("commit 6918832"),
                                         HasSubstr("under the strict protocol")));
  EXPECT_THAT(Error(text, &longer), HasSubstr("has 2 rows, expected 3"));
  EXPECT_EQ(ReadPublishedList(Write(text), &wrong).status().code(), absl::StatusCode::kFailedPrecondition);
  // A checkout on Windows is the same list.
  const auto windows = ReadPublishedList(Write(absl::StrReplaceAll(text, {{"\n", "\r\n"}})), &right);
  ASSERT_TRUE(windows.ok()) << windows.status();
  EXPECT_EQ(windows->sha256, list->sha256);
  EXPECT_EQ(windows->ids, list->ids);
}

TEST(PublishedList, WrongFilesAreNamed) {
  EXPECT_THAT(Error("a,b\n1,1\n"), AllOf(HasSubstr("list.csv:1"), HasSubstr("VolumeName"), HasSubstr("another file")));
  EXPECT_THAT(Error("PatientID\n1\n"), HasSubstr("1 columns"));
  EXPECT_THAT(Error("PatientID,x\n"), HasSubstr("lists no case"));
  EXPECT_THAT(Error("PatientID,x\n1,0\n2,severe\n"),
              AllOf(HasSubstr(":3: the label \"x\" of case 2"), HasSubstr("whole number")));
  EXPECT_THAT(Error("PatientID,x\n1,0.5\n"), HasSubstr("whole number"));
  EXPECT_THAT(Error("PatientID,x\n1,-1\n"), HasSubstr("0 or more"));
  EXPECT_THAT(Error("PatientID,x\n1,\n"), HasSubstr("whole number"));
  EXPECT_THAT(Error("PatientID,x\n1,0\n1.nii.gz,1\n"), HasSubstr(":3: the case 1 is on line 2 already, with other labels"));
  EXPECT_THAT(Error("PatientID,x\n,0\n"), HasSubstr("the id is empty"));
  EXPECT_FALSE(ReadPublishedList("/nowhere/list.csv").ok());
}

}  // namespace
}  // namespace asap
