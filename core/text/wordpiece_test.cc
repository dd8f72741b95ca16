#include "core/text/wordpiece.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/random.h"

namespace asap {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Ids = std::vector<int64_t>;

const Tokenizer& CxrBert() {
  static const Tokenizer* const tokenizer =
      LoadTokenizer(Runfile("asap/tests/golden/data/cxrbert_wordpiece.json").value()).value().release();
  return *tokenizer;
}

// A small vocabulary in a whole file; `replacement` overrides sections.
json SmallFile(const json& replacement = json::object()) {
  json file = json::parse(R"({
    "added_tokens": [{"id": 0, "content": "[PAD]"}, {"id": 1, "content": "[UNK]"}, {"id": 2, "content": "[CLS]"}],
    "normalizer": {"type": "Lowercase"},
    "pre_tokenizer": {"type": "Whitespace"},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 6,
              "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "a": 3, "ab": 4, "##c": 5, "##cd": 6, ".": 7, "5": 8, "##b": 9, "55": 10}}
  })");
  file.merge_patch(replacement);
  return file;
}

std::unique_ptr<Tokenizer> Small(const json& replacement = json::object()) {
  auto tokenizer = ParseWordPiece(SmallFile(replacement).dump(), "small.json");
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status();
  return *std::move(tokenizer);
}

std::string ErrorOf(const json& replacement) {
  return std::string(ParseWordPiece(SmallFile(replacement).dump(), "small.json").status().message());
}

TEST(WordPieceTest, LongestPieceFirst) {
  const auto tokenizer = Small();
  EXPECT_THAT(tokenizer->Encode("abcd ab abc a"), ElementsAre(4, 6, 4, 4, 5, 3));
  EXPECT_THAT(tokenizer->Encode("abx"), ElementsAre(1));  // one [UNK] for the whole word
  EXPECT_THAT(tokenizer->Encode("aBCd"), ElementsAre(4, 6));
  EXPECT_THAT(tokenizer->Encode("abbbbb abbbbbb"), ElementsAre(4, 9, 9, 9, 9, 1));  // six characters, and one too many
  EXPECT_THAT(tokenizer->Encode(""), IsEmpty());
  EXPECT_THAT(tokenizer->Encode(" \t\n"), IsEmpty());
  EXPECT_THAT(tokenizer->Encode("\xFF"), ElementsAre(1));
}

TEST(WordPieceTest, SpecialTokensAreCutOutVerbatim) {
  const auto tokenizer = Small();
  EXPECT_THAT(tokenizer->Encode("[CLS]a[CLS] [cls]a"), ElementsAre(2, 3, 2, 1, 1, 1, 3));
  EXPECT_THAT(tokenizer->Encode("[[CLS]"), ElementsAre(1, 2));
}

TEST(WordPieceTest, SpecialIdsDigitsAndPieces) {
  const Tokenizer& tokenizer = CxrBert();
  EXPECT_EQ(tokenizer.vocabulary_size(), 30522);
  EXPECT_EQ(tokenizer.special().pad, 0);
  EXPECT_EQ(tokenizer.special().unk, 1);
  EXPECT_EQ(tokenizer.special().cls, 2);
  EXPECT_EQ(tokenizer.special().sep, 3);
  EXPECT_EQ(tokenizer.special().mask, 4);
  EXPECT_EQ(tokenizer.period(), 18);
  std::set<int64_t> digits;
  for (int64_t id = -1; id < tokenizer.vocabulary_size() + 1; ++id) {
    if (tokenizer.IsDigit(id)) digits.insert(id);
  }
  EXPECT_THAT(digits, ElementsAre(20, 21, 22, 23, 24, 25, 26, 27, 28, 29));
  EXPECT_EQ(tokenizer.Piece(2), "[CLS]");
  EXPECT_THAT(tokenizer.Encode("[CLS]"), ElementsAre(2));
  const auto small = Small();
  EXPECT_EQ(small->special().mask, -1);
  EXPECT_FALSE(small->IsDigit(-1));
  EXPECT_TRUE(small->IsDigit(8));
  EXPECT_FALSE(small->IsDigit(10));
}

TEST(WordPieceTest, DecodeReads) {
  const auto tokenizer = Small();
  EXPECT_EQ(tokenizer->Decode({2, 4, 6, 7, 3, 99}), "[CLS] abcd. a \xEF\xBF\xBD");
  const Tokenizer& cxr = CxrBert();
  EXPECT_EQ(cxr.Decode(cxr.Encode("Both main bronchi are open.")), "both main bronchi are open.");
}

TEST(WordPieceTest, FingerprintIsTheVocabularys) {
  EXPECT_EQ(Small()->fingerprint(), Small()->fingerprint());
  EXPECT_NE(Small()->fingerprint(), Small({{"model", {{"vocab", {{"zz", 11}}}}}})->fingerprint());
  EXPECT_THAT(CxrBert().fingerprint(), HasSubstr("wordpiece:"));
}

// Ids from the tokenizers library, version 0.21.4.
TEST(WordPieceTest, MiniLmMatchesHuggingFace) {
  const auto tokenizer = LoadTokenizer(Runfile("minilm/model/tokenizer.json").value());
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  EXPECT_EQ((*tokenizer)->special().cls, 101);
  EXPECT_EQ((*tokenizer)->special().sep, 102);
  const json rows = json::parse(ReadFile(Runfile("asap/core/text/testdata/minilm_ids.json").value()).value());
  ASSERT_EQ(rows.size(), 20u);
  for (const json& row : rows) {
    EXPECT_EQ((*tokenizer)->Encode(row["text"].get<std::string>()), row["ids"].get<Ids>()) << row["text"];
  }
}

// The look-up of ASCII texts must not differ from the code-point path, which a character beyond ASCII brings on for the whole
// text.
TEST(WordPieceTest, AsciiPathEqualsGeneralPath) {
  const auto minilm = LoadTokenizer(Runfile("minilm/model/tokenizer.json").value()).value();
  for (const Tokenizer* tokenizer : {&CxrBert(), static_cast<const Tokenizer*>(minilm.get())}) {
    for (int c = 1; c < 128; ++c) {
      const std::string text = absl::StrCat("Nodule", std::string(1, c), "12", std::string(2, c), "MM ", std::string(1, c));
      const Ids ascii = tokenizer->Encode(text);
      Ids general = tokenizer->Encode(absl::StrCat(text, " \xC3\xA9"));  // é
      const Ids extra = tokenizer->Encode(" \xC3\xA9");
      ASSERT_GT(general.size(), extra.size());
      general.resize(general.size() - extra.size());
      EXPECT_EQ(ascii, general) << c;
    }
  }
}

TEST(WordPieceTest, OtherComponents) {
  const json digits = {{"pre_tokenizer",
                        {{"type", "Sequence"},
                         {"pretokenizers", {{{"type", "WhitespaceSplit"}}, {{"type", "Digits"}, {"individual_digits", true}}}}}}};
  EXPECT_THAT(Small(digits)->Encode("a55 5"), ElementsAre(3, 8, 8, 8));
  EXPECT_THAT(Small()->Encode("55 5"), ElementsAre(10, 8));
  const json punctuation = {
      {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", {{{"type", "WhitespaceSplit"}}, {{"type", "Punctuation"}}}}}}};
  EXPECT_THAT(Small(punctuation)->Encode("a.. ab."), ElementsAre(3, 7, 7, 4, 7));
  EXPECT_THAT(Small()->Encode("a.. ab."), ElementsAre(3, 1, 4, 7));  // "..", a word of its own, is no piece
  const json cased = {{"normalizer", {{"type", "BertNormalizer"}, {"lowercase", false}}}};
  EXPECT_THAT(Small(cased)->Encode("a A"), ElementsAre(3, 1));
  // Without strip_accents of its own, BertNormalizer strips where it lowers.
  EXPECT_THAT(Small(cased)->Encode("\xC3\xA1"), ElementsAre(1));
  const json bert = {{"normalizer", {{"type", "BertNormalizer"}, {"lowercase", true}}}};
  EXPECT_THAT(Small(bert)->Encode("\xC3\x81"), ElementsAre(3));
}

TEST(WordPieceTest, UnsupportedComponentsAreNamed) {
  EXPECT_THAT(ErrorOf({{"normalizer", {{"type", "Replace"}}}}), HasSubstr("small.json: normalizer \"Replace\" is not supported"));
  EXPECT_THAT(ErrorOf({{"pre_tokenizer", {{"type", "ByteLevel"}}}}), HasSubstr("pre-tokenizer \"ByteLevel\" is not supported"));
  EXPECT_THAT(ErrorOf({{"pre_tokenizer", {{"type", "Punctuation"}, {"behavior", "Removed"}}}}), HasSubstr("\"Removed\""));
  EXPECT_THAT(ErrorOf({{"model", {{"type", "BPE"}}}}), HasSubstr("model type \"BPE\" is not supported; expected \"WordPiece\""));
  EXPECT_THAT(ErrorOf({{"added_tokens", {{{"id", 3}, {"content", "[X]"}, {"lstrip", true}}}}}), HasSubstr("\"[X]\" with lstrip"));
}

TEST(WordPieceTest, DamagedFilesAreErrors) {
  EXPECT_THAT(std::string(ParseWordPiece("{\"model\":", "x.json").status().message()), HasSubstr("x.json: not valid JSON"));
  EXPECT_FALSE(ParseWordPiece("[]", "x.json").ok());
  EXPECT_FALSE(ParseWordPiece("{}", "x.json").ok());
  EXPECT_THAT(ErrorOf({{"model", {{"vocab", {{"b", -1}}}}}}), HasSubstr("the id of \"b\" is -1"));
  EXPECT_THAT(ErrorOf({{"model", {{"vocab", {{"b", 1e15}}}}}}), HasSubstr("expected an integer"));
  EXPECT_THAT(ErrorOf({{"model", {{"vocab", {{"b", 3}}}}}}), HasSubstr("share the id 3"));
  EXPECT_THAT(ErrorOf({{"model", {{"vocab", 5}}}}), HasSubstr("model.vocab"));
  EXPECT_THAT(ErrorOf({{"model", {{"unk_token", "[NONE]"}}}}), HasSubstr("\"[NONE]\" is not in the vocabulary"));
  EXPECT_THAT(ErrorOf({{"model", {{"continuing_subword_prefix", ""}}}}), HasSubstr("prefix is empty"));
  EXPECT_THAT(ErrorOf({{"added_tokens", {{{"id", 3}}}}}), HasSubstr("each of added_tokens"));
  EXPECT_THAT(ErrorOf({{"added_tokens", {5}}}), HasSubstr("each of added_tokens"));
  EXPECT_THAT(ErrorOf({{"normalizer", {{"type", "Sequence"}}}}), HasSubstr("needs the list \"normalizers\""));
  EXPECT_THAT(ErrorOf({{"normalizer", 5}}), HasSubstr("normalizer"));
}

TEST(WordPieceTest, FileOfNoKnownKind) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/junk.model");
  ASSERT_TRUE(WriteFileAtomically(path, "\x01\x02 this is no model").ok());
  EXPECT_THAT(std::string(LoadTokenizer(path).status().message()), HasSubstr(absl::StrCat(path, ": not a SentencePiece model")));
  ASSERT_TRUE(WriteFileAtomically(path, " \n").ok());
  EXPECT_THAT(std::string(LoadTokenizer(path).status().message()), HasSubstr("empty"));
}

// Any bytes have ids, and all of them are the vocabulary's.
TEST(WordPieceTest, AnyBytesAreEncoded) {
  const auto minilm = LoadTokenizer(Runfile("minilm/model/tokenizer.json").value()).value();
  for (const Tokenizer* tokenizer : {&CxrBert(), static_cast<const Tokenizer*>(minilm.get())}) {
    for (uint64_t seed = 0; seed < 500; ++seed) {
      CounterRng rng(seed, "bytes");
      std::string text;
      for (int64_t i = rng.UniformInt(0, 60); i > 0; --i) {
        text += static_cast<char>(rng.Bernoulli(0.5) ? rng.UniformInt(0, 255) : rng.UniformInt(0xC2, 0xF4));
      }
      for (int64_t id : tokenizer->Encode(text)) {
        EXPECT_GE(id, 0);
        EXPECT_LT(id, tokenizer->vocabulary_size());
      }
    }
  }
}

// A damaged file is an error or another vocabulary, never the end of the program.
TEST(WordPieceTest, ChangedFilesAreReadOrRefused) {
  const std::string good = SmallFile().dump();
  int refused = 0;
  for (uint64_t seed = 0; seed < 2000; ++seed) {
    CounterRng rng(seed, "change");
    std::string file = good;
    for (int64_t i = rng.UniformInt(1, 3); i > 0; --i) {
      static constexpr absl::string_view kAlphabet = "{}[]\",:0-9tfn\xFF";
      file[rng.UniformInt(0, file.size() - 1)] = kAlphabet[rng.UniformInt(0, kAlphabet.size() - 1)];
    }
    const auto tokenizer = ParseWordPiece(file, "changed.json");
    refused += !tokenizer.ok();
    if (tokenizer.ok()) (*tokenizer)->Encode("[CLS] abc. 55 x");
  }
  EXPECT_GT(refused, 1000);
}

TEST(WordPieceTest, ManyThreads) {
  const Tokenizer& tokenizer = CxrBert();
  const std::string text = "[CLS] Ground glass opacities \xE2\x89\xA5 30 HU in the caf\xC3\xA9.";
  const Ids expected = tokenizer.Encode(text);
  std::vector<std::thread> threads;
  std::vector<int> differing(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) differing[t] += tokenizer.Encode(text) != expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(differing, ElementsAre(0, 0, 0, 0));
}

}  // namespace
}  // namespace asap
