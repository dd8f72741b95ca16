#include "core/data/volume_cache/digest_index.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/bytes/mapped_file.h"
#include "core/imaging/formats/read_volume.h"

namespace asap {
namespace {

struct Record {
  Hash128 path;
  Hash128 digest;
  uint64_t stamp = 0;
  uint64_t checksum = 0;  // of what stands before it
};
static_assert(sizeof(Record) == 48);

uint64_t Checksum(const Record& record) {
  return HashBytes64({reinterpret_cast<const char*>(&record), offsetof(Record, checksum)});
}

// A file changed within this time may change again without its times telling.
constexpr int64_t kUnsettledNanoseconds = 1'000'000'000;

struct Stamp {
  uint64_t hash = 0;
  int64_t newest = 0;  // nanoseconds since 1970
};

absl::StatusOr<Stamp> StampOf(const std::vector<std::string>& files) {
  std::string text;
  Stamp stamp;
  for (const std::string& file : files) {
    struct stat info;
    if (stat(file.c_str(), &info) != 0) {
      const absl::StatusCode code =
          errno == ENOENT || errno == ENOTDIR ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable;
      return absl::Status(code, absl::StrCat("cannot open ", file, ": ", std::strerror(errno)));
    }
    const int64_t modified = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
    const int64_t changed = int64_t{info.st_ctim.tv_sec} * 1'000'000'000 + info.st_ctim.tv_nsec;
    absl::StrAppend(&text, file, "\n", info.st_size, " ", info.st_ino, " ", modified, " ", changed, "\n");
    stamp.newest = std::max({stamp.newest, modified, changed});
  }
  stamp.hash = HashBytes64(text) | 1;
  return stamp;
}

absl::StatusOr<Hash128> DigestFiles(const std::vector<std::string>& files) {
  std::string digests;
  for (const std::string& file : files) {
    ASAP_ASSIGN_OR_RETURN(const MappedFile mapped, MappedFile::Open(file));
    absl::StrAppend(&digests, HashBytes(mapped.bytes()).Hex(), " ", mapped.bytes().size(), "\n");
  }
  return HashBytes(digests);
}

}  // namespace

DigestIndex::DigestIndex(std::string file, std::function<int64_t()> nanoseconds_now)
    : file_(std::move(file)), now_(std::move(nanoseconds_now)) {
  if (!file_.empty()) Load();
}

void DigestIndex::Load() {
  const absl::StatusOr<std::string> bytes = ReadFile(file_);
  if (!bytes.ok()) return;
  const size_t records = bytes->size() / sizeof(Record);
  known_.reserve(records);
  for (size_t i = 0; i < records; ++i) {
    Record record;
    std::memcpy(&record, bytes->data() + i * sizeof(Record), sizeof(Record));
    if (record.checksum == Checksum(record)) known_[record.path] = {.digest = record.digest, .stamp = record.stamp};
  }
  if (records < 2 * known_.size() + 1000) return;
  // Most of it is about files as they were once. Whatever another process appends meanwhile is read from its source again.
  std::string compact;
  for (const auto& [path, known] : known_) {
    Record record = {.path = path, .digest = known.digest, .stamp = known.stamp};
    record.checksum = Checksum(record);
    compact.append(reinterpret_cast<const char*>(&record), sizeof(Record));
  }
  WriteFileAtomically(file_, compact).IgnoreError();
}

void DigestIndex::Append(const Hash128& path, const Known& known) const {
  Record record = {.path = path, .digest = known.digest, .stamp = known.stamp};
  record.checksum = Checksum(record);
  const int descriptor = open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (descriptor < 0) return;
  struct stat info;
  if (flock(descriptor, LOCK_EX) == 0 && fstat(descriptor, &info) == 0) {
    // Records stay aligned: what a crash or a full disk left of one goes.
    const off_t whole = info.st_size - info.st_size % static_cast<off_t>(sizeof(Record));
    bool aligned = whole == info.st_size || ftruncate(descriptor, whole) == 0;
    if (aligned && write(descriptor, &record, sizeof(Record)) != sizeof(Record)) aligned = ftruncate(descriptor, whole) == 0;
  }
  close(descriptor);
}

absl::StatusOr<Hash128> DigestIndex::Digest(const std::string& path) {
  const Hash128 name = HashBytes(path);
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> files, VolumeFiles(path));
  ASAP_ASSIGN_OR_RETURN(const Stamp stamp, StampOf(files));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = known_.find(name);
    if (found != known_.end() && found->second.stamp == stamp.hash) {
      found->second.seen_now = true;
      return found->second.digest;
    }
  }
  Known known = {.seen_now = true};
  ASAP_ASSIGN_OR_RETURN(known.digest, DigestFiles(files));
  const absl::StatusOr<Stamp> after = StampOf(files);
  const bool settled = after.ok() && after->hash == stamp.hash && now_() - stamp.newest > kUnsettledNanoseconds;
  if (settled) known.stamp = stamp.hash;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    known_[name] = known;
    ++files_hashed_;
  }
  if (settled && !file_.empty()) Append(name, known);
  return known.digest;
}

std::optional<Hash128> DigestIndex::SeenNow(const std::string& path) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = known_.find(HashBytes(path));
  if (found == known_.end() || !found->second.seen_now) return std::nullopt;
  return found->second.digest;
}

int64_t DigestIndex::files_hashed() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return files_hashed_;
}

}  // namespace asap
