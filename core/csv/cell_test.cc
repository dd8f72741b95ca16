#include "core/csv/cell.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace asap {
namespace {

TEST(Cell, NumbersSayTheSameInOtherCharacters) {
  for (const char* one : {"1", "1.0", " 1 ", "true", "TRUE", "True", "yes", "Yes", "YES", "1e0"})
    EXPECT_EQ(NumberCell(one), 1) << one;
  for (const char* zero : {"0", "0.0", "false", "FALSE", "False", "no", "No"}) EXPECT_EQ(NumberCell(zero), 0) << zero;
  EXPECT_EQ(NumberCell("63.5"), 63.5);
  EXPECT_EQ(NumberCell("-1"), -1);
}

TEST(Cell, WhatSaysNothingIsUnknown) {
  for (const char* nothing : {"", " ", "NA", "na", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "none", "N/A", "<NA>"}) {
    EXPECT_TRUE(IsUnknownCell(nothing)) << nothing;
    ASSERT_TRUE(NumberCell(nothing).has_value()) << nothing;
    EXPECT_TRUE(std::isnan(*NumberCell(nothing))) << nothing;
  }
  EXPECT_FALSE(IsUnknownCell("0"));
  EXPECT_FALSE(IsUnknownCell("no"));
}

TEST(Cell, OtherTextIsNoNumber) {
  for (const char* text : {"1o", "positive", "0,5", "inf", "1 0", "-", "?"}) EXPECT_EQ(NumberCell(text), std::nullopt) << text;
}

TEST(Cell, IdsOfOnePatientAreEqual) {
  EXPECT_EQ(IdCell("7.0"), "7");
  EXPECT_EQ(IdCell(" 7 "), "7");
  EXPECT_EQ(IdCell("700.000"), "700");
  EXPECT_EQ(IdCell("07"), "07") << "leading zeros tell patients apart";
  EXPECT_EQ(IdCell("07.0"), "07");
  for (const char* id : {"7.5", "1.2.840.0", "p7.0", "v1.0", ".0", "7.", "0x7", "-7.0", "train_1"}) EXPECT_EQ(IdCell(id), id);
}

}  // namespace
}  // namespace asap
