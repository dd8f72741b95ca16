// NIfTI-1 files, .nii, .nii.gz, and pairs of .hdr and .img.
//
// Read here and not through ITK: ITK chooses between qform and sform by rules other than nibabel's, with which the published
// training data were made; it refuses or alters axes that are not orthonormal; its bundled niftilib trusts hostile headers; and
// ISA-L decodes gzip at twice the speed of zlib.
#ifndef ASAP_CORE_IMAGING_FORMATS_NIFTI_H_
#define ASAP_CORE_IMAGING_FORMATS_NIFTI_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/bytes/background_gunzip.h"
#include "core/bytes/large_buffer.h"
#include "core/bytes/mapped_file.h"
#include "core/imaging/formats/nifti_header.h"
#include "core/imaging/row_source.h"
#include "core/imaging/volume.h"

namespace asap {

// An open file, a pair named by either half: .nii and .img are mapped, .nii.gz decoded in memory. Whether it is gzip is seen from
// its first bytes, not from its name.
class NiftiFile {
 public:
  static absl::StatusOr<NiftiFile> Open(const std::string& path);

  const NiftiHeader& header() const { return header_; }
  const Geometry& geometry() const { return geometry_; }
  // The stored voxels: header().voxel_bytes() bytes.
  absl::string_view voxel_bytes() const { return voxel_bytes_; }

 private:
  friend class NiftiRows;
  // All but the decoding. `decoded_` is null where there is nothing to decode.
  static absl::StatusOr<NiftiFile> Prepare(const std::string& path);

  std::string path_;
  NiftiHeader header_;
  Geometry geometry_;
  MappedFile mapped_;
  LargeBuffer<char> decoded_;
  absl::string_view voxel_bytes_;
};

// The voxels as float, whatever the stored type.
class NiftiRows : public RowSource {
 public:
  // With more than one thread, .nii.gz is decoded in the background: the first rows are there before the last ones are decoded.
  static absl::StatusOr<std::unique_ptr<NiftiRows>> Open(const std::string& path, int threads = 1);

  const Geometry& geometry() const override { return file_.geometry(); }
  // Slope and intercept are applied in double, then rounded to float.
  void ReadRow(int64_t offset, int64_t stride, int64_t count, float* out) const override;
  absl::Status Finish() const override;

 private:
  explicit NiftiRows(NiftiFile file) : file_(std::move(file)) {}

  const NiftiFile file_;
  std::unique_ptr<const BackgroundGunzip> decoding_;  // null where all is there; goes before the file does
};

// The other half of x.hdr or x.img; empty for other names.
std::string OtherHalf(const std::string& path);

// Whether `path` is the .hdr of a NIfTI pair, and its .img lies beside it.
bool IsNiftiPair(const std::string& path);

// Geometry from the header; the voxels' bytes are not read, but that the file is long enough to hold them is checked.
absl::StatusOr<Geometry> ReadNiftiGeometry(const std::string& path);

// The header of an uncompressed file that is long enough to hold its voxels; an error for a compressed one.
absl::StatusOr<NiftiHeader> ReadPlainNiftiHeader(const std::string& path);

// Voxels with slope and intercept applied in double, then rounded to float.
absl::StatusOr<Volume<float>> ReadNifti(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_NIFTI_H_
