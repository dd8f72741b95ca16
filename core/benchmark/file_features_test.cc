#include "core/benchmark/file_features.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/io/safetensors.h"
#include "core/testing/dataset/fake_dataset.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;

std::string Path(const std::string& name) { return absl::StrCat(testing::TempDir(), "/", name); }

FakeDataset Cases() { return FakeDataset({{.id = "a", .patient = "p"}, {.id = "b", .patient = "q"}}, {}, "stoic"); }

// What numpy.save writes of a float32 array.
std::string Npy(const std::string& shape, const std::vector<float>& values) {
  std::string header = absl::StrCat("{'descr': '<f4', 'fortran_order': False, 'shape': (", shape, "), }");
  header.resize(117, ' ');
  header += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size());
  bytes += '\0';
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return bytes;
}

TEST(FileFeatures, ATensorForEachCase) {
  ASSERT_TRUE(
      WriteSafetensors(Path("each.safetensors"), {{"b", at::tensor({3.f, 4.f})}, {"stoic/a", at::tensor({1.f, 2.f})}}).ok());
  const auto features = FileFeatures::Open("theirs", Path("each.safetensors"));
  ASSERT_TRUE(features.ok()) << features.status();
  EXPECT_EQ((*features)->width(), 2);
  const auto rows = (*features)->Features(Cases(), {1, 0}, {}, nullptr);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_TRUE(rows->equal(at::tensor({3.f, 4.f, 1.f, 2.f}).view({2, 1, 2})));
  EXPECT_EQ((*features)->digest().size(), 64);
  EXPECT_FALSE((*features)->spec().has_value());
  const absl::Status network = (*features)->NewNetwork({}).status();
  EXPECT_EQ(network.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(network.message()), HasSubstr("each.safetensors: holds features of cases and no network"));
}

TEST(FileFeatures, AnArrayWithIdsBesideIt) {
  ASSERT_TRUE(WriteFileAtomically(Path("array.npy"), Npy("2, 3", {1, 2, 3, 4, 5, 6})).ok());
  EXPECT_THAT(std::string(FileFeatures::Open("theirs", Path("array.npy")).status().message()), HasSubstr("one a line"));
  ASSERT_TRUE(WriteFileAtomically(Path("array.txt"), "a\nb\n").ok());
  const auto features = FileFeatures::Open("theirs", Path("array.npy"));
  ASSERT_TRUE(features.ok()) << features.status();
  EXPECT_EQ((*(*features)->Features(Cases(), {1}, {}, nullptr))[0][0][2].item<float>(), 6);
  ASSERT_TRUE(WriteFileAtomically(Path("array.txt"), "a\n").ok());
  EXPECT_THAT(std::string(FileFeatures::Open("theirs", Path("array.npy")).status().message()), HasSubstr("1 ids for 2 rows"));
}

TEST(FileFeatures, NamesWhatIsWrong) {
  ASSERT_TRUE(WriteFileAtomically(Path("short.npy"), Npy("2, 3", {1, 2, 3})).ok());
  EXPECT_EQ(FileFeatures::Open("theirs", Path("short.npy")).status().code(), absl::StatusCode::kDataLoss);
  ASSERT_TRUE(WriteSafetensors(Path("uneven.safetensors"), {{"a", at::zeros({2})}, {"b", at::zeros({3})}}).ok());
  EXPECT_THAT(std::string(FileFeatures::Open("theirs", Path("uneven.safetensors")).status().message()), HasSubstr("\"b\""));
  ASSERT_TRUE(WriteSafetensors(Path("nan.safetensors"), {{"a", at::full({2}, NAN)}}).ok());
  EXPECT_THAT(std::string(FileFeatures::Open("theirs", Path("nan.safetensors")).status().message()), HasSubstr("not all finite"));
  ASSERT_TRUE(WriteSafetensors(Path("one.safetensors"), {{"a", at::zeros({2})}}).ok());
  const auto features = FileFeatures::Open("theirs", Path("one.safetensors"));
  EXPECT_THAT(std::string((*features)->Features(Cases(), {0, 1}, {}, nullptr).status().message()),
              HasSubstr("no features of 1 of 2 cases of stoic (b)"));
}

}  // namespace
}  // namespace asap
