// Sources, and comparisons with them, for the tests of the volume cache.
#ifndef ASAP_CORE_DATA_VOLUME_CACHE_CACHE_TESTING_H_
#define ASAP_CORE_DATA_VOLUME_CACHE_CACHE_TESTING_H_

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/data/volume_cache/volume_cache.h"
#include "core/imaging/formats/voxel_source.h"
#include "core/imaging/formats/write_nifti.h"
#include "gtest/gtest.h"

namespace asap {

// A new folder for the running test.
inline std::string TestFolder() {
  const std::string folder = absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

inline Volume<int16_t> NoisyVolume(const Index3& size, uint64_t seed) {
  Volume<int16_t> volume;
  volume.geometry = {.size = size, .spacing = {1.5, 1.5, 3}, .origin = {-10, 20, -30}};
  CounterRng rng(seed, "voxels");
  for (int64_t i = 0; i < volume.geometry.voxels(); ++i)
    volume.voxels.push_back(static_cast<int16_t>(rng.UniformInt(-1100, 1500)));
  return volume;
}

inline std::string WriteNoisy(const std::string& path, const Index3& size, uint64_t seed) {
  const absl::Status status = WriteNifti(path, NoisyVolume(size, seed));
  EXPECT_TRUE(status.ok()) << status;
  return path;
}

inline std::shared_ptr<VolumeCache> OpenCache(const std::string& folder, int64_t max_bytes = int64_t{1} << 30) {
  return std::make_shared<VolumeCache>(VolumeCacheOptions{.folder = folder, .max_bytes = max_bytes, .keep_free_bytes = 0});
}

inline std::vector<int16_t> AllVoxels(const VoxelSource& source) {
  std::vector<int16_t> voxels(source.geometry().voxels());
  const absl::Status status = source.Read({{0, 0, 0}, source.geometry().size}, absl::MakeSpan(voxels));
  EXPECT_TRUE(status.ok()) << status;
  return voxels;
}

// All voxels of `path` by the cache; empty where that fails.
inline std::vector<int16_t> ReadThrough(VolumeCache& cache, const std::string& path) {
  const auto source = cache.Open(path, {});
  EXPECT_TRUE(source.ok()) << source.status();
  return source.ok() ? AllVoxels(**source) : std::vector<int16_t>();
}

inline std::vector<int16_t> ReadDirectly(const std::string& path) { return AllVoxels(**OpenVoxelSource(path)); }

// Paths below the cache's folder whose name holds `part`.
inline std::vector<std::string> FilesWith(const std::string& folder, const std::string& part) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (absl::StrContains(entry.path().filename().string(), part)) files.push_back(entry.path().string());
  }
  return files;
}
inline std::vector<std::string> Entries(const std::string& folder) {
  std::vector<std::string> entries;
  for (const std::string& file : FilesWith(folder, ".voxels")) {
    if (!absl::StrContains(file, ".partial-")) entries.push_back(file);
  }
  return entries;
}

}  // namespace asap

#endif  // ASAP_CORE_DATA_VOLUME_CACHE_CACHE_TESTING_H_
