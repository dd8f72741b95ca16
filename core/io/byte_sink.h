// A file to which writers that cannot fail are given: they go on after an error, and the error is told at the end. For LibTorch's
// writers, whose destructors end the program when a write is refused.
#ifndef ASAP_CORE_IO_BYTE_SINK_H_
#define ASAP_CORE_IO_BYTE_SINK_H_

#include <cstddef>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace asap {

class ByteSink {
 public:
  explicit ByteSink(const std::string& path) : out_(path, std::ios::binary) {}

  size_t Write(const void* data, size_t size) {
    if (out_) out_.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
    return size;
  }

  // ResourceExhausted, naming `path`, where any of the writes failed.
  absl::Status Close(const std::string& path) {
    out_.close();
    return out_ ? absl::OkStatus() : absl::ResourceExhaustedError(absl::StrCat("cannot write ", path, ": is the disk full?"));
  }

 private:
  std::ofstream out_;
};

}  // namespace asap

#endif  // ASAP_CORE_IO_BYTE_SINK_H_
