#include "datasets/phantom/report_grammar.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace asap::phantom {
namespace {

constexpr int kCases = 300;

CaseFacts Facts(int64_t patient, int scan = 0) {
  return MakeFacts({.seed = 4, .patient = patient, .scan = scan, .site = &Sites()[patient % 4]});
}

// A reader of its own, that knows radiology's words and not the grammar: which findings a sentence speaks of.
std::set<int> Mentioned(const std::string& sentence) {
  static const std::pair<Finding, const char*> kWords[] = {
      {kMedicalMaterial, "pacemaker|port catheter|venous port|sternotomy|sternal wires"},
      {kArterialCalcification,
       "(plaques|calcifications?|atherosclerosis).*(aorta|aortic)|aortic (wall )?(calcification|atherosclerosis)|calcification "
       "of the aortic"},
      {kCardiomegaly, "cardiomegaly|heart is enlarged|heart size|heart is of normal size|heart dimensions"},
      {kPericardialEffusion, "pericardial( and pleural)? effusion"},
      {kCoronaryCalcification, "coronary"},
      {kHiatalHernia, "hernia"},
      {kLymphadenopathy, "lymph"},
      {kEmphysema, "emphysem"},
      {kAtelectasis, "atelecta"},
      {kNodule, "nodules?"},
      {kLungOpacity, "ground-glass (opacit|densit)"},
      {kFibroticSequela, "sequel|fibrotic"},
      {kPleuralEffusion, "pleural effusion|pleural or pericardial effusion|^the effusion"},
      {kMosaicAttenuation, "mosaic"},
      {kPeribronchialThickening, "peribronchial|bronchial walls"},
      {kConsolidation, "consolidation"},
      {kBronchiectasis, "bronchiecta|dilated bronchi"},
      {kSeptalThickening, "interlobular septa"},
      {kPulmonaryEmbolism, "embol|filling defect|thrombus"},
      {kLungTumor, "\\bmass\\b|tumor"},
      {kCovid, "covid|(multiple|numerous) (peripheral|subpleural) ground-glass|involvement"}};
  const std::string lower = absl::AsciiStrToLower(sentence);
  std::set<int> found;
  for (const auto& [finding, words] : kWords) {
    if (std::regex_search(lower, std::regex(words))) found.insert(finding);
  }
  return found;
}

bool Denies(const std::string& sentence) {
  static const std::regex kDenial("^no |there is no |not (observed|detected)|normal|free of");
  return std::regex_search(absl::AsciiStrToLower(sentence), kDenial);
}

int SizeIn(const std::string& sentence) {
  static const std::regex kSize("(\\d+) mm");
  std::smatch match;
  return std::regex_search(sentence, match, kSize) ? std::stoi(match[1]) : 0;
}

std::vector<std::string> Sentences(const std::string& text) { return absl::StrSplit(text, ". ", absl::SkipEmpty()); }

TEST(ReportGrammar, EveryFindingIsStatedAndEveryDenialIsTrue) {
  for (int c = 0; c < kCases; ++c) {
    const CaseFacts facts = Facts(c, c % 2);
    std::set<int> stated;
    for (const std::string& sentence : Sentences(WriteReport(facts).Text().findings)) {
      for (const int finding : Mentioned(sentence)) {
        if (Denies(sentence)) {
          EXPECT_FALSE(facts.findings.present[finding]) << kFindingNames[finding] << " is denied: " << sentence;
        } else {
          EXPECT_TRUE(facts.findings.present[finding]) << kFindingNames[finding] << " is absent: " << sentence;
          stated.insert(finding);
        }
      }
    }
    for (int f = 0; f < kFindings; ++f)
      EXPECT_EQ(stated.contains(f), facts.findings.present[f]) << kFindingNames[f] << " in case " << c;
  }
}

TEST(ReportGrammar, ImpressionsSayNothingThatIsNotThere) {
  for (int c = 0; c < kCases; ++c) {
    const CaseFacts facts = Facts(c);
    const StructuredReport report = WriteReport(facts);
    EXPECT_GE(report.impression.size(), 1u);
    EXPECT_LE(report.impression.size(), 5u);
    for (const Statement& statement : report.impression) {
      for (const int finding : Mentioned(statement.sentence)) {
        EXPECT_TRUE(facts.findings.present[finding]) << kFindingNames[finding] << ": " << statement.sentence;
      }
    }
  }
}

// The structured list that made the sentences, the sentences, and the lesions in the volume agree.
TEST(ReportGrammar, SizesSidesAndLobesAreThoseOfTheVolume) {
  int sizes = 0, sides = 0, lobes = 0;
  for (int c = 0; c < kCases; ++c) {
    const CaseFacts facts = Facts(c);
    for (const Statement& statement : WriteReport(facts).findings) {
      const std::string lower = absl::AsciiStrToLower(statement.sentence);
      uint32_t about = 0;
      for (const int finding : Mentioned(statement.sentence)) about |= 1u << finding;
      EXPECT_EQ(about, statement.about) << statement.sentence;
      if (statement.about == 0) continue;
      EXPECT_EQ(Denies(statement.sentence), !statement.present) << statement.sentence;
      const Finding finding = static_cast<Finding>(__builtin_ctz(statement.about));
      const auto any_lesion = [&](auto holds) {
        for (const Lesion& lesion : facts.lesions) {
          if (statement.about >> lesion.finding & 1 && holds(lesion)) return true;
        }
        return false;
      };
      if (const int size = SizeIn(statement.sentence); size != 0) {
        ++sizes;
        EXPECT_EQ(size, statement.size_mm) << statement.sentence;
        EXPECT_TRUE(any_lesion([&](const Lesion& lesion) { return lesion.size_mm == size; })) << statement.sentence;
        // What is said first is the largest.
        if (finding == kNodule) {
          EXPECT_FALSE(any_lesion([&](const Lesion& lesion) { return lesion.size_mm > size; })) << statement.sentence;
        }
      }
      // The right ventricle and the right middle lobe name an organ, not a side of their own.
      const std::string words = std::regex_replace(lower, std::regex("right ventric(le|ular)"), "");
      const bool right = absl::StrContains(words, "right"), left = absl::StrContains(words, "left");
      const bool both = absl::StrContains(words, "both") || absl::StrContains(words, "bilateral") || (right && left);
      if (statement.present && (right || left) && !both) {
        ++sides;
        const Side side = right ? Side::kRight : Side::kLeft;
        EXPECT_EQ(statement.side, side) << statement.sentence;
        EXPECT_TRUE(any_lesion([&](const Lesion& lesion) {
          if (lesion.side != side) return false;
          // +x is the patient's Right: the lesion's place in the volume agrees with the word.
          return lesion.center.x == 0 || (lesion.center.x > 0) == right;
        })) << statement.sentence;
      }
      static const std::regex kLobe("(right|left) (upper|middle|lower) lobe");
      std::smatch match;
      if (finding != kPulmonaryEmbolism && std::regex_search(lower, match, kLobe)) {
        ++lobes;
        const std::string lobe = match[0];
        EXPECT_TRUE(any_lesion([&](const Lesion& lesion) {
          return lobe == kFineLabelNames[lesion.lobe] && (statement.size_mm == 0 || lesion.size_mm == statement.size_mm);
        })) << statement.sentence;
      }
    }
  }
  EXPECT_GT(sizes, 150);
  EXPECT_GT(sides, 200);
  EXPECT_GT(lobes, 150);
}

TEST(ReportGrammar, SentencesAreWellFormed) {
  std::set<std::string> vocabulary, texts;
  std::map<size_t, int> lengths;
  for (int c = 0; c < kCases; ++c) {
    const StructuredReport report = WriteReport(Facts(c));
    int positives = 0;
    for (const Statement& s : report.findings) positives += s.about != 0 && s.present;
    EXPECT_GE(report.findings.size(), 6u) << c;
    EXPECT_LE(report.findings.size(), std::max<size_t>(14, positives)) << c;
    ++lengths[report.findings.size()];
    std::set<std::string> own;
    for (const auto* part : {&report.findings, &report.impression}) {
      for (const Statement& s : *part) {
        // The tokenizer closes a sentence at a period that no digit touches; (){}|$ would show a rule that was not filled in.
        EXPECT_TRUE(std::regex_match(s.sentence, std::regex("[A-Z][A-Za-z0-9 ,-]*[A-Za-z]\\."))) << s.sentence;
        EXPECT_FALSE(absl::StrContains(s.sentence, "  ")) << s.sentence;
        EXPECT_FALSE(std::regex_search(s.sentence, std::regex("\\b[Aa] (8|11|18|8\\d) mm"))) << s.sentence;
        EXPECT_FALSE(std::regex_search(s.sentence, std::regex("\\b[Aa]n ([2-79]|1[02-79]|[2-79]\\d) mm"))) << s.sentence;
        for (absl::string_view word : absl::StrSplit(s.sentence, absl::ByAnyChar(" ,."), absl::SkipEmpty())) {
          vocabulary.insert(absl::AsciiStrToLower(word));
        }
      }
    }
    for (const Statement& s : report.findings) EXPECT_TRUE(own.insert(s.sentence).second) << "said twice: " << s.sentence;
    texts.insert(report.Text().findings);
  }
  EXPECT_GT(vocabulary.size(), 200u);
  EXPECT_LT(vocabulary.size(), 700u);
  EXPECT_GT(texts.size(), 0.99 * kCases) << "reports differ";
  EXPECT_GT(lengths.size(), 5u) << "lengths vary";
}

TEST(ReportGrammar, AFindingIsSaidInManyWaysAndPlaces) {
  std::map<int, std::set<std::string>> ways;
  std::set<size_t> place_of_airways;
  for (int c = 0; c < kCases; ++c) {
    const StructuredReport report = WriteReport(Facts(c));
    for (size_t i = 0; i < report.findings.size(); ++i) {
      const Statement& s = report.findings[i];
      if (s.about == 0 && s.region == Region::kAirways) place_of_airways.insert(i);
      for (int f = 0; f < kFindings; ++f) {
        if (s.present && s.about >> f & 1) ways[f].insert(std::regex_replace(s.sentence, std::regex("\\d+"), "#"));
      }
    }
  }
  for (int f = 0; f < kFindings; ++f) EXPECT_GE(ways[f].size(), 4u) << kFindingNames[f];
  EXPECT_GE(place_of_airways.size(), 2u);
}

TEST(ReportGrammar, IsDeterministic) {
  for (int c = 0; c < 20; ++c) {
    EXPECT_EQ(WriteReport(Facts(c)).Text().findings, WriteReport(Facts(c)).Text().findings);
    EXPECT_EQ(WriteReport(Facts(c)).Text().impression, WriteReport(Facts(c)).Text().impression);
  }
}

}  // namespace
}  // namespace asap::phantom
