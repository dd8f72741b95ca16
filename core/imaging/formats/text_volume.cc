#include "core/imaging/formats/text_volume.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/bytes/large_buffer.h"
#include "core/bytes/mapped_file.h"
#include "core/imaging/formats/text_header.h"
#include "core/imaging/geometry.h"

namespace asap {
namespace {

struct HeaderFile {
  MappedFile file;
  TextHeader header;
};

absl::StatusOr<HeaderFile> OpenHeader(const std::string& path) {
  HeaderFile text;
  ASAP_ASSIGN_OR_RETURN(text.file, MappedFile::Open(path));
  const bool meta_image = absl::EndsWithIgnoreCase(path, ".mha") || absl::EndsWithIgnoreCase(path, ".mhd");
  absl::StatusOr<TextHeader> header =
      meta_image ? ParseMetaImageHeader(path, text.file.bytes()) : ParseNrrdHeader(path, text.file.bytes());
  if (!header.ok()) return Annotate(header.status(), path);
  text.header = *std::move(header);
  return text;
}

absl::StatusOr<Geometry> GeometryOf(const TextHeader& header, const std::string& path) {
  absl::StatusOr<Geometry> geometry = GeometryFromAffine(header.affine, header.size, path);
  if (!geometry.ok()) return Annotate(geometry.status(), path);
  return geometry;
}

// Fills `out` with what a zlib or gzip stream holds behind its first `skip` bytes. Where the stream ends there, its checksum is
// held against it.
absl::Status InflateTo(absl::string_view compressed, int64_t skip, absl::Span<char> out) {
  z_stream stream = {};
  if (inflateInit2(&stream, 15 + 32) != Z_OK) return absl::ResourceExhaustedError("no memory to decompress it");  // either header
  const std::unique_ptr<z_stream, int (*)(z_stream*)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  size_t in_left = compressed.size(), done = 0;
  char beyond[1 << 12];  // takes what is skipped, and what comes after the voxels, if only the checksum
  constexpr size_t kStep = 1 << 30;
  while (true) {
    if (stream.avail_in == 0) {
      stream.avail_in = static_cast<uInt>(std::min(in_left, kStep));
      in_left -= stream.avail_in;
    }
    char* to = skip > 0 || done == out.size() ? beyond : out.data() + done;
    const size_t room = skip > 0             ? std::min<size_t>(skip, sizeof(beyond))
                        : done == out.size() ? sizeof(beyond)
                                             : std::min(out.size() - done, kStep);
    stream.next_out = reinterpret_cast<Bytef*>(to);
    stream.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream, Z_NO_FLUSH);
    const size_t made = room - stream.avail_out;
    if (to != beyond) {
      done += made;
    } else if (skip > 0) {
      skip -= static_cast<int64_t>(made);
    } else if (made > 0) {
      return absl::OkStatus();  // more than the voxels: nothing of ours
    }
    if (result == Z_STREAM_END && done == out.size()) return absl::OkStatus();
    if (result != Z_OK || (made == 0 && stream.avail_in == 0 && in_left == 0)) {
      return absl::DataLossError("its compressed voxels are truncated or damaged. Copy or download it again.");
    }
  }
}

template <typename T>
void ToFloat(const char* from, bool swapped, std::vector<float>* out) {
  for (float& voxel : *out) {
    char raw[sizeof(T)];
    memcpy(raw, from, sizeof(T));
    if (swapped) std::reverse(raw, raw + sizeof(T));
    T value;
    memcpy(&value, raw, sizeof(T));
    voxel = static_cast<float>(value);
    from += sizeof(T);
  }
}

void ToFloat(const TextHeader& header, const char* bytes, std::vector<float>* out) {
  switch (header.type) {
    case NiftiType::kUint8:
      return ToFloat<uint8_t>(bytes, header.big_endian, out);
    case NiftiType::kInt8:
      return ToFloat<int8_t>(bytes, header.big_endian, out);
    case NiftiType::kInt16:
      return ToFloat<int16_t>(bytes, header.big_endian, out);
    case NiftiType::kUint16:
      return ToFloat<uint16_t>(bytes, header.big_endian, out);
    case NiftiType::kInt32:
      return ToFloat<int32_t>(bytes, header.big_endian, out);
    case NiftiType::kUint32:
      return ToFloat<uint32_t>(bytes, header.big_endian, out);
    case NiftiType::kInt64:
      return ToFloat<int64_t>(bytes, header.big_endian, out);
    case NiftiType::kUint64:
      return ToFloat<uint64_t>(bytes, header.big_endian, out);
    case NiftiType::kFloat32:
      return ToFloat<float>(bytes, header.big_endian, out);
    case NiftiType::kFloat64:
      return ToFloat<double>(bytes, header.big_endian, out);
  }
}

}  // namespace

absl::StatusOr<Geometry> ReadTextGeometry(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const HeaderFile text, OpenHeader(path));
  return GeometryOf(text.header, path);
}

absl::StatusOr<std::string> DetachedDataFile(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const HeaderFile text, OpenHeader(path));
  return text.header.data_file;
}

absl::StatusOr<Volume<float>> ReadTextVolume(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(HeaderFile text, OpenHeader(path));
  const TextHeader& header = text.header;
  Volume<float> volume;
  ASAP_ASSIGN_OR_RETURN(volume.geometry, GeometryOf(header, path));
  if (header.without_space) {
    LogWarning(absl::StrCat(path,
                            ": does not say which way its axes run in the body. They are taken to run to Left, Posterior and "
                            "Superior; write \"space: left-posterior-superior\" into its header if that is right."));
  }
  if (!header.data_file.empty()) {
    ASAP_ASSIGN_OR_RETURN(text.file, MappedFile::Open(header.data_file));
  }
  absl::string_view bytes = text.file.bytes();
  bytes.remove_prefix(std::min<size_t>(header.data_start, bytes.size()));  // the file may have changed meanwhile
  LargeBuffer<char> decoded;
  if (header.compressed) {
    decoded = AllocateLarge<char>(header.voxel_bytes());
    if (decoded == nullptr) {
      return absl::ResourceExhaustedError(
          absl::StrCat(path, ": no memory for its ", header.voxel_bytes(), " bytes; use fewer threads"));
    }
    const absl::Status status =
        InflateTo(bytes, header.skip_decoded, absl::MakeSpan(decoded.get(), static_cast<size_t>(header.voxel_bytes())));
    if (!status.ok()) return Annotate(status, path);
    bytes = absl::string_view(decoded.get(), header.voxel_bytes());
  }
  if (static_cast<int64_t>(bytes.size()) < header.voxel_bytes()) {
    return absl::DataLossError(absl::StrCat(path, ": changed while it was read. Start again."));
  }
  volume.voxels.resize(volume.geometry.voxels());
  ToFloat(header, bytes.data(), &volume.voxels);
  return volume;
}

}  // namespace asap
