// What Rad-ChestCT is and where its data come from.
#ifndef ASAP_DATASETS_RAD_CHESTCT_CARD_H_
#define ASAP_DATASETS_RAD_CHESTCT_CARD_H_

#include <array>

#include "core/dataset.h"

namespace asap {

// A finding of the benchmark, and the abnormalities of the dataset's own tables that make it: one of them, anywhere.
struct RadChestCtFinding {
  const char* name;
  const char* abnormalities;     // separated by spaces, as the tables spell them
  const char* listed = nullptr;  // how the published lists spell it, where they do otherwise
};

// In the order of the published lists.
inline constexpr std::array<RadChestCtFinding, 16> kRadChestCtFindings = {{
    {"Medical material",
     "breast_implant catheter_or_port chest_tube clip gi_tube hardware heart_valve_replacement pacemaker_or_defib staple stent "
     "suture tracheal_tube"},
    {"Calcification", "calcification"},
    {"Cardiomegaly", "cardiomegaly"},
    {"Pericardial effusion", "pericardial_effusion"},
    {"Hiatal hernia", "hernia", "Hietal Hernia"},
    {"Lymphadenopathy", "lymphadenopathy"},
    {"Emphysema", "emphysema"},
    {"Atelectasis", "atelectasis"},
    {"Lung nodule", "nodule"},
    {"Lung opacity", "opacity"},
    {"Pulmonary fibrotic sequela", "fibrosis"},
    {"Pleural effusion", "pleural_effusion"},
    {"Peribronchial thickening", "bronchial_wall_thickening"},
    {"Consolidation", "consolidation"},
    {"Bronchiectasis", "bronchiectasis"},
    {"Interlobular septal thickening", "septal_thickening"},
}};

DatasetCard RadChestCtCard();

}  // namespace asap

#endif  // ASAP_DATASETS_RAD_CHESTCT_CARD_H_
