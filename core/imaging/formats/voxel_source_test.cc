#include "core/imaging/formats/voxel_source.h"

#include <filesystem>
#include <thread>
#include <vector>

#include "core/base/file.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/imaging/memory_source.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

std::string Path(const std::string& name) { return testing::TempDir() + "/" + name; }

template <typename T>
Volume<T> Coded(const Index3& size) {
  Volume<T> volume;
  volume.geometry.size = size;
  for (int64_t i = 0; i < volume.geometry.voxels(); ++i) volume.voxels.push_back(static_cast<T>(i * 7 % 251));
  return volume;
}

template <typename T>
void ExpectBoxes(const VoxelSource& source, const Volume<T>& volume) {
  EXPECT_EQ(source.geometry().size, volume.geometry.size);
  for (const Box& box : {Box{{0, 0, 0}, volume.geometry.size}, Box{{3, 2, 1}, {37, 5, 40}}, Box{{69, 10, 44}, {1, 1, 1}}}) {
    std::vector<int16_t> out(box.size[0] * box.size[1] * box.size[2]);
    const absl::Status status = source.Read(box, absl::MakeSpan(out));
    ASSERT_TRUE(status.ok()) << status;
    size_t next = 0;
    for (int64_t x = 0; x < box.size[0]; ++x) {
      for (int64_t y = 0; y < box.size[1]; ++y) {
        for (int64_t z = 0; z < box.size[2]; ++z) {
          ASSERT_EQ(out[next++], static_cast<int16_t>(volume.at(box.start[0] + x, box.start[1] + y, box.start[2] + z)));
        }
      }
    }
  }
}

TEST(VoxelSourceTest, ReadsBoxesOfEveryStorage) {
  const Index3 size = {70, 11, 45};
  const Volume<int16_t> shorts = Coded<int16_t>(size);
  const Volume<uint8_t> bytes = Coded<uint8_t>(size);
  const Volume<float> floats = Coded<float>(size);
  for (const std::string extension : {".nii", ".nii.gz"}) {
    ASSERT_TRUE(WriteNifti(Path("shorts" + extension), shorts).ok());
    ASSERT_TRUE(WriteNifti(Path("bytes" + extension), bytes).ok());
    ASSERT_TRUE(WriteNifti(Path("floats" + extension), floats).ok());
    for (const std::string name : {"shorts", "bytes", "floats"}) {
      const auto source = OpenVoxelSource(Path(name + extension));
      ASSERT_TRUE(source.ok()) << source.status();
      ExpectBoxes(**source, shorts);
    }
  }
  ExpectBoxes(*MakeVoxelSource(shorts), shorts);
}

TEST(VoxelSourceTest, RoundsAndClampsToInt16) {
  Volume<float> volume;
  volume.geometry.size = {4, 1, 1};
  volume.voxels = {1.6f, -1.6f, 1e6f, -1e6f};
  ASSERT_TRUE(WriteNifti(Path("real.nii"), volume).ok());
  std::vector<int16_t> out(4);
  ASSERT_TRUE((*OpenVoxelSource(Path("real.nii")))->Read({{0, 0, 0}, {4, 1, 1}}, absl::MakeSpan(out)).ok());
  EXPECT_EQ(out, (std::vector<int16_t>{2, -2, 32767, -32768}));
  volume.voxels[1] = NAN;
  ASSERT_TRUE(WriteNifti(Path("real.nii"), volume).ok());
  EXPECT_FALSE(OpenVoxelSource(Path("real.nii")).ok());
}

TEST(VoxelSourceTest, RefusesBoxesOutside) {
  const auto source = MakeVoxelSource(Coded<int16_t>({4, 4, 4}));
  std::vector<int16_t> out(8);
  for (const Box& box : {Box{{-1, 0, 0}, {2, 2, 2}}, Box{{3, 0, 0}, {2, 2, 2}}, Box{{0, 0, 0}, {0, 2, 2}},
                         Box{{0, 0, 0}, {2, 2, 1}}, Box{{INT64_MAX, 0, 0}, {2, 2, 2}}}) {
    EXPECT_FALSE(source->Read(box, absl::MakeSpan(out)).ok());
  }
}

TEST(VoxelSourceTest, ServesManyThreads) {
  const Volume<int16_t> volume = Coded<int16_t>({70, 11, 45});
  ASSERT_TRUE(WriteNifti(Path("shared.nii"), volume).ok());
  const auto source = OpenVoxelSource(Path("shared.nii"));
  ASSERT_TRUE(source.ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&] { ExpectBoxes(**source, volume); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace asap
