#include "core/imaging/ras_source.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "core/imaging/memory_source.h"
#include "core/imaging/reorient.h"

namespace asap {
namespace {

// Read alone, as of a source whose voxels are not in memory.
class WithoutLocate : public VoxelSource {
 public:
  explicit WithoutLocate(std::unique_ptr<VoxelSource> source) : source_(std::move(source)) {}
  const Geometry& geometry() const override { return source_->geometry(); }
  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override { return source_->Read(box, out); }

 private:
  const std::unique_ptr<VoxelSource> source_;
};

Volume<int16_t> Numbered(const std::array<double, 9>& direction) {
  Volume<int16_t> volume;
  volume.geometry = {.size = {5, 4, 3}, .spacing = {1, 2, 3}, .origin = {7, 8, 9}, .direction = direction};
  for (int16_t i = 0; i < 60; ++i) volume.voxels.push_back(i);
  return volume;
}

std::vector<int16_t> Read(const VoxelSource& source, const Box& box) {
  std::vector<int16_t> out(box.size[0] * box.size[1] * box.size[2]);
  const absl::Status status = source.Read(box, absl::MakeSpan(out));
  EXPECT_TRUE(status.ok()) << status;
  return out;
}

TEST(RasSource, EveryOrderReadsAsItsReorientedCopy) {
  const std::array<double, 9> kDirections[] = {{-1, 0, 0, 0, -1, 0, 0, 0, 1},   // LPS
                                               {-1, 0, 0, 0, -1, 0, 0, 0, -1},  // LPI
                                               {0, -1, 0, 0, 0, 1, 1, 0, 0},    // SLA
                                               {0, 0, 1, -1, 0, 0, 0, -1, 0}};  // PIR
  for (const auto& direction : kDirections) {
    const Volume<int16_t> volume = Numbered(direction);
    const auto expected = MakeVoxelSource(ReorientToRas(volume));
    for (const bool located : {true, false}) {
      std::unique_ptr<VoxelSource> stored = MakeVoxelSource(volume);
      if (!located) stored = std::make_unique<WithoutLocate>(std::move(stored));
      const auto ras = InRasOrder(std::move(stored));
      EXPECT_EQ(ras->geometry().size, expected->geometry().size);
      EXPECT_EQ(ras->geometry().spacing, expected->geometry().spacing);
      EXPECT_EQ(ras->geometry().origin, expected->geometry().origin);
      EXPECT_EQ(ras->geometry().direction, expected->geometry().direction);
      const Index3 size = ras->geometry().size;
      for (const Box& box : {Box{{0, 0, 0}, size}, Box{{1, 1, 1}, {2, 1, 2}}, Box{{size[0] - 1, 0, size[2] - 1}, {1, 2, 1}}}) {
        EXPECT_EQ(Read(*ras, box), Read(*expected, box));
        EXPECT_EQ(ras->Locate(box)->empty(), !located);
      }
      std::vector<int16_t> one(1);
      EXPECT_EQ(ras->Read({size, {1, 1, 1}}, absl::MakeSpan(one)).code(), absl::StatusCode::kOutOfRange);
      EXPECT_FALSE(ras->Read({{0, 0, 0}, {2, 1, 1}}, absl::MakeSpan(one)).ok());
    }
  }
}

TEST(RasSource, WhatIsInOrderIsNotWrapped) {
  auto source = MakeVoxelSource(Numbered({1, 0, 0, 0, 1, 0, 0, 0, 1}));
  const VoxelSource* before = source.get();
  EXPECT_EQ(InRasOrder(std::move(source)).get(), before);
}

}  // namespace
}  // namespace asap
