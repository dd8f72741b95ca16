#include "tests/golden/text/replay_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"

namespace asap::golden {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string Data(const std::string& name) { return Runfile(absl::StrCat("asap/tests/golden/data/", name)).value(); }
std::string TokenizerPath() { return Data("cxrbert_wordpiece.json"); }

void ExpectAllExact(const std::string& path, size_t at_least) {
  const auto rows = ReplayText(path, TokenizerPath());
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_GE(rows->size(), at_least);
  for (const Row& row : *rows) {
    EXPECT_TRUE(row.ok) << row.key;
    EXPECT_EQ(row.max_abs, 0) << row.key;
    EXPECT_EQ(row.tolerance, "exact");
  }
}

TEST(ReplayTextTest, Reports) { ExpectAllExact(Data("text_public.json"), 2 * 31 * 15); }

TEST(ReplayTextTest, TokenizerFixtures) { ExpectAllExact(Data("pretraining_tokenizer_fixtures.json"), 47 * 6); }

// What a wrong value does: its row fails and names the place.
TEST(ReplayTextTest, FirstDifferenceIsNamed) {
  json fixtures = json::parse(ReadFile(Data("pretraining_tokenizer_fixtures.json")).value());
  fixtures[0]["ids"][3] = 5;
  fixtures[1]["cleaned"] = "[CLS] Heart Size";
  fixtures[2]["sentences"] = 4;
  const std::string path = absl::StrCat(::testing::TempDir(), "/changed.json");
  ASSERT_TRUE(WriteFileAtomically(path, fixtures.dump()).ok());
  const auto rows = ReplayText(path, TokenizerPath());
  ASSERT_TRUE(rows.ok()) << rows.status();
  std::vector<std::string> failed;
  for (const Row& row : *rows) {
    if (!row.ok) failed.push_back(row.key);
  }
  EXPECT_THAT(failed, ::testing::ElementsAre(HasSubstr("fixture/0/ids (first difference at 3: expected 5, found "),
                                             HasSubstr("fixture/1/cleaned (first difference at byte 12)"),
                                             HasSubstr("fixture/2/sentences (first difference at 0: expected 4, found 3)")));
}

TEST(ReplayTextTest, MaskingIsCompared) {
  json file = json::parse(ReadFile(Data("text_public.json")).value());
  json small = file;
  small["cases"] = {{"48", json::array({file["cases"]["48"][0]})}};
  small["cases"]["48"][0]["rand_stream"][0] = 0.1;  // was 0.97: position 1 is masked now
  const std::string folder = ::testing::TempDir();
  ASSERT_TRUE(WriteFileAtomically(absl::StrCat(folder, "/text_public.csv"), ReadFile(Data("text_public.csv")).value()).ok());
  ASSERT_TRUE(WriteFileAtomically(absl::StrCat(folder, "/small.json"), small.dump()).ok());
  const auto rows = ReplayText(absl::StrCat(folder, "/small.json"), TokenizerPath());
  ASSERT_TRUE(rows.ok()) << rows.status();
  int failed = 0;
  for (const Row& row : *rows) {
    if (row.ok) continue;
    ++failed;
    EXPECT_THAT(row.key, HasSubstr("48/0/masked_ids (first difference at 1: expected 13782, found 4)"));
  }
  EXPECT_EQ(failed, 1);
}

TEST(ReplayTextTest, OtherFilesAreErrors) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/other.json");
  for (const char* contents : {"{", "{}", "[]", "[{}]", "{\"csv\": \"none.csv\", \"cases\": {}}"}) {
    ASSERT_TRUE(WriteFileAtomically(path, contents).ok());
    const auto rows = ReplayText(path, TokenizerPath());
    EXPECT_FALSE(rows.ok()) << contents;
  }
  EXPECT_FALSE(ReplayText("/nowhere.json", TokenizerPath()).ok());
  EXPECT_FALSE(ReplayText(Data("text_public.json"), "/nowhere.json").ok());
}

}  // namespace
}  // namespace asap::golden
