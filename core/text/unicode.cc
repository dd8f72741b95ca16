#include "core/text/unicode.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <vector>

namespace asap {
namespace {

bool IsNewerThan(char32_t code_point, uint8_t major) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(code_point), age);
  return age[0] > major;
}

uint8_t ComputeClass(char32_t code_point) {
  const UChar32 c = static_cast<UChar32>(code_point);
  const uint32_t category = U_GET_GC_MASK(c);
  uint8_t bits = 0;
  if (u_hasBinaryProperty(c, UCHAR_ALPHABETIC) || (category & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0 ||
      u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL)) {
    bits |= kWord;
  }
  if (u_isUWhiteSpace(c)) bits |= kSpace;
  if ((category & U_GC_N_MASK) != 0) bits |= kNumeric;
  if (((category & U_GC_P_MASK) != 0 && !IsNewerThan(code_point, 8)) || (c < 128 && (category & U_GC_S_MASK) != 0)) {
    bits |= kPunctuation;
  }
  if ((category & U_GC_M_MASK) != 0 && !IsNewerThan(code_point, 9)) bits |= kMark;
  if ((category & U_GC_MN_MASK) != 0 && !IsNewerThan(code_point, 8)) bits |= kNonspacing;
  if ((category & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0 && !IsNewerThan(code_point, 8)) bits |= kControl;
  // Those whose category has changed since the old tables: two were punctuation, one a nonspacing mark, three no nonspacing
  // marks.
  if (c == 0x166D || c == 0x111C9) bits = static_cast<uint8_t>((bits & ~(kMark | kNonspacing)) | kPunctuation);
  if (c == 0x1734) bits |= kNonspacing;
  if (c == 0x1885 || c == 0x1886 || c == 0xA9BD) bits &= static_cast<uint8_t>(~kNonspacing);
  return bits;
}

const icu::Normalizer2* Instance(NormalForm form) {
  UErrorCode error = U_ZERO_ERROR;
  switch (form) {
    case NormalForm::kNfc:
      return icu::Normalizer2::getNFCInstance(error);
    case NormalForm::kNfd:
      return icu::Normalizer2::getNFDInstance(error);
    case NormalForm::kNfkc:
      return icu::Normalizer2::getNFKCInstance(error);
    case NormalForm::kNfkd:
      return icu::Normalizer2::getNFKDInstance(error);
  }
  return nullptr;
}

}  // namespace

uint8_t CharacterClass(char32_t code_point) {
  static const std::vector<uint8_t>* const table = [] {
    auto* classes = new std::vector<uint8_t>(0x10000);
    for (char32_t c = 0; c < 0x10000; ++c) (*classes)[c] = ComputeClass(c);
    return classes;
  }();
  return code_point < 0x10000 ? (*table)[code_point] : ComputeClass(code_point);
}

std::u32string LowerCase(const std::u32string& text) {
  std::u32string out;
  out.reserve(text.size());
  for (char32_t c : text) {
    // The one code point whose full lower case has two: capital I with dot.
    if (c == 0x130) {
      out += U"i\u0307";
    } else {
      out.push_back(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))));
    }
  }
  return out;
}

std::u32string Normalize(const std::u32string& text, NormalForm form) {
  const icu::Normalizer2* normalizer = Instance(form);
  std::u32string out;
  out.reserve(text.size());
  icu::UnicodeString run;
  const auto flush = [&] {
    if (run.isEmpty()) return;
    UErrorCode error = U_ZERO_ERROR;
    const icu::UnicodeString normal = normalizer->normalize(run, error);
    for (int32_t i = 0; i < normal.length(); i = normal.moveIndex32(i, 1))
      out.push_back(static_cast<char32_t>(normal.char32At(i)));
    run.remove();
  };
  for (char32_t c : text) {
    if (c >= 0x80 && IsNewerThan(c, 9)) {
      flush();
      out.push_back(c);
    } else {
      run.append(static_cast<UChar32>(c));
    }
  }
  flush();
  return out;
}

}  // namespace asap
