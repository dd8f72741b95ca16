#include "core/imaging/gzip.h"

#include <libdeflate.h>
#include <zlib.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/parallel_for.h"
#include "core/imaging/large_buffer.h"

namespace asap {
namespace {

constexpr int64_t kChunk = int64_t{1} << 30;  // zlib counts in 32 bits

// zlib's numbers of the two formats.
enum class Format { kGzip = 15 + 16, kBare = -15 };

struct StreamResult {
  int64_t written = 0;
  bool damaged = false;
};

// zlib, because libdeflate decodes only whole members into buffers of known size. Stops when `out` is full.
StreamResult InflateStream(Format format, absl::string_view in, absl::Span<char> out) {
  StreamResult result;
  z_stream stream = {};
  if (inflateInit2(&stream, static_cast<int>(format)) != Z_OK) return {0, true};
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
      if (format == Format::kBare) break;
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

// libdeflate always ends its stream. So that two threads can make one, zlib, which can stop at a byte in the middle of a stream
// and takes twice as long, makes the first third of it. Not two members: browsers, among others, read only the first.
constexpr size_t kSplitFrom = size_t{1} << 20;
constexpr size_t kHeadPercent = 31;

// A piece of a deflate stream, whole bytes, and the checksum of what it decodes to. No `size` on failure.
struct Deflated {
  LargeBuffer<char> bytes;
  size_t size = 0;
  uint32_t checksum = 0;
};

// A stream of two pieces that goes on.
Deflated DeflateHead(absl::string_view first, absl::string_view second) {
  Deflated result;
  z_stream stream = {};
  constexpr int kRawWindow = -15, kMemory = 8;
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kRawWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK) return result;
  const size_t bound = deflateBound(&stream, first.size() + second.size()) + 16;  // what marks the end of the piece
  result.bytes = AllocateLarge<char>(bound);
  bool good = result.bytes != nullptr;
  const auto add = [&](absl::string_view bytes, int flush) {
    while (good && !bytes.empty()) {
      const absl::string_view chunk = bytes.substr(0, kChunk);
      bytes.remove_prefix(chunk.size());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(chunk.data()));
      stream.avail_in = static_cast<uInt>(chunk.size());
      stream.next_out = reinterpret_cast<Bytef*>(result.bytes.get() + stream.total_out);
      stream.avail_out = static_cast<uInt>(std::min<size_t>(bound - stream.total_out, 2 * kChunk));
      good = deflate(&stream, bytes.empty() ? flush : Z_NO_FLUSH) == Z_OK && stream.avail_in == 0 && stream.avail_out > 0;
      result.checksum = libdeflate_crc32(result.checksum, chunk.data(), chunk.size());
    }
  };
  add(first, second.empty() ? Z_SYNC_FLUSH : Z_NO_FLUSH);
  add(second, Z_SYNC_FLUSH);
  if (good) result.size = stream.total_out;
  deflateEnd(&stream);
  return result;
}

// A stream that ends.
Deflated DeflateTail(absl::string_view bytes, int level) {
  Deflated result;
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(libdeflate_alloc_compressor(level),
                                                                                            libdeflate_free_compressor);
  if (compressor == nullptr) return result;
  const size_t bound = libdeflate_deflate_compress_bound(compressor.get(), bytes.size());
  result.bytes = AllocateLarge<char>(bound);
  if (result.bytes == nullptr) return result;
  result.size = libdeflate_deflate_compress(compressor.get(), bytes.data(), bytes.size(), result.bytes.get(), bound);
  result.checksum = libdeflate_crc32(0, bytes.data(), bytes.size());
  return result;
}

}  // namespace

absl::StatusOr<std::string> GunzipPrefix(absl::string_view compressed, int64_t count) {
  std::string prefix(count, '\0');
  const StreamResult result = InflateStream(Format::kGzip, compressed, absl::MakeSpan(&prefix[0], prefix.size()));
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
  const StreamResult result = InflateStream(Format::kGzip, compressed, out);
  if (result.written == static_cast<int64_t>(out.size()) && !result.damaged) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "decompresses to ", result.written, " of the ", out.size(),
      " bytes that its header asks for: ", result.damaged ? "it is damaged" : "it is truncated", ". Copy or download it again."));
}

absl::StatusOr<std::string> Gzip(absl::string_view bytes, int level) { return Gzip("", bytes, level, /*threads=*/1); }

absl::StatusOr<std::string> Gzip(absl::string_view header, absl::string_view body, int level, int threads) {
  const absl::string_view first = body.size() < kSplitFrom ? "" : body.substr(0, body.size() / 100 * kHeadPercent);
  const absl::string_view rest = body.substr(first.size());
  const bool has_head = !header.empty() || !first.empty();
  Deflated head, tail;
  ParallelFor(threads, 2, [&](int64_t part) {
    if (part == 0) tail = DeflateTail(rest, level);
    if (part == 1 && has_head) head = DeflateHead(header, first);
  });
  if (tail.size == 0 || (has_head && head.size == 0)) {
    return absl::ResourceExhaustedError("gzip compression failed, probably for want of memory");
  }
  // Magic, deflate, no flags, no time, no hints, system unknown; the stream; checksum, and size modulo 2^32.
  std::string compressed;
  compressed.reserve(10 + head.size + tail.size + 8);
  compressed.append("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);
  compressed.append(head.bytes.get(), head.size);
  compressed.append(tail.bytes.get(), tail.size);
  const auto append = [&](uint32_t value) { compressed.append(reinterpret_cast<const char*>(&value), sizeof(value)); };
  append(static_cast<uint32_t>(crc32_combine(head.checksum, tail.checksum, static_cast<z_off_t>(rest.size()))));
  append(static_cast<uint32_t>(header.size() + body.size()));
  return compressed;
}

absl::StatusOr<std::string> InflatePrefix(absl::string_view deflated, int64_t count) {
  std::string prefix(count, '\0');
  const StreamResult result = InflateStream(Format::kBare, deflated, absl::MakeSpan(&prefix[0], prefix.size()));
  if (result.damaged && result.written < count) return absl::DataLossError("its compressed data are damaged at their start");
  prefix.resize(result.written);
  return prefix;
}

absl::Status Inflate(absl::string_view deflated, absl::Span<char> out) {
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(libdeflate_alloc_decompressor(),
                                                                                                  libdeflate_free_decompressor);
  if (decompressor == nullptr) return absl::ResourceExhaustedError("no memory for decompression");
  size_t written = 0;
  const libdeflate_result result =
      libdeflate_deflate_decompress(decompressor.get(), deflated.data(), deflated.size(), out.data(), out.size(), &written);
  if (result == LIBDEFLATE_SUCCESS && written == out.size()) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("its compressed data do not decompress to ", out.size(), " bytes: damaged or truncated"));
}

absl::StatusOr<std::string> Deflate(absl::string_view bytes, int level) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(libdeflate_alloc_compressor(level),
                                                                                            libdeflate_free_compressor);
  if (compressor == nullptr) return absl::InvalidArgumentError(absl::StrCat("no level ", level, "; expected 1 to 12"));
  std::string compressed(libdeflate_deflate_compress_bound(compressor.get(), bytes.size()), '\0');
  const size_t size =
      libdeflate_deflate_compress(compressor.get(), bytes.data(), bytes.size(), &compressed[0], compressed.size());
  if (size == 0) return absl::InternalError("compression failed");
  compressed.resize(size);
  return compressed;
}

uint32_t Crc32(absl::string_view bytes) { return libdeflate_crc32(0, bytes.data(), bytes.size()); }

}  // namespace asap
