// Tells whose folder a folder is, for messages: a path that was mixed up is named by what it holds. A reader registers what its
// folder is known by, beside REGISTER_DATASET:
//
//   REGISTER_LAYOUT_MARKS("luna16", "LUNA16", {"subset0", "seg-lungs-LUNA16"});
#ifndef ASAP_DATASETS_FILE_CASES_KNOWN_LAYOUTS_H_
#define ASAP_DATASETS_FILE_CASES_KNOWN_LAYOUTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/registry.h"

namespace asap {

struct LayoutMarks {
  std::string title;
  std::vector<std::string> paths;  // what only this dataset's folder holds, below it; names may begin or end in *
};

// "this looks like LUNA16's layout (subset0/): open it as luna16" for a folder that looks like that of another dataset than
// `dataset`, a registered name; or, where a folder below or above does so for `dataset` itself, a hint at that one. Empty where
// nothing is known.
std::string LayoutHint(absl::string_view dataset, const std::string& root);

}  // namespace asap

#define REGISTER_LAYOUT_MARKS(name, ...) \
  ASAP_REGISTER(::asap::LayoutMarks, "layout's marks", name, (::asap::LayoutMarks{__VA_ARGS__}))

#endif  // ASAP_DATASETS_FILE_CASES_KNOWN_LAYOUTS_H_
