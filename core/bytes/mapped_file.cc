#include "core/bytes/mapped_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/bytes/bus_error.h"

namespace asap {

absl::StatusOr<MappedFile> MappedFile::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const absl::StatusCode code = errno == ENOENT ? absl::StatusCode::kNotFound : absl::StatusCode::kPermissionDenied;
    return absl::Status(code, absl::StrCat("cannot open ", path, ": ", strerror(errno)));
  }
  struct stat info;
  if (fstat(descriptor, &info) != 0 || !S_ISREG(info.st_mode)) {
    close(descriptor);
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a regular file"));
  }
  MappedFile file;
  if (info.st_size > 0) {
    void* data = mmap(nullptr, info.st_size, PROT_READ, MAP_SHARED, descriptor, 0);
    if (data == MAP_FAILED) {
      const int error = errno;
      close(descriptor);
      return absl::ResourceExhaustedError(absl::StrCat("cannot map ", path, " into memory: ", strerror(error)));
    }
    file = MappedFile(static_cast<const char*>(data), info.st_size, info.st_ino);
    file.watch_ = WatchMapping(path, data, info.st_size);
  }
  close(descriptor);
  return file;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      inode_(std::exchange(other.inode_, 0)),
      watch_(std::exchange(other.watch_, -1)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(inode_, other.inode_);
  std::swap(watch_, other.watch_);
  return *this;
}

MappedFile::~MappedFile() {
  EndWatch(watch_);
  if (data_ != nullptr) munmap(const_cast<char*>(data_), size_);
}

}  // namespace asap
