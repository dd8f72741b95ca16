// The NIfTI-1 header: parsed and checked before anything else of a file is believed.
#ifndef ASAP_CORE_IMAGING_FORMATS_NIFTI_HEADER_H_
#define ASAP_CORE_IMAGING_FORMATS_NIFTI_HEADER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/imaging/geometry.h"
#include "core/imaging/volume.h"

namespace asap {

inline constexpr int64_t kNiftiHeaderBytes = 348;

// The stored types that volumes have; the numbers are NIfTI's.
enum class NiftiType : int16_t {
  kUint8 = 2,
  kInt16 = 4,
  kInt32 = 8,
  kFloat32 = 16,
  kFloat64 = 64,
  kInt8 = 256,
  kUint16 = 512,
  kUint32 = 768,
  kInt64 = 1024,
  kUint64 = 1280,
};

struct NiftiHeader {
  Index3 size = {0, 0, 0};
  NiftiType type = NiftiType::kInt16;
  int64_t bytes_per_voxel = 0;
  bool swapped = false;      // stored in the other byte order
  int64_t voxel_offset = 0;  // bytes from the start of the (decompressed) file
  bool scaled = false;       // whether value = slope * stored + intercept applies; otherwise stored values are the values
  double slope = 1;
  double intercept = 0;
  // Chosen as nibabel does: sform if its code is set, else qform if its code is set, else pixdim with the x axis negated and the
  // origin in the middle.
  Affine affine = {};

  int64_t voxels() const { return size[0] * size[1] * size[2]; }
  int64_t voxel_bytes() const { return voxels() * bytes_per_voxel; }
  int64_t end() const { return voxel_offset + voxel_bytes(); }
};

// `bytes` are the first kNiftiHeaderBytes or more of the decompressed file. Trailing dimensions of size 1 are dropped. Error
// messages say what was expected, found and to be done, and leave it to the caller to name the file. `pair`: the header is the
// .hdr of a pair, and the voxels lie in its .img, from byte voxel_offset on. Lengths in metres or microns are converted to mm.
absl::StatusOr<NiftiHeader> ParseNiftiHeader(absl::string_view bytes, bool pair = false);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_NIFTI_HEADER_H_
