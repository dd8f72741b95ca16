#include "tools/preprocess/manifest.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ManifestTest : public testing::Test {
 protected:
  ManifestTest() : folder_(absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    files_ = {.manifest = folder_ + "/manifest.csv", .set_aside = folder_ + "/manifest_set_aside.csv"};
  }
  static ManifestRow Row(const std::string& id, const std::string& findings = "") {
    return {.volume = absl::StrCat("volumes/", id, ".nii"), .findings = findings, .case_id = id};
  }
  void Type(const std::string& text) { ASSERT_TRUE(WriteFileAtomically(files_.manifest, text).ok()); }
  std::vector<std::string> Update(std::vector<ManifestRow> rows, std::vector<std::string> further = {}) {
    Manifest made{.further_columns = std::move(further), .rows = std::move(rows)};
    const auto notes = UpdateManifest(files_, &made);
    EXPECT_TRUE(notes.ok()) << notes.status();
    return notes.value_or(std::vector<std::string>());
  }
  std::string Text() const { return ReadFile(files_.manifest).value(); }

  const std::string folder_;
  ManifestFiles files_;
};

constexpr char kHeader[] = "volume,findings,impression,patient,mask,split,case";

TEST_F(ManifestTest, TypedCellsAndColumnsStay) {
  // As a spreadsheet saves it: other column order, capitals, \r\n, a byte-order mark, a column of the user's.
  Type(
      "\xEF\xBB\xBF"
      "Case,Volume,nodule,findings,impression,patient,mask,split\r\n"
      "a,volumes/a.nii,1,\"Clear, as typed.\",Normal.,p1,own/a.nii.gz,valid\r\n"
      ",volumes/b.nii.gz,,By its volume.,,,masks/b.nii.gz,\r\n");
  EXPECT_THAT(Update({Row("a"), Row("b"), Row("c")}), IsEmpty());
  EXPECT_EQ(Text(), absl::StrCat(kHeader, ",nodule\n",
                                 "volumes/a.nii,\"Clear, as typed.\",Normal.,p1,own/a.nii.gz,valid,a,1\n"
                                 "volumes/b.nii,By its volume.,,,,,b,\n"
                                 "volumes/c.nii,,,,,,c,\n"));
  const std::string once = Text();
  EXPECT_THAT(Update({Row("a"), Row("b"), Row("c")}), IsEmpty());
  EXPECT_EQ(Text(), once);
}

TEST_F(ManifestTest, TypedWinsOverTheRunAndIsTold) {
  Type(absl::StrCat(kHeader, ",site\nvolumes/a.nii,Mended.,,,,,a,x\nvolumes/b.nii,,,,,,b,\n"));
  ManifestRow a = Row("a", "Of the table."), b = Row("b", "Of the table.");
  a.further = {"y"};
  EXPECT_THAT(Update({a, b}, {"Site"}), ElementsAre(HasSubstr("2 cells")));
  EXPECT_EQ(Text(), absl::StrCat(kHeader, ",Site\nvolumes/a.nii,Mended.,,,,,a,x\nvolumes/b.nii,Of the table.,,,,,b,\n"));
}

TEST_F(ManifestTest, RowsWithoutACaseAreSetAsideAndComeBack) {
  Type(absl::StrCat(kHeader, "\nvolumes/a.nii,Typed.,,p1,,,a\nvolumes/b.nii,,,,masks/b.nii,,b\n/other/x.nii.gz,Own.,,p9,,,x\n"));
  const auto notes = Update({Row("c")});
  ASSERT_THAT(notes, ElementsAre(HasSubstr("1 rows whose cases are gone or skipped are kept in ")));
  EXPECT_THAT(notes[0], HasSubstr(files_.set_aside));
  // A volume of the user's own stays in the table; b had nothing typed.
  EXPECT_EQ(Text(), absl::StrCat(kHeader, "\nvolumes/c.nii,,,,,,c\n/other/x.nii.gz,Own.,,p9,,,x\n"));
  EXPECT_EQ(ReadFile(files_.set_aside).value(), absl::StrCat(kHeader, "\nvolumes/a.nii,Typed.,,p1,,,a\n"));
  Update({Row("c")});
  EXPECT_EQ(ReadFile(files_.set_aside).value(), absl::StrCat(kHeader, "\nvolumes/a.nii,Typed.,,p1,,,a\n"));
  EXPECT_THAT(Update({Row("a"), Row("c")}), IsEmpty());
  EXPECT_THAT(Text(), HasSubstr("volumes/a.nii,Typed.,,p1,,,a\n"));
  EXPECT_FALSE(fs::exists(files_.set_aside));
}

TEST_F(ManifestTest, AShareTakesWhatWasTypedIntoTheJoinedTable) {
  files_.joined = folder_ + "/joined.csv";
  ASSERT_TRUE(WriteFileAtomically(files_.joined,
                                  absl::StrCat(kHeader, "\nvolumes/a.nii,Typed.,,,,,a\nvolumes/z.nii,Of another share.,,,,,z\n"))
                  .ok());
  EXPECT_THAT(Update({Row("a")}), IsEmpty());
  EXPECT_EQ(Text(), absl::StrCat(kHeader, "\nvolumes/a.nii,Typed.,,,,,a\n"));
}

TEST_F(ManifestTest, ATableThatCannotBeTakenOverIsNotReplaced) {
  for (const auto& [table, said] : std::vector<std::pair<std::string, std::string>>{
           {"volume;findings;case\nvolumes/a.nii;Typed.;a\n", "separate the cells by commas"},
           {absl::StrCat(kHeader, "\nvolumes/a.nii,\xE9,,,,,a\n"), "not UTF-8"},
           {absl::StrCat(kHeader, "\nvolumes/a.nii,1,,,,,a\nvolumes/a.nii,2,,,,,a\n"), ":3: the case of line 2 once more"},
           {"volume,case,x,X\nvolumes/a.nii,a,1,2\n", "appears twice"}}) {
    Type(table);
    Manifest made{.rows = {Row("a")}};
    for (const absl::Status& status : {TypedCases(files_).status(), UpdateManifest(files_, &made).status()}) {
      EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
      EXPECT_THAT(std::string(status.message()), HasSubstr(said));
      EXPECT_THAT(std::string(status.message()), HasSubstr(files_.manifest));
    }
    EXPECT_EQ(Text(), table);
  }
}

// What is written is UTF-8 that core/csv reads, whatever names and messages hold.
TEST(TablesTest, AnyBytesBecomeReadableCells) {
  EXPECT_EQ(Readable("scan\xE9"
                     "e"),
            "scan\\xE9e");
  EXPECT_EQ(Readable("scan\xC3\xA9"
                     "e"),
            "scan\xC3\xA9"
            "e");
  EXPECT_EQ(Readable(absl::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(Readable("\xFF\xFE"), "\\xFF\\xFE");
  EXPECT_EQ(CsvLine({"a\nb", "=1+1", "\"q\"", "\xE9,"}), "\"a\nb\",=1+1,\"\"\"q\"\"\",\"\\xE9,\"\n");
}

}  // namespace
}  // namespace asap
