// Decoded volumes on a local disk, so that training reads crops and not files.
//
//   auto cache = std::make_shared<VolumeCache>(VolumeCacheOptions{.folder = DefaultCacheFolder(), .max_bytes = 100'000'000'000});
//   ASAP_ASSIGN_OR_RETURN(auto volume, cache->Open("/data/a.nii.gz", {}));   // decodes and stores; from then on maps the entry
//   ASAP_RETURN_IF_ERROR(ReadImage(*volume, plan, options, out));            // reads the crop's pages alone
//
// An entry's key is made of the content of its source, the transform and a version, so an entry never has to be told out of date,
// and copies of a file share one. What is read is what the source holds, or an error: every slab is held against its checksum
// once a process before a voxel of it is used, and a damaged entry is named, removed and made again from the source.
//
// A cache never stops a run: where it cannot be written (full disk, no permission), that is said once, and volumes are decoded as
// without one. Several processes may share a folder, and any of them may be killed at any moment. Two that miss the same volume
// at the same time both decode it; one entry stays. docs/explanation/data-path.md tells more.
#ifndef ASAP_CORE_DATA_VOLUME_CACHE_VOLUME_CACHE_H_
#define ASAP_CORE_DATA_VOLUME_CACHE_VOLUME_CACHE_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "core/data/volume_cache/cache_folder.h"
#include "core/data/volume_cache/digest_index.h"
#include "core/data/volume_cache/entry.h"
#include "core/data/volume_cache/transform.h"
#include "core/imaging/volume.h"

namespace asap {

struct VolumeCacheOptions {
  std::string folder;     // made when the first entry is written
  int64_t max_bytes = 0;  // of all entries; beyond it the least recently used go. 0: AutomaticCacheBytes
  // Disk space that the cache leaves to others, a run's checkpoints among them.
  int64_t keep_free_bytes = int64_t{5} << 30;
};

// What happened in this process.
struct VolumeCacheStatistics {
  int64_t hits = 0;     // volumes opened from an entry
  int64_t misses = 0;   // decoded from their source
  int64_t stored = 0;   // entries written
  int64_t evicted = 0;  // entries removed to make room
  int64_t damaged = 0;  // entries found damaged, and removed
};

// $ASAP_CACHE/volumes, $XDG_CACHE_HOME/asap/volumes or ~/.cache/asap/volumes; empty where there is no home.
std::string DefaultCacheFolder();

// 100 GB, or half of what the folder's disk has free and the cache has taken already, whichever is less.
int64_t AutomaticCacheBytes(const std::string& folder);

// The same volume without a cache.
absl::StatusOr<std::unique_ptr<VoxelSource>> OpenUncached(const std::string& path, const VolumeTransform& transform);

// Thread-safe.
class VolumeCache : public std::enable_shared_from_this<VolumeCache> {
 public:
  explicit VolumeCache(VolumeCacheOptions options);

  // The volume after the transform. From its entry, also where the source has vanished since this process last opened it; else
  // from the source, and then it is stored. A .nii that is mapped as it is (IsMappedAsStored) and wants no transform has no
  // entry.
  absl::StatusOr<std::unique_ptr<VoxelSource>> Open(const std::string& path, const VolumeTransform& transform);

  // The entry of a volume, if there is one; null otherwise, and nothing is decoded.
  std::unique_ptr<VoxelSource> Find(const std::string& path, const VolumeTransform& transform);

  // Whether Open may succeed although the source has vanished.
  bool Remembers(const std::string& path) const { return index_.SeenNow(path).has_value(); }

  VolumeCacheStatistics statistics() const;
  int64_t files_hashed() const { return index_.files_hashed(); }
  const std::string& folder() const { return folder_.path(); }

 private:
  friend class CachedVolume;

  std::unique_ptr<VoxelSource> OpenEntry(const std::string& path, const VolumeTransform& transform, const Hash128& key);
  absl::StatusOr<std::shared_ptr<const ArrayVolume>> Decode(const std::string& path, const VolumeTransform& transform,
                                                            const Hash128& digest, const Hash128& key);
  void Store(const Hash128& key, const ArrayVolume& volume);
  bool MakeRoom(int64_t bytes);
  void StopStoring(const absl::Status& reason);
  void Discard(const Hash128& key, uint64_t inode, const absl::Status& damage);
  std::shared_ptr<CheckedSlabs> SlabsOf(const Hash128& key, const Entry& entry);

  const VolumeCacheOptions options_;
  const CacheFolder folder_;
  DigestIndex index_;

  struct Checked {
    uint64_t inode = 0;
    std::shared_ptr<CheckedSlabs> slabs;
  };
  mutable std::mutex mutex_;  // guards what follows
  absl::flat_hash_map<Hash128, Checked> checked_;
  VolumeCacheStatistics statistics_;
  bool storing_ = true;
  int64_t max_bytes_ = 0;
  int64_t used_bytes_ = -1;  // as far as this process knows; -1 before it looked
  int64_t stored_since_scan_ = 0;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_VOLUME_CACHE_VOLUME_CACHE_H_
