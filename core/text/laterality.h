// The sides that a text names, exchanged: what a mirror image shows.
#ifndef ASAP_CORE_TEXT_LATERALITY_H_
#define ASAP_CORE_TEXT_LATERALITY_H_

#include <string>

#include "absl/strings/string_view.h"

namespace asap {

// "left" <-> "right" as whole words, and leftward(s), leftmost, left-sided; RUL <-> LUL and RLL <-> LLL in capitals. The case of
// the letters is kept. "bilateral", "bright" and "upright" stay.
std::string SwapLaterality(absl::string_view text);

}  // namespace asap

#endif  // ASAP_CORE_TEXT_LATERALITY_H_
