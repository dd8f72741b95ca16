// The cache's folder: where entries lie, what they take, and which go when there is no more room.
//
//   FOLDER/CACHEDIR.TAG     tells backup programs to leave it out
//   FOLDER/digests          digest_index.h
//   FOLDER/lock             held while entries are removed
//   FOLDER/3f/3fa9...voxels an entry, under its key; its time of modification is that of its last use
//
// Nothing else in the folder is ever touched.
#ifndef ASAP_CORE_DATA_VOLUME_CACHE_CACHE_FOLDER_H_
#define ASAP_CORE_DATA_VOLUME_CACHE_CACHE_FOLDER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/data/volume_cache/hash.h"

namespace asap {

class CacheFolder {
 public:
  explicit CacheFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string EntryPath(const Hash128& key) const;

  // Makes the folder, and the one of `key` within. Only the user can read them: scans are private.
  absl::Status Prepare(const Hash128& key) const;

  // Bytes of all entries. Removes what writers that were killed have left.
  int64_t Scan() const;

  // Removes entries, the least recently used first, until all take at most `target` bytes. One process at a time.
  struct Eviction {
    int64_t entries = 0, bytes = 0;  // removed
    int64_t left = 0;                // bytes
  };
  absl::StatusOr<Eviction> EvictTo(int64_t target) const;

  // Marks an entry as used now, where its last mark is older than a minute.
  static void Touch(const std::string& entry_path);

  // Bytes that the disk of the folder, or of the nearest parent that there is, has free for this user.
  int64_t FreeBytes() const;

 private:
  std::string path_;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_VOLUME_CACHE_CACHE_FOLDER_H_
