#include "core/data/volume_cache/volume_cache.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/base/file.h"
#include "core/data/volume_cache/cache_testing.h"
#include "core/imaging/augment.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/memory_source.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using ::testing::SizeIs;

void ExpectSameBoxes(const VoxelSource& source, const VoxelSource& expected) {
  EXPECT_EQ(source.geometry().size, expected.geometry().size);
  EXPECT_EQ(source.geometry().spacing, expected.geometry().spacing);
  EXPECT_EQ(source.geometry().origin, expected.geometry().origin);
  EXPECT_EQ(source.geometry().direction, expected.geometry().direction);
  EXPECT_EQ(AllVoxels(source), AllVoxels(expected));
  const Box box = {{3, 2, 1}, {20, 7, 9}};
  std::vector<int16_t> ours(20 * 7 * 9), theirs(ours.size());
  ASSERT_TRUE(source.Read(box, absl::MakeSpan(ours)).ok());
  ASSERT_TRUE(expected.Read(box, absl::MakeSpan(theirs)).ok());
  EXPECT_EQ(ours, theirs);
  EXPECT_FALSE(source.Read({{0, 0, 0}, {20, 7, 100}}, absl::MakeSpan(ours)).ok());
  EXPECT_FALSE(source.Read({{0, 0, 0}, {20, 7, 8}}, absl::MakeSpan(ours)).ok());
}

TEST(VolumeCacheTest, ServesWhatTheFileHolds) {
  const std::string folder = TestFolder();
  const Volume<int16_t> shorts = NoisyVolume({30, 21, 17}, 1);
  Volume<uint8_t> labels;
  Volume<float> floats;
  labels.geometry = floats.geometry = shorts.geometry;
  for (const int16_t voxel : shorts.voxels) {
    labels.voxels.push_back(static_cast<uint8_t>(voxel & 7));
    floats.voxels.push_back(static_cast<float>(voxel) + 0.25f);
  }
  ASSERT_TRUE(WriteNifti(folder + "/shorts.nii.gz", shorts).ok());
  ASSERT_TRUE(WriteNifti(folder + "/labels.nii.gz", labels).ok());
  ASSERT_TRUE(WriteNifti(folder + "/floats.nii", floats).ok());  // not as it would be mapped
  const auto cache = OpenCache(folder + "/cache");
  for (const char* name : {"shorts.nii.gz", "labels.nii.gz", "floats.nii"}) {
    const std::string path = absl::StrCat(folder, "/", name);
    const auto direct = OpenVoxelSource(path);
    for (int time = 0; time < 2; ++time) {  // decoded, then from the entry
      const auto cached = cache->Open(path, {});
      ASSERT_TRUE(cached.ok()) << cached.status();
      ExpectSameBoxes(**cached, **direct);
      // What training reads is equal to the bit, mirrored and padded as it may be.
      for (uint64_t sample = 0; sample < 8; ++sample) {
        const AugmentOptions options = {.roi = {26, 26, 16}, .flip_probability = 0.5, .shift_probability = 0.5};
        CounterRng rng(7, "augment", sample);
        const AugmentPlan plan = DrawAugment(shorts.geometry.size, options, rng);
        std::vector<float> ours(26 * 26 * 16), theirs(ours.size());
        ASSERT_TRUE(ReadImage(**cached, plan, options, absl::MakeSpan(ours)).ok());
        ASSERT_TRUE(ReadImage(**direct, plan, options, absl::MakeSpan(theirs)).ok());
        ASSERT_EQ(ours, theirs);
      }
    }
  }
  EXPECT_EQ(cache->statistics().misses, 3);
  EXPECT_EQ(cache->statistics().hits, 3);
  EXPECT_EQ(cache->statistics().stored, 3);
  // Labels take a byte each, the rest two, from the next page on.
  std::vector<int64_t> sizes;
  for (const std::string& entry : Entries(folder + "/cache")) sizes.push_back(static_cast<int64_t>(fs::file_size(entry)));
  EXPECT_THAT(sizes, ::testing::UnorderedElementsAre(4096 + 30 * 21 * 17, 4096 + 2 * 30 * 21 * 17, 4096 + 2 * 30 * 21 * 17));
}

TEST(VolumeCacheTest, ReadsMasksOfBothTypes) {
  const std::string folder = TestFolder();
  Volume<int16_t> mask = NoisyVolume({30, 21, 17}, 1);
  for (int16_t& label : mask.voxels) label &= 7;
  ASSERT_TRUE(WriteNifti(folder + "/mask.nii.gz", mask).ok());
  mask.voxels[5] = 300;  // no byte
  ASSERT_TRUE(WriteNifti(folder + "/wrong.nii.gz", mask).ok());
  const auto cache = OpenCache(folder + "/cache");
  const AugmentOptions options = {.roi = {30, 21, 17}};
  std::vector<uint8_t> labels(30 * 21 * 17);
  for (int time = 0; time < 2; ++time) {
    const auto good = cache->Open(folder + "/mask.nii.gz", {}), wrong = cache->Open(folder + "/wrong.nii.gz", {});
    EXPECT_TRUE(ReadMask(**good, CenterCropPlan({30, 21, 17}, options), options, absl::MakeSpan(labels)).ok());
    const absl::Status status = ReadMask(**wrong, CenterCropPlan({30, 21, 17}, options), options, absl::MakeSpan(labels));
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("label 300"));
  }
}

TEST(VolumeCacheTest, ResamplesOnce) {
  const std::string folder = TestFolder();
  const std::string path = WriteNoisy(folder + "/raw.nii.gz", {40, 30, 20}, 3);
  VolumeTransform transform = {.kind = VolumeTransform::Kind::kImage};
  transform.preprocess.spacing = {3, 3, 6};
  const auto expected = PreprocessImage(*ReadVolume(path), transform.preprocess);
  const auto cache = OpenCache(folder + "/cache");
  for (int time = 0; time < 2; ++time) {
    const auto source = cache->Open(path, transform);
    ASSERT_TRUE(source.ok()) << source.status();
    EXPECT_EQ(AllVoxels(**source), AllVoxels(*MakeVoxelSource(*expected)));
  }
  EXPECT_EQ(cache->statistics().misses, 1);
  transform.preprocess.spacing = {3, 3, 5};
  EXPECT_NE((*cache->Open(path, transform))->geometry().size, expected->geometry.size);
}

TEST(VolumeCacheTest, PlainNiftiIsMappedAndHasNoEntry) {
  const std::string folder = TestFolder();
  const std::string path = WriteNoisy(folder + "/plain.nii", {20, 20, 10}, 3);
  const auto cache = OpenCache(folder + "/cache");
  EXPECT_EQ(ReadThrough(*cache, path), ReadDirectly(path));
  EXPECT_EQ(cache->Find(path, {}), nullptr);
  EXPECT_FALSE(fs::exists(folder + "/cache"));
}

TEST(VolumeCacheTest, TheKeyIsTheContent) {
  const std::string folder = TestFolder();
  const std::string first = WriteNoisy(folder + "/a.nii.gz", {20, 20, 10}, 3);
  const std::string copy = WriteNoisy(folder + "/b.nii.gz", {20, 20, 10}, 3);
  const auto cache = OpenCache(folder + "/cache");
  ReadThrough(*cache, first);
  ReadThrough(*cache, copy);
  EXPECT_EQ(cache->statistics().misses, 1);
  WriteNoisy(first, {20, 20, 10}, 4);
  EXPECT_EQ(ReadThrough(*cache, first), ReadDirectly(first));
  EXPECT_EQ(cache->statistics().misses, 2);
  EXPECT_EQ(ReadThrough(*cache, copy), ReadDirectly(copy));
  EXPECT_EQ(cache->statistics().misses, 2);
}

TEST(VolumeCacheTest, TheLeastRecentlyUsedGoFirst) {
  const std::string folder = TestFolder();
  const int64_t bytes = 4096 + 2 * 64 * 64 * 32;
  std::vector<std::string> paths;
  for (int i = 0; i < 5; ++i) paths.push_back(WriteNoisy(absl::StrCat(folder, "/", i, ".nii.gz"), {64, 64, 32}, i));
  const auto cache = OpenCache(folder + "/cache", 4 * bytes + bytes / 2);
  for (int i = 0; i < 4; ++i) {
    ReadThrough(*cache, paths[i]);
    for (const std::string& entry : Entries(folder + "/cache")) {  // an hour ago, and the later the younger
      struct stat info;
      ASSERT_EQ(stat(entry.c_str(), &info), 0);
      const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = info.st_mtime - 3600}};
      ASSERT_EQ(utimensat(AT_FDCWD, entry.c_str(), times, 0), 0);
    }
  }
  EXPECT_THAT(Entries(folder + "/cache"), SizeIs(4));
  ReadThrough(*cache, paths[0]);  // used now
  ReadThrough(*cache, paths[4]);
  EXPECT_EQ(cache->statistics().evicted, 1);
  EXPECT_NE(cache->Find(paths[0], {}), nullptr);
  EXPECT_EQ(cache->Find(paths[1], {}), nullptr);
  EXPECT_NE(cache->Find(paths[2], {}), nullptr);
  EXPECT_NE(cache->Find(paths[4], {}), nullptr);
}

TEST(VolumeCacheTest, AnEvictedEntryStaysReadable) {
  const std::string folder = TestFolder();
  const std::string path = WriteNoisy(folder + "/a.nii.gz", {64, 64, 32}, 1);
  const auto cache = OpenCache(folder + "/cache");
  ReadThrough(*cache, path);
  const auto source = cache->Open(path, {});
  const auto removed = CacheFolder(folder + "/cache").EvictTo(0);
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(removed->entries, 1);
  EXPECT_THAT(Entries(folder + "/cache"), IsEmpty());
  EXPECT_EQ(AllVoxels(**source), ReadDirectly(path));
}

TEST(VolumeCacheTest, TouchesNothingElseInItsFolder) {
  const std::string folder = TestFolder();
  fs::create_directories(folder + "/cache/ab");
  for (const char* name : {"/cache/mine.voxels", "/cache/ab/notes.txt", "/cache/ab/mine.voxels"}) {
    ASSERT_TRUE(WriteFileAtomically(folder + name, "mine").ok());
  }
  ReadThrough(*OpenCache(folder + "/cache"), WriteNoisy(folder + "/a.nii.gz", {64, 64, 32}, 1));
  ASSERT_TRUE(CacheFolder(folder + "/cache").EvictTo(0).ok());
  EXPECT_THAT(FilesWith(folder + "/cache", "mine"), SizeIs(2));
  EXPECT_TRUE(fs::exists(folder + "/cache/ab/notes.txt"));
  EXPECT_EQ(fs::status(folder + "/cache/ab/mine.voxels").type(), fs::file_type::regular);
}

TEST(VolumeCacheTest, AFolderThatCannotBeMadeCostsOnlyTime) {
  const std::string folder = TestFolder();
  ASSERT_TRUE(WriteFileAtomically(folder + "/file", "no folder").ok());
  const std::string path = WriteNoisy(folder + "/a.nii.gz", {20, 20, 10}, 1);
  const auto cache = OpenCache(folder + "/file/cache");
  testing::internal::CaptureStderr();
  for (int time = 0; time < 3; ++time) EXPECT_EQ(ReadThrough(*cache, path), ReadDirectly(path));
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, ::testing::HasSubstr("put the cache in another folder, or do without a cache"));
  EXPECT_EQ(said.find("stores no more"), said.rfind("stores no more"));  // once
  EXPECT_EQ(cache->statistics().misses, 3);
}

TEST(VolumeCacheTest, LeavesDiskSpaceToOthers) {
  const std::string folder = TestFolder();
  const std::string path = WriteNoisy(folder + "/a.nii.gz", {20, 20, 10}, 1);
  const auto cache = std::make_shared<VolumeCache>(
      VolumeCacheOptions{.folder = folder + "/cache", .max_bytes = int64_t{1} << 30, .keep_free_bytes = int64_t{1} << 60});
  EXPECT_EQ(ReadThrough(*cache, path), ReadDirectly(path));
  EXPECT_EQ(cache->statistics().stored, 0);
}

TEST(VolumeCacheTest, DefaultFolderFollowsTheEnvironment) {
  setenv("HOME", "/home/one", 1);
  unsetenv("XDG_CACHE_HOME");
  unsetenv("ASAP_CACHE");
  EXPECT_EQ(DefaultCacheFolder(), "/home/one/.cache/asap/volumes");
  setenv("XDG_CACHE_HOME", "/fast", 1);
  EXPECT_EQ(DefaultCacheFolder(), "/fast/asap/volumes");
  setenv("ASAP_CACHE", "/own", 1);
  EXPECT_EQ(DefaultCacheFolder(), "/own/volumes");
}

class DigestIndexTest : public testing::Test {
 protected:
  // Later than any change of a file in this test.
  static int64_t Later() { return absl::GetCurrentTimeNanos() + 3'600'000'000'000; }

  const std::string folder_ = TestFolder();
  const std::string path_ = WriteNoisy(folder_ + "/a.nii.gz", {20, 20, 10}, 1);
  const std::string file_ = folder_ + "/digests";
};

TEST_F(DigestIndexTest, RemembersUnchangedFilesAcrossProcesses) {
  const auto first = DigestIndex(file_, Later).Digest(path_);
  ASSERT_TRUE(first.ok()) << first.status();
  DigestIndex later(file_, Later);
  EXPECT_FALSE(later.SeenNow(path_).has_value());
  EXPECT_EQ(*later.Digest(path_), *first);
  EXPECT_EQ(*later.SeenNow(path_), *first);
  EXPECT_EQ(later.files_hashed(), 0);
  WriteNoisy(path_, {20, 20, 10}, 2);
  EXPECT_NE(*later.Digest(path_), *first);
  EXPECT_EQ(later.files_hashed(), 1);
  EXPECT_EQ(*DigestIndex(file_, Later).Digest(path_), *later.Digest(path_));
}

TEST_F(DigestIndexTest, DoesNotTrustAFileThatChangedJustNow) {
  DigestIndex index(file_);
  for (int time = 1; time < 4; ++time) {
    ASSERT_TRUE(index.Digest(path_).ok());
    if (index.files_hashed() < time) break;  // a slow machine took longer than a second
  }
  EXPECT_GE(index.files_hashed(), 1);
}

TEST_F(DigestIndexTest, SurvivesWhatACrashLeaves) {
  const Hash128 digest = *DigestIndex(file_, Later).Digest(path_);
  const std::string whole = *ReadFile(file_);
  ASSERT_TRUE(WriteFileAtomically(file_, whole + whole.substr(0, 17)).ok());
  const std::string other = WriteNoisy(folder_ + "/b.nii.gz", {20, 20, 10}, 2);
  const Hash128 other_digest = *DigestIndex(file_, Later).Digest(other);
  DigestIndex after(file_, Later);
  EXPECT_EQ(*after.Digest(path_), digest);
  EXPECT_EQ(*after.Digest(other), other_digest);
  EXPECT_EQ(after.files_hashed(), 0);
  std::string damaged = *ReadFile(file_);
  damaged[20] ^= 1;  // in the first record's digest
  ASSERT_TRUE(WriteFileAtomically(file_, damaged).ok());
  DigestIndex again(file_, Later);
  EXPECT_EQ(*again.Digest(path_), digest);
  EXPECT_EQ(again.files_hashed(), 1);
}

TEST_F(DigestIndexTest, ADetachedHeaderDependsOnItsData) {
  const std::string header = folder_ + "/a.mhd";
  ASSERT_TRUE(WriteFileAtomically(header,
                                  "NDims = 3\nDimSize = 2 2 2\nElementSpacing = 1 1 1\nElementType = MET_SHORT\n"
                                  "ElementDataFile = a.raw\n")
                  .ok());
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/a.raw", "0123456789abcdef").ok());
  DigestIndex index("", Later);
  const auto first = index.Digest(header);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/a.raw", "1123456789abcdef").ok());
  EXPECT_NE(*index.Digest(header), *first);
}

}  // namespace
}  // namespace asap
