#include "core/io/write_torch_file.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "core/base/file.h"
#include "core/io/weights.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::HasSubstr;

TEST(WriteTorchFile, IsReadBackToTheBit) {
  NamedTensors tensors;
  for (const at::ScalarType type :
       {at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kLong, at::kInt, at::kShort, at::kChar, at::kByte, at::kBool}) {
    tensors.push_back({std::string("t.") + at::toString(type), at::arange(6).remainder(2).reshape({2, 3}).to(type)});
  }
  tensors.push_back({"empty", at::empty({0, 4})});
  tensors.push_back({"scalar", at::scalar_tensor(2.5)});
  tensors.push_back({"transposed", at::arange(6, at::kFloat).reshape({2, 3}).t()});
  const std::string path = testing::TempDir() + "/written.pth";
  ASSERT_TRUE(WriteTorchFile(path, tensors, {{"format", "x"}, {"ünï", "\"quoted\"\n"}}).ok());
  const auto weights = ReadWeights(path);
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_EQ(weights->form, "PyTorch zip");
  EXPECT_EQ(weights->metadata, (std::map<std::string, std::string>{{"format", "x"}, {"ünï", "\"quoted\"\n"}}));
  ASSERT_EQ(weights->tensors.size(), tensors.size());
  for (const NamedTensor& named : tensors) {
    const at::Tensor& read = weights->tensors.at(named.name);
    EXPECT_EQ(read.scalar_type(), named.tensor.scalar_type()) << named.name;
    EXPECT_TRUE(at::equal(read, named.tensor)) << named.name;
  }
  const std::string first = *ReadFile(path);
  ASSERT_TRUE(WriteTorchFile(path, tensors, {{"format", "x"}, {"ünï", "\"quoted\"\n"}}).ok());
  EXPECT_EQ(*ReadFile(path), first) << "the bytes depend on the values alone";
}

TEST(WriteTorchFile, RefusesWhatItCannotWrite) {
  const std::string path = testing::TempDir() + "/refused.pth";
  EXPECT_THAT(std::string(WriteTorchFile(path, {{"a", at::ones({1})}, {"a", at::ones({1})}}).message()),
              HasSubstr("two tensors"));
  EXPECT_THAT(std::string(WriteTorchFile(path, {{"a", at::ones({1}, at::kComplexFloat)}}).message()), HasSubstr("ComplexFloat"));
  EXPECT_THAT(std::string(WriteTorchFile(path, {{"a", at::Tensor()}}).message()), HasSubstr("undefined"));
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(WriteTorchFile, AFullDiskLeavesNothing) {
  const std::string folder = testing::TempDir() + "/full";
  std::filesystem::create_directories(folder);
  rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t limit : {0, 100, 50'000}) {
    const rlimit small = {limit, old_limit.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const absl::Status status = WriteTorchFile(folder + "/x.pth", {{"a", at::ones({50, 1000})}});
    setrlimit(RLIMIT_FSIZE, &old_limit);
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_TRUE(std::filesystem::is_empty(folder));
  }
  std::signal(SIGXFSZ, old_handler);
}

}  // namespace
}  // namespace asap
