#include "datasets/phantom/case.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>

#include "datasets/phantom/labels.h"

namespace asap::phantom {
namespace {

constexpr Index3 kSmall = {64, 64, 32};

CaseFacts Facts(int64_t patient, const char* site = "aurora", int scan = 0, uint64_t seed = 0) {
  return MakeFacts({.seed = seed, .patient = patient, .scan = scan, .site = *FindSite(site)});
}

struct Organ {
  int64_t voxels = 0;
  double hu = 0;               // mean
  double x = 0, y = 0, z = 0;  // centre of mass, mm
};
std::map<int, Organ> Measure(const RenderedCase& rendered) {
  std::map<int, Organ> organs;
  const Geometry& g = rendered.volume.geometry;
  size_t v = 0;
  for (int64_t k = 0; k < g.size[2]; ++k) {
    for (int64_t j = 0; j < g.size[1]; ++j) {
      for (int64_t i = 0; i < g.size[0]; ++i, ++v) {
        Organ& organ = organs[rendered.fine[v]];
        ++organ.voxels;
        organ.hu += rendered.volume.voxels[v];
        organ.x += g.origin[0] + g.spacing[0] * i;
        organ.y += g.origin[1] + g.spacing[1] * j;
        organ.z += g.origin[2] + g.spacing[2] * k;
      }
    }
  }
  for (auto& [label, organ] : organs) {
    for (double* sum : {&organ.hu, &organ.x, &organ.y, &organ.z}) *sum /= static_cast<double>(organ.voxels);
  }
  return organs;
}

uint64_t Checksum(const RenderedCase& rendered) {
  uint64_t sum = 0;
  for (const int16_t v : rendered.volume.voxels) sum = Mix64(sum + static_cast<uint16_t>(v));
  for (const uint8_t v : rendered.fine) sum = Mix64(sum + v);
  for (const uint32_t v : rendered.lesions) sum = Mix64(sum + v);
  return sum;
}

// A change here changes every model trained on the phantom: make it on purpose, raise kRenderVersion, and say so in the change
// log.
TEST(Case, VoxelsAreFrozen) {
  EXPECT_EQ(Checksum(Render(Facts(0), kSmall)), 8587344506158905344u);
  EXPECT_EQ(Checksum(Render(Facts(7, "borealis"), kSmall)), 5460874299675860854u);
  EXPECT_EQ(Checksum(Render(Facts(21, "cascade", 1), kSmall)), 16375953490121943591u);
  EXPECT_EQ(Checksum(Render(Facts(3, "delta", 0, 99), {40, 48, 20})), 6288185501420785029u);
}

TEST(Case, OrgansExistWithPlausibleSizesAndHu) {
  struct Range {
    FineLabel label;
    double low, high;          // mean HU
    double least_ml, most_ml;  // of one patient
  };
  // Wide where contrast or partial volume reach: thin organs mix with their surroundings at 1.5 cm^3 to 0.3 cm^3 a voxel.
  const Range ranges[] = {{kTrachea, -1000, -550, 8, 80},   {kLeftVentricle, 20, 330, 20, 200},
                          {kMyocardium, 0, 220, 30, 300},   {kRightVentricle, 20, 330, 20, 200},
                          {kLeftAtrium, 20, 330, 10, 150},  {kRightAtrium, 20, 330, 10, 170},
                          {kAorta, 20, 330, 60, 500},       {kPulmonaryArtery, -60, 400, 15, 160},
                          {kEsophagus, -40, 120, 15, 120},  {kVertebra, 120, 420, 200, 1200},
                          {kRib, 60, 480, 150, 1500},       {kLiver, 35, 90, 700, 2600},
                          {kSpleen, 25, 130, 60, 400},      {kRightKidney, -20, 170, 60, 350},
                          {kLeftKidney, -20, 170, 60, 350}, {kStomach, -700, 60, 60, 600},
                          {kPancreas, -60, 100, 15, 150},   {kGallbladder, -40, 60, 4, 80},
                          {kMuscle, 0, 70, 1500, 12000},    {kSubcutaneousFat, -260, -60, 800, 16000}};
  std::map<int, int> present;
  constexpr int kCases = 24;
  for (int c = 0; c < kCases; ++c) {
    const CaseFacts facts = Facts(c);
    const RenderedCase rendered = Render(facts, {96, 96, 64});
    auto organs = Measure(rendered);
    const auto& spacing = rendered.volume.geometry.spacing;
    const double ml = spacing[0] * spacing[1] * spacing[2] / 1000;
    for (const Range& range : ranges) {
      if (!organs.contains(range.label)) continue;
      ++present[range.label];
      const Organ& organ = organs[range.label];
      EXPECT_GE(organ.hu, range.low) << kFineLabelNames[range.label] << " of case " << c;
      EXPECT_LE(organ.hu, range.high) << kFineLabelNames[range.label] << " of case " << c;
      EXPECT_GE(organ.voxels * ml, range.least_ml) << kFineLabelNames[range.label] << " of case " << c;
      EXPECT_LE(organ.voxels * ml, range.most_ml) << kFineLabelNames[range.label] << " of case " << c;
    }
    double lung = 0, lung_hu = 0;
    for (int label = kLeftUpperLobe; label <= kRightLowerLobe; ++label) {
      lung += organs[label].voxels;
      lung_hu += organs[label].hu * organs[label].voxels;
    }
    EXPECT_LT(lung_hu / lung, -500) << c;
    EXPECT_GT(lung * ml, 1200) << c;
    EXPECT_LT(lung * ml, 8000) << c;
  }
  for (const Range& range : ranges) EXPECT_EQ(present[range.label], kCases) << kFineLabelNames[range.label];
}

TEST(Case, ThirteenAbdominalOrgansAreMostlyInView) {
  const FineLabel organs[] = {kSpleen, kRightKidney,      kLeftKidney, kGallbladder, kEsophagus,    kLiver,      kStomach,
                              kAorta,  kInferiorVenaCava, kPortalVein, kPancreas,    kRightAdrenal, kLeftAdrenal};
  for (int c = 0; c < 12; ++c) {
    auto measured = Measure(Render(Facts(c, c % 2 ? "cascade" : "delta"), {128, 128, 96}));
    for (const FineLabel organ : organs) EXPECT_GE(measured[organ].voxels, 8) << kFineLabelNames[organ] << " of case " << c;
  }
}

TEST(Case, RightIsRightAndUpIsUp) {
  for (int c = 0; c < 20; ++c) {
    auto o = Measure(Render(Facts(c), {80, 80, 48}));
    // +x is the patient's Right.
    EXPECT_GT(o[kRightLowerLobe].x, 30) << c;
    EXPECT_GT(o[kRightMiddleLobe].x, 20) << c;
    EXPECT_LT(o[kLeftLowerLobe].x, -30) << c;
    EXPECT_GT(o[kLiver].x, 15) << c;
    EXPECT_GT(o[kGallbladder].x, 15) << c;
    EXPECT_LT(o[kSpleen].x, -50) << c;
    EXPECT_LT(o[kStomach].x, -15) << c;
    EXPECT_GT(o[kRightKidney].x, 25) << c;
    EXPECT_LT(o[kLeftKidney].x, -25) << c;
    EXPECT_GT(o[kRightAtrium].x, o[kLeftVentricle].x + 20) << c;
    EXPECT_GT(o[kSuperiorVenaCava].x, o[kPulmonaryArtery].x) << c;
    const CaseFacts facts = Facts(c);
    const Vec3 apex = facts.anatomy->heart.center + facts.anatomy->heart.radii.x * facts.anatomy->heart_axis;
    EXPECT_LT(apex.x, facts.anatomy->heart.center.x - 20) << "the apex points to the patient's left";
    EXPECT_LT(apex.z, facts.anatomy->heart.center.z) << "and down";
    // The descending aorta lies left of the spine; the arch above the pulmonary trunk.
    EXPECT_LT(o[kAorta].x, 5) << c;
    EXPECT_GT(o[kTrachea].z, o[kLiver].z + 80) << c;
    EXPECT_GT(o[kRightUpperLobe].z, o[kRightLowerLobe].z + 20) << c;
    // Front and back.
    EXPECT_LT(o[kVertebra].y, o[kEsophagus].y) << c;
    EXPECT_LT(o[kEsophagus].y, o[kRightVentricle].y) << c;
    EXPECT_LT(o[kRightVentricle].y, o[kSternum].y) << c;
    EXPECT_LT(o[kLeftLowerLobe].y, o[kLeftUpperLobe].y) << c;
  }
}

TEST(Case, EveryFindingIsSeenAtTheSmallestTrainingSize) {
  std::map<int, int> present, seen;
  for (int c = 0; c < 240; ++c) {
    const CaseFacts facts = Facts(c, Sites()[c % 4].name);
    const RenderedCase rendered = Render(facts, kSmall);
    uint32_t bits = 0;
    for (const uint32_t v : rendered.lesions) bits |= v;
    for (int f = 0; f < kFindings; ++f) {
      const bool visible = bits >> f & 1;
      present[f] += facts.findings.present[f];
      seen[f] += facts.findings.present[f] && visible;
      EXPECT_FALSE(visible && !facts.findings.present[f]) << kFindingNames[f] << " painted but absent in case " << c;
    }
  }
  for (int f = 0; f < kFindings; ++f) {
    EXPECT_GT(present[f], 8) << kFindingNames[f];
    EXPECT_GE(seen[f], 0.97 * present[f]) << kFindingNames[f];
  }
}

// Mean HU of a finding's voxels, over the cases that have it, on a grid fine enough to show the tissue.
TEST(Case, LesionsHaveTheirTissue) {
  struct Range {
    Finding finding;
    double low, high;
  };
  const Range ranges[] = {{kEmphysema, -990, -820},
                          {kConsolidation, -250, 90},
                          {kPleuralEffusion, -40, 40},
                          {kNodule, -560, 300},
                          {kLungOpacity, -720, -330},
                          {kCovid, -720, -330},
                          {kLungTumor, -250, 110},
                          {kPericardialEffusion, -30, 60},
                          {kMedicalMaterial, 350, 3071},
                          {kCoronaryCalcification, 180, 1200},
                          {kArterialCalcification, 150, 1200},
                          {kPulmonaryEmbolism, 20, 200},
                          {kLymphadenopathy, -200, 200},
                          {kCardiomegaly, 20, 330}};
  std::map<int, double> sum, count;
  for (int c = 0; c < 60; ++c) {
    const RenderedCase rendered = Render(Facts(c), {96, 96, 56});
    for (size_t v = 0; v < rendered.lesions.size(); ++v) {
      for (uint32_t bits = rendered.lesions[v]; bits != 0; bits &= bits - 1) {
        const int f = __builtin_ctz(bits);
        sum[f] += rendered.volume.voxels[v];
        ++count[f];
      }
    }
  }
  for (const Range& range : ranges) {
    ASSERT_GT(count[range.finding], 0) << kFindingNames[range.finding];
    const double mean = sum[range.finding] / count[range.finding];
    EXPECT_GE(mean, range.low) << kFindingNames[range.finding];
    EXPECT_LE(mean, range.high) << kFindingNames[range.finding];
  }
}

TEST(Case, LesionsLieWhereTheFactsSay) {
  int nodules = 0, largest_diameter_error = 0;
  for (int c = 0; c < 200; ++c) {
    const CaseFacts facts = Facts(c);
    for (const Lesion& lesion : facts.lesions) {
      if (lesion.finding == kNodule || lesion.finding == kLungTumor || lesion.finding == kConsolidation) {
        EXPECT_EQ(lesion.side == Side::kRight, lesion.center.x > 0);
        EXPECT_EQ(lesion.side == Side::kRight, lesion.lobe >= kRightUpperLobe);
        EXPECT_EQ(facts.anatomy->Lobe(lesion.center), lesion.lobe);
        EXPECT_GT(facts.anatomy->LungDepth(lesion.center), 0)
            << kFindingNames[lesion.finding] << " outside the lung in case " << c;
        EXPECT_NEAR(lesion.size_mm, 2 * lesion.radii.x, 0.51);
      }
      if (lesion.finding != kNodule || lesion.kind != kSolidNodule || ++nodules > 5) continue;
      // Measure one on a fine grid around it: its volume is that of a ball of the stated diameter, within a fifth.
      if (facts.findings[kConsolidation] || facts.findings[kLungTumor]) continue;
      const RenderedCase rendered = Render(facts, {192, 192, 128});
      const Geometry& g = rendered.volume.geometry;
      const double reach = lesion.size_mm;
      int64_t voxels = 0;
      for (int64_t k = 0; k < g.size[2]; ++k) {
        for (int64_t j = 0; j < g.size[1]; ++j) {
          for (int64_t i = 0; i < g.size[0]; ++i) {
            const Vec3 p = {static_cast<float>(g.origin[0] + g.spacing[0] * i),
                            static_cast<float>(g.origin[1] + g.spacing[1] * j),
                            static_cast<float>(g.origin[2] + g.spacing[2] * k)};
            voxels += Length(p - lesion.center) < reach && (rendered.lesions[i + g.size[0] * (j + g.size[1] * k)] & Bit(kNodule));
          }
        }
      }
      const double volume = voxels * g.spacing[0] * g.spacing[1] * g.spacing[2];
      const double ball = 0.5236 * lesion.size_mm * lesion.size_mm * lesion.size_mm;
      EXPECT_GT(volume, 0.6 * ball) << "case " << c << ", " << lesion.size_mm << " mm";
      EXPECT_LT(volume, 1.3 * ball) << "case " << c << ", " << lesion.size_mm << " mm";
      ++largest_diameter_error;
    }
  }
  EXPECT_GE(largest_diameter_error, 3) << "nodules were measured";
}

TEST(Case, LargeHeartsAreLargeAndNormalOnesAreNot) {
  for (int c = 0; c < 300; ++c) {
    const CaseFacts facts = Facts(c);
    const Bounds heart = facts.anatomy->heart.Box();
    const double chest = 2 * facts.anatomy->Cavity(-60).right;
    const double ratio = (heart.high.x - heart.low.x) / chest;  // cardiothoracic ratio
    if (facts.findings[kCardiomegaly]) {
      EXPECT_GT(ratio, 0.45) << c;
    } else {
      EXPECT_LT(ratio, 0.5) << c;
    }
  }
}

TEST(Case, AnatomyStaysAndChronicFindingsProgressFromScanToScan) {
  int nodules = 0, acute_changes = 0;
  for (int c = 0; c < 120; ++c) {
    const CaseFacts first = Facts(c, "aurora", 0), second = Facts(c, "aurora", 1);
    EXPECT_EQ(first.anatomy->scale.x, second.anatomy->scale.x);
    EXPECT_EQ(first.anatomy->artery_tree.size(), second.anatomy->artery_tree.size());
    EXPECT_EQ(first.anatomy->artery_tree[20].b.x, second.anatomy->artery_tree[20].b.x);
    EXPECT_EQ(first.findings[kEmphysema], second.findings[kEmphysema]);
    EXPECT_LE(first.findings.severity[kEmphysema], second.findings.severity[kEmphysema]);
    acute_changes += first.findings[kPleuralEffusion] != second.findings[kPleuralEffusion];
    const auto nodule = [](const CaseFacts& facts) -> const Lesion* {
      for (const Lesion& lesion : facts.lesions) {
        if (lesion.finding == kNodule) return &lesion;
      }
      return nullptr;
    };
    const Lesion *before = nodule(first), *after = nodule(second);
    ASSERT_EQ(before == nullptr, after == nullptr);
    if (before == nullptr) continue;
    ++nodules;
    EXPECT_LT(Length(before->center - after->center), 12) << "the nodule of case " << c << " moved";
    EXPECT_GE(after->size_mm, before->size_mm);
    EXPECT_EQ(before->kind, after->kind);
  }
  EXPECT_GT(nodules, 20);
  EXPECT_GT(acute_changes, 5);
}

TEST(Case, SitesDifferMeasurably) {
  struct Image {
    double noise = 0, spacing = 0, liver = 0;
  };
  std::map<std::string, Image> images;
  constexpr int kCases = 6;
  for (const Site& site : Sites()) {
    Image& image = images[site.name];
    for (int c = 0; c < kCases; ++c) {
      const RenderedCase rendered = Render(Facts(c, site.name), {128, 128, 64});
      const Geometry& g = rendered.volume.geometry;
      image.spacing = g.spacing[0];
      // Noise: the median difference between neighbours within the liver. Offset: the liver's median.
      std::vector<int> steps, liver;
      for (size_t v = 0; v + 1 < rendered.fine.size(); ++v) {
        if (rendered.fine[v] != kLiver || rendered.fine[v + 1] != kLiver) continue;
        steps.push_back(std::abs(rendered.volume.voxels[v + 1] - rendered.volume.voxels[v]));
        liver.push_back(rendered.volume.voxels[v]);
      }
      const auto median = [](std::vector<int>& values) {
        std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
        return static_cast<double>(values[values.size() / 2]);
      };
      image.noise += median(steps) / kCases;
      image.liver += median(liver) / kCases;
    }
  }
  EXPECT_GT(images["borealis"].noise, 1.5 * images["aurora"].noise) << "sharp kernel";
  EXPECT_GT(images["delta"].noise, 2 * images["aurora"].noise) << "low dose";
  EXPECT_LT(images["cascade"].noise, 0.7 * images["aurora"].noise) << "soft kernel, thick slices";
  EXPECT_GT(images["cascade"].spacing, 1.1 * images["borealis"].spacing);
  EXPECT_GT(images["cascade"].liver - images["delta"].liver, 15) << "offsets";
}

TEST(Case, OutcomeFollowsItsHazard) {
  double died_high = 0, high = 0, died_low = 0, low = 0, severe = 0, severity_of_severe = 0, mild = 0, severity_of_mild = 0;
  for (int c = 0; c < 4000; ++c) {
    const Patient patient = SamplePatient(0, c);
    const Findings findings = DrawFindings(patient, 0);
    const Outcome outcome = DrawOutcome(patient, 0, findings);
    EXPECT_EQ(outcome.hazard_per_year, HazardPerYear(patient, findings));
    EXPECT_GE(outcome.days, 0);
    EXPECT_LE(outcome.days, kFollowUpDays);
    (outcome.hazard_per_year > 0.3 ? high : low) += 1;
    (outcome.hazard_per_year > 0.3 ? died_high : died_low) += outcome.died;
    if (!findings[kCovid]) {
      EXPECT_FALSE(outcome.severe_covid);
      continue;
    }
    (outcome.severe_covid ? severe : mild) += 1;
    (outcome.severe_covid ? severity_of_severe : severity_of_mild) += findings.severity[kCovid];
  }
  EXPECT_GT(died_high / high, 2 * died_low / low);
  EXPECT_GT(severity_of_severe / severe, severity_of_mild / mild + 0.1);
  // The hazard is monotone in what it is said to depend on.
  Patient patient = SamplePatient(0, 1);
  Findings findings;
  patient.age = 50;
  const double base = HazardPerYear(patient, findings);
  patient.age = 70;
  EXPECT_NEAR(HazardPerYear(patient, findings) / base, std::exp(0.9), 1e-9);
  findings.present[kLungTumor] = true;
  findings.severity[kLungTumor] = 0.5f;
  EXPECT_NEAR(HazardPerYear(patient, findings) / base, std::exp(0.9 + 1.3), 1e-6);
}

TEST(Case, IsFastEnoughToFeedTraining) {
  // 150 a second on an idle core at -O3; a tenth of that even under a sanitizer on a busy one would still pass here.
  const auto start = std::chrono::steady_clock::now();
  int64_t sum = 0;
  for (int c = 0; c < 30; ++c) sum += Render(Facts(c), kSmall).volume.voxels[1000];
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  RecordProperty("cases_per_second", std::to_string(30 / seconds));
  EXPECT_GT(30 / seconds, 5) << sum;
}

}  // namespace
}  // namespace asap::phantom
