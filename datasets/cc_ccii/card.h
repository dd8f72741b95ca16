// What CC-CCII is and where its data come from.
#ifndef ASAP_DATASETS_CC_CCII_CARD_H_
#define ASAP_DATASETS_CC_CCII_CARD_H_

#include <array>

#include "core/dataset.h"

namespace asap {

inline constexpr const char kCcCciiLabel[] = "class";

// Names of the classes' folders, by the class that they are taken for. The published benchmark uses 0, 1 and 2 and names none:
// see the card.
inline constexpr std::array<const char*, 3> kCcCciiClasses = {"Normal", "CP", "NCP"};

DatasetCard CcCciiCard();

}  // namespace asap

#endif  // ASAP_DATASETS_CC_CCII_CARD_H_
