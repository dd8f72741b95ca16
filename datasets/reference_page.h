// docs/reference/datasets.md, made from the datasets' cards.
#ifndef ASAP_DATASETS_REFERENCE_PAGE_H_
#define ASAP_DATASETS_REFERENCE_PAGE_H_

#include <string>

namespace asap {

// The page, of all cards that are linked in but that of pairs, which is the user's.
std::string DatasetsPage();

}  // namespace asap

#endif  // ASAP_DATASETS_REFERENCE_PAGE_H_
