#include "core/base/utf8.h"

#include <cstdint>
#include <cstring>

namespace asap {

char32_t NextCodePoint(absl::string_view text, size_t* position) {
  const size_t i = *position;
  const auto byte = [&](size_t k) { return static_cast<unsigned char>(text[k]); };
  const unsigned char lead = byte(i);
  *position = i + 1;
  if (lead < 0x80) return lead;
  const int trail = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  if (lead < 0xC2 || lead > 0xF4 || i + trail >= text.size()) return 0xFFFD;
  char32_t value = lead & (0x3F >> trail);
  for (int k = 1; k <= trail; ++k) {
    if ((byte(i + k) & 0xC0) != 0x80) return 0xFFFD;
    value = (value << 6) | (byte(i + k) & 0x3F);
  }
  // Overlong forms, surrogates, and beyond Unicode.
  static constexpr char32_t kLeast[] = {0, 0x80, 0x800, 0x10000};
  if (value < kLeast[trail] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return 0xFFFD;
  *position = i + 1 + trail;
  return value;
}

void AppendUtf8(char32_t c, std::string* out) {
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->push_back(static_cast<char>(0xC0 | (c >> 6)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | (c >> 12)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | (c >> 18)));
    out->push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

std::u32string ToCodePoints(absl::string_view utf8) {
  std::u32string out;
  out.reserve(utf8.size());
  for (size_t i = 0; i < utf8.size();) out.push_back(NextCodePoint(utf8, &i));
  return out;
}

std::string ToUtf8(const std::u32string& code_points) {
  std::string out;
  out.reserve(code_points.size());
  for (char32_t c : code_points) AppendUtf8(c, &out);
  return out;
}

size_t ValidUtf8Prefix(absl::string_view text) {
  if (IsAscii(text)) return text.size();
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    // U+FFFD may be written out; one byte long, it stands for a byte that could not be decoded.
    if (NextCodePoint(text, &i) == 0xFFFD && i == start + 1) return start;
  }
  return text.size();
}

bool IsAscii(absl::string_view text) {
  // Eight bytes at a time.
  size_t i = 0;
  for (uint64_t word; i + sizeof(word) <= text.size(); i += sizeof(word)) {
    std::memcpy(&word, text.data() + i, sizeof(word));
    if ((word & 0x8080808080808080ull) != 0) return false;
  }
  for (; i < text.size(); ++i) {
    if (static_cast<unsigned char>(text[i]) >= 0x80) return false;
  }
  return true;
}

}  // namespace asap
