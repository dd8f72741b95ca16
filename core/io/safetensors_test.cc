#include "core/io/safetensors.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "core/base/file.h"

namespace asap {
namespace {

std::string TestPath(const std::string& name) { return testing::TempDir() + "/" + name; }

std::string FileOf(const std::string& header, size_t data_bytes, uint64_t claimed = 0) {
  const uint64_t size = claimed != 0 ? claimed : header.size();
  std::string bytes(reinterpret_cast<const char*>(&size), sizeof(size));
  return bytes + header + std::string(data_bytes, '\1');
}

absl::Status ReadBytes(const std::string& bytes) {
  const std::string path = TestPath("case.safetensors");
  std::ofstream(path, std::ios::binary) << bytes;
  return ReadSafetensors(path).status();
}

TEST(SafetensorsTest, RoundTripsEveryType) {
  NamedTensors tensors;
  for (const at::ScalarType type :
       {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar, at::kByte, at::kBool}) {
    tensors.push_back({std::string("t.") + at::toString(type), at::arange(6).remainder(2).reshape({2, 3}).to(type)});
  }
  tensors.push_back({"empty", at::empty({0, 4})});
  tensors.push_back({"scalar", at::scalar_tensor(2.5)});
  tensors.push_back({"transposed", at::arange(6, at::kFloat).reshape({2, 3}).t()});
  const std::string path = TestPath("all.safetensors");
  ASSERT_TRUE(WriteSafetensors(path, tensors, {{"format", "pt"}, {"ünï", "\"quoted\"\n"}}).ok());
  const auto file = ReadSafetensors(path);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->metadata.at("ünï"), "\"quoted\"\n");
  ASSERT_EQ(file->tensors.size(), tensors.size());
  for (const NamedTensor& named : tensors) {
    const at::Tensor& read = file->tensors.at(named.name);
    EXPECT_EQ(read.scalar_type(), named.tensor.scalar_type()) << named.name;
    EXPECT_TRUE(at::equal(read, named.tensor)) << named.name;
  }
  EXPECT_EQ(ReadSafetensorsMetadata(path)->at("format"), "pt");
}

TEST(SafetensorsTest, BytesDependOnValuesAlone) {
  const at::Tensor a = at::arange(3, at::kFloat), b = at::arange(4);
  ASSERT_TRUE(WriteSafetensors(TestPath("ab"), {{"a", a}, {"b", b}}, {{"x", "1"}, {"y", "2"}}).ok());
  ASSERT_TRUE(WriteSafetensors(TestPath("ba"), {{"b", b.clone()}, {"a", a.clone()}}, {{"y", "2"}, {"x", "1"}}).ok());
  EXPECT_EQ(*ReadFile(TestPath("ab")), *ReadFile(TestPath("ba")));
  const std::string bytes = *ReadFile(TestPath("ab"));
  uint64_t header_size = 0;
  memcpy(&header_size, bytes.data(), 8);
  EXPECT_EQ(header_size % 8, 0u);
}

TEST(SafetensorsTest, RefusesToWriteWhatItCouldNotRead) {
  const at::Tensor a = at::zeros({1});
  EXPECT_FALSE(WriteSafetensors(TestPath("x"), {{"a", a}, {"a", a}}).ok());
  EXPECT_FALSE(WriteSafetensors(TestPath("x"), {{"a", at::Tensor()}}).ok());
  EXPECT_FALSE(WriteSafetensors(TestPath("x"), {{"\xff", a}}).ok());
  EXPECT_FALSE(WriteSafetensors(TestPath("x"), {{"a", a.to(at::kComplexFloat)}}).ok());
  EXPECT_FALSE(WriteSafetensors("/nowhere/at/all/x", {{"a", a}}).ok());
  EXPECT_FALSE(std::filesystem::exists(TestPath("x")));
}

TEST(SafetensorsTest, MissingFileIsNotFound) {
  EXPECT_EQ(ReadSafetensors(TestPath("absent")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(ReadSafetensors(testing::TempDir()).ok());
}

struct Malformed {
  const char* what;
  std::string bytes;
  const char* message;
};

TEST(SafetensorsTest, NamesTheDefectOfAMalformedFile) {
  const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  ASSERT_TRUE(ReadBytes(FileOf(good, 8)).ok());
  ASSERT_TRUE(ReadBytes(FileOf(good + "   ", 8)).ok()) << "padding is allowed";
  ASSERT_TRUE(ReadBytes(FileOf("{}", 0)).ok());
  std::string deep = "{\"a\":";
  for (int i = 0; i < 100000; ++i) deep += "[";
  std::string deep_objects;
  for (int i = 0; i < 100000; ++i) deep_objects += "{\"a\":";
  const std::vector<Malformed> cases = {
      {"empty file", "", "too few"},
      {"seven bytes", "1234567", "too few"},
      {"header longer than the file", FileOf(good, 8, 1000), "cut short"},
      {"header beyond the limit", FileOf(good, 8, 200'000'000), "the format allows"},
      {"header length near 2^64", FileOf(good, 8, ~uint64_t{0}), "the format allows"},
      {"zero header", std::string(8, '\0'), "does not start with '{'"},
      {"array header", FileOf("[]", 0), "does not start with '{'"},
      {"leading space", FileOf(" " + good, 8), "does not start with '{'"},
      {"cut JSON", FileOf(good.substr(0, 20), 8), "not valid UTF-8 JSON"},
      {"trailing text", FileOf(good + "x", 8), "not valid UTF-8 JSON"},
      {"not UTF-8", FileOf("{\"\xff\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8), "not valid UTF-8 JSON"},
      {"deep arrays", FileOf(deep, 0), "unexpected an array"},
      {"deep objects", FileOf(deep_objects, 0), "unknown field"},
      {"object as shape", FileOf(R"({"a":{"dtype":"F32","shape":{}}})", 8), "deeper"},
      {"nested shape", FileOf(R"({"a":{"dtype":"F32","shape":[[2]],"data_offsets":[0,8]}})", 8), "unexpected an array"},
      {"duplicate tensor",
       FileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
              8),
       "duplicate key \"a\""},
      {"duplicate field", FileOf(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8),
       "duplicate key \"dtype\""},
      {"duplicate metadata", FileOf(R"({"__metadata__":{"k":"1","k":"2"}})", 0), "duplicate metadata key"},
      {"metadata not text", FileOf(R"({"__metadata__":{"k":1}})", 0), "unexpected a number"},
      {"unknown field", FileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})", 8), "unknown field"},
      {"missing field", FileOf(R"({"a":{"dtype":"F32","shape":[2]}})", 8), "lacks one of"},
      {"tensor is a number", FileOf(R"({"a":3})", 8), "unexpected a number"},
      {"unknown type", FileOf(R"({"a":{"dtype":"F8","shape":[2],"data_offsets":[0,2]}})", 2), "has the type F8"},
      {"negative extent", FileOf(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8), "the number -2"},
      {"fractional extent", FileOf(R"({"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}})", 8), "the number 2.5"},
      {"extent beyond int64", FileOf(R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]}})", 8),
       "overflow"},
      {"shape overflow", FileOf(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0), "overflow"},
      {"three offsets", FileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}})", 8), "expected 2"},
      {"range too short", FileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", 4), "needs 8 bytes"},
      {"range reversed", FileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8), "outside of the file"},
      {"range beyond the file", FileOf(good, 7), "outside of the file"},
      {"data after the last tensor", FileOf(good, 9), "cover 8 bytes"},
      {"hole",
       FileOf(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}})", 3),
       "hole"},
      {"overlap",
       FileOf(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})", 3),
       "overlaps"},
      {"bool byte of 2", FileOf(R"({"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}})", 0) + "\2", "neither 0 nor 1"},
  };
  for (const Malformed& malformed : cases) {
    const absl::Status status = ReadBytes(malformed.bytes);
    EXPECT_FALSE(status.ok()) << malformed.what;
    EXPECT_NE(std::string(status.message()).find(malformed.message), std::string::npos) << malformed.what << ": " << status;
    EXPECT_NE(std::string(status.message()).find("case.safetensors"), std::string::npos) << malformed.what;
  }
}

// Every prefix of a valid file, and every file with one byte of its header changed, is read or refused; never a crash.
TEST(SafetensorsTest, SurvivesTruncationAndFlippedBytes) {
  const std::string bytes = FileOf(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8);
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(ReadBytes(bytes.substr(0, size)).ok()) << size;
  for (size_t i = 0; i < bytes.size() - 8; ++i) {
    for (const char byte : {'\0', '9', '"', '{', '\xff'}) {
      std::string changed = bytes;
      changed[i] = byte;
      (void)ReadBytes(changed);
    }
  }
}

}  // namespace
}  // namespace asap
