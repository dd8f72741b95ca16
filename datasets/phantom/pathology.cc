#include "datasets/phantom/pathology.h"

#include <cmath>

namespace asap::phantom {
namespace {

bool Chronic(Finding finding) {
  switch (finding) {
    case kMedicalMaterial:
    case kArterialCalcification:
    case kCardiomegaly:
    case kCoronaryCalcification:
    case kHiatalHernia:
    case kEmphysema:
    case kNodule:
    case kFibroticSequela:
    case kBronchiectasis:
    case kLungTumor:
      return true;
    default:
      return false;
  }
}

float U(CounterRng& rng, double low, double high) { return static_cast<float>(rng.Uniform(low, high)); }
Side SideOf(Vec3 p) { return p.x > 0 ? Side::kRight : Side::kLeft; }

// Places lesions of one finding; keeps one generator per finding, so that adding a finding leaves the others where they were.
class Placer {
 public:
  Placer(const Anatomy& anatomy, int scan, const Findings& findings, std::vector<Lesion>* out)
      : a_(anatomy), scan_(scan), findings_(findings), out_(out) {}

  void Run() {
    for (int f = 0; f < kFindings; ++f) {
      if (findings_.present[f]) Place(static_cast<Finding>(f));
    }
  }

 private:
  // A point of a lung at a depth of [least, most] mm below its surface, in the given lobe (kOutside for any).
  Vec3 LungPoint(CounterRng& rng, float least, float most, FineLabel lobe, bool lower = false) {
    Vec3 best;
    float best_miss = 1e9f;
    for (int i = 0; i < 400; ++i) {
      const Vec3 p = a_.At(U(rng, -130, 130), U(rng, -85, 78), U(rng, lower ? -135 : -125, lower ? -30 : 100));
      if (lobe != kOutside && a_.Lobe(p) != lobe) continue;
      if (lower && p.y > 10 * a_.scale.y) continue;
      const float depth = a_.LungDepth(p);
      const float miss = depth < least ? least - depth : depth > most ? depth - most : 0;
      if (miss == 0) return p;
      if (miss < best_miss) {
        best_miss = miss;
        best = p;
      }
    }
    return best;  // the nearest miss of 400: keeps small lungs from having none
  }

  Lesion& Add(Finding finding, Vec3 center, bool in_lung) {
    Lesion lesion{.finding = finding};
    lesion.center = center;
    if (in_lung) {
      lesion.lobe = a_.Lobe(center);
      lesion.side = SideOf(center);
    }
    out_->push_back(lesion);
    return out_->back();
  }

  // An irregular patch in the lung.
  void Patch(Finding finding, CounterRng& rng, float longest, float least_depth, float most_depth, float hu, FineLabel lobe,
             bool lower, int kind) {
    Lesion& lesion = Add(finding, LungPoint(rng, least_depth, most_depth, lobe, lower), true);
    lesion.axis = RandomUnit(rng);
    lesion.size_mm = static_cast<int>(longest + 0.5f);
    lesion.radii = 0.5f * longest * Vec3{1, U(rng, 0.65, 0.9), U(rng, 0.65, 0.9)};
    lesion.hu = hu;
    lesion.kind = kind;
  }

  void Place(Finding finding) {
    const float severity = findings_.severity[finding];
    const Patient& who = a_.patient;
    CounterRng rng(who.seed, "lesions", who.number, finding, Chronic(finding) ? 0 : 1 + scan_);
    switch (finding) {
      case kMedicalMaterial: {
        Lesion& lesion = Add(finding, {}, false);
        lesion.kind = static_cast<int>(rng.UniformInt(0, 2));
        lesion.side = lesion.kind == kPacemaker ? Side::kLeft : lesion.kind == kPort ? Side::kRight : Side::kNone;
        break;
      }
      case kArterialCalcification: {
        const int count = 4 + static_cast<int>(10 * severity);
        const int last = static_cast<int>(a_.aorta.size()) - 6;
        for (int i = 0; i < count; ++i) {
          const Tube& tube = a_.aorta[rng.UniformInt(5, last)];
          const Vec3 along = Normalized(tube.b - tube.a);
          const Vec3 out = Normalized(Cross(along, RandomUnit(rng)));
          Lesion& lesion = Add(finding, tube.a + U(rng, 0, 1) * (tube.b - tube.a) + (0.95f * tube.radius_a) * out, false);
          lesion.axis = out;
          const float half = U(rng, 3, 5.5) + 2 * severity;
          lesion.radii = {1.8f, half, half};
          lesion.hu = U(rng, 700, 1100);
        }
        break;
      }
      case kCardiomegaly: {
        Lesion& lesion = Add(finding, a_.heart.center, false);
        lesion.size_mm = static_cast<int>(a_.heart.Box().high.x - a_.heart.Box().low.x + 0.5f);
        break;
      }
      case kPericardialEffusion:
        Add(finding, a_.heart.center, false).size_mm = static_cast<int>(a_.change.pericardial_fluid_mm + 0.5f);
        break;
      case kCoronaryCalcification:
        for (int vessel = 0; vessel < 3; ++vessel) {
          if (vessel > 0 && severity < 0.25f * (vessel + 1)) continue;
          for (const Tube& tube : a_.coronaries[vessel]) {
            if (!rng.Bernoulli(0.45 + 0.45 * severity)) continue;
            Lesion& lesion = Add(finding, 0.5f * (tube.a + tube.b), false);
            lesion.kind = vessel;
            lesion.axis = Normalized(tube.b - tube.a);
            lesion.radii = {U(rng, 4, 7), 2.0f + severity, 2.0f + severity};
            lesion.hu = U(rng, 700, 1100);
          }
        }
        break;
      case kHiatalHernia: {
        Lesion& lesion = Add(finding, a_.At(-14, -28, -92), false);
        const float diameter = 36 + 34 * severity;
        lesion.size_mm = static_cast<int>(diameter + 0.5f);
        lesion.center = lesion.center + Vec3{0, 0, -0.1f * diameter};
        lesion.radii = 0.5f * diameter * Vec3{1, 0.85f, 0.85f};
        lesion.axis = {0.3f, 0.1f, 1};
        lesion.hu = 35;
        break;
      }
      case kLymphadenopathy: {
        const int count = 1 + static_cast<int>(rng.UniformInt(0, 1) + 2.5f * severity);
        uint32_t used = 0;
        for (int i = 0; i < count; ++i) {
          const int station = static_cast<int>(rng.UniformInt(0, kNodeStations - 1));
          if (used >> station & 1) continue;
          used |= 1u << station;
          const Vec3 places[] = {a_.At(19, -2, 20), a_.At(4, -20, -30), a_.At(-16, 38, 22), a_.At(46, -16, -24),
                                 a_.At(-50, -20, -18)};
          Lesion& lesion = Add(finding, places[station], false);
          lesion.kind = station;
          lesion.side = station == kRightParatracheal || station == kRightHilar ? Side::kRight
                        : station == kLeftHilar                                 ? Side::kLeft
                                                                                : Side::kNone;
          const float short_axis = U(rng, 13, 18) + 12 * severity;
          lesion.size_mm = static_cast<int>(short_axis + 0.5f);
          lesion.radii = 0.5f * short_axis * Vec3{1.4f, 1, 1};
          lesion.axis = Normalized(Vec3{0.1f, 0.2f, 1} + 0.3f * RandomUnit(rng));
          lesion.hu = findings_.contrast ? 85.0f : 48.0f;
        }
        break;
      }
      case kAtelectasis:
        if (findings_[kPleuralEffusion]) {
          // The lung beside the fluid collapses: painted with the fluid, on its side.
          Lesion& lesion = Add(finding, {}, false);
          lesion.kind = kPassiveAtelectasis;
          lesion.hu = 40;
          break;
        }
        for (int i = 0, count = 1 + static_cast<int>(2.4f * severity); i < count; ++i) {
          const FineLabel lobes[] = {kRightLowerLobe, kLeftLowerLobe, kRightMiddleLobe, kLeftUpperLobe};
          Lesion& lesion = Add(finding, LungPoint(rng, 6, 25, lobes[rng.UniformInt(0, 3)]), true);
          lesion.kind = kLinearAtelectasis;
          lesion.axis = Normalized(Vec3{0.15f, 0.1f, 1} + 0.35f * RandomUnit(rng));  // normal of the plate
          const float length = U(rng, 45, 65) + 30 * severity;
          lesion.size_mm = static_cast<int>(length + 0.5f);
          lesion.radii = {U(rng, 4.0, 6.0) + 1.5f * severity, 0.5f * length, 0.35f * length};
          lesion.hu = 30;
        }
        break;
      case kNodule: {
        const int count = 1 + (rng.Bernoulli(0.4) ? static_cast<int>(rng.UniformInt(1, 3)) : 0);
        for (int i = 0; i < count; ++i) {
          const float growth = 1 + 0.12f * static_cast<float>(scan_) * U(rng, 0, 1);
          const float diameter = std::min(30.0f, (i == 0 ? 10 + 19 * severity : U(rng, 7, 14)) * growth);
          Lesion& lesion = Add(finding, LungPoint(rng, 0.6f * diameter, 60, kOutside), true);
          lesion.kind = static_cast<int>(rng.Bernoulli(0.68)  ? kSolidNodule
                                         : rng.Bernoulli(0.5) ? kGroundGlassNodule
                                                              : kCalcifiedNodule);
          lesion.size_mm = static_cast<int>(diameter + 0.5f);
          lesion.radii = 0.5f * diameter * Vec3{1, 0.94f, 0.94f};
          lesion.axis = RandomUnit(rng);
          lesion.hu = lesion.kind == kSolidNodule       ? U(rng, 20, 70)
                      : lesion.kind == kCalcifiedNodule ? U(rng, 350, 700)
                                                        : U(rng, -520, -380);
        }
        break;
      }
      case kLungOpacity:
        if (findings_[kCovid]) break;  // its opacities are painted below
        for (int i = 0, count = 1 + static_cast<int>(3.5f * severity); i < count; ++i) {
          Patch(finding, rng, U(rng, 34, 50) + 26 * severity, 10, 60, U(rng, -520, -380), kOutside, false, kGroundGlass);
        }
        break;
      case kFibroticSequela:
        for (int i = 0, count = 4 + static_cast<int>(7 * severity); i < count; ++i) {
          // Bands from the pleura inwards, mostly at the apices, else at the bases.
          const bool apical = i % 3 != 2;
          Vec3 outer = LungPoint(rng, 1, 6, apical ? (rng.Bernoulli(0.5) ? kRightUpperLobe : kLeftUpperLobe) : kOutside);
          for (int tries = 0; apical && tries < 8 && outer.z < 30 * a_.scale.z; ++tries) {
            outer = LungPoint(rng, 1, 6, rng.Bernoulli(0.5) ? kRightUpperLobe : kLeftUpperLobe);
          }
          Lesion& lesion = Add(finding, outer, true);
          const Vec3 hilum = a_.At(outer.x > 0 ? 42 : -44, -15, -15);
          lesion.axis = Normalized(hilum - outer + 25.0f * RandomUnit(rng));
          const float length = U(rng, 25, 45) + 15 * severity;
          lesion.size_mm = static_cast<int>(length + 0.5f);
          lesion.radii = {length, U(rng, 2.0, 3.2) + severity, 0};
          lesion.hu = U(rng, -60, 60);
        }
        break;
      case kPleuralEffusion: {
        const int pick = static_cast<int>(rng.UniformInt(0, 9));
        const bool both = findings_.heart_failure ? pick < 7 : pick < 3;
        const bool right_only = !both && pick % 2 == 0;
        for (const bool right : {true, false}) {
          if (!both && right != right_only) continue;
          Lesion& lesion = Add(finding, a_.At(right ? 70 : -70, -60, -80), false);
          lesion.side = right ? Side::kRight : Side::kLeft;
          const float thickness = 16 + 40 * severity * U(rng, 0.7, 1);
          lesion.size_mm = static_cast<int>(thickness + 0.5f);
          lesion.radii = {thickness, 0, 0};
          lesion.hu = U(rng, 2, 18);
        }
        break;
      }
      case kConsolidation: {
        const bool covid = findings_.infection == Infection::kCovid;
        for (int i = 0, count = 1 + static_cast<int>(1.8f * severity); i < count; ++i) {
          const FineLabel lobes[] = {kRightLowerLobe, kLeftLowerLobe, kRightMiddleLobe, kRightUpperLobe, kLeftUpperLobe};
          Patch(finding, rng, (covid ? 30 : 40) + 32 * severity * U(rng, 0.6, 1), 8, 40, U(rng, 20, 50),
                lobes[rng.UniformInt(0, 4)], covid, kDense);
        }
        break;
      }
      case kBronchiectasis:
      case kPeribronchialThickening: {
        // A lobe, or with high severity the lobe on the other side too.
        const FineLabel right[] = {kRightLowerLobe, kRightMiddleLobe, kRightUpperLobe}, left[] = {kLeftLowerLobe, kLeftUpperLobe};
        const bool begin_right = rng.Bernoulli(0.5);
        const FineLabel first = begin_right ? right[rng.UniformInt(0, 2)] : left[rng.UniformInt(0, 1)];
        const FineLabel second = begin_right ? left[rng.UniformInt(0, 1)] : right[rng.UniformInt(0, 2)];
        for (int i = 0, count = severity > 0.5f ? 2 : 1; i < count; ++i) {
          Lesion& lesion = Add(finding, {}, false);
          lesion.lobe = i == 0 ? first : second;
          lesion.side = lesion.lobe >= kRightUpperLobe ? Side::kRight : Side::kLeft;
          lesion.radii = finding == kBronchiectasis ? Vec3{3.4f + 2.2f * severity, 2.0f, 0} : Vec3{0, 2.6f + 1.6f * severity, 0};
        }
        break;
      }
      case kPulmonaryEmbolism: {
        const int first =
            severity > 0.75f ? kSaddleEmbolus : static_cast<int>(rng.UniformInt(kRightMainEmbolus, kLeftLowerEmbolus));
        for (int kind :
             {first, static_cast<int>(severity > 0.45f ? rng.UniformInt(kRightMainEmbolus, kLeftLowerEmbolus) : first)}) {
          if (!out_->empty() && out_->back().finding == finding && out_->back().kind == kind) break;
          Lesion& lesion = Add(finding, {}, false);
          lesion.kind = kind;
          lesion.side = kind == kSaddleEmbolus                                    ? Side::kBoth
                        : kind == kRightMainEmbolus || kind == kRightLowerEmbolus ? Side::kRight
                                                                                  : Side::kLeft;
          lesion.hu = U(rng, 35, 60);
        }
        break;
      }
      case kLungTumor: {
        const float growth = 1 + 0.10f * static_cast<float>(scan_);
        const float diameter = std::min(80.0f, (34 + 36 * severity) * growth);
        Lesion& lesion = Add(finding, LungPoint(rng, 0.35f * diameter, 60, kOutside), true);
        lesion.size_mm = static_cast<int>(diameter + 0.5f);
        lesion.radii = 0.5f * diameter * Vec3{1, U(rng, 0.8, 0.95), U(rng, 0.8, 0.95)};
        lesion.axis = RandomUnit(rng);
        lesion.hu = findings_.contrast ? U(rng, 60, 95) : U(rng, 30, 50);
        break;
      }
      case kCovid:
        for (int i = 0, count = 4 + static_cast<int>(10 * severity); i < count; ++i) {
          // Alternate sides: bilateral by definition here.
          const FineLabel lobes[] = {kRightLowerLobe, kLeftLowerLobe,  kRightUpperLobe,
                                     kLeftUpperLobe,  kRightLowerLobe, kLeftLowerLobe};
          Patch(finding, rng, U(rng, 24, 40) + 18 * severity, 1, 11, U(rng, -560, -360), lobes[i % 6], i % 6 < 2, kGroundGlass);
        }
        break;
      case kEmphysema:
      case kMosaicAttenuation:
      case kSeptalThickening:
        Add(finding, {}, false);  // diffuse: painted with the parenchyma
        break;
      case kFindings:
        break;
    }
  }

  const Anatomy& a_;
  const int scan_;
  const Findings& findings_;
  std::vector<Lesion>* out_;
};

}  // namespace

Findings DrawFindings(const Patient& patient, int scan) {
  Findings findings;
  const double age = (patient.age - 58) / 15.0, smoking = patient.smoking;
  CounterRng latent(patient.seed, "latent", patient.number);
  findings.heart_failure = latent.Bernoulli(std::clamp(0.14 + 0.09 * age, 0.02, 0.45));
  findings.malignancy = latent.Bernoulli(std::clamp(0.08 + 0.16 * smoking + 0.03 * age, 0.02, 0.4));
  CounterRng acute(patient.seed, "acute", patient.number, scan);
  const double infection = acute.Uniform();
  findings.infection = infection < 0.15 ? Infection::kCovid : infection < 0.31 ? Infection::kPneumonia : Infection::kNone;
  findings.contrast = acute.Bernoulli(0.5);
  const double failure = findings.heart_failure, cancer = findings.malignancy;
  const double covid = findings.infection == Infection::kCovid, pneumonia = findings.infection == Infection::kPneumonia;

  const auto draw = [&](Finding finding, double probability) {
    CounterRng rng(patient.seed, "finding", patient.number, finding, Chronic(finding) ? 0 : 1 + scan);
    findings.present[finding] = rng.Uniform() < std::clamp(probability, 0.0, 1.0);
    // Progresses a little from scan to scan.
    const double severity = rng.Uniform(0.12, 1.0) + 0.06 * scan;
    findings.severity[finding] = findings.present[finding] ? static_cast<float>(std::min(1.0, severity)) : 0.0f;
  };
  draw(kMedicalMaterial, 0.10 + 0.15 * failure + 0.10 * cancer);
  draw(kArterialCalcification, std::clamp(0.33 + 0.24 * age + 0.15 * smoking, 0.02, 0.92));
  draw(kCardiomegaly, 0.07 + 0.60 * failure);
  draw(kPericardialEffusion, 0.06 + 0.22 * failure + 0.12 * cancer);
  draw(kCoronaryCalcification, std::clamp(0.26 + 0.20 * age + 0.14 * smoking + (patient.male ? 0.06 : -0.04), 0.02, 0.9));
  draw(kHiatalHernia, std::clamp(0.14 + 0.06 * age, 0.03, 0.35));
  draw(kPleuralEffusion, 0.06 + 0.50 * failure + 0.20 * cancer + 0.14 * pneumonia);
  draw(kLymphadenopathy, 0.12 + 0.45 * cancer + 0.10 * (pneumonia + covid));
  draw(kEmphysema, 0.03 + 0.55 * smoking);
  draw(kAtelectasis, 0.17 + 0.40 * findings.present[kPleuralEffusion] + 0.04 * age);
  draw(kNodule, 0.30 + 0.18 * smoking + 0.10 * cancer);
  draw(kCovid, covid);
  draw(kLungOpacity, covid > 0 ? 1.0 : 0.16 + 0.20 * pneumonia + 0.10 * failure);
  draw(kFibroticSequela, std::clamp(0.23 + 0.07 * age, 0.05, 0.5));
  draw(kMosaicAttenuation, 0.11 + 0.05 * smoking);
  draw(kPeribronchialThickening, 0.08 + 0.14 * smoking + 0.18 * pneumonia);
  draw(kConsolidation, 0.04 + 0.90 * pneumonia + 0.25 * covid);
  draw(kBronchiectasis, std::clamp(0.11 + 0.04 * age + 0.10 * findings.present[kFibroticSequela], 0.03, 0.4));
  draw(kSeptalThickening, 0.05 + 0.50 * failure + 0.10 * covid);
  draw(kPulmonaryEmbolism, findings.contrast ? 0.20 + 0.20 * cancer : 0.0);
  draw(kLungTumor, 0.75 * cancer);
  return findings;
}

AnatomyChange ChangeOf(const Patient& patient, const Findings& findings) {
  CounterRng rng(patient.seed, "heart", patient.number);
  AnatomyChange change;
  // A gap between the largest normal and the smallest enlarged heart: the label is not a coin toss.
  change.heart_scale = findings[kCardiomegaly] ? 1.22f + 0.20f * findings.severity[kCardiomegaly] : U(rng, 0.90, 1.02);
  if (findings[kPericardialEffusion]) change.pericardial_fluid_mm = 7 + 15 * findings.severity[kPericardialEffusion];
  return change;
}

std::vector<Lesion> PlaceLesions(const Anatomy& anatomy, int scan, const Findings& findings) {
  std::vector<Lesion> lesions;
  Placer(anatomy, scan, findings, &lesions).Run();
  return lesions;
}

}  // namespace asap::phantom
