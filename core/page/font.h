// A 5x7 bitmap font: capitals (small letters are drawn as capitals), digits and the signs of captions.
#ifndef ASAP_CORE_PAGE_FONT_H_
#define ASAP_CORE_PAGE_FONT_H_

#include <array>
#include <cstdint>

namespace asap {

// Seven rows from the top; bit 4 is the leftmost pixel.
using Glyph = std::array<uint8_t, 7>;

// Blank for characters without a glyph.
const Glyph& GlyphOf(char c);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_FONT_H_
