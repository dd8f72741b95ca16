// Names of everything in the phantom: tissues, classes of the pre-training mask, findings, and places.
#ifndef ASAP_DATASETS_PHANTOM_LABELS_H_
#define ASAP_DATASETS_PHANTOM_LABELS_H_

#include <array>
#include <cstdint>

namespace asap::phantom {

// The fine label map. Lesions in the lung and vessels inside the lung keep the lobe's label, as hand-drawn lung masks do; pleural
// and pericardial fluid have their own.
enum FineLabel : uint8_t {
  kOutside = 0,
  kLeftUpperLobe = 1,
  kLeftLowerLobe = 2,
  kRightUpperLobe = 3,
  kRightMiddleLobe = 4,
  kRightLowerLobe = 5,
  kTrachea = 6,
  kBronchi = 7,
  kLeftVentricle = 8,
  kMyocardium = 9,  // of the left ventricle
  kRightVentricle = 10,
  kLeftAtrium = 11,
  kRightAtrium = 12,
  kHeartOther = 13,  // walls of the other chambers
  kAorta = 14,
  kPulmonaryArtery = 15,
  kSuperiorVenaCava = 16,
  kInferiorVenaCava = 17,
  kEsophagus = 18,
  kVertebra = 19,
  kRib = 20,
  kSternum = 21,
  kScapula = 22,
  kClavicle = 23,
  kLiver = 24,
  kSpleen = 25,
  kRightKidney = 26,
  kLeftKidney = 27,
  kStomach = 28,
  kPancreas = 29,
  kGallbladder = 30,
  kRightAdrenal = 31,
  kLeftAdrenal = 32,
  kPortalVein = 33,  // with the splenic vein
  kPericardialFluid = 34,
  kPleuralFluid = 35,
  kMediastinalFat = 36,
  kVisceralFat = 37,
  kMuscle = 38,
  kSubcutaneousFat = 39,
  kSpinalCanal = 40,
  kPulmonaryVein = 41,
  kArteryBranch = 42,  // of the aortic arch
  kBowel = 43,
  kBreast = 44,
  kTable = 45,
  kFineLabels = 46
};

// Index = FineLabel.
inline constexpr std::array<const char*, kFineLabels> kFineLabelNames = {"outside",
                                                                         "left upper lobe",
                                                                         "left lower lobe",
                                                                         "right upper lobe",
                                                                         "right middle lobe",
                                                                         "right lower lobe",
                                                                         "trachea",
                                                                         "bronchi",
                                                                         "left ventricle",
                                                                         "myocardium",
                                                                         "right ventricle",
                                                                         "left atrium",
                                                                         "right atrium",
                                                                         "other heart wall",
                                                                         "aorta",
                                                                         "pulmonary artery",
                                                                         "superior vena cava",
                                                                         "inferior vena cava",
                                                                         "esophagus",
                                                                         "vertebra",
                                                                         "rib",
                                                                         "sternum",
                                                                         "scapula",
                                                                         "clavicle",
                                                                         "liver",
                                                                         "spleen",
                                                                         "right kidney",
                                                                         "left kidney",
                                                                         "stomach",
                                                                         "pancreas",
                                                                         "gallbladder",
                                                                         "right adrenal",
                                                                         "left adrenal",
                                                                         "portal vein",
                                                                         "pericardial fluid",
                                                                         "pleural fluid",
                                                                         "mediastinal fat",
                                                                         "visceral fat",
                                                                         "muscle",
                                                                         "subcutaneous fat",
                                                                         "spinal canal",
                                                                         "pulmonary vein",
                                                                         "arch branch",
                                                                         "bowel",
                                                                         "breast",
                                                                         "table"};

// Classes of the pre-training mask (Dataset::Mask). None has a side, so a left-right flip of volume and mask is harmless.
inline constexpr std::array<const char*, 9> kMaskClassNames = {
    "background", "lung", "airways", "heart", "great vessels", "esophagus", "bone", "liver", "other abdominal organs"};

constexpr uint8_t MaskClass(uint8_t fine) {
  switch (fine) {
    case kLeftUpperLobe:
    case kLeftLowerLobe:
    case kRightUpperLobe:
    case kRightMiddleLobe:
    case kRightLowerLobe:
      return 1;
    case kTrachea:
    case kBronchi:
      return 2;
    case kLeftVentricle:
    case kMyocardium:
    case kRightVentricle:
    case kLeftAtrium:
    case kRightAtrium:
    case kHeartOther:
      return 3;
    case kAorta:
    case kPulmonaryArtery:
    case kSuperiorVenaCava:
    case kInferiorVenaCava:
    case kPulmonaryVein:
    case kArteryBranch:
      return 4;
    case kEsophagus:
      return 5;
    case kVertebra:
    case kRib:
    case kSternum:
    case kScapula:
    case kClavicle:
      return 6;
    case kLiver:
      return 7;
    case kSpleen:
    case kRightKidney:
    case kLeftKidney:
    case kStomach:
    case kPancreas:
    case kGallbladder:
    case kRightAdrenal:
    case kLeftAdrenal:
    case kPortalVein:
      return 8;
    default:
      return 0;
  }
}

constexpr bool IsLung(uint8_t fine) { return fine >= kLeftUpperLobe && fine <= kRightLowerLobe; }

// The 18 findings of CT-RATE in its order, then the phantom's own three. The lesion map has bit f for finding f.
enum Finding : int {
  kMedicalMaterial = 0,
  kArterialCalcification,
  kCardiomegaly,
  kPericardialEffusion,
  kCoronaryCalcification,
  kHiatalHernia,
  kLymphadenopathy,
  kEmphysema,
  kAtelectasis,
  kNodule,
  kLungOpacity,
  kFibroticSequela,
  kPleuralEffusion,
  kMosaicAttenuation,
  kPeribronchialThickening,
  kConsolidation,
  kBronchiectasis,
  kSeptalThickening,
  kPulmonaryEmbolism,
  kLungTumor,
  kCovid,
  kFindings
};
inline constexpr int kCtRateFindings = 18;

// CT-RATE's own spelling.
inline constexpr std::array<const char*, kFindings> kFindingNames = {"Medical material",
                                                                     "Arterial wall calcification",
                                                                     "Cardiomegaly",
                                                                     "Pericardial effusion",
                                                                     "Coronary artery wall calcification",
                                                                     "Hiatal hernia",
                                                                     "Lymphadenopathy",
                                                                     "Emphysema",
                                                                     "Atelectasis",
                                                                     "Lung nodule",
                                                                     "Lung opacity",
                                                                     "Pulmonary fibrotic sequela",
                                                                     "Pleural effusion",
                                                                     "Mosaic attenuation pattern",
                                                                     "Peribronchial thickening",
                                                                     "Consolidation",
                                                                     "Bronchiectasis",
                                                                     "Interlobular septal thickening",
                                                                     "Pulmonary embolism",
                                                                     "Lung tumor",
                                                                     "COVID-19"};

constexpr uint32_t Bit(Finding finding) { return 1u << finding; }

enum class Side { kNone, kRight, kLeft, kBoth };

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_LABELS_H_
