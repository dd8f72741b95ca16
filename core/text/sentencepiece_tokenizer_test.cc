#include "core/text/sentencepiece_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"

namespace asap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Reports(int count) {
  static constexpr const char* kThings[] = {"nodule", "consolidation", "effusion", "lymph node", "atelectasis", "emphysema"};
  static constexpr const char* kPlaces[] = {"right upper lobe", "left lower lobe", "mediastinum", "lingula", "pleura"};
  std::vector<std::string> reports;
  for (int i = 0; i < count; ++i) {
    reports.push_back(absl::StrCat("A ", kThings[i % 6], " of ", i % 40, ".", i % 10, " mm is seen in the ", kPlaces[i * 7 % 5],
                                   ".\nNo ", kThings[(i + 2) % 6], " was observed in segment ", i % 9 + 1, "."));
  }
  return reports;
}

std::string Trained(const std::string& name, int64_t size = 300) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
  const absl::Status status = TrainSentencePiece(Reports(300), size, path);
  EXPECT_TRUE(status.ok()) << status;
  return path;
}

TEST(SentencePieceTest, TrainsTheIdsThatReportsNeed) {
  const auto tokenizer = LoadTokenizer(Trained("a.model"));
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  const Tokenizer& t = **tokenizer;
  EXPECT_EQ(t.kind(), "sentencepiece");
  EXPECT_EQ(t.special().pad, 0);
  EXPECT_EQ(t.special().unk, 1);
  EXPECT_EQ(t.special().cls, 2);
  EXPECT_EQ(t.special().sep, 3);
  EXPECT_EQ(t.special().mask, 4);
  EXPECT_EQ(t.period(), 5);
  EXPECT_EQ(t.Encode("[CLS]"), std::vector<int64_t>{t.special().cls});
  std::set<int64_t> digits;
  for (int64_t id = -1; id <= t.vocabulary_size(); ++id) {
    if (t.IsDigit(id)) digits.insert(id);
  }
  EXPECT_THAT(digits, ElementsAre(6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
  // No piece but the eleven holds a period or a digit.
  for (int64_t id = 16; id < t.vocabulary_size(); ++id) {
    EXPECT_EQ(t.Piece(id).find_first_of(".0123456789"), std::string::npos) << t.Piece(id);
  }
}

TEST(SentencePieceTest, RoundTripInLowerCase) {
  const auto tokenizer = LoadTokenizer(Trained("b.model")).value();
  const std::string text = "A nodule of 12.5 mm is seen in the left lower lobe.";
  const std::vector<int64_t> ids = tokenizer->Encode(text);
  EXPECT_EQ(tokenizer->Decode(ids), "a nodule of 12.5 mm is seen in the left lower lobe.");
  EXPECT_LT(ids.size(), text.size() * 2 / 3);
  EXPECT_EQ(tokenizer->Encode("atelectasis").size(), 1u);  // a frequent word is a piece
  EXPECT_EQ(std::count(ids.begin(), ids.end(), tokenizer->period()), 2);
  EXPECT_THAT(tokenizer->Encode("[CLS] [MASK][SEP]"), ElementsAre(2, 4, 3));
  EXPECT_EQ(tokenizer->Decode(tokenizer->Encode("[CLS] nodule [MASK] mm")), "[CLS] nodule [MASK] mm");
  EXPECT_THAT(tokenizer->Encode("\xE8\x82\xBA"), ::testing::Contains(1));  // a character never seen
}

TEST(SentencePieceTest, SameReportsSameModel) {
  const std::string first = ReadFile(Trained("d.model")).value();
  EXPECT_TRUE(first == ReadFile(Trained("e.model")).value());
  EXPECT_FALSE(first == ReadFile(Trained("f.model", 60)).value());
  EXPECT_EQ(ParseSentencePiece(first, "d").value()->fingerprint(), ParseSentencePiece(first, "e").value()->fingerprint());
}

TEST(SentencePieceTest, MorePiecesThanTheReportsHoldIsNoError) {
  const auto tokenizer = LoadTokenizer(Trained("g.model", 30000)).value();
  EXPECT_LT(tokenizer->vocabulary_size(), 5000);
}

TEST(SentencePieceTest, WrongCalls) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/never.model");
  EXPECT_THAT(std::string(TrainSentencePiece(Reports(10), 5, path).message()), HasSubstr("a vocabulary of 5 pieces"));
  EXPECT_THAT(std::string(TrainSentencePiece({"", " \n"}, 100, path).message()), HasSubstr("no report has any text"));
  EXPECT_FALSE(TrainSentencePiece(Reports(50), 18, path).ok());  // fewer pieces than letters
  EXPECT_FALSE(ReadFile(path).ok());
  EXPECT_THAT(std::string(ParseSentencePiece("junk", "x.model").status().message()),
              HasSubstr("x.model: not a SentencePiece model"));
}

}  // namespace
}  // namespace asap
