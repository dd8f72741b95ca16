// What LUNA16 is and where its data come from.
#ifndef ASAP_DATASETS_LUNA16_CARD_H_
#define ASAP_DATASETS_LUNA16_CARD_H_

#include "core/dataset.h"

namespace asap {

inline constexpr const char kLunaLabel[] = "nodule";

DatasetCard LunaCard();

}  // namespace asap

#endif  // ASAP_DATASETS_LUNA16_CARD_H_
