// What INSPECT is and where its data come from.
#ifndef ASAP_DATASETS_INSPECT_CARD_H_
#define ASAP_DATASETS_INSPECT_CARD_H_

#include <array>

#include "core/dataset.h"

namespace asap {

// As the tables call them.
inline constexpr std::array<const char*, 4> kInspectLabels = {"pe_positive", "1_month_mortality", "6_month_mortality",
                                                              "12_month_mortality"};

DatasetCard InspectCard();

}  // namespace asap

#endif  // ASAP_DATASETS_INSPECT_CARD_H_
