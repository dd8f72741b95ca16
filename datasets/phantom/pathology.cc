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
      : a_(anatomy), scan_(scan), findings_(findings), out_(out) {
    for (int s = 0; s < kMostScans; ++s) {
      const PleuralFluid fluid = FluidOf(a_.patient, s, s == scan ? findings : DrawFindings(a_.patient, s));
      fluid_.right = std::max(fluid_.right, fluid.right);
      fluid_.left = std::max(fluid_.left, fluid.left);
    }
  }

  void Run() {
    for (int f = 0; f < kFindings; ++f) {
      if (findings_.present[f]) Place(static_cast<Finding>(f));
    }
  }

 private:
  // mm between p and the nearest surface of aerated lung, whatever the scan: fluid counts at its deepest over all scans.
  float Depth(Vec3 p) const {
    const float lung = a_.LungDepth(p);
    const float fluid = FluidThickness(p.x > 0 ? fluid_.right : fluid_.left, p);
    if (lung <= 0 || fluid <= 1) return lung;
    return std::min({lung, WallDepth(p) - 2 - fluid, 0.8f * (p.z - a_.Diaphragm(p.x, p.y)) - 1.35f * fluid});
  }
  float WallDepth(Vec3 p) const { return -a_.Cavity(p.z).Distance(p.x, p.y); }

  struct Place3D {
    float least = 0, most = 60;   // mm below the lung's surface
    float most_from_wall = 1000;  // mm below the chest wall
    FineLabel lobe = kOutside;    // any
    bool lower = false;           // the back of the lower zones
    float above = -1000;          // least z
  };
  Vec3 LungPoint(CounterRng& rng, const Place3D& where) const {
    Vec3 best = a_.At(70, -20, 20);
    float best_miss = 1e9f;
    for (int i = 0; i < 500; ++i) {
      const Vec3 p = a_.At(U(rng, -138, 138), U(rng, -94, 82), U(rng, where.lower ? -135 : -125, where.lower ? -20 : 100));
      if (where.lobe != kOutside && a_.Lobe(p) != where.lobe) continue;
      if (where.lower && p.y > 10 * a_.scale.y) continue;
      float miss = std::max(0.0f, where.above - p.z);
      const float wall = WallDepth(p);
      if (wall < where.least) continue;
      miss += std::max(0.0f, wall - where.most_from_wall);
      if (miss < best_miss) {
        const float depth = Depth(p);
        miss += depth < where.least ? 2 * (where.least - depth) : std::max(0.0f, depth - where.most);
        if (miss == 0) return p;
        if (miss < best_miss) {
          best_miss = miss;
          best = p;
        }
      }
    }
    // Nothing fits exactly in small lungs: the nearest miss will do. A lobe that is under water is given up.
    const bool restricted = where.lobe != kOutside || where.lower || where.most_from_wall < 1000;
    return restricted && Depth(best) < 3 ? LungPoint(rng, {.least = where.least}) : best;
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
  void Patch(Finding finding, CounterRng& rng, float longest, float hu, int kind, const Place3D& where) {
    Lesion& lesion = Add(finding, LungPoint(rng, where), true);
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
          const float short_axis = U(rng, 15, 20) + 13 * severity;
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
          Lesion& lesion = Add(finding, LungPoint(rng, {.least = 8, .most = 30, .lobe = lobes[rng.UniformInt(0, 3)]}), true);
          lesion.kind = kLinearAtelectasis;
          lesion.axis = Normalized(Vec3{0.15f, 0.1f, 1} + 0.35f * RandomUnit(rng));  // normal of the plate
          const float length = U(rng, 45, 65) + 30 * severity;
          lesion.size_mm = static_cast<int>(length + 0.5f);
          lesion.radii = {U(rng, 4.0, 6.0) + 1.5f * severity, 0.5f * length, 0.35f * length};
          lesion.hu = 30;
        }
        break;
      case kNodule: {
        const int count = 1 + (rng.Bernoulli(0.55) ? static_cast<int>(rng.UniformInt(1, 4)) : 0);
        for (int i = 0; i < count; ++i) {
          const float growth = 1 + 0.12f * static_cast<float>(scan_) * U(rng, 0, 1);
          const float diameter = std::min(30.0f, (i == 0 ? 12 + 17 * severity : U(rng, 8, 17)) * growth);
          Lesion& lesion = Add(finding, LungPoint(rng, {.least = i == 0 ? 14.0f : 9.0f}), true);
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
          const float longest = U(rng, 38, 52) + 26 * severity;
          Patch(finding, rng, longest, U(rng, -520, -380), kGroundGlass, {.least = 0.3f * longest});
        }
        break;
      case kFibroticSequela:
        for (int i = 0, count = 6 + static_cast<int>(8 * severity); i < count; ++i) {
          // Bands from the pleura inwards, mostly at the apices.
          const bool apical = i % 3 != 2;
          const FineLabel lobe = !apical ? kOutside : rng.Bernoulli(0.5) ? kRightUpperLobe : kLeftUpperLobe;
          const Vec3 outer = LungPoint(
              rng, {.least = 1, .most = 8, .most_from_wall = 12, .lobe = lobe, .above = apical ? 25 * a_.scale.z : -1000.0f});
          Lesion& lesion = Add(finding, outer, true);
          const Vec3 hilum = a_.At(outer.x > 0 ? 42 : -44, -15, -15);
          lesion.axis = Normalized(hilum - outer + 25.0f * RandomUnit(rng));
          const float length = U(rng, 25, 45) + 15 * severity;
          lesion.size_mm = static_cast<int>(length + 0.5f);
          lesion.radii = {length, U(rng, 2.8, 4.2) + severity, 0};
          lesion.hu = U(rng, -60, 60);
        }
        break;
      case kPleuralEffusion: {
        const PleuralFluid fluid = FluidOf(who, scan_, findings_);
        for (const bool right : {true, false}) {
          const float thickness = right ? fluid.right : fluid.left;
          if (thickness <= 0) continue;
          Lesion& lesion = Add(finding, a_.At(right ? 70 : -70, -60, -80), false);
          lesion.side = right ? Side::kRight : Side::kLeft;
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
          const float longest = (covid ? 38 : 50) + 36 * severity * U(rng, 0.6, 1);
          Patch(finding, rng, longest, U(rng, 20, 50), kDense,
                {.least = 0.3f * longest, .most = 45, .lobe = lobes[rng.UniformInt(0, 4)], .lower = covid});
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
        for (int i = 0, count = severity > 0.35f ? 2 : 1; i < count; ++i) {
          Lesion& lesion = Add(finding, {}, false);
          lesion.lobe = i == 0 ? first : second;
          lesion.side = lesion.lobe >= kRightUpperLobe ? Side::kRight : Side::kLeft;
          lesion.radii = finding == kBronchiectasis ? Vec3{3.8f + 2.4f * severity, 2.2f, 0} : Vec3{0, 3.0f + 1.8f * severity, 0};
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
        Lesion& lesion = Add(finding, LungPoint(rng, {.least = 20}), true);
        lesion.size_mm = static_cast<int>(diameter + 0.5f);
        lesion.radii = 0.5f * diameter * Vec3{1, U(rng, 0.8, 0.95), U(rng, 0.8, 0.95)};
        lesion.axis = RandomUnit(rng);
        lesion.hu = findings_.contrast ? U(rng, 60, 95) : U(rng, 30, 50);
        break;
      }
      case kCovid:
        for (int i = 0, count = 5 + static_cast<int>(11 * severity); i < count; ++i) {
          // Alternate sides: bilateral by definition here. Along the chest wall, mostly low and behind.
          const FineLabel lobes[] = {kRightLowerLobe, kLeftLowerLobe,  kRightUpperLobe,
                                     kLeftUpperLobe,  kRightLowerLobe, kLeftLowerLobe};
          Patch(finding, rng, U(rng, 32, 48) + 20 * severity, U(rng, -540, -380), kGroundGlass,
                {.least = 5, .most_from_wall = 22, .lobe = lobes[i % 6], .lower = i % 6 < 2});
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
  PleuralFluid fluid_;  // the deepest over the patient's scans
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

AnatomyChange ChangeOf(const Patient& patient, int scan) {
  CounterRng rng(patient.seed, "heart", patient.number);
  AnatomyChange change;
  const float normal = U(rng, 0.90, 1.02);
  for (int s = 0; s < kMostScans; ++s) {
    const Findings findings = DrawFindings(patient, s);
    // A gap between the largest normal and the smallest enlarged heart: the label is not a coin toss.
    if (s == 0) change.heart_scale = findings[kCardiomegaly] ? 1.28f + 0.18f * findings.severity[kCardiomegaly] : normal;
    const float fluid = findings[kPericardialEffusion] ? 7 + 15 * findings.severity[kPericardialEffusion] : 0.0f;
    if (s == scan) change.pericardial_fluid_mm = fluid;
    change.most_pericardial_fluid_mm = std::max(change.most_pericardial_fluid_mm, fluid);
  }
  return change;
}

PleuralFluid FluidOf(const Patient& patient, int scan, const Findings& findings) {
  PleuralFluid fluid;
  if (!findings[kPleuralEffusion]) return fluid;
  CounterRng rng(patient.seed, "fluid", patient.number, scan);
  const int pick = static_cast<int>(rng.UniformInt(0, 9));
  const bool both = findings.heart_failure ? pick < 7 : pick < 3;
  const float severity = findings.severity[kPleuralEffusion];
  if (both || pick % 2 == 0) fluid.right = 16 + 40 * severity * U(rng, 0.7, 1);
  if (both || pick % 2 == 1) fluid.left = 16 + 40 * severity * U(rng, 0.7, 1);
  return fluid;
}

std::vector<Lesion> PlaceLesions(const Anatomy& anatomy, int scan, const Findings& findings) {
  std::vector<Lesion> lesions;
  Placer(anatomy, scan, findings, &lesions).Run();
  return lesions;
}

}  // namespace asap::phantom
