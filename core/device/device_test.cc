#include "core/device/device.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(DeviceTest, TheCpuIsAlwaysThere) {
  const auto device = OpenDevice("cpu");
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_TRUE(device->is_cpu());
  EXPECT_EQ(PeakDeviceMemoryBytes(*device), 0);
}

TEST(DeviceTest, UnknownNamesAreRefused) {
  for (const char* name : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:64", ""}) {
    EXPECT_EQ(OpenDevice(name).status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
}

TEST(DeviceTest, AMissingCudaLibraryIsNamedWithTheRemedy) {
  setenv("LIBTORCH_PATH", "/nowhere", 1);
  const absl::Status status = OpenDevice("cuda").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(absl::StrContains(status.message(), "/nowhere/lib/libtorch_cuda.so")) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), "ASAP_CUDA=1")) << status;
}

}  // namespace
}  // namespace asap
