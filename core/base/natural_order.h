// The order of names in which "slice2" stands before "slice10".
#ifndef ASAP_CORE_BASE_NATURAL_ORDER_H_
#define ASAP_CORE_BASE_NATURAL_ORDER_H_

#include <cstddef>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"

namespace asap {

// Whether `a` stands before `b`: runs of digits compare as numbers of any length, all else byte by byte; of "7" and "007" the one
// with fewer zeros is first. A strict order of all names.
inline bool NaturalLess(absl::string_view a, absl::string_view b) {
  const auto digit = [](absl::string_view text, size_t i) { return i < text.size() && absl::ascii_isdigit(text[i]); };
  const auto number = [&](absl::string_view text, size_t* i) {
    while (*i < text.size() && text[*i] == '0') ++*i;
    const size_t start = *i;
    while (digit(text, *i)) ++*i;
    return text.substr(start, *i - start);
  };
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a, i) && digit(b, j)) {
      const absl::string_view x = number(a, &i), y = number(b, &j);
      if (x != y) return std::make_tuple(x.size(), x) < std::make_tuple(y.size(), y);
    } else if (a[i] != b[j]) {
      return a[i] < b[j];
    } else {
      ++i;
      ++j;
    }
  }
  if ((i == a.size()) != (j == b.size())) return i == a.size();
  return std::make_tuple(a.size(), a) < std::make_tuple(b.size(), b);
}

}  // namespace asap

#endif  // ASAP_CORE_BASE_NATURAL_ORDER_H_
