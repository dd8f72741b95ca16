// The words of the report grammar: tables only. "{a|b}" is a choice; report_grammar.cc expands and fills in.
#ifndef ASAP_DATASETS_PHANTOM_REPORT_PHRASES_H_
#define ASAP_DATASETS_PHANTOM_REPORT_PHRASES_H_

#include "datasets/phantom/labels.h"
#include "datasets/phantom/report_grammar.h"

namespace asap::phantom {

// By region: airways, mediastinum, heart and vessels, lungs, pleura, upper abdomen, devices.
inline constexpr Finding kReportOrder[] = {kLymphadenopathy,
                                           kCardiomegaly,
                                           kPericardialEffusion,
                                           kArterialCalcification,
                                           kCoronaryCalcification,
                                           kPulmonaryEmbolism,
                                           kHiatalHernia,
                                           kLungTumor,
                                           kNodule,
                                           kLungOpacity,
                                           kConsolidation,
                                           kEmphysema,
                                           kMosaicAttenuation,
                                           kAtelectasis,
                                           kFibroticSequela,
                                           kSeptalThickening,
                                           kBronchiectasis,
                                           kPeribronchialThickening,
                                           kPleuralEffusion,
                                           kMedicalMaterial};

inline constexpr Finding kImpressionOrder[] = {kPulmonaryEmbolism,
                                               kLungTumor,
                                               kCovid,
                                               kConsolidation,
                                               kPleuralEffusion,
                                               kPericardialEffusion,
                                               kLymphadenopathy,
                                               kCardiomegaly,
                                               kNodule,
                                               kLungOpacity,
                                               kEmphysema,
                                               kSeptalThickening,
                                               kMosaicAttenuation,
                                               kBronchiectasis,
                                               kPeribronchialThickening,
                                               kAtelectasis,
                                               kFibroticSequela,
                                               kHiatalHernia,
                                               kCoronaryCalcification,
                                               kArterialCalcification};

inline const char* LobeName(FineLabel lobe) {
  switch (lobe) {
    case kRightUpperLobe:
      return "right upper lobe";
    case kRightMiddleLobe:
      return "right middle lobe";
    case kRightLowerLobe:
      return "right lower lobe";
    case kLeftUpperLobe:
      return "left upper lobe";
    case kLeftLowerLobe:
      return "left lower lobe";
    default:
      return "lung";
  }
}

inline const char* SideName(Side side) {
  switch (side) {
    case Side::kRight:
      return "right";
    case Side::kLeft:
      return "left";
    case Side::kBoth:
      return "bilateral";
    case Side::kNone:
      break;
  }
  return "";
}

// Index = NodeStation.
inline constexpr const char* kStationNames[] = {"right paratracheal region", "subcarinal region", "prevascular space",
                                                "right hilum", "left hilum"};
// Index = EmbolusKind.
inline constexpr const char* kEmbolusNames[] = {"right and left main pulmonary arteries", "right main pulmonary artery",
                                                "left main pulmonary artery", "right lower lobe pulmonary artery",
                                                "left lower lobe pulmonary artery"};
// Index = MaterialKind.
inline constexpr const char* kMaterialSentences[] = {
    "{A pacemaker is {seen|present} on the $side chest wall with its lead in the right ventricle|A $side pectoral pacemaker with "
    "a right "
    "ventricular lead is {seen|noted}}.",
    "{A port catheter is {seen|present} on the $side chest wall with its tip in the superior vena cava|A $side central venous "
    "port is "
    "{seen|noted}}.",
    "{Sternotomy wires are {seen|present}|Metallic sternal wires of a previous sternotomy are {seen|noted}}."};

inline const char* DiffuseSentence(Finding finding) {
  switch (finding) {
    case kArterialCalcification:
      return "{Calcified atheromatous plaques are {seen|present} in the wall of the aorta|Atherosclerotic wall calcifications of "
             "the aorta are "
             "{seen|noted}|$grade calcification of the aortic wall is present}.";
    case kCoronaryCalcification:
      return "{Calcifications are {seen|present} in the coronary artery walls|Coronary artery calcifications are "
             "{seen|noted}|$grade coronary "
             "calcification is present}.";
    case kEmphysema:
      return "{Emphysematous changes are {seen|present} in both lungs|$grade emphysema is {seen|present}, most marked in the "
             "upper "
             "lobes|Centrilobular emphysema is noted}.";
    case kMosaicAttenuation:
      return "{A mosaic attenuation pattern is {seen|present} in both lungs|Mosaic attenuation of the lung parenchyma is "
             "noted|Both lungs show {a mosaic attenuation pattern|mosaic attenuation}}.";
    case kSeptalThickening:
      return "{Interlobular septal thickening is {seen|present} in both lungs|Thickened interlobular septa are {seen|noted}, "
             "mainly at the bases}.";
    default:
      return "";
  }
}

inline const char* ImpressionSentence(Finding finding) {
  switch (finding) {
    case kPulmonaryEmbolism:
      return "{Pulmonary embolism|Acute pulmonary embolism}.";
    case kLungTumor:
      return "{Mass in the $lobe suspicious for malignancy|Suspected tumor of the $lobe}.";
    case kCovid:
      return "{Findings are typical of COVID-19 pneumonia|Appearance compatible with COVID-19 pneumonia}, {extent|involvement} "
             "$grade.";
    case kConsolidation:
      return "{Consolidation in the $lobe|Pneumonic consolidation of the $lobe}.";
    case kPleuralEffusion:
      return "{$side pleural effusion|Pleural effusion, $side}.";
    case kPericardialEffusion:
      return "Pericardial effusion.";
    case kLymphadenopathy:
      return "{Mediastinal lymphadenopathy|Enlarged lymph nodes}.";
    case kCardiomegaly:
      return "Cardiomegaly.";
    case kNodule:
      return "{Nodule in the $lobe|Pulmonary nodule of the $lobe}{|, follow-up is recommended}.";
    case kLungOpacity:
      return "{Ground-glass opacities|Ground-glass opacity of the lung}.";
    case kEmphysema:
      return "{$grade emphysema|Emphysema}.";
    case kSeptalThickening:
      return "Interlobular septal thickening.";
    case kMosaicAttenuation:
      return "Mosaic attenuation pattern{|, small airway disease should be considered}.";
    case kBronchiectasis:
      return "Bronchiectasis.";
    case kPeribronchialThickening:
      return "Peribronchial thickening.";
    case kAtelectasis:
      return "{Atelectasis|Atelectatic changes}.";
    case kFibroticSequela:
      return "{Fibrotic sequelae|Sequela fibrotic changes}.";
    case kHiatalHernia:
      return "Hiatal hernia.";
    case kCoronaryCalcification:
      return "{Coronary artery calcifications|Coronary atherosclerosis}.";
    case kArterialCalcification:
      return "{Aortic wall calcifications|Aortic atherosclerosis}.";
    default:
      return "";
  }
}

// A denial is said only where everything that it denies is absent.
struct Denial {
  uint32_t about;
  bool needs_contrast;
  const char* grammar;
};
inline constexpr Denial kDenials[] = {
    {Bit(kPleuralEffusion), false,
     "{No pleural effusion was detected|No pleural effusion is seen|Pleural effusion was not observed}."},
    {Bit(kPericardialEffusion), false, "{No pericardial effusion is seen|Pericardial effusion was not detected}."},
    {Bit(kPleuralEffusion) | Bit(kPericardialEffusion), false,
     "{There is no pleural or pericardial effusion|Pericardial and pleural effusion were not observed}."},
    {Bit(kLymphadenopathy), false,
     "{No enlarged lymph nodes are seen in the mediastinum|No lymph node of pathological size was detected|There is no "
     "mediastinal or hilar "
     "lymphadenopathy}."},
    {Bit(kCardiomegaly), false, "{Heart size is normal|The heart is of normal size|Heart dimensions are within normal limits}."},
    {Bit(kNodule) | Bit(kLungTumor), false,
     "{No nodule or mass is seen in the lungs|There is no pulmonary nodule or mass|No mass or nodule was detected in either "
     "lung}."},
    {Bit(kConsolidation) | Bit(kLungOpacity), false,
     "{No consolidation or ground-glass opacity is seen|There is no infiltration, consolidation or ground-glass opacity}."},
    {Bit(kConsolidation), false, "{No consolidation is seen|Consolidation was not observed}."},
    {Bit(kEmphysema), false, "{No emphysema is seen|There is no emphysematous change}."},
    {Bit(kPulmonaryEmbolism), true, "{No pulmonary embolism is seen|No filling defect was detected in the pulmonary arteries}."},
    {Bit(kHiatalHernia), false, "{No hiatal hernia is seen|There is no hiatal hernia}."},
    {Bit(kCoronaryCalcification), false,
     "{No coronary artery calcification is seen|The coronary arteries are free of calcification}."},
    {Bit(kBronchiectasis), false, "{No bronchiectasis is seen|There is no bronchiectasis}."},
    {Bit(kAtelectasis), false, "{No atelectasis is seen|There is no atelectasis}."}};

// Statements of normal anatomy, in the order in which they are wanted; not said where one of `unless` is present.
struct Normal {
  uint32_t unless;
  double chance;
  bool needs_contrast;  // only in contrast-enhanced scans
  Region region;
  const char* grammar;
};
inline constexpr Normal kNormals[] = {
    {0, 0.75, false, Region::kAirways,
     "{Trachea and both main bronchi are open|The trachea and main bronchi are patent|Trachea is in the midline and the main "
     "bronchi are open}."},
    {0, 0.45, false, Region::kBones,
     "{No lytic or destructive bone lesion is seen|Bone structures in the study area are natural|The vertebral bodies are of "
     "normal height}."},
    {0, 0.45, false, Region::kAbdomen,
     "{The upper abdominal organs are unremarkable|Liver, spleen and adrenal glands are normal|Upper abdominal sections show no "
     "abnormality}."},
    {Bit(kHiatalHernia), 0.3, false, Region::kMediastinum,
     "{The esophagus is of normal caliber|Esophageal wall thickness is normal}."},
    {0, 0.35, false, Region::kHeart,
     "{The caliber of the thoracic aorta is normal|Aorta and pulmonary trunk are of normal width|Mediastinal vascular structures "
     "are of normal caliber}."},
    {0, 0.3, true, Region::kHeart,
     "{The great vessels enhance well after contrast|Contrast filling of the great vessels is good}."},
    {0, 0.2, false, Region::kAbdomen,
     "{The gallbladder is normal|Both adrenal glands are normal|The spleen is of normal size}."}};

inline Region RegionOf(uint32_t about) {
  constexpr uint32_t kHeartBits = Bit(kCardiomegaly) | Bit(kPericardialEffusion) | Bit(kArterialCalcification) |
                                  Bit(kCoronaryCalcification) | Bit(kPulmonaryEmbolism);
  if (about & Bit(kLymphadenopathy)) return Region::kMediastinum;
  if (about & kHeartBits) return Region::kHeart;
  if (about & Bit(kPleuralEffusion)) return Region::kPleura;
  if (about & Bit(kHiatalHernia)) return Region::kAbdomen;
  return about & Bit(kMedicalMaterial) ? Region::kBones : Region::kLungs;
}

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_REPORT_PHRASES_H_
