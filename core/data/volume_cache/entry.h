// One file of the cache: a volume laid out so that a crop reads only itself.
//
//   byte 0      header: magic, version, key, type, geometry, and a checksum of header and table
//   byte 256    table: a checksum of each slab (the voxels of one index along axis 0)
//   page start  voxels, int16 or uint8, axis 2 fastest: a crop along axis 0 is one piece of the file
//
// Numbers are in this machine's byte order; the magic tells another's.
#ifndef ASAP_CORE_DATA_VOLUME_CACHE_ENTRY_H_
#define ASAP_CORE_DATA_VOLUME_CACHE_ENTRY_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/bytes/mapped_file.h"
#include "core/data/volume_cache/hash.h"
#include "core/data/volume_cache/transform.h"
#include "core/imaging/stored_box.h"

namespace asap {

// Changed with the layout; a part of the cache's key.
inline constexpr uint32_t kEntryVersion = 1;

// Which slabs of one file have been found whole: a bit each. Thread-safe.
class CheckedSlabs {
 public:
  explicit CheckedSlabs(int64_t slabs) : words_((slabs + 63) / 64) {}
  bool Has(int64_t slab) const { return (words_[slab / 64].load(std::memory_order_acquire) >> (slab % 64) & 1) != 0; }
  void Add(int64_t slab) { words_[slab / 64].fetch_or(uint64_t{1} << (slab % 64), std::memory_order_release); }

 private:
  std::vector<std::atomic<uint64_t>> words_;
};

// Bytes that a volume takes in the cache.
int64_t EntryBytes(const ArrayVolume& volume);

// Names of files that are being written begin like this.
inline constexpr char kPartialPrefix[] = ".partial-";

// Writes an entry to `path`, which is replaced only by a whole one: to a temporary name that the process holds a lock on, then
// renamed. It is not flushed to the disk, which would take longer than decoding did: what a power cut leaves of it shows by its
// checksums, and can be made again. AlreadyExists where another process is at it.
absl::Status WriteEntry(const std::string& path, const Hash128& key, const ArrayVolume& volume);

// An entry mapped into memory; stays readable when the file is removed.
class Entry {
 public:
  // NotFound where there is none. DataLoss where header or length are not those of a whole entry of that key.
  static absl::StatusOr<std::shared_ptr<const Entry>> Open(const std::string& path, const Hash128& key);

  const Geometry& geometry() const { return geometry_; }
  int64_t bytes() const { return static_cast<int64_t>(mapped_.bytes().size()); }
  uint64_t inode() const { return inode_; }
  StoredBox Whole() const;
  // DataLoss where a slab in [first, last) does not have its checksum. Slabs in `checked` are taken on trust, and found ones
  // added.
  absl::Status Check(int64_t first, int64_t last, CheckedSlabs& checked) const;

 private:
  Geometry geometry_;
  bool holds_bytes_ = false;
  int64_t voxel_offset_ = 0;
  uint64_t inode_ = 0;
  MappedFile mapped_;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_VOLUME_CACHE_ENTRY_H_
