// Digests of source files, remembered so that an epoch does not read every file again to know that it has not changed.
#ifndef ASAP_CORE_DATA_VOLUME_CACHE_DIGEST_INDEX_H_
#define ASAP_CORE_DATA_VOLUME_CACHE_DIGEST_INDEX_H_

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "core/data/volume_cache/hash.h"

namespace asap {

// A file counts as unchanged while its path, size, inode, time of modification and time of change are, in nanoseconds; one that
// changed within the last second is not remembered, since clocks of files are coarse. About 80
// bytes a source. The index file is a log of records with a checksum each: what a crash leaves of one is skipped, and a file that
// cannot be written only costs reading sources again in a later process. Thread-safe, and safe for several processes.
class DigestIndex {
 public:
  // Reads `file` if there is one; empty keeps the index in memory alone.
  explicit DigestIndex(std::string file, std::function<int64_t()> nanoseconds_now = absl::GetCurrentTimeNanos);

  // The digest of the bytes of all files that the volume is read from (VolumeFiles).
  absl::StatusOr<Hash128> Digest(const std::string& path);

  // What Digest(path) last gave in this process, without looking at the disk.
  std::optional<Hash128> SeenNow(const std::string& path) const;

  // How often sources were read in full.
  int64_t files_hashed() const;

 private:
  struct Known {
    Hash128 digest;
    uint64_t stamp = 0;  // of all that tells a change; 0 matches nothing
    bool seen_now = false;
  };

  void Load();
  void Append(const Hash128& path, const Known& known) const;

  const std::string file_;
  const std::function<int64_t()> now_;
  mutable std::mutex mutex_;                   // guards what follows
  absl::flat_hash_map<Hash128, Known> known_;  // by the hash of the path
  int64_t files_hashed_ = 0;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_VOLUME_CACHE_DIGEST_INDEX_H_
