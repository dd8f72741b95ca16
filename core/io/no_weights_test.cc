#include "core/io/no_weights.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::HasSubstr;

std::string Of(const std::string& bytes) { return WhatIsNoWeights(bytes, bytes.size()); }

TEST(WhatIsNoWeights, IsToldByTheFirstBytesWithTheRemedy) {
  EXPECT_THAT(Of(""), HasSubstr("empty"));
  EXPECT_THAT(Of("version https://git-lfs.github.com/spec/v1\noid sha256:4d4d\nsize 437975424\n"), HasSubstr("git lfs pull"));
  for (const char* page : {"<!DOCTYPE html><html>", "\xef\xbb\xbf\n  <HTML lang=en>", "<?xml version='1.0'?><Error>NoSuchKey"}) {
    EXPECT_THAT(Of(page), HasSubstr("a web page")) << page;
  }
  EXPECT_THAT(Of("{\"error\": \"Repository not found\"}"), HasSubstr("JSON text"));
  EXPECT_THAT(Of("Entry not found"), HasSubstr("plain text"));
  EXPECT_THAT(Of("\x1f\x8b\x08 and so on"), HasSubstr("gzip: unpack it first"));
  EXPECT_THAT(Of(std::string("\xfd\x37zXZ\0more", 10)), HasSubstr("xz: unpack"));
  EXPECT_THAT(Of("\x89HDF\r\n\x1a\n0000"), HasSubstr("HDF5"));
  EXPECT_THAT(Of("\x93NUMPY\x01"), HasSubstr("array of NumPy"));
  EXPECT_THAT(Of(std::string(512, '\0')), HasSubstr("zeros"));
}

TEST(WhatIsNoWeights, LeavesWhatMayBeWeightsAlone) {
  EXPECT_EQ(Of(std::string("\x58\0\0\0\0\0\0\0{\"a\":", 13)), "");
  EXPECT_EQ(Of("PK\3\4 and so on"), "");
  EXPECT_EQ(Of(std::string("\x80\2\x8a\n\x6c", 5)), "");
  EXPECT_EQ(Of(std::string("\0\0\0\0\0\0\0\0\0\1", 10)), "");
}

}  // namespace
}  // namespace asap
