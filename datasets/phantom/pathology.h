// What is wrong with one scan: which findings, how severe, where and how large.
//
// DrawFindings decides presence and severity from the patient and the scan alone; PlaceLesions then puts them into the anatomy.
// Chronic findings (calcification, emphysema, hernia, sequela, bronchiectasis, nodules, tumour) belong to the patient and
// progress from scan to scan; acute ones (infection, effusion, embolism ...) are drawn for each scan.
//
// Latents tie the findings together: age, sex and smoking of the patient, heart failure, malignancy, and an infection of the scan
// (none, bacterial pneumonia, COVID-19). The probabilities are in pathology.cc, the resulting prevalences in the README.
#ifndef ASAP_DATASETS_PHANTOM_PATHOLOGY_H_
#define ASAP_DATASETS_PHANTOM_PATHOLOGY_H_

#include <array>
#include <string>
#include <vector>

#include "datasets/phantom/anatomy.h"
#include "datasets/phantom/labels.h"

namespace asap::phantom {

enum class Infection { kNone, kPneumonia, kCovid };

struct Findings {
  std::array<bool, kFindings> present = {};
  std::array<float, kFindings> severity = {};  // (0, 1] where present
  Infection infection = Infection::kNone;
  bool heart_failure = false;
  bool malignancy = false;
  bool contrast = false;  // arterial phase

  bool operator[](Finding finding) const { return present[finding]; }
};
Findings DrawFindings(const Patient& patient, int scan);
AnatomyChange ChangeOf(const Patient& patient, int scan);

// Scans of one patient are numbered 0 ... kMostScans - 1.
inline constexpr int kMostScans = 3;

// Pleural fluid of one scan: mm at its deepest, 0 for none.
struct PleuralFluid {
  float right = 0, left = 0;
};
PleuralFluid FluidOf(const Patient& patient, int scan, const Findings& findings);
// Its thickness on the chest wall at p: a crescent, deepest behind and at the base, none in front or at the apex.
inline float FluidThickness(float deepest, Vec3 p) {
  return deepest <= 0 ? 0 : deepest * SmoothStep(35, -55, p.y) * SmoothStep(75, -70, p.z);
}

// One painted thing. What `kind` counts depends on the finding: see the enums.
struct Lesion {
  Finding finding;
  Side side = Side::kNone;
  FineLabel lobe = kOutside;  // the lobe that holds the centre, where in the lung
  int kind = 0;
  Vec3 center;
  Vec3 axis = {0, 0, 1};
  Vec3 radii;       // mm
  int size_mm = 0;  // longest diameter; short axis of a lymph node; thickness of an effusion. 0 where size means nothing
  float hu = 0;
};

enum NoduleKind { kSolidNodule, kGroundGlassNodule, kCalcifiedNodule };
enum MaterialKind { kPacemaker, kPort, kSternalWires };
enum NodeStation { kRightParatracheal, kSubcarinal, kPrevascular, kRightHilar, kLeftHilar, kNodeStations };
enum EmbolusKind { kSaddleEmbolus, kRightMainEmbolus, kLeftMainEmbolus, kRightLowerEmbolus, kLeftLowerEmbolus };
enum OpacityKind { kGroundGlass, kDense };
enum AtelectasisKind { kLinearAtelectasis, kPassiveAtelectasis };

// In the order of findings. Focal lesions keep clear of pleural fluid, so that they are seen; deterministic in (patient, scan).
std::vector<Lesion> PlaceLesions(const Anatomy& anatomy, int scan, const Findings& findings);

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_PATHOLOGY_H_
