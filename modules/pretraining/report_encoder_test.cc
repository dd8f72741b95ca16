#include "modules/pretraining/report_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/text/sentencepiece_tokenizer.h"
#include "modules/pretraining/report.h"

namespace asap {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using Ids = std::vector<int64_t>;

std::shared_ptr<const Tokenizer> CxrBert() {
  static const auto* const tokenizer = new std::shared_ptr<const Tokenizer>(
      LoadTokenizer(Runfile("asap/tests/golden/data/cxrbert_wordpiece.json").value()).value());
  return *tokenizer;
}

EncodedReport Encode(const ReportText& text, ReportEncoderOptions options = {}, bool mirrored = false, uint64_t seed = 1) {
  CounterRng rng(seed, "mask");
  return ReportEncoder(CxrBert(), options).Encode(text, mirrored, rng);
}

std::string Text(const Ids& ids, int64_t length) { return CxrBert()->Decode(absl::MakeConstSpan(ids).subspan(0, length)); }

TEST(CleanTextTest, ReplacementsInOrder) {
  EXPECT_EQ(CleanText("a (b) c? d: e; f"), "[CLS] a ( b ) c d, e, f");
  EXPECT_EQ(CleanText("a    b   c"), "[CLS] a  b  c");  // one pass halves a run
  EXPECT_EQ(CleanText(" (x)"), "[CLS] ( x ) ");
  EXPECT_EQ(CleanText(""), "[CLS] ");
}

TEST(JoinReportTest, UpstreamKeepsItsQuirks) {
  EXPECT_EQ(JoinReport({"A.", "B."}, true).report, "A.B.");
  EXPECT_EQ(JoinReport({"", "B."}, true).report, "nanB.");
  EXPECT_EQ(JoinReport({"NA", "None"}, true).report, "nannan");
  EXPECT_EQ(JoinReport({"NA", "x"}, true).findings, "nan");
  EXPECT_EQ(JoinReport({"A.", "Not given."}, true).report, "A.");
  EXPECT_EQ(JoinReport({"A.", "Indication was Not given"}, true).report, "A.");
  EXPECT_EQ(JoinReport({"", "Not given."}, true).report, "nan");
  EXPECT_EQ(JoinReport({"Not given.", ""}, true).report, "Not given.nan");
}

TEST(JoinReportTest, DefaultReadsLikeText) {
  EXPECT_EQ(JoinReport({"A.", "B."}, false).report, "A. B.");
  EXPECT_EQ(JoinReport({"", "B."}, false).report, "B.");
  EXPECT_EQ(JoinReport({"", "B."}, false).findings, "");
  EXPECT_EQ(JoinReport({"A.", "nan"}, false).report, "A.");
  EXPECT_EQ(JoinReport({"A.", " Not given. "}, false).report, "A.");
  EXPECT_EQ(JoinReport({"Not given", "B."}, false).findings, "");
  EXPECT_EQ(JoinReport({"A.", "Indication was Not given"}, false).report, "A. Indication was Not given");
  EXPECT_EQ(JoinReport({"", ""}, false).report, "");
}

TEST(ReportEncoderTest, DefaultShapesAndAttention) {
  const EncodedReport report = Encode({"Heart is normal. No effusion.", "Normal."}, {.max_length = 32});
  for (const EncodedText* text : {&report.findings, &report.report}) {
    ASSERT_EQ(text->ids.size(), 32u);
    ASSERT_EQ(text->attention.size(), 32u);
    ASSERT_EQ(text->sentence.size(), 32u);
    for (int64_t i = 0; i < 32; ++i) {
      EXPECT_EQ(text->attention[i], i < text->length ? 1 : 0);
      if (i >= text->length) {
        EXPECT_EQ(text->ids[i], 0);
        EXPECT_EQ(text->sentence[i], 0);
      }
    }
  }
  EXPECT_EQ(Text(report.report.ids, report.report.length), "[CLS] heart is normal. no effusion. normal.");
  EXPECT_EQ(report.findings.sentences, 2);
  EXPECT_EQ(report.masked_ids.size(), 32u);
}

TEST(ReportEncoderTest, TrailingTextIsASentenceByDefaultOnly) {
  const ReportText text = {"Heart is normal. No effusion", ""};
  const EncodedText closed = Encode(text).findings;
  EXPECT_EQ(closed.sentences, 2);
  EXPECT_EQ(closed.sentence[closed.length - 1], 2);
  EXPECT_EQ(closed.sentence[closed.length], 0);
  const EncodedText open = Encode(text, {.upstream_compat = true}).findings;
  EXPECT_EQ(open.sentences, 1);
  EXPECT_EQ(open.sentence[open.length - 1], 0);
  EXPECT_EQ(Encode({"no period at all", ""}).findings.sentences, 1);
  EXPECT_EQ(Encode({"no period at all", ""}, {.upstream_compat = true}).findings.sentences, 0);
}

TEST(ReportEncoderTest, PeriodsInNumbersEndNoSentence) {
  EXPECT_EQ(Encode({"A nodule of 4.5 mm. Stable.", ""}).findings.sentences, 2);
  EXPECT_EQ(Encode({"Grade 3.", ""}).findings.sentences, 1);
}

TEST(ReportEncoderTest, EmptyCells) {
  const EncodedReport none = Encode({"", ""});
  EXPECT_EQ(none.findings.length, 1);  // [CLS]
  EXPECT_EQ(none.findings.sentences, 0);
  EXPECT_THAT(none.findings.sentence, Each(0));
  EXPECT_EQ(none.masked_ids, none.report.ids);
  const EncodedReport impression = Encode({"", "Normal."});
  EXPECT_EQ(impression.findings.sentences, 0);
  EXPECT_EQ(Text(impression.report.ids, impression.report.length), "[CLS] normal.");
  const EncodedReport upstream = Encode({"", ""}, {.upstream_compat = true});
  EXPECT_EQ(Text(upstream.findings.ids, upstream.findings.length), "[CLS] nan");
  EXPECT_EQ(upstream.findings.sentences, 0);
}

TEST(ReportEncoderTest, MasksOnlyRealTokensByDefault) {
  const ReportText text = {"Heart [SEP] is [CLS] normal. No [PAD] effusion.", ""};
  const EncodedReport all = Encode(text, {.mask_probability = 1});
  const auto& ids = all.report.ids;
  for (int64_t i = 0; i < 512; ++i) {
    const bool masked = i > 0 && i < all.report.length && ids[i] != 0 && ids[i] != 2 && ids[i] != 3;
    EXPECT_EQ(all.masked_ids[i], masked ? 4 : ids[i]) << i;
  }
  const EncodedReport upstream = Encode(text, {.upstream_compat = true, .mask_probability = 1});
  for (int64_t i = 0; i < 512; ++i) {
    const bool masked = i > 0 && i < 511 && upstream.report.ids[i] != 3;
    EXPECT_EQ(upstream.masked_ids[i], masked ? 4 : upstream.report.ids[i]) << i;
  }
  EXPECT_EQ(Encode(text, {.mask_probability = 0}).masked_ids, ids);
}

TEST(ReportEncoderTest, MaskIsDrawnAtItsProbabilityAndFromTheKey) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "lung ";
  int64_t masked = 0, tokens = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const EncodedReport report = Encode({text, ""}, {}, false, seed);
    masked += std::count(report.masked_ids.begin(), report.masked_ids.end(), 4);
    tokens += report.report.length - 1;
  }
  EXPECT_NEAR(static_cast<double>(masked) / tokens, 0.75, 0.02);  // 4.6 standard deviations
  EXPECT_EQ(Encode({text, ""}, {}, false, 7).masked_ids, Encode({text, ""}, {}, false, 7).masked_ids);
  EXPECT_NE(Encode({text, ""}, {}, false, 7).masked_ids, Encode({text, ""}, {}, false, 8).masked_ids);
}

TEST(ReportEncoderTest, ReportOfTenThousandWordsIsCut) {
  std::string text;
  for (int i = 0; i < 10000; ++i) text += "word ";
  for (int64_t max_length : {2, 48, 512}) {
    const EncodedReport report = Encode({text, ""}, {.max_length = max_length});
    EXPECT_EQ(report.findings.length, max_length);
    EXPECT_THAT(report.findings.attention, Each(1));
    EXPECT_EQ(report.findings.sentences, 1);
    EXPECT_THAT(report.findings.sentence, Each(1));
    EXPECT_EQ(report.masked_ids.size(), static_cast<size_t>(max_length));
    EXPECT_EQ(Encode({text, ""}, {.max_length = max_length, .upstream_compat = true}).findings.sentences, 0);
  }
}

TEST(ReportEncoderTest, MirroredImagesSwapSidesByDefaultOnly) {
  const ReportText text = {"Nodule in the left lung.", "Right effusion."};
  const EncodedReport mirrored = Encode(text, {}, true);
  EXPECT_EQ(Text(mirrored.findings.ids, mirrored.findings.length), "[CLS] nodule in the right lung.");
  EXPECT_EQ(Text(mirrored.report.ids, mirrored.report.length), "[CLS] nodule in the right lung. left effusion.");
  EXPECT_EQ(Encode(text, {.upstream_compat = true}, true).report.ids, Encode(text, {.upstream_compat = true}, false).report.ids);
}

TEST(ReportEncoderTest, InvalidUtf8IsEncoded) {
  const EncodedReport report = Encode({"Normal \xFF\xFE heart.", "\xC3"});
  EXPECT_EQ(report.findings.sentences, 1);
  EXPECT_GT(report.report.length, 3);
}

TEST(ReportEncoderTest, CheckNamesWhatIsMissing) {
  EXPECT_TRUE(ReportEncoder::Check(*CxrBert()).ok());
  const std::string path = absl::StrCat(::testing::TempDir(), "/few.json");
  ASSERT_TRUE(
      WriteFileAtomically(path, R"({"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "[PAD]": 1, "[CLS]": 2}}})").ok());
  const auto tokenizer = LoadTokenizer(path);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  EXPECT_THAT(std::string(ReportEncoder::Check(**tokenizer).message()), HasSubstr("no piece for [MASK], \".\""));
}

TEST(ReportEncoderTest, SentenceRuleHoldsOnLearntPieces) {
  std::vector<std::string> reports;
  for (int i = 0; i < 300; ++i) {
    reports.push_back(absl::StrCat("A nodule of ", i % 40, ".", i % 10, " mm is seen in segment ", i % 9 + 1, ". No effusion."));
  }
  const std::string path = absl::StrCat(::testing::TempDir(), "/sentences.model");
  ASSERT_TRUE(TrainSentencePiece(reports, 100, path).ok());
  const std::shared_ptr<const Tokenizer> tokenizer = LoadTokenizer(path).value();
  ASSERT_TRUE(ReportEncoder::Check(*tokenizer).ok());
  CounterRng rng(1);
  const ReportEncoder encoder(tokenizer, {.max_length = 64});
  const EncodedReport report = encoder.Encode({"A nodule of 12.34 mm is seen. No effusion.", ""}, false, rng);
  EXPECT_EQ(report.findings.sentences, 2);
}

TEST(ReportEncoderTest, ManyThreads) {
  const ReportEncoder encoder(CxrBert(), {.max_length = 64});
  const ReportText text = {"Heart is normal. No effusion.", "Normal."};
  CounterRng rng(3);
  const Ids expected = encoder.Encode(text, false, rng).masked_ids;
  std::vector<std::thread> threads;
  std::vector<int> differing(4, 0);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 100; ++i) {
        CounterRng own(3);
        differing[t] += encoder.Encode(text, false, own).masked_ids != expected;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(differing, Each(0));
}

}  // namespace
}  // namespace asap
