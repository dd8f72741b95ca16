#include "core/text/laterality.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace asap {
namespace {

// Bytes of UTF-8 sequences count as letters: "é" does not end a word.
bool IsWordByte(char c) { return absl::ascii_isalnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80; }

// The other side's word in the same case; empty where the word has no side.
std::string Mirrored(absl::string_view word) {
  if (word == "RUL") return "LUL";
  if (word == "LUL") return "RUL";
  if (word == "RLL") return "LLL";
  if (word == "LLL") return "RLL";
  const std::string lower = absl::AsciiStrToLower(word);
  absl::string_view rest = lower;
  absl::string_view side;
  if (absl::ConsumePrefix(&rest, "left")) {
    side = "right";
  } else if (absl::ConsumePrefix(&rest, "right")) {
    side = "left";
  }
  static constexpr absl::string_view kEndings[] = {"", "ward", "wards", "most", "sided"};
  if (side.empty() || std::find(std::begin(kEndings), std::end(kEndings), rest) == std::end(kEndings)) return "";
  std::string out = absl::StrCat(side, rest);
  const auto upper = [](char c) { return absl::ascii_isupper(c); };
  if (std::all_of(word.begin(), word.end(), upper)) return absl::AsciiStrToUpper(out);
  if (upper(word[0])) out[0] = absl::ascii_toupper(out[0]);
  return out;
}

}  // namespace

std::string SwapLaterality(absl::string_view text) {
  std::string out;
  out.reserve(text.size() + 8);
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsWordByte(text[end])) ++end;
    if (end == i) {
      out.push_back(text[i++]);
      continue;
    }
    const absl::string_view word = text.substr(i, end - i);
    const std::string mirrored = Mirrored(word);
    absl::StrAppend(&out, mirrored.empty() ? word : mirrored);
    i = end;
  }
  return out;
}

}  // namespace asap
