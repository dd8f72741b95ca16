#include "core/data/volume_cache/cache_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/data/volume_cache/entry.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kExtension = ".voxels";
constexpr char kTag[] =
    "Signature: 8a477f597d28d172789f06886806bc55\n# Volumes that asap has decoded. The folder may be removed.\n";

bool IsHex(absl::string_view text, size_t digits) {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == absl::string_view::npos;
}

bool IsEntryName(absl::string_view name) {
  return absl::EndsWith(name, kExtension) && IsHex(name.substr(0, name.size() - kExtension.size()), 32);
}

struct Listed {
  std::string path;
  int64_t bytes = 0;
  int64_t used = 0;  // nanoseconds since 1970
};

// A file that was being written when its process ended: nobody holds its lock. A writer that has made its file and not locked it
// yet finds it gone, and stores its volume another time.
void RemoveIfAbandoned(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) unlink(path.c_str());
  close(descriptor);
}

std::vector<Listed> List(const std::string& folder) {
  std::vector<Listed> entries;
  std::error_code error;
  for (fs::directory_iterator part(folder, error), parts; !error && part != parts; part.increment(error)) {
    const std::string part_name = part->path().filename().string();
    if (absl::StartsWith(part_name, kPartialPrefix)) RemoveIfAbandoned(part->path().string());  // of the digests
    if (!IsHex(part_name, 2)) continue;
    std::error_code inner;
    for (fs::directory_iterator file(part->path(), inner), end; !inner && file != end; file.increment(inner)) {
      const std::string name = file->path().filename().string();
      const std::string path = file->path().string();
      if (absl::StartsWith(name, kPartialPrefix)) RemoveIfAbandoned(path);
      struct stat info;
      if (!IsEntryName(name) || stat(path.c_str(), &info) != 0) continue;
      entries.push_back({path, info.st_size, int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec});
    }
  }
  return entries;
}

int64_t Sum(const std::vector<Listed>& entries) {
  int64_t bytes = 0;
  for (const Listed& entry : entries) bytes += entry.bytes;
  return bytes;
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  const bool full = errno == ENOSPC || errno == EDQUOT;
  return absl::Status(full ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kPermissionDenied,
                      absl::StrCat("cannot make the folder ", path, ": ", std::strerror(errno)));
}

}  // namespace

std::string CacheFolder::EntryPath(const Hash128& key) const {
  const std::string hex = key.Hex();
  return absl::StrCat(path_, "/", hex.substr(0, 2), "/", hex, kExtension);
}

absl::Status CacheFolder::Prepare(const Hash128& key) const {
  const std::string folder = fs::path(EntryPath(key)).parent_path().string();
  if (access(folder.c_str(), W_OK) == 0) return absl::OkStatus();
  absl::Status status = MakeFolder(path_);
  if (status.ok()) status = MakeFolder(folder);
  if (!status.ok()) return status;
  const int tag = open(absl::StrCat(path_, "/CACHEDIR.TAG").c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (tag >= 0) {
    // Of no matter to the cache itself.
    if (write(tag, kTag, sizeof(kTag) - 1) < 0) status = absl::OkStatus();
    close(tag);
  }
  return status;
}

int64_t CacheFolder::Scan() const { return Sum(List(path_)); }

absl::StatusOr<CacheFolder::Eviction> CacheFolder::EvictTo(int64_t target) const {
  const std::string lock = absl::StrCat(path_, "/lock");
  const int descriptor = open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0 || flock(descriptor, LOCK_EX) != 0) {
    const std::string reason = std::strerror(errno);
    if (descriptor >= 0) close(descriptor);
    return absl::PermissionDeniedError(absl::StrCat("cannot lock ", lock, ": ", reason));
  }
  std::vector<Listed> entries = List(path_);
  std::sort(entries.begin(), entries.end(),
            [](const Listed& a, const Listed& b) { return std::tie(a.used, a.path) < std::tie(b.used, b.path); });
  Eviction result = {.left = Sum(entries)};
  for (const Listed& entry : entries) {
    if (result.left <= target) break;
    if (unlink(entry.path.c_str()) != 0 && errno != ENOENT) continue;
    ++result.entries;
    result.bytes += entry.bytes;
    result.left -= entry.bytes;
  }
  close(descriptor);
  return result;
}

void CacheFolder::Touch(const std::string& entry_path) {
  struct stat info;
  if (stat(entry_path.c_str(), &info) != 0 || std::time(nullptr) - info.st_mtim.tv_sec < 60) return;
  const struct timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, {.tv_sec = 0, .tv_nsec = UTIME_NOW}};
  utimensat(AT_FDCWD, entry_path.c_str(), times, 0);  // a cache that is read-only keeps its order
}

int64_t CacheFolder::FreeBytes() const {
  struct statvfs info;
  for (fs::path folder = path_; !folder.empty(); folder = folder.parent_path()) {
    if (statvfs(folder.c_str(), &info) == 0) return static_cast<int64_t>(info.f_bavail) * static_cast<int64_t>(info.f_frsize);
    if (folder == folder.parent_path()) break;
  }
  return 0;
}

}  // namespace asap
