// UTF-8 and code points.
#ifndef ASAP_CORE_BASE_UTF8_H_
#define ASAP_CORE_BASE_UTF8_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace asap {

// Decodes the code point at text[*position] and moves past it. A byte that starts no valid sequence is U+FFFD and one byte long.
char32_t NextCodePoint(absl::string_view text, size_t* position);
void AppendUtf8(char32_t code_point, std::string* out);
std::u32string ToCodePoints(absl::string_view utf8);
std::string ToUtf8(const std::u32string& code_points);

// Length of the longest prefix that is valid UTF-8: text.size() where all of it is.
size_t ValidUtf8Prefix(absl::string_view text);
bool IsAscii(absl::string_view text);

}  // namespace asap

#endif  // ASAP_CORE_BASE_UTF8_H_
