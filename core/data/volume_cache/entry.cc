#include "core/data/volume_cache/entry.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/volume.h"

namespace asap {
namespace {

constexpr char kMagic[8] = {'A', 'S', 'A', 'P', 'v', 'o', 'x', '\n'};
constexpr int64_t kTableOffset = 256;
constexpr int64_t kPage = 4096;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t bytes_per_voxel;  // 2: int16, 1: uint8
  Hash128 key;
  int64_t size[3];
  double spacing[3], origin[3], direction[9];
  uint64_t checksum;  // of header and table, with zero here
};
static_assert(sizeof(Header) <= kTableOffset && std::is_trivially_copyable_v<Header>);

int64_t VoxelOffset(int64_t slabs) {
  const int64_t table_end = kTableOffset + slabs * static_cast<int64_t>(sizeof(uint64_t));
  return (table_end + kPage - 1) / kPage * kPage;
}

// Header and table as one piece, up to the first voxel, with its checksum.
uint64_t HeadChecksum(std::string head) {
  std::memset(head.data() + offsetof(Header, checksum), 0, sizeof(uint64_t));
  return HashBytes64(head);
}

std::string Head(const Hash128& key, const ArrayVolume& volume) {
  const Geometry& geometry = volume.geometry();
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.version = kEntryVersion;
  header.bytes_per_voxel = volume.holds_bytes() ? 1 : 2;
  header.key = key;
  std::copy(geometry.size.begin(), geometry.size.end(), header.size);
  std::copy(geometry.spacing.begin(), geometry.spacing.end(), header.spacing);
  std::copy(geometry.origin.begin(), geometry.origin.end(), header.origin);
  std::copy(geometry.direction.begin(), geometry.direction.end(), header.direction);
  const int64_t slabs = geometry.size[0];
  std::string head(VoxelOffset(slabs), '\0');
  std::memcpy(head.data(), &header, sizeof(header));
  const absl::string_view voxels = volume.voxel_bytes();
  const int64_t slab_bytes = static_cast<int64_t>(voxels.size()) / slabs;
  for (int64_t slab = 0; slab < slabs; ++slab) {
    const uint64_t checksum = HashBytes64(voxels.substr(slab * slab_bytes, slab_bytes));
    std::memcpy(head.data() + kTableOffset + slab * static_cast<int64_t>(sizeof(uint64_t)), &checksum, sizeof(checksum));
  }
  header.checksum = HeadChecksum(head);
  std::memcpy(head.data(), &header, sizeof(header));
  return head;
}

absl::Status WriteError(const std::string& path) {
  const int error = errno;
  absl::StatusCode code = absl::StatusCode::kPermissionDenied;
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) code = absl::StatusCode::kResourceExhausted;
  return absl::Status(code, absl::StrCat("cannot write ", path, ": ", std::strerror(error)));
}

absl::Status WriteAll(int descriptor, absl::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return WriteError(path);
    bytes.remove_prefix(count);
  }
  return absl::OkStatus();
}

}  // namespace

int64_t EntryBytes(const ArrayVolume& volume) {
  return VoxelOffset(volume.geometry().size[0]) + static_cast<int64_t>(volume.voxel_bytes().size());
}

absl::Status WriteEntry(const std::string& path, const Hash128& key, const ArrayVolume& volume) {
  static std::atomic<uint64_t> counter{0};
  const size_t name = path.rfind('/') + 1;
  const std::string temporary =
      absl::StrCat(path.substr(0, name), kPartialPrefix, getpid(), "-", counter++, "-", path.substr(name));
  const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return WriteError(path);
  // Held until it has its name: a temporary file without the lock is nobody's any more. On a disk that machines share, another
  // machine's process of the same number may be at the very same file.
  struct stat named, opened;
  if (flock(descriptor, LOCK_EX | LOCK_NB) != 0 || stat(temporary.c_str(), &named) != 0 || fstat(descriptor, &opened) != 0 ||
      named.st_ino != opened.st_ino) {
    close(descriptor);
    return absl::AlreadyExistsError(absl::StrCat(path, ": another process is writing it"));
  }
  absl::Status status = ftruncate(descriptor, 0) == 0 ? absl::OkStatus() : WriteError(path);
  if (status.ok()) status = WriteAll(descriptor, Head(key, volume), path);
  if (status.ok()) status = WriteAll(descriptor, volume.voxel_bytes(), path);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) status = WriteError(path);
  if (!status.ok()) unlink(temporary.c_str());
  if (close(descriptor) != 0 && status.ok()) status = WriteError(path);
  return status;
}

absl::StatusOr<std::shared_ptr<const Entry>> Entry::Open(const std::string& path, const Hash128& key) {
  auto entry = std::make_shared<Entry>();
  ASAP_ASSIGN_OR_RETURN(entry->mapped_, MappedFile::Open(path));
  entry->inode_ = entry->mapped_.inode();
  const absl::string_view bytes = entry->mapped_.bytes();
  const auto damaged = [&](absl::string_view what) {
    return absl::DataLossError(absl::StrCat(path, ": ", what, " (", bytes.size(), " bytes)"));
  };
  if (static_cast<int64_t>(bytes.size()) < kTableOffset) return damaged("shorter than its header");
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0 || header.version != kEntryVersion)
    return damaged("not an entry of this version");
  const int64_t slabs = header.size[0];
  int64_t voxels = 1;
  for (const int64_t length : header.size) {
    if (length < 1 || length > kMaxVoxels / voxels) return damaged("its size makes no sense");
    voxels *= length;
  }
  if (header.bytes_per_voxel != 1 && header.bytes_per_voxel != 2) return damaged("its type makes no sense");
  entry->voxel_offset_ = VoxelOffset(slabs);
  if (entry->voxel_offset_ + voxels * header.bytes_per_voxel != static_cast<int64_t>(bytes.size())) {
    return damaged("its length is not that of its voxels");
  }
  if (HeadChecksum(std::string(bytes.substr(0, entry->voxel_offset_))) != header.checksum) {
    return damaged("its header has another checksum");
  }
  if (header.key != key) return damaged("it is the entry of another volume");
  entry->holds_bytes_ = header.bytes_per_voxel == 1;
  std::copy(std::begin(header.size), std::end(header.size), entry->geometry_.size.begin());
  std::copy(std::begin(header.spacing), std::end(header.spacing), entry->geometry_.spacing.begin());
  std::copy(std::begin(header.origin), std::end(header.origin), entry->geometry_.origin.begin());
  std::copy(std::begin(header.direction), std::end(header.direction), entry->geometry_.direction.begin());
  return entry;
}

StoredBox Entry::Whole() const {
  const char* voxels = mapped_.bytes().data() + voxel_offset_;
  StoredBox whole = {.stride = ArrayOrderStride(geometry_.size)};
  if (holds_bytes_) {
    whole.bytes = reinterpret_cast<const uint8_t*>(voxels);
  } else {
    whole.shorts = reinterpret_cast<const int16_t*>(voxels);
  }
  return whole;
}

absl::Status Entry::Check(int64_t first, int64_t last, CheckedSlabs& checked) const {
  const absl::string_view bytes = mapped_.bytes();
  const int64_t slab_bytes = geometry_.size[1] * geometry_.size[2] * (holds_bytes_ ? 1 : 2);
  for (int64_t slab = first; slab < last; ++slab) {
    if (checked.Has(slab)) continue;
    uint64_t expected = 0;
    std::memcpy(&expected, bytes.data() + kTableOffset + slab * static_cast<int64_t>(sizeof(expected)), sizeof(expected));
    if (HashBytes64(bytes.substr(voxel_offset_ + slab * slab_bytes, slab_bytes)) != expected) {
      return absl::DataLossError(absl::StrCat("slab ", slab, " has another checksum"));
    }
    checked.Add(slab);
  }
  return absl::OkStatus();
}

}  // namespace asap
