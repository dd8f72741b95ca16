// A file mapped read-only into memory: pages are read when touched, and shared between processes.
#ifndef ASAP_CORE_BYTES_MAPPED_FILE_H_
#define ASAP_CORE_BYTES_MAPPED_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

class MappedFile {
 public:
  static absl::StatusOr<MappedFile> Open(const std::string& path);

  MappedFile() = default;
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  absl::string_view bytes() const { return absl::string_view(data_, size_); }
  // Tells a file from another that takes its name; 0 of an empty file.
  uint64_t inode() const { return inode_; }

 private:
  MappedFile(const char* data, size_t size, uint64_t inode) : data_(data), size_(size), inode_(inode) {}

  const char* data_ = nullptr;
  size_t size_ = 0;
  uint64_t inode_ = 0;
  int watch_ = -1;  // bus_error.h
};

}  // namespace asap

#endif  // ASAP_CORE_BYTES_MAPPED_FILE_H_
