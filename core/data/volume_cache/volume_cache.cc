#include "core/data/volume_cache/volume_cache.h"

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/imaging/formats/voxel_source.h"
#include "core/imaging/geometry.h"

namespace asap {
namespace {

constexpr int64_t kMostAutomaticBytes = 100'000'000'000;
// Entries whose slabs are known to be whole; about 100 bytes each. Beyond it they are checked once more.
constexpr size_t kMostChecked = 500'000;

Hash128 KeyOf(const Hash128& digest, const VolumeTransform& transform) {
  return HashBytes(absl::StrCat(digest.Hex(), " ", transform.Spec(), " entry ", kEntryVersion));
}

bool NeedsNoEntry(const std::string& path, const VolumeTransform& transform) {
  return transform.kind == VolumeTransform::Kind::kAsStored && IsMappedAsStored(path);
}

std::string Gigabytes(int64_t bytes) { return absl::StrFormat("%.1f GB", static_cast<double>(bytes) / 1e9); }

// A volume that was decoded just now.
class DecodedVolume : public StoredSource {
 public:
  explicit DecodedVolume(std::shared_ptr<const ArrayVolume> volume) : volume_(std::move(volume)) {}
  const Geometry& geometry() const override { return volume_->geometry(); }

 private:
  StoredBox Whole() const override { return volume_->Whole(); }

  const std::shared_ptr<const ArrayVolume> volume_;
};

}  // namespace

// A volume whose voxels come from an entry, or anew from the source once a slab was found damaged.
class CachedVolume : public VoxelSource {
 public:
  CachedVolume(std::shared_ptr<VolumeCache> cache, std::string path, VolumeTransform transform, Hash128 key,
               std::shared_ptr<const Entry> entry, std::shared_ptr<CheckedSlabs> checked)
      : cache_(std::move(cache)),
        path_(std::move(path)),
        transform_(transform),
        key_(key),
        entry_(std::move(entry)),
        checked_(std::move(checked)) {}

  const Geometry& geometry() const override { return entry_->geometry(); }

  absl::StatusOr<StoredBox> Locate(const Box& box) const override {
    ASAP_RETURN_IF_ERROR(CheckBox(geometry(), box));
    const absl::Status whole = entry_->Check(box.start[0], box.start[0] + box.size[0], *checked_);
    if (whole.ok()) return BoxWithin(entry_->Whole(), box);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (rebuilt_ == nullptr) {
      cache_->Discard(key_, entry_->inode(), whole);
      absl::StatusOr<Hash128> digest = cache_->index_.Digest(path_);
      if (digest.ok() && KeyOf(*digest, transform_) != key_) {
        digest = absl::FailedPreconditionError(absl::StrCat(path_, ": changed while it was being read; start again"));
      }
      if (!digest.ok()) return Annotate(digest.status(), "its cache entry is damaged, and so it was to be read again");
      ASAP_ASSIGN_OR_RETURN(rebuilt_, cache_->Decode(path_, transform_, *digest, key_));
    }
    return BoxWithin(rebuilt_->Whole(), box);
  }

  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    ASAP_ASSIGN_OR_RETURN(const StoredBox stored, Locate(box));
    if (static_cast<int64_t>(out.size()) != box.size[0] * box.size[1] * box.size[2]) {
      return absl::InvalidArgumentError(absl::StrCat("room for ", out.size(), " voxels given for a box of ", SizeText(box.size)));
    }
    CopyStored(stored, box.size, out.data());
    return absl::OkStatus();
  }

 private:
  const std::shared_ptr<VolumeCache> cache_;
  const std::string path_;
  const VolumeTransform transform_;
  const Hash128 key_;
  const std::shared_ptr<const Entry> entry_;
  const std::shared_ptr<CheckedSlabs> checked_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const ArrayVolume> rebuilt_;  // guarded by mutex_
};

std::string DefaultCacheFolder() {
  const auto set = [](const char* name) {
    const char* value = getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string own = set("ASAP_CACHE"); !own.empty()) return own + "/volumes";
  if (const std::string xdg = set("XDG_CACHE_HOME"); !xdg.empty()) return xdg + "/asap/volumes";
  if (const std::string home = set("HOME"); !home.empty()) return home + "/.cache/asap/volumes";
  return "";
}

int64_t AutomaticCacheBytes(const std::string& folder) {
  const CacheFolder cache(folder);
  return std::min(kMostAutomaticBytes, (cache.FreeBytes() + cache.Scan()) / 2);
}

absl::StatusOr<std::unique_ptr<VoxelSource>> OpenUncached(const std::string& path, const VolumeTransform& transform) {
  if (transform.kind == VolumeTransform::Kind::kAsStored) return OpenVoxelSource(path);
  ASAP_ASSIGN_OR_RETURN(std::shared_ptr<const ArrayVolume> volume, ArrayVolume::Load(path, transform));
  return std::make_unique<DecodedVolume>(std::move(volume));
}

VolumeCache::VolumeCache(VolumeCacheOptions options)
    : options_(std::move(options)),
      folder_(options_.folder),
      index_(absl::StrCat(options_.folder, "/digests")),
      max_bytes_(options_.max_bytes) {}

absl::StatusOr<std::unique_ptr<VoxelSource>> VolumeCache::Open(const std::string& path, const VolumeTransform& transform) {
  if (NeedsNoEntry(path, transform)) return OpenVoxelSource(path);
  const absl::StatusOr<Hash128> digest = index_.Digest(path);
  Hash128 key;
  if (digest.ok()) {
    key = KeyOf(*digest, transform);
  } else if (const std::optional<Hash128> seen = index_.SeenNow(path); seen.has_value()) {
    key = KeyOf(*seen, transform);
  } else {
    return digest.status();
  }
  std::unique_ptr<VoxelSource> entry = OpenEntry(path, transform, key);
  if (entry != nullptr) return entry;
  if (!digest.ok()) return digest.status();
  ASAP_ASSIGN_OR_RETURN(std::shared_ptr<const ArrayVolume> decoded, Decode(path, transform, *digest, key));
  return std::make_unique<DecodedVolume>(std::move(decoded));
}

std::unique_ptr<VoxelSource> VolumeCache::Find(const std::string& path, const VolumeTransform& transform) {
  if (NeedsNoEntry(path, transform)) return nullptr;
  const absl::StatusOr<Hash128> digest = index_.Digest(path);
  const std::optional<Hash128> known = digest.ok() ? std::optional<Hash128>(*digest) : index_.SeenNow(path);
  return known.has_value() ? OpenEntry(path, transform, KeyOf(*known, transform)) : nullptr;
}

std::unique_ptr<VoxelSource> VolumeCache::OpenEntry(const std::string& path, const VolumeTransform& transform,
                                                    const Hash128& key) {
  const std::string entry_path = folder_.EntryPath(key);
  absl::StatusOr<std::shared_ptr<const Entry>> entry = Entry::Open(entry_path, key);
  if (!entry.ok()) {
    if (absl::IsDataLoss(entry.status())) Discard(key, 0, entry.status());
    return nullptr;
  }
  CacheFolder::Touch(entry_path);
  std::shared_ptr<CheckedSlabs> slabs = SlabsOf(key, **entry);
  return std::make_unique<CachedVolume>(shared_from_this(), path, transform, key, *std::move(entry), std::move(slabs));
}

std::shared_ptr<CheckedSlabs> VolumeCache::SlabsOf(const Hash128& key, const Entry& entry) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++statistics_.hits;
  if (checked_.size() > kMostChecked) checked_.clear();
  Checked& checked = checked_[key];
  if (checked.slabs == nullptr || checked.inode != entry.inode()) {
    checked = {.inode = entry.inode(), .slabs = std::make_shared<CheckedSlabs>(entry.geometry().size[0])};
  }
  return checked.slabs;
}

absl::StatusOr<std::shared_ptr<const ArrayVolume>> VolumeCache::Decode(const std::string& path, const VolumeTransform& transform,
                                                                       const Hash128& digest, const Hash128& key) {
  ASAP_ASSIGN_OR_RETURN(std::shared_ptr<const ArrayVolume> volume, ArrayVolume::Load(path, transform));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++statistics_.misses;
    if (!storing_) return volume;
  }
  // A source that was written meanwhile has another digest: what was decoded may be half of each.
  const absl::StatusOr<Hash128> after = index_.Digest(path);
  if (after.ok() && *after == digest) Store(key, *volume);
  return volume;
}

void VolumeCache::Store(const Hash128& key, const ArrayVolume& volume) {
  const int64_t bytes = EntryBytes(volume);
  absl::Status status = folder_.Prepare(key);
  if (status.ok() && !MakeRoom(bytes)) return;
  if (status.ok()) status = WriteEntry(folder_.EntryPath(key), key, volume);
  if (absl::IsAlreadyExists(status)) return;
  if (!status.ok()) return StopStoring(status);
  const std::lock_guard<std::mutex> lock(mutex_);
  ++statistics_.stored;
  used_bytes_ += bytes;
  stored_since_scan_ += bytes;
}

bool VolumeCache::MakeRoom(int64_t bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (max_bytes_ <= 0) max_bytes_ = AutomaticCacheBytes(folder_.path());
  if (bytes > max_bytes_) return false;
  // What other processes have stored and removed is seen only by looking.
  if (used_bytes_ < 0 || stored_since_scan_ > max_bytes_ / 20) {
    used_bytes_ = folder_.Scan();
    stored_since_scan_ = 0;
  }
  if (used_bytes_ + bytes > max_bytes_) {
    // Some more than is needed, so that not every volume has to look through the folder.
    const absl::StatusOr<CacheFolder::Eviction> evicted = folder_.EvictTo(max_bytes_ - std::max(bytes, max_bytes_ / 20));
    if (!evicted.ok()) return false;
    statistics_.evicted += evicted->entries;
    used_bytes_ = evicted->left;
    stored_since_scan_ = 0;
    if (used_bytes_ + bytes > max_bytes_) return false;
  }
  if (folder_.FreeBytes() - bytes >= options_.keep_free_bytes) return true;
  if (storing_) {
    storing_ = false;
    LogWarning(absl::StrCat("the volume cache ", folder_.path(), " stores no more: its disk has ", Gigabytes(folder_.FreeBytes()),
                            " free, of which ", Gigabytes(options_.keep_free_bytes),
                            " are left to others. Volumes without an entry are decoded each time. Free disk space, or put the "
                            "cache on another disk."));
  }
  return false;
}

void VolumeCache::StopStoring(const absl::Status& reason) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!storing_) return;
  storing_ = false;
  LogWarning(absl::StrCat(
      "the volume cache stores no more: ", reason.message(), ". Volumes without an entry are decoded each time. ",
      absl::IsResourceExhausted(reason) ? "Free disk space, give the cache fewer bytes," : "Make the folder writable,",
      " put the cache in another folder, or do without a cache."));
}

void VolumeCache::Discard(const Hash128& key, uint64_t inode, const absl::Status& damage) {
  const std::string path = folder_.EntryPath(key);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++statistics_.damaged;
    checked_.erase(key);
  }
  LogWarning(absl::StrCat("the cache entry ", path, " is damaged (", damage.message(),
                          "): it is removed and made again from its source. If this recurs, check the disk."));
  // Another process may have replaced it already.
  const absl::StatusOr<MappedFile> now = MappedFile::Open(path);
  if (inode == 0 || !now.ok() || now->inode() == inode) unlink(path.c_str());
}

VolumeCacheStatistics VolumeCache::statistics() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return statistics_;
}

}  // namespace asap
