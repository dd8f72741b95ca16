#include "tools/anatomy/label_table.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

constexpr char kGood[] =
    "# comment\nclass 0 background\r\nclass 1 lung\nclass 2 great vessels # and veins\n\norgan old new class\n"
    "left 1 2 1\nright\t2 1 1\naorta - 3 2\nrest - - 0\n";

TEST(LabelTableTest, ReadsClassesAndOrgans) {
  const auto table = ParseLabelTable(kGood, "t.txt");
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->classes, (std::vector<std::string>{"background", "lung", "great vessels"}));
  EXPECT_EQ(table->id_columns, (std::vector<std::string>{"old", "new"}));
  ASSERT_EQ(table->rows.size(), 4u);
  EXPECT_EQ(table->rows[table->Find("aorta")].ids, (std::vector<int>{-1, 3}));
  EXPECT_EQ(table->rows[table->Find("aorta")].mask_class, 2);
  EXPECT_EQ(table->Find("aort"), -1);
  EXPECT_EQ(*table->IdColumn("new"), 1);
  EXPECT_TRUE(absl::StrContains(table->IdColumn("nwe").status().message(), "did you mean \"new\"?"));
  EXPECT_TRUE(absl::StrContains(table->IdColumn("").status().message(), "(old, new)"));
}

TEST(LabelTableTest, ErrorsNameTheLine) {
  const std::string head = "class 0 background\nclass 1 lung\n", header = "organ v1 class\n";
  const struct {
    std::string text, message;
  } kCases[] = {
      {"", "has no header"},
      {head, "has no header"},
      {head + header, "names no organ"},
      {header, "t.txt, line 1: the header comes before any class"},
      {"class 0 background\nclass 2 lung\n", "t.txt, line 2: class 2 here, expected 1"},
      {"class 0 background\nclass 1\n", "line 2: expected \"class ID NAME\""},
      {"class 0 a\nclass 1 a\n", "line 2: a second class of the name \"a\""},
      {head + "spleen 1 1\n", "line 3: expected a class"},
      {head + "organ v1 v1 class\n", "line 3: two id columns"},
      {head + header + "lung 1\n", "line 4: holds 2 words, expected 3: organ, v1, class"},
      {head + header + "lung x 1\n", "line 4: the id \"x\" in column v1"},
      {head + header + "lung 0 1\n", "line 4: the id \"0\""},
      {head + header + "lung 1 2\n", "line 4: the class \"2\", expected 0 to 1"},
      {head + header + "lung 1 -1\n", "line 4: the class \"-1\""},
      {head + header + "a 1 1\n# c\na 2 1\n", "line 6: the organ a a second time"},
      {head + header + "a 1 1\nb 1 1\n", "line 5: the id 1 in column v1 belongs to a already"},
  };
  for (const auto& test : kCases) {
    const auto status = ParseLabelTable(test.text, "t.txt").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << test.text;
    EXPECT_TRUE(absl::StrContains(status.message(), test.message)) << test.text << ": " << status;
  }
  EXPECT_EQ(ReadLabelTable("/absent").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(LabelTableTest, TheDefaultCoversBothVersions) {
  const auto path = DefaultLabelTablePath();
  ASSERT_TRUE(path.ok()) << path.status();
  const auto table = ReadLabelTable(*path);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_EQ(table->classes.size(), 9u);
  ASSERT_EQ(table->id_columns, (std::vector<std::string>{"v1", "v2"}));
  const int last[] = {104, 117};
  for (int column = 0; column < 2; ++column) {
    int count = 0;
    for (const LabelRow& row : table->rows) {
      EXPECT_LE(row.ids[column], last[column]) << row.organ;
      count += row.ids[column] > 0;
    }
    EXPECT_EQ(count, last[column]);  // ids are unique, so that all of 1 ... last are there
  }
  const auto ids = [&](const std::string& organ) { return table->rows[table->Find(organ)].ids; };
  EXPECT_EQ(ids("aorta"), (std::vector<int>{7, 52}));
  EXPECT_EQ(ids("lung_lower_lobe_right"), (std::vector<int>{17, 14}));
  EXPECT_EQ(ids("vertebrae_C1"), (std::vector<int>{41, 50}));
  EXPECT_EQ(ids("rib_right_12"), (std::vector<int>{81, 115}));
  EXPECT_EQ(ids("heart_myocardium"), (std::vector<int>{44, -1}));
  EXPECT_EQ(ids("sternum"), (std::vector<int>{-1, 116}));
}

}  // namespace
}  // namespace asap
