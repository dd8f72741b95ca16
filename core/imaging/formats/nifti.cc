#include "core/imaging/formats/nifti.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/bytes/gzip.h"
#include "core/imaging/geometry.h"

namespace asap {
namespace {

bool IsGzip(absl::string_view bytes) { return absl::StartsWith(bytes, "\x1f\x8b"); }

// The header of a pair's .hdr, or of the file itself where there is none, checked against what the file can hold.
absl::StatusOr<NiftiHeader> CheckedHeader(absl::string_view bytes, const MappedFile* hdr = nullptr) {
  if (bytes.empty()) return absl::DataLossError("is empty. Copy or download it again.");
  if (!IsGzip(bytes)) {
    ASAP_ASSIGN_OR_RETURN(const NiftiHeader header, ParseNiftiHeader(hdr != nullptr ? hdr->bytes() : bytes, hdr != nullptr));
    if (header.end() > static_cast<int64_t>(bytes.size())) {
      return absl::DataLossError(absl::StrCat("holds ", bytes.size(), " bytes, its header asks for ", header.end(), " (",
                                              SizeText(header.size), " voxels of ", header.bytes_per_voxel,
                                              " bytes): it is truncated. Copy or download it again."));
    }
    return header;
  }
  if (hdr != nullptr) return absl::UnimplementedError("is compressed. Decompress both halves, or convert the pair to .nii.gz.");
  ASAP_ASSIGN_OR_RETURN(const std::string prefix, GunzipPrefix(bytes, kNiftiHeaderBytes));
  ASAP_ASSIGN_OR_RETURN(const NiftiHeader header, ParseNiftiHeader(prefix));
  if (header.end() > MaxGunzipped(bytes.size())) {
    return absl::DataLossError(absl::StrCat("holds ", bytes.size(), " compressed bytes, which cannot decompress to the ",
                                            header.end(), " that its header asks for (", SizeText(header.size), " voxels of ",
                                            header.bytes_per_voxel,
                                            " bytes): it is truncated or damaged. Copy or download it again."));
  }
  return header;
}

// What of a path holds the voxels, mapped, and the header.
struct OpenHeader {
  MappedFile voxels;
  NiftiHeader header;
};

absl::StatusOr<OpenHeader> Map(const std::string& path) {
  OpenHeader open;
  const std::string other = OtherHalf(path);
  if (other.empty()) {
    ASAP_ASSIGN_OR_RETURN(open.voxels, MappedFile::Open(path));
    absl::StatusOr<NiftiHeader> header = CheckedHeader(open.voxels.bytes());
    if (!header.ok()) return Annotate(header.status(), path);
    open.header = *header;
    return open;
  }
  const bool is_hdr = absl::EndsWithIgnoreCase(path, ".hdr");
  ASAP_ASSIGN_OR_RETURN(const MappedFile hdr, MappedFile::Open(is_hdr ? path : other));
  ASAP_ASSIGN_OR_RETURN(open.voxels, MappedFile::Open(is_hdr ? other : path));
  absl::StatusOr<NiftiHeader> header = CheckedHeader(open.voxels.bytes(), &hdr);
  if (!header.ok()) return Annotate(header.status(), path);
  open.header = *header;
  return open;
}

// Voxel number `offset` and every `stride`-th from there. memcpy, because a file may place its voxels at any byte.
template <typename T>
void ToFloat(const NiftiHeader& header, const char* voxels, int64_t offset, int64_t stride, int64_t count, float* out) {
  constexpr int64_t kBytes = sizeof(T);
  const char* from = voxels + offset * kBytes;
  const auto plain = [from, out](int64_t i, int64_t step) {
    T value;
    memcpy(&value, from + i * step * kBytes, kBytes);
    out[i] = static_cast<float>(value);
  };
  if (!header.swapped && !header.scaled && stride == 1) {
    for (int64_t i = 0; i < count; ++i) plain(i, 1);
  } else if (!header.swapped && !header.scaled && stride == -1) {
    for (int64_t i = 0; i < count; ++i) plain(i, -1);
  } else {
    for (int64_t i = 0; i < count; ++i) {
      char raw[kBytes];
      memcpy(raw, from + i * stride * kBytes, kBytes);
      if (header.swapped) std::reverse(raw, raw + kBytes);
      T value;
      memcpy(&value, raw, kBytes);
      out[i] = header.scaled ? static_cast<float>(static_cast<double>(value) * header.slope + header.intercept)
                             : static_cast<float>(value);
    }
  }
}

void ToFloat(const NiftiFile& file, int64_t offset, int64_t stride, int64_t count, float* out) {
  const NiftiHeader& header = file.header();
  const char* voxels = file.voxel_bytes().data();
  switch (header.type) {
    case NiftiType::kUint8:
      return ToFloat<uint8_t>(header, voxels, offset, stride, count, out);
    case NiftiType::kInt8:
      return ToFloat<int8_t>(header, voxels, offset, stride, count, out);
    case NiftiType::kInt16:
      return ToFloat<int16_t>(header, voxels, offset, stride, count, out);
    case NiftiType::kUint16:
      return ToFloat<uint16_t>(header, voxels, offset, stride, count, out);
    case NiftiType::kInt32:
      return ToFloat<int32_t>(header, voxels, offset, stride, count, out);
    case NiftiType::kUint32:
      return ToFloat<uint32_t>(header, voxels, offset, stride, count, out);
    case NiftiType::kInt64:
      return ToFloat<int64_t>(header, voxels, offset, stride, count, out);
    case NiftiType::kUint64:
      return ToFloat<uint64_t>(header, voxels, offset, stride, count, out);
    case NiftiType::kFloat32:
      return ToFloat<float>(header, voxels, offset, stride, count, out);
    case NiftiType::kFloat64:
      return ToFloat<double>(header, voxels, offset, stride, count, out);
  }
}

}  // namespace

absl::StatusOr<NiftiFile> NiftiFile::Prepare(const std::string& path) {
  NiftiFile file;
  file.path_ = path;
  ASAP_ASSIGN_OR_RETURN(OpenHeader open, Map(path));
  file.mapped_ = std::move(open.voxels);
  const NiftiHeader& header = file.header_ = open.header;
  absl::StatusOr<Geometry> geometry = GeometryFromAffine(header.affine, header.size, path);
  if (!geometry.ok()) return Annotate(geometry.status(), path);
  file.geometry_ = *geometry;
  const absl::string_view bytes = file.mapped_.bytes();
  if (!IsGzip(bytes)) {
    file.voxel_bytes_ = bytes.substr(header.voxel_offset, header.voxel_bytes());
    return file;
  }
  file.decoded_ = AllocateLarge<char>(header.end());
  if (file.decoded_ == nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat(path, ": no memory for its ", header.end(), " bytes; use fewer threads"));
  }
  file.voxel_bytes_ = absl::string_view(file.decoded_.get() + header.voxel_offset, header.voxel_bytes());
  return file;
}

absl::StatusOr<NiftiFile> NiftiFile::Open(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(NiftiFile file, Prepare(path));
  if (file.decoded_ != nullptr) {
    const absl::Status status = Gunzip(file.mapped_.bytes(), absl::MakeSpan(file.decoded_.get(), file.header_.end()));
    if (!status.ok()) return Annotate(status, path);
    file.mapped_ = MappedFile();
  }
  return file;
}

absl::StatusOr<std::unique_ptr<NiftiRows>> NiftiRows::Open(const std::string& path, int threads) {
  if (threads <= 1) {
    ASAP_ASSIGN_OR_RETURN(NiftiFile file, NiftiFile::Open(path));
    return absl::WrapUnique(new NiftiRows(std::move(file)));
  }
  ASAP_ASSIGN_OR_RETURN(NiftiFile file, NiftiFile::Prepare(path));
  std::unique_ptr<NiftiRows> rows(new NiftiRows(std::move(file)));
  if (char* decoded = rows->file_.decoded_.get(); decoded != nullptr) {
    const int64_t bytes = rows->file_.header_.end();
    rows->decoding_ = std::make_unique<BackgroundGunzip>(rows->file_.mapped_.bytes(), absl::MakeSpan(decoded, bytes));
    Populate(decoded, bytes);
  }
  return rows;
}

void NiftiRows::ReadRow(int64_t offset, int64_t stride, int64_t count, float* out) const {
  if (decoding_ != nullptr && count > 0) {
    const NiftiHeader& header = file_.header();
    const int64_t last = std::max(offset, offset + (count - 1) * stride);
    decoding_->Await(header.voxel_offset + (last + 1) * header.bytes_per_voxel);
  }
  ToFloat(file_, offset, stride, count, out);
}

absl::Status NiftiRows::Finish() const {
  return decoding_ == nullptr ? absl::OkStatus() : Annotate(decoding_->Finish(), file_.path_);
}

std::string OtherHalf(const std::string& path) {
  static constexpr const char* kHalves[][2] = {{".hdr", ".img"}, {".img", ".hdr"}, {".HDR", ".IMG"}, {".IMG", ".HDR"}};
  for (const auto& [half, other] : kHalves) {
    if (absl::EndsWith(path, half)) return absl::StrCat(absl::string_view(path).substr(0, path.size() - 4), other);
  }
  return "";
}

bool IsNiftiPair(const std::string& path) {
  if (!absl::EndsWithIgnoreCase(path, ".hdr")) return false;
  const absl::StatusOr<MappedFile> hdr = MappedFile::Open(path);
  return hdr.ok() && hdr->bytes().size() >= kNiftiHeaderBytes && absl::StartsWith(hdr->bytes().substr(344), "ni1") &&
         MappedFile::Open(OtherHalf(path)).ok();
}

absl::StatusOr<Geometry> ReadNiftiGeometry(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const OpenHeader open, Map(path));
  absl::StatusOr<Geometry> geometry = GeometryFromAffine(open.header.affine, open.header.size, path);
  if (!geometry.ok()) return Annotate(geometry.status(), path);
  return geometry;
}

absl::StatusOr<NiftiHeader> ReadPlainNiftiHeader(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const MappedFile mapped, MappedFile::Open(path));
  if (IsGzip(mapped.bytes())) return absl::FailedPreconditionError(absl::StrCat(path, ": is compressed"));
  absl::StatusOr<NiftiHeader> header = CheckedHeader(mapped.bytes());
  if (!header.ok()) return Annotate(header.status(), path);
  return header;
}

absl::StatusOr<Volume<float>> ReadNifti(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const NiftiFile file, NiftiFile::Open(path));
  Volume<float> volume;
  volume.geometry = file.geometry();
  volume.voxels.resize(file.header().voxels());
  ToFloat(file, 0, 1, file.header().voxels(), volume.voxels.data());
  return volume;
}

}  // namespace asap
