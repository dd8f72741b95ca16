// Gzip and deflate in memory, with output that never grows beyond what was asked for: a decompression bomb costs nothing.
#ifndef ASAP_CORE_BYTES_GZIP_H_
#define ASAP_CORE_BYTES_GZIP_H_

#include <cstdint>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace asap {

// Deflate cannot do better than 1032:1, so a stream of n bytes holds at most this many.
constexpr int64_t MaxGunzipped(int64_t compressed_bytes) { return compressed_bytes * 1032; }

// The first bytes of what `compressed` decodes to: `count`, or fewer where it holds less.
absl::StatusOr<std::string> GunzipPrefix(absl::string_view compressed, int64_t count);

// Fills `out` with the first out.size() decoded bytes. Several members, one after another, are one stream. Fewer bytes, damage,
// or a wrong checksum are errors. What follows the bytes is not looked at, but for 64 KiB in search of that checksum.
absl::Status Gunzip(absl::string_view compressed, absl::Span<char> out);

// The same, calling progress(n) about every mebibyte with the number of bytes that are there. Cancelled once that gives false.
absl::Status Gunzip(absl::string_view compressed, absl::Span<char> out, absl::FunctionRef<bool(int64_t)> progress);

// One member of `header` and `body`, one after the other, about as small as gzip -1 makes it. The result does not depend on the
// number of threads, but it may on the processor.
absl::StatusOr<std::string> Gzip(absl::string_view bytes);
absl::StatusOr<std::string> Gzip(absl::string_view header, absl::string_view body, int threads);

// The same for a bare deflate stream, as in a zip file: `out` is all that it holds.
absl::StatusOr<std::string> InflatePrefix(absl::string_view deflated, int64_t count);
absl::Status Inflate(absl::string_view deflated, absl::Span<char> out);
absl::StatusOr<std::string> Deflate(absl::string_view bytes);

}  // namespace asap

#endif  // ASAP_CORE_BYTES_GZIP_H_
