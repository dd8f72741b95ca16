// Cards of datasets without opening them: for lists, and for a folder that cannot be opened.
//
//   REGISTER_DATASET_CARD("luna16", LunaCard);   // beside REGISTER_DATASET
#ifndef ASAP_CORE_DATASET_CARDS_H_
#define ASAP_CORE_DATASET_CARDS_H_

#include <functional>

#include "core/dataset.h"
#include "core/registry.h"

namespace asap {

// The card as an open dataset has it, but for what depends on its files.
using DatasetCardFactory = std::function<DatasetCard()>;

}  // namespace asap

#define REGISTER_DATASET_CARD(name, factory) ASAP_REGISTER(::asap::DatasetCardFactory, "dataset card", name, factory)

#endif  // ASAP_CORE_DATASET_CARDS_H_
