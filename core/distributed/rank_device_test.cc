#include "core/distributed/rank_device.h"

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

absl::StatusOr<RankDevice> Choose(const std::string& device, const std::string& backend, int64_t local_world = 4,
                                  const char* visible = nullptr) {
  return ChooseRankDevice(device, backend, /*local_rank=*/local_world - 1, local_world, [visible](const std::string& name) {
    return name == "CUDA_VISIBLE_DEVICES" && visible != nullptr ? std::optional<std::string>(visible) : std::nullopt;
  });
}

TEST(RankDeviceTest, EachProcessTakesTheGpuOfItsRank) {
  EXPECT_EQ(Choose("cuda", "auto")->name, "cuda:3");
  EXPECT_EQ(Choose("cuda", "auto", 4, "4,5,6,7")->name, "cuda:3");
  EXPECT_EQ(Choose("cuda", "auto", 4, "")->name, "cuda:3");
  EXPECT_EQ(Choose("cuda", "auto", 4, "6")->name, "cuda:0");  // a launcher that shows each its own
  EXPECT_EQ(Choose("cuda:2", "auto", 1)->name, "cuda:2");
  EXPECT_EQ(Choose("cuda:2", "gloo")->name, "cuda:2");
  EXPECT_EQ(Choose("cpu", "auto")->name, "cpu");
}

TEST(RankDeviceTest, GpusExchangeByNcclAndCpusByGloo) {
  EXPECT_EQ(Choose("cuda", "auto")->backend, Backend::kNccl);
  EXPECT_EQ(Choose("cuda", "nccl")->backend, Backend::kNccl);
  EXPECT_EQ(Choose("cuda", "gloo")->backend, Backend::kGloo);
  EXPECT_EQ(Choose("cpu", "auto")->backend, Backend::kGloo);
  EXPECT_EQ(Choose("cpu", "gloo")->backend, Backend::kGloo);
}

TEST(RankDeviceTest, WhatDoesNotGoTogetherIsRefusedWithTheRemedy) {
  const absl::Status on_cpu = Choose("cpu", "nccl").status();
  EXPECT_EQ(on_cpu.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(on_cpu.message(), "give the device cuda, or the backend gloo")) << on_cpu;
  const absl::Status shared = Choose("cuda:1", "auto").status();
  EXPECT_EQ(shared.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(shared.message(), "the device cuda:1 is one GPU for the 4 processes")) << shared;
  const absl::Status unknown = Choose("cpu", "ncl").status();
  EXPECT_TRUE(absl::StrContains(unknown.message(), "did you mean \"nccl\"")) << unknown;
}

}  // namespace
}  // namespace asap
