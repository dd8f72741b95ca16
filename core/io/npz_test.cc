#include "core/io/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/io/write_npz.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

NpyHeader Header(std::vector<int64_t> shape, char kind = 'i', int64_t item_bytes = 2, bool fortran_order = false) {
  NpyHeader header;
  header.kind = kind;
  header.item_bytes = item_bytes;
  header.fortran_order = fortran_order;
  header.shape = std::move(shape);
  return header;
}

std::string Elements(int64_t bytes) {
  std::string elements;
  CounterRng rng(1, "npz");
  for (int64_t i = 0; i < bytes; ++i) elements += static_cast<char>(rng.UniformInt(0, 40));
  return elements;
}

std::string Path() { return absl::StrCat(::testing::TempDir(), "/a.npz"); }
absl::StatusOr<NpzFile> OpenBytes(absl::string_view bytes) {
  // Without a flush to the disk, which would take most of the test's time.
  std::ofstream(Path(), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return NpzFile::Open(Path());
}

TEST(Npz, WhatWasWrittenIsRead) {
  for (const bool compress : {false, true}) {
    for (const bool fortran_order : {false, true}) {
      const NpyHeader header = Header({3, 4, 5}, 'f', 4, fortran_order);
      const std::string elements = Elements(header.bytes());
      ASSERT_TRUE(WriteNpz(Path(), "ct", header, elements, compress).ok());
      const auto file = NpzFile::Open(Path());
      ASSERT_TRUE(file.ok()) << file.status();
      EXPECT_THAT(file->names(), ElementsAre("ct"));
      const auto read = file->Header("ct");
      ASSERT_TRUE(read.ok()) << read.status();
      EXPECT_THAT(read->shape, ElementsAre(3, 4, 5));
      EXPECT_EQ(read->Type(), "float32");
      EXPECT_EQ(read->fortran_order, fortran_order);
      EXPECT_EQ(read->data_offset % 64, 0);
      const auto array = file->Read("ct");
      ASSERT_TRUE(array.ok()) << array.status();
      EXPECT_EQ(array->elements, elements);
      EXPECT_THAT(std::string(file->Header("x").status().message()), AllOf(HasSubstr("no array \"x\""), HasSubstr("found: ct")));
    }
  }
}

// As numpy.save writes them; the second has Python 2's longs, the third another order and quotes.
TEST(Npy, HeadersOfNumPy) {
  const auto parse = [](std::string text, int version = 1) {
    std::string bytes = absl::StrCat("\x93NUMPY", std::string(1, static_cast<char>(version)), std::string(1, '\0'));
    bytes += static_cast<char>(text.size());
    bytes += static_cast<char>(text.size() >> 8);
    if (version > 1) bytes += std::string(2, '\0');
    return ParseNpyHeader(bytes + text);
  };
  const auto plain = parse("{'descr': '<i2', 'fortran_order': False, 'shape': (134, 420, 420), }          \n");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->Type(), "int16");
  EXPECT_EQ(plain->Shape(), "(134, 420, 420)");
  EXPECT_EQ(plain->bytes(), 2 * 134 * 420 * 420);
  EXPECT_EQ(parse("{'descr': '<i8', 'fortran_order': True, 'shape': (10L,), }\n")->Shape(), "(10)");
  EXPECT_EQ(parse("{\"shape\": (), \"descr\": \">u4\", \"fortran_order\": False}", 2)->Type(), "big-endian uint32");
  EXPECT_EQ(parse("{'descr': '|b1', 'fortran_order': False, 'shape': (0, 7)}", 3)->count(), 0);
  for (const char* bad :
       {"", "{", "{}", "{'descr': '<i2'}", "{'descr': '<i2', 'fortran_order': 0, 'shape': (1,)}", "[1]",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (1,)", "{'descr': '<i2', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<i2', 'descr': '<i2', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (99999999999999999999,)}"}) {
    EXPECT_THAT(std::string(parse(bad).status().message()), HasSubstr("header is not one of NumPy's")) << bad;
  }
  EXPECT_THAT(std::string(parse("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}").status().message()),
              HasSubstr("pickles"));
  EXPECT_THAT(std::string(parse("{'descr': [('a', '<i2')], 'fortran_order': False, 'shape': (1,)}").status().message()),
              HasSubstr("records"));
  EXPECT_THAT(
      std::string(parse("{'descr': '<i2', 'fortran_order': False, 'shape': (9999999, 9999999, 9999999)}").status().message()),
      HasSubstr("more than a terabyte"));
  EXPECT_FALSE(parse("{'descr': '<i2', 'fortran_order': False, 'shape': (1,)}", 4).ok());
  EXPECT_FALSE(ParseNpyHeader("\x93NUMPY\x01").ok());
}

// No piece of a file, and no file with a wrong byte, may do more than fail; what is read whole is what was written.
TEST(Npz, DamageIsAnError) {
  const NpyHeader header = Header({4, 5, 6});
  const std::string elements = Elements(header.bytes());
  for (const bool compress : {false, true}) {
    const std::string bytes = *MakeNpz("ct", header, elements, compress);
    for (size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(OpenBytes(absl::string_view(bytes).substr(0, size)).ok()) << size;
    }
    for (size_t at = 0; at < bytes.size(); ++at) {
      for (const char change : {'\x01', '\x80', '\xff'}) {
        std::string damaged = bytes;
        damaged[at] = static_cast<char>(damaged[at] ^ change);
        const auto file = OpenBytes(damaged);
        if (!file.ok() || !file->Header("ct").ok()) continue;
        const auto array = file->Read("ct");
        EXPECT_TRUE(!array.ok() || array->elements == elements) << at;
      }
    }
  }
}

TEST(Npz, SizesThatCannotBeAreNotBelieved) {
  // Three elements where the header speaks of 120; and a directory that speaks of 4 GB.
  const auto shorter = OpenBytes(*MakeNpz("ct", Header({4, 5, 6}), Elements(6), true));
  ASSERT_TRUE(shorter.ok());
  EXPECT_THAT(std::string(shorter->Header("ct").status().message()),
              AllOf(HasSubstr("a.npz"), HasSubstr("holds 6 bytes; expected 240"), HasSubstr("int16 of shape (4, 5, 6)")));
  std::string bomb = *MakeNpz("ct", Header({1 << 10, 1 << 10, (1 << 11) - 1}), Elements(100), true);
  const size_t directory = bomb.find("PK\x01\x02");
  const uint32_t announced = 0xfffffffe;
  memcpy(&bomb[directory + 24], &announced, 4);
  const auto huge = OpenBytes(bomb);
  ASSERT_TRUE(huge.ok());
  EXPECT_THAT(std::string(huge->Header("ct").status().message()), HasSubstr("cannot decompress to the 4294967294"));
  EXPECT_THAT(std::string(OpenBytes("no zip file at all, though long enough").status().message()), HasSubstr("Expected an .npz"));
}

}  // namespace
}  // namespace asap
