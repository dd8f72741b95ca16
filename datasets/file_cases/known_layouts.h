// Tells whose folder a folder is, for messages: a path that was mixed up is named by what it holds.
#ifndef ASAP_DATASETS_FILE_CASES_KNOWN_LAYOUTS_H_
#define ASAP_DATASETS_FILE_CASES_KNOWN_LAYOUTS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace asap {

// "this looks like LUNA16's layout (subset0/): open it as luna16" for a folder that looks like that of another dataset than
// `dataset`, a registered name; or, where a folder below or above does so for `dataset` itself, a hint at that one. Empty where
// nothing is known.
std::string LayoutHint(absl::string_view dataset, const std::string& root);

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_KNOWN_LAYOUTS_H_
