#include "datasets/phantom/report_grammar.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "datasets/phantom/report_phrases.h"

namespace asap::phantom {
namespace {

const Lesion* First(const CaseFacts& facts, Finding finding) {
  for (const Lesion& lesion : facts.lesions) {
    if (lesion.finding == finding) return &lesion;
  }
  return nullptr;
}

const Lesion* Largest(const CaseFacts& facts, Finding finding) {
  const Lesion* largest = nullptr;
  for (const Lesion& lesion : facts.lesions) {
    if (lesion.finding == finding && (largest == nullptr || lesion.size_mm > largest->size_mm)) largest = &lesion;
  }
  return largest;
}

int Count(const CaseFacts& facts, Finding finding) {
  int count = 0;
  for (const Lesion& lesion : facts.lesions) count += lesion.finding == finding;
  return count;
}

Side SidesOf(const CaseFacts& facts, Finding finding) {
  bool right = false, left = false;
  for (const Lesion& lesion : facts.lesions) {
    if (lesion.finding != finding) continue;
    right |= lesion.side == Side::kRight || lesion.side == Side::kBoth;
    left |= lesion.side == Side::kLeft || lesion.side == Side::kBoth;
  }
  return right && left ? Side::kBoth : right ? Side::kRight : left ? Side::kLeft : Side::kNone;
}

class Writer {
 public:
  explicit Writer(const CaseFacts& facts)
      : facts_(facts), rng_(facts.patient.seed, "report", facts.patient.number, facts.key.scan) {}

  StructuredReport Write() {
    for (const Finding finding : kReportOrder) {
      if (facts_.findings[finding]) Describe(finding);
    }
    const int room = 14 - static_cast<int>(report_.findings.size());
    AddNegatives(room);
    AddNormals();
    Order();
    Conclude();
    return std::move(report_);
  }

 private:
  // "{a|b|c}" picks one alternative; $size, $Size ("A 9 mm", "An 11 mm"), $lobe, $side, $grade and $where are filled in.
  std::string Expand(std::string text, Finding finding, const Statement& statement, const std::string& where) {
    while (true) {
      // The innermost choice first.
      const size_t close = text.find('}');
      if (close == std::string::npos) break;
      const size_t open = text.rfind('{', close);
      std::vector<std::string> choices;
      size_t from = open + 1;
      for (size_t i = from; i <= close; ++i) {
        if (i == close || text[i] == '|') {
          choices.push_back(text.substr(from, i - from));
          from = i + 1;
        }
      }
      text.replace(open, close - open + 1, choices[rng_.UniformInt(0, static_cast<int64_t>(choices.size()) - 1)]);
    }
    const int n = statement.size_mm;
    const char* article = n == 8 || n == 11 || n == 18 || (n >= 80 && n < 90) ? "An" : "A";
    const float severity = facts_.findings.severity[finding];
    const char* grade = severity < 0.4f ? "mild" : severity < 0.7f ? "moderate" : "severe";
    text = absl::StrReplaceAll(text, {{"$Size", absl::StrCat(article, " ", n, " mm")},
                                      {"$size", absl::StrCat(n, " mm")},
                                      {"$lobe", LobeName(statement.lobe)},
                                      {"$side", SideName(statement.side)},
                                      {"$grade", grade},
                                      {"$where", where}});
    if (!text.empty()) text[0] = absl::ascii_toupper(text[0]);
    return text;
  }

  void Say(std::vector<Statement>* to, uint32_t about, bool present, Finding finding, const char* grammar,
           Side side = Side::kNone, FineLabel lobe = kOutside, int size_mm = 0, const std::string& where = "",
           Region region = Region::kLungs) {
    Statement statement{about, present, about != 0 ? RegionOf(about) : region, side, lobe, size_mm, ""};
    statement.sentence = Expand(grammar, finding, statement, where);
    to->push_back(std::move(statement));
  }
  void State(Finding finding, const char* grammar, Side side = Side::kNone, FineLabel lobe = kOutside, int size_mm = 0,
             const std::string& where = "") {
    Say(&report_.findings, Bit(finding), true, finding, grammar, side, lobe, size_mm, where);
  }

  // One sentence for the finding, and a second where there is more to say and room is likely.
  void Describe(Finding finding) {
    const Lesion* lesion = Largest(facts_, finding);
    const Side sides = SidesOf(facts_, finding);
    switch (finding) {
      case kNodule: {
        const char* kinds[] = {"{|solid |well-defined }", "{ground-glass |subsolid }", "{calcified |densely calcified }"};
        State(finding,
              absl::StrCat("{$Size ", kinds[lesion->kind],
                           "nodule {is seen|is present|was observed} in the $lobe|In the $lobe there is ",
                           "a nodule measuring $size in diameter}.")
                  .c_str(),
              lesion->side, lesion->lobe, lesion->size_mm);
        if (Count(facts_, finding) > 1) {
          State(finding, "{Further|Additional|A few other} {smaller |}{pulmonary |}nodules are {also |}{seen|noted}.");
        }
        break;
      }
      case kLungTumor:
        State(finding,
              "{$Size|$Size spiculated|$Size irregular} mass {is seen|is present|was observed} in the $lobe{|, suspicious for "
              "malignancy}.",
              lesion->side, lesion->lobe, lesion->size_mm);
        break;
      case kLymphadenopathy:
        State(finding,
              "{An enlarged lymph node|A pathologically enlarged lymph node} with a short axis of $size is {seen|present} in the "
              "$where.",
              lesion->side, kOutside, lesion->size_mm, kStationNames[lesion->kind]);
        if (Count(facts_, finding) > 1) {
          State(finding,
                "{Other|Several other|Further} {enlarged mediastinal and hilar lymph nodes|enlarged lymph nodes} are "
                "{seen|noted}.");
        }
        break;
      case kPleuralEffusion:
        if (sides == Side::kBoth) {
          State(finding, "{Bilateral pleural effusion|Pleural effusion in both hemithoraces} is {seen|present}.", Side::kBoth);
          State(finding, "The effusion {measures|reaches} $size in thickness on the $side.", lesion->side, kOutside,
                lesion->size_mm);
        } else {
          State(finding,
                "{A $side pleural effusion measuring $size in thickness is {seen|present}|Pleural effusion reaching $size in "
                "thickness is "
                "{seen|noted} on the $side}.",
                lesion->side, kOutside, lesion->size_mm);
        }
        break;
      case kConsolidation:
        State(finding,
              "{Consolidation with air bronchograms|A consolidation|A dense area of consolidation} {is seen|is present|was "
              "observed} in the "
              "$lobe{|, measuring about $size}.",
              lesion->side, lesion->lobe, lesion->size_mm);
        break;
      case kLungOpacity:
        if (facts_.findings[kCovid]) {
          Say(&report_.findings, Bit(kLungOpacity) | Bit(kCovid), true, kCovid,
              "{Multiple|Numerous} {peripheral|subpleural} ground-glass opacities are {seen|present|observed} in both lungs"
              "{|, compatible with viral pneumonia}.",
              Side::kBoth);
          Say(&report_.findings, Bit(kCovid), true, kCovid,
              "{The extent of lung involvement is $grade|Parenchymal involvement is $grade}.");
        } else if (Count(facts_, finding) == 1) {
          State(finding,
                "{A ground-glass opacity|A patchy ground-glass density|An area of ground-glass opacity} {is seen|is present} in "
                "the $lobe.",
                lesion->side, lesion->lobe);
        } else {
          State(finding,
                "{Patchy ground-glass opacities are {seen|present}, the largest|Multiple ground-glass densities are "
                "{seen|noted}, the most "
                "prominent} in the $lobe.",
                lesion->side, lesion->lobe);
        }
        break;
      case kAtelectasis:
        if (lesion->kind == kPassiveAtelectasis) {
          State(
              finding,
              "{Passive atelectasis is|Compressive atelectasis is|Passive atelectatic changes are} {seen|noted} adjacent to the "
              "{pleural fluid|effusion}.");
        } else {
          State(finding,
                "{Linear atelectasis is|Plate-like atelectasis is|Band-like atelectatic changes are} {seen|noted} in the $lobe.",
                lesion->side, lesion->lobe);
        }
        break;
      case kBronchiectasis:
        State(finding,
              "{Bronchiectasis is {seen|present}|Dilated bronchi are {seen|noted}|Bronchiectatic changes are observed} in the "
              "$lobe.",
              First(facts_, finding)->side, First(facts_, finding)->lobe);
        break;
      case kPeribronchialThickening:
        State(finding,
              "{Peribronchial thickening is {seen|present}|Thickening of the bronchial walls is {seen|noted}} in the $lobe.",
              First(facts_, finding)->side, First(facts_, finding)->lobe);
        break;
      case kFibroticSequela:
        State(finding,
              sides == Side::kBoth ? "{Fibrotic sequelae are|Sequela fibrotic bands are|Pleuroparenchymal sequelae are} "
                                     "{seen|present} in both lungs."
                                   : "{Fibrotic sequelae are|Sequela fibrotic bands are|Pleuroparenchymal sequelae are} "
                                     "{seen|present} in the $side lung.",
              sides);
        break;
      case kPulmonaryEmbolism: {
        const Lesion* embolus = First(facts_, finding);
        State(finding, "{A filling defect|An embolus|A thrombus} {is seen|is present|was observed} in the $where.", embolus->side,
              kOutside, 0, kEmbolusNames[embolus->kind]);
        break;
      }
      case kMedicalMaterial:
        State(finding, kMaterialSentences[lesion->kind], lesion->side);
        break;
      case kCardiomegaly:
        State(finding,
              "{The heart is enlarged|Heart size is increased|Cardiomegaly is present|There is {|$grade }cardiomegaly}.");
        break;
      case kPericardialEffusion:
        State(finding,
              "{Pericardial effusion measuring $size in thickness is {seen|present|noted}|There is a {|$grade }pericardial "
              "effusion reaching "
              "$size in thickness}.",
              Side::kNone, kOutside, lesion->size_mm);
        break;
      case kHiatalHernia:
        State(
            finding,
            "{A hiatal hernia measuring $size is {seen|present}|There is a $grade hiatal hernia of $size {in diameter|across}}.",
            Side::kNone, kOutside, lesion->size_mm);
        break;
      case kArterialCalcification:
      case kCoronaryCalcification:
      case kEmphysema:
      case kMosaicAttenuation:
      case kSeptalThickening:
        State(finding, DiffuseSentence(finding));
        break;
      case kCovid:  // stated with its opacities
      case kFindings:
        break;
    }
  }

  void AddNegatives(int room) {
    // Radiologists deny what matters and what was asked for: each denial with its own chance, until six to eleven sentences
    // stand.
    const int want = std::min<int>(room - 1, 2 + static_cast<int>(rng_.UniformInt(0, 4)));
    std::vector<int> order(std::size(kDenials));
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng_.UniformInt(0, static_cast<int64_t>(i) - 1)]);
    int said = 0;
    uint32_t denied = 0;  // nothing is denied twice
    for (const int index : order) {
      const Denial& denial = kDenials[index];
      bool true_statement = true;
      for (int f = 0; f < kFindings; ++f) true_statement &= !((denial.about >> f & 1) && facts_.findings.present[f]);
      if (denial.needs_contrast && !facts_.findings.contrast) true_statement = false;
      if (!true_statement || said >= want || (denial.about & denied) != 0) continue;
      Say(&report_.findings, denial.about, false, kFindings, denial.grammar);
      denied |= denial.about;
      ++said;
    }
  }

  void AddNormals() {
    int room = 14 - static_cast<int>(report_.findings.size());
    int need = 6 - static_cast<int>(report_.findings.size());
    for (const Normal& normal : kNormals) {
      if (room <= 0) break;
      if (normal.unless != 0) {
        bool clash = false;
        for (int f = 0; f < kFindings; ++f) clash |= (normal.unless >> f & 1) && facts_.findings.present[f];
        if (clash) continue;
      }
      if (need <= 0 && !rng_.Bernoulli(normal.chance)) continue;
      if (normal.needs_contrast && !facts_.findings.contrast) continue;
      Say(&report_.findings, 0, true, kFindings, normal.grammar, Side::kNone, kOutside, 0, "", normal.region);
      --room;
      --need;
    }
  }

  // By region in the usual order, with a few neighbours exchanged.
  void Order() {
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const Statement& a, const Statement& b) { return a.region < b.region; });
    auto& list = report_.findings;
    for (size_t i = 0; i + 1 < list.size(); ++i) {
      // Sentences about one finding follow each other.
      const bool tied = (list[i].about & list[i + 1].about) != 0 ||
                        (i + 2 < list.size() && (list[i + 1].about & list[i + 2].about) != 0) ||
                        (i > 0 && (list[i].about & list[i - 1].about) != 0);
      if (!tied && rng_.Bernoulli(0.2)) std::swap(list[i], list[i + 1]);
    }
  }

  void Conclude() {
    auto& out = report_.impression;
    for (const Finding finding : kImpressionOrder) {
      if (!facts_.findings[finding] || out.size() >= 5) continue;
      const Lesion* lesion = Largest(facts_, finding);
      const bool local = finding == kNodule || finding == kLungTumor || finding == kConsolidation;
      const uint32_t about = Bit(finding) | (finding == kCovid ? Bit(kLungOpacity) : 0);
      if (finding == kLungOpacity && facts_.findings[kCovid]) continue;
      Say(&out, about, true, finding, ImpressionSentence(finding),
          local                         ? lesion->side
          : finding == kPleuralEffusion ? SidesOf(facts_, finding)
                                        : Side::kNone,
          local ? lesion->lobe : kOutside, 0);
    }
    if (out.empty())
      Say(&out, 0, true, kFindings,
          "{No significant abnormality was found|Findings within normal limits|No acute thoracic pathology was detected}.");
  }

  const CaseFacts& facts_;
  CounterRng rng_;
  StructuredReport report_;
};

}  // namespace

ReportText StructuredReport::Text() const {
  const auto join = [](const std::vector<Statement>& statements) {
    return absl::StrJoin(statements, " ", [](std::string* out, const Statement& s) { out->append(s.sentence); });
  };
  return {join(findings), join(impression)};
}

StructuredReport WriteReport(const CaseFacts& facts) { return Writer(facts).Write(); }

}  // namespace asap::phantom
