// What CT-RATE is and where its data come from.
#ifndef ASAP_DATASETS_CT_RATE_CARD_H_
#define ASAP_DATASETS_CT_RATE_CARD_H_

#include <array>

#include "core/dataset.h"

namespace asap {

// In the order of the published label files.
inline constexpr std::array<const char*, 18> kCtRateLabels = {
    "Medical material",
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
};

// Without mask classes.
DatasetCard CtRateCard();

}  // namespace asap

#endif  // ASAP_DATASETS_CT_RATE_CARD_H_
