// What STOIC-2021 is and where its data come from.
#ifndef ASAP_DATASETS_STOIC_CARD_H_
#define ASAP_DATASETS_STOIC_CARD_H_

#include "core/dataset.h"

namespace asap {

inline constexpr const char kStoicCovid[] = "probCOVID";
inline constexpr const char kStoicSevere[] = "probSevere";

// The last two labels, Age and Male, are those of the headers, which prepared volumes lack.
DatasetCard StoicCard();

}  // namespace asap

#endif  // ASAP_DATASETS_STOIC_CARD_H_
