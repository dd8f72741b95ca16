// A file mapped read-only into memory: pages are read when touched, and shared between processes.
#ifndef ASAP_CORE_IMAGING_MAPPED_FILE_H_
#define ASAP_CORE_IMAGING_MAPPED_FILE_H_

#include <cstddef>
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

 private:
  MappedFile(const char* data, size_t size) : data_(data), size_(size) {}

  const char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_MAPPED_FILE_H_
