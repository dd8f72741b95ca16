// NumPy's files: .npy, one array, and .npz, a zip file of them, stored or deflated.
//
//   ASAP_ASSIGN_OR_RETURN(const NpzFile file, NpzFile::Open("trn00001.npz"));
//   ASAP_ASSIGN_OR_RETURN(const NpyArray array, file.Read("ct"));
//
// Files are untrusted: sizes are checked before memory is taken, checksums are compared, arrays of Python objects (pickles) are
// refused.
#ifndef ASAP_CORE_IO_NPZ_H_
#define ASAP_CORE_IO_NPZ_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/bytes/large_buffer.h"

namespace asap {

struct NpyHeader {
  char kind = 'i';         // NumPy's letter: i and u integers, f floats, b booleans
  int64_t item_bytes = 0;  // 1, 2, 4 or 8
  bool big_endian = false;
  bool fortran_order = false;  // the first index runs fastest, not the last
  std::vector<int64_t> shape;
  int64_t data_offset = 0;  // from the start of the .npy

  int64_t count() const;
  int64_t bytes() const { return count() * item_bytes; }
  std::string Type() const;   // "int16", "big-endian float32"
  std::string Shape() const;  // "(134, 420, 420)"
};

// `bytes` are the first of the array's file: kNpyPrefix of them, or all. Messages leave it to the caller to name the file.
inline constexpr int64_t kNpyPrefix = 4096;
absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view bytes);

struct NpyArray {
  NpyHeader header;
  LargeBuffer<char> buffer;
  absl::string_view elements;  // within `buffer`, at a multiple of 8 bytes; header.bytes() of them
};

class NpzFile {
 public:
  static absl::StatusOr<NpzFile> Open(const std::string& path);
  NpzFile(NpzFile&&) noexcept;
  NpzFile& operator=(NpzFile&&) noexcept;
  ~NpzFile();

  // The arrays' names without .npy, sorted.
  std::vector<std::string> names() const;
  // Errors of both name the file. NotFound where there is no such array.
  absl::StatusOr<NpyHeader> Header(const std::string& name) const;
  absl::StatusOr<NpyArray> Read(const std::string& name) const;

 private:
  struct Contents;
  explicit NpzFile(std::unique_ptr<Contents> contents);

  std::unique_ptr<Contents> contents_;
};

}  // namespace asap

#endif  // ASAP_CORE_IO_NPZ_H_
