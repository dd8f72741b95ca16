// Whole writes to a file that grows, with errors that name it.
#ifndef ASAP_CORE_TRAIN_APPEND_FILE_H_
#define ASAP_CORE_TRAIN_APPEND_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

class AppendFile {
 public:
  // Opened for appending, made where it is missing.
  static absl::StatusOr<AppendFile> Open(const std::string& path);
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  ~AppendFile();

  // ResourceExhausted where the disk is full. All bytes, or an error after possibly some of them.
  absl::Status Write(absl::string_view bytes);
  // All that was written reaches the disk.
  absl::Status Sync();

 private:
  AppendFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_APPEND_FILE_H_
