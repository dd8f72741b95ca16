// What RSPECT is and where its data come from.
#ifndef ASAP_DATASETS_RSPECT_CARD_H_
#define ASAP_DATASETS_RSPECT_CARD_H_

#include "core/dataset.h"

namespace asap {

inline constexpr const char kRspectLabel[] = "pe";
inline constexpr const char kRspectIndeterminate[] = "indeterminate";

DatasetCard RspectCard();

}  // namespace asap

#endif  // ASAP_DATASETS_RSPECT_CARD_H_
