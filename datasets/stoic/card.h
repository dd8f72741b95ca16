// What STOIC-2021 is and where its data come from.
#ifndef ASAP_DATASETS_STOIC_CARD_H_
#define ASAP_DATASETS_STOIC_CARD_H_

#include "core/dataset.h"

namespace asap {

inline constexpr const char kStoicCovid[] = "probCOVID";
inline constexpr const char kStoicSevere[] = "probSevere";

// `headers`: whether age and sex are labels, too.
DatasetCard StoicCard(bool headers);

}  // namespace asap

#endif  // ASAP_DATASETS_STOIC_CARD_H_
