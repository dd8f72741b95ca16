#include "core/imaging/gzip.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"

namespace asap {
namespace {

constexpr int64_t kChunk = int64_t{1} << 30;  // zlib counts in 32 bits

struct StreamResult {
  int64_t written = 0;
  bool damaged = false;
};

// zlib, because libdeflate decodes only whole members into buffers of known size. Stops when `out` is full.
StreamResult InflateStream(absl::string_view in, absl::Span<char> out) {
  StreamResult result;
  z_stream stream = {};
  constexpr int kGzipWindow = 15 + 16;
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return {0, true};
  size_t taken = 0;
  while (result.written < static_cast<int64_t>(out.size())) {
    if (stream.avail_in == 0) {
      const int64_t count = std::min<int64_t>(in.size() - taken, kChunk);
      if (count == 0) break;
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data() + taken));
      stream.avail_in = static_cast<uInt>(count);
      taken += count;
    }
    const int64_t room = std::min<int64_t>(out.size() - result.written, kChunk);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + result.written);
    stream.avail_out = static_cast<uInt>(room);
    const int code = inflate(&stream, Z_NO_FLUSH);
    result.written += room - stream.avail_out;
    if (code == Z_STREAM_END) {
      if (inflateReset(&stream) != Z_OK) break;  // the next member, if any
      continue;
    }
    if (code == Z_BUF_ERROR && stream.avail_in == 0) continue;
    if (code != Z_OK) {
      result.damaged = true;
      break;
    }
  }
  inflateEnd(&stream);
  return result;
}

}  // namespace

absl::StatusOr<std::string> GunzipPrefix(absl::string_view compressed, int64_t count) {
  std::string prefix(count, '\0');
  const StreamResult result = InflateStream(compressed, absl::MakeSpan(&prefix[0], prefix.size()));
  if (result.damaged && result.written == 0) {
    return absl::DataLossError("is not gzip, or damaged at its start. Copy or download it again, or drop the .gz of its name.");
  }
  prefix.resize(result.written);
  return prefix;
}

absl::Status Gunzip(absl::string_view compressed, absl::Span<char> out) {
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(libdeflate_alloc_decompressor(),
                                                                                                  libdeflate_free_decompressor);
  if (decompressor == nullptr) return absl::ResourceExhaustedError("no memory for decompression");
  size_t read = 0, written = 0;
  while (written < out.size() && read < compressed.size()) {
    size_t member_in = 0, member_out = 0;
    const libdeflate_result result =
        libdeflate_gzip_decompress_ex(decompressor.get(), compressed.data() + read, compressed.size() - read,
                                      out.data() + written, out.size() - written, &member_in, &member_out);
    if (result != LIBDEFLATE_SUCCESS) break;
    read += member_in;
    written += member_out;
  }
  if (written == out.size()) return absl::OkStatus();
  // Longer than asked for, or defective: the slower decoder tells which, and how far the data go.
  const StreamResult result = InflateStream(compressed, out);
  if (result.written == static_cast<int64_t>(out.size()) && !result.damaged) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "decompresses to ", result.written, " of the ", out.size(),
      " bytes that its header asks for: ", result.damaged ? "it is damaged" : "it is truncated", ". Copy or download it again."));
}

absl::StatusOr<std::string> Gzip(absl::string_view bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(libdeflate_alloc_compressor(level),
                                                                                            libdeflate_free_compressor);
  if (compressor == nullptr) return absl::InvalidArgumentError(absl::StrCat("no gzip level ", level, "; expected 1 to 12"));
  std::string compressed(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
  const size_t size = libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), &compressed[0], compressed.size());
  if (size == 0) return absl::InternalError("gzip compression failed");
  compressed.resize(size);
  return compressed;
}

}  // namespace asap
