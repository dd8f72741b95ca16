// Unicode as tokenizers need it: character classes, lower case, normalisation.
#ifndef ASAP_CORE_TEXT_UNICODE_H_
#define ASAP_CORE_TEXT_UNICODE_H_

#include <cstdint>
#include <string>

namespace asap {

// Bits of CharacterClass.
inline constexpr uint8_t kWord = 1;         // \w of Rust's regex: Alphabetic, M, Nd, Pc, Join_Control
inline constexpr uint8_t kSpace = 2;        // White_Space
inline constexpr uint8_t kNumeric = 4;      // general category N: also Roman numerals and fractions
inline constexpr uint8_t kPunctuation = 8;  // P, and all ASCII symbols
inline constexpr uint8_t kMark = 16;        // M of Unicode 9
inline constexpr uint8_t kNonspacing = 32;  // Mn of Unicode 8
inline constexpr uint8_t kControl = 64;     // Cc, Cf, Co: what BERT's clean_text removes (it keeps tab and line ends as spaces)

// A table look-up in the basic plane.
uint8_t CharacterClass(char32_t code_point);

// One code point at a time with the full mapping, so without the final-sigma rule.
std::u32string LowerCase(const std::u32string& text);

enum class NormalForm { kNfc, kNfd, kNfkc, kNfkd };

// By the tables of Unicode 9, which Hugging Face's normaliser carries: what came later stands for itself.
std::u32string Normalize(const std::u32string& text, NormalForm form);

}  // namespace asap

#endif  // ASAP_CORE_TEXT_UNICODE_H_
