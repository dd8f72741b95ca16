#include "core/text/unicode.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/utf8.h"

namespace asap {
namespace {

TEST(Utf8Test, EveryCodePointRoundTrips) {
  for (char32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 37) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string utf8;
    AppendUtf8(c, &utf8);
    size_t position = 0;
    ASSERT_EQ(NextCodePoint(utf8, &position), c);
    ASSERT_EQ(position, utf8.size());
    ASSERT_EQ(ValidUtf8Prefix(utf8), utf8.size());
  }
}

TEST(Utf8Test, InvalidBytesAreFoundAndReadAsReplacement) {
  for (const char* bad :
       {"\x80", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xE2\x82"}) {
    const std::string text = std::string("abcdefgh\xC3\xA9") + bad;
    EXPECT_EQ(ValidUtf8Prefix(text), 10u);
    const std::u32string points = ToCodePoints(text);
    EXPECT_EQ(points.substr(0, 9), U"abcdefgh\u00E9");
    EXPECT_EQ(points.substr(9), std::u32string(std::string(bad).size(), 0xFFFD));
  }
  EXPECT_EQ(ValidUtf8Prefix("\xEF\xBF\xBD"), 3u);  // U+FFFD written out is valid
}

TEST(Utf8Test, AsciiLooksAtEveryByte) {
  for (size_t length = 1; length < 20; ++length) {
    for (size_t at = 0; at < length; ++at) {
      std::string text(length, 'a');
      EXPECT_TRUE(IsAscii(text));
      text[at] = '\xC3';
      EXPECT_FALSE(IsAscii(text)) << length << " " << at;
    }
  }
}

TEST(UnicodeTest, Classes) {
  EXPECT_EQ(CharacterClass(U'a'), kWord);
  EXPECT_EQ(CharacterClass(U'_'), kWord | kPunctuation);
  EXPECT_EQ(CharacterClass(U'7'), kWord | kNumeric);
  EXPECT_EQ(CharacterClass(U' '), kSpace);
  EXPECT_EQ(CharacterClass(U'$'), kPunctuation);
  EXPECT_EQ(CharacterClass(U'\u00BD'), kNumeric);          // one half: a number, no word
  EXPECT_EQ(CharacterClass(U'\u2163'), kWord | kNumeric);  // Roman four is alphabetic
  EXPECT_EQ(CharacterClass(U'\u200B'), kControl);          // zero-width space is no space
  EXPECT_EQ(CharacterClass(U'\u200D'), kWord | kControl);  // the joiner joins
  EXPECT_EQ(CharacterClass(U'\u0301'), kWord | kMark | kNonspacing);
  EXPECT_EQ(CharacterClass(U'\u3000'), kSpace);
  EXPECT_EQ(CharacterClass(0x20000), kWord);  // beyond the table
  EXPECT_EQ(CharacterClass(0x1F600), 0);
}

TEST(UnicodeTest, LowerCaseIsPerCodePoint) {
  EXPECT_EQ(LowerCase(U"\u0130"), U"i\u0307");
  EXPECT_EQ(LowerCase(U"\u0131\u03A3\u03A3"), U"\u0131\u03C3\u03C3");  // no final sigma
  EXPECT_EQ(LowerCase(U"\u2103"), U"\u2103");                          // degree Celsius has no lower case
}

TEST(UnicodeTest, NormalForms) {
  EXPECT_EQ(Normalize(U"\u2103 \u00BD \uFB01 \u00E9", NormalForm::kNfkd), U"\u00B0C 1\u20442 fi e\u0301");
  EXPECT_EQ(Normalize(U"\uFB01\u00E9", NormalForm::kNfd), U"\uFB01e\u0301");
  EXPECT_EQ(Normalize(U"e\u0301\u2103", NormalForm::kNfc), U"\u00E9\u2103");
  EXPECT_EQ(Normalize(U"e\u0301\u2103", NormalForm::kNfkc), U"\u00E9\u00B0C");
  EXPECT_EQ(Normalize(U"\u32FF", NormalForm::kNfkd), U"\u32FF");  // of Unicode 12.1: not in the tables of 9
}

}  // namespace
}  // namespace asap
