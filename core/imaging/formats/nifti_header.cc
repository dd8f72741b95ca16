#include "core/imaging/formats/nifti_header.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status.h"
#include "core/imaging/formats/length_unit.h"

namespace asap {
namespace {

// Fields by their byte offset in the NIfTI-1 standard (nifti1.h).
class Fields {
 public:
  Fields(absl::string_view bytes, bool swapped) : bytes_(bytes), swapped_(swapped) {}

  int16_t Int16(int offset) const { return Get<int16_t>(offset); }
  float Float(int offset) const { return Get<float>(offset); }

  template <typename T>
  T Get(int offset) const {
    char raw[sizeof(T)];
    memcpy(raw, bytes_.data() + offset, sizeof(T));
    if (swapped_) std::reverse(raw, raw + sizeof(T));
    T value;
    memcpy(&value, raw, sizeof(T));
    return value;
  }

 private:
  absl::string_view bytes_;
  bool swapped_;
};

constexpr int kDim = 40, kDatatype = 70, kPixdim = 76, kVoxOffset = 108, kSclSlope = 112, kSclInter = 116, kQformCode = 252,
              kSformCode = 254, kQuaternion = 256, kQoffset = 268, kSrow = 280, kMagic = 344, kXyztUnits = 123;

int64_t BytesPerVoxel(int16_t type) {
  switch (static_cast<NiftiType>(type)) {
    case NiftiType::kUint8:
    case NiftiType::kInt8:
      return 1;
    case NiftiType::kInt16:
    case NiftiType::kUint16:
      return 2;
    case NiftiType::kInt32:
    case NiftiType::kUint32:
    case NiftiType::kFloat32:
      return 4;
    case NiftiType::kFloat64:
    case NiftiType::kInt64:
    case NiftiType::kUint64:
      return 8;
  }
  return 0;
}

// The transform codes of the standard; nibabel takes others for "unknown".
bool KnownCode(int16_t code) { return code >= 1 && code <= 5; }

absl::StatusOr<Affine> QformAffine(const Fields& fields) {
  const double b = fields.Float(kQuaternion), c = fields.Float(kQuaternion + 4), d = fields.Float(kQuaternion + 8);
  const double square = 1.0 - (b * b + c * c + d * d);
  // Rounding of the three stored float32 may leave a little less than nothing for a.
  if (!(square >= -3.0 * std::numeric_limits<float>::epsilon())) {
    return absl::InvalidArgumentError(absl::StrFormat(
        "the qform quaternion (%g, %g, %g) is longer than 1; write the file anew with a valid orientation", b, c, d));
  }
  const double a = std::sqrt(std::max(square, 0.0));
  const double s = 2.0 / (a * a + b * b + c * c + d * d);
  const double rotation[9] = {1.0 - s * (c * c + d * d), s * (b * c - a * d),       s * (b * d + a * c),
                              s * (b * c + a * d),       1.0 - s * (b * b + d * d), s * (c * d - a * b),
                              s * (b * d - a * c),       s * (c * d + a * b),       1.0 - s * (b * b + c * c)};
  const double qfac = fields.Float(kPixdim) == -1.0f ? -1.0 : 1.0;
  Affine affine;
  for (int row = 0; row < 3; ++row) {
    for (int axis = 0; axis < 3; ++axis) {
      const double spacing = std::abs(static_cast<double>(fields.Float(kPixdim + 4 * (axis + 1))));
      affine[4 * row + axis] = rotation[3 * row + axis] * spacing * (axis == 2 ? qfac : 1.0);
    }
    affine[4 * row + 3] = fields.Float(kQoffset + 4 * row);
  }
  return affine;
}

Affine PixdimAffine(const Fields& fields, const Index3& size) {
  Affine affine = {};
  for (int axis = 0; axis < 3; ++axis) {
    const double spacing = std::abs(static_cast<double>(fields.Float(kPixdim + 4 * (axis + 1)))) * (axis == 0 ? -1.0 : 1.0);
    affine[5 * axis] = spacing;
    affine[4 * axis + 3] = -spacing * static_cast<double>(size[axis] - 1) * 0.5;
  }
  return affine;
}

// `unit` is the header's code: 0 unknown, 1 metre, 2 mm, 3 micron; files with other codes are taken to be in mm as well.
absl::Status ToMillimetres(int unit, Affine* affine) {
  if (unit != 1 && unit != 3) return absl::OkStatus();
  constexpr int kDigits = 7;  // of a float32
  for (double& value : *affine) value = InMillimetres(value, unit == 1 ? 1000 : 1e-3, kDigits);
  for (int axis = 0; axis < 3; ++axis) {
    const double spacing = std::hypot((*affine)[axis], (*affine)[4 + axis], (*affine)[8 + axis]);
    if (spacing == 0 || (spacing >= 0.01 && spacing <= 100)) continue;
    // A unit that was never set rightly is the likelier cause than such voxels.
    return absl::InvalidArgumentError(absl::StrFormat(
        "states its lengths in %s (xyzt_units), which makes voxels of %g mm along axis %d. Correct the unit, or the voxel size.",
        unit == 1 ? "metres" : "microns", spacing, axis));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NiftiHeader> ParseNiftiHeader(absl::string_view bytes, bool pair) {
  if (static_cast<int64_t>(bytes.size()) < kNiftiHeaderBytes) {
    return absl::DataLossError(absl::StrCat("holds ", bytes.size(), " bytes, a NIfTI header has ", kNiftiHeaderBytes,
                                            ": the file is truncated. Copy or download it again."));
  }
  const int32_t header_bytes = Fields(bytes, false).Get<int32_t>(0);
  const int32_t header_bytes_swapped = Fields(bytes, true).Get<int32_t>(0);
  if (header_bytes == 540 || header_bytes_swapped == 540) {
    return absl::UnimplementedError("is NIfTI-2, expected NIfTI-1. Convert it, for example with nibabel or FSL's fslchfiletype.");
  }
  if (header_bytes != kNiftiHeaderBytes && header_bytes_swapped != kNiftiHeaderBytes) {
    return absl::InvalidArgumentError(absl::StrCat("is not a NIfTI file: its first number is ", header_bytes, ", expected ",
                                                   kNiftiHeaderBytes, ". Is it another format, or not decompressed?"));
  }
  NiftiHeader header;
  header.swapped = header_bytes != kNiftiHeaderBytes;
  const Fields fields(bytes, header.swapped);
  const absl::string_view magic = bytes.substr(kMagic, 4);
  if (pair && magic != absl::string_view("ni1\0", 4)) {
    return absl::UnimplementedError(
        "is no header of a NIfTI pair: in ANALYZE 7.5 files it is not told which way the axes run, so left and right cannot be "
        "known. Convert the scan from its original files to .nii.gz.");
  }
  if (!pair && magic == absl::string_view("ni1\0", 4)) {
    return absl::UnimplementedError("is half of a .hdr/.img pair. Name the two .hdr and .img, one beside the other.");
  }
  if (!pair && magic != absl::string_view("n+1\0", 4)) {
    return absl::InvalidArgumentError("is not a NIfTI-1 file: the magic at byte 344 is not \"n+1\". Is it Analyze, or damaged?");
  }

  const int16_t rank = fields.Int16(kDim);
  if (rank < 1 || rank > 7) {
    return absl::InvalidArgumentError(absl::StrCat(
        "has ", rank, " dimensions according to its header, expected 1 to 7: the header is damaged. Copy the file again."));
  }
  header.size = {1, 1, 1};
  for (int axis = 0; axis < rank; ++axis) {
    const int16_t length = fields.Int16(kDim + 2 * (axis + 1));
    if (length < 1) {
      return absl::InvalidArgumentError(absl::StrCat("has ", length, " voxels along axis ", axis,
                                                     ", expected at least 1: the header is damaged. Copy the file again."));
    }
    if (axis < 3) {
      header.size[axis] = length;
    } else if (length != 1) {
      return absl::InvalidArgumentError(absl::StrCat("has ", length, " entries along axis ", axis,
                                                     ", expected one 3-D volume. Split it, for example with FSL's fslsplit."));
    }
  }
  // Three int16 cannot overflow int64.
  if (header.voxels() > kMaxVoxels) {
    return absl::InvalidArgumentError(absl::StrCat("asks for ", SizeText(header.size), " voxels, more than the ", kMaxVoxels,
                                                   " that are allowed: the header is damaged, or resample the volume first."));
  }

  const int16_t type = fields.Int16(kDatatype);
  header.bytes_per_voxel = BytesPerVoxel(type);
  if (header.bytes_per_voxel == 0) {
    return absl::UnimplementedError(absl::StrCat("has voxels of NIfTI type ", type,
                                                 ", expected integers or float32/float64. Convert it to int16 or float32."));
  }
  header.type = static_cast<NiftiType>(type);

  const float offset = fields.Float(kVoxOffset);
  // Some writers leave zero, which in a single file can only mean right after the header and its extension flag. Float32 is exact
  // up to 2^24, far beyond real extensions.
  if (!(offset == 0 || (offset >= (pair ? 0 : 352) && offset <= 16777216.0f))) {
    return absl::InvalidArgumentError(
        absl::StrFormat("has its voxels at byte %g, expected 352 or more: the header is damaged. Copy the file again.", offset));
  }
  header.voxel_offset = offset == 0 && !pair ? 352 : static_cast<int64_t>(offset);

  const float slope = fields.Float(kSclSlope), intercept = fields.Float(kSclInter);
  if (std::isinf(slope)) {
    return absl::InvalidArgumentError(
        "has an infinite scl_slope; write the file anew with slope 1, or with the scanner's rescale slope");
  }
  // As nibabel: a slope of zero or NaN means that values are stored as they are, whatever the intercept.
  if (slope != 0 && !std::isnan(slope)) {
    if (!std::isfinite(intercept)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("has scl_slope %g but scl_inter %g, expected a finite number; write the file anew", slope, intercept));
    }
    header.slope = slope;
    header.intercept = intercept;
    header.scaled = slope != 1 || intercept != 0;
  }

  if (KnownCode(fields.Int16(kSformCode))) {
    for (int i = 0; i < 12; ++i) header.affine[i] = fields.Float(kSrow + 4 * i);
  } else if (KnownCode(fields.Int16(kQformCode))) {
    ASAP_ASSIGN_OR_RETURN(header.affine, QformAffine(fields));
  } else {
    header.affine = PixdimAffine(fields, header.size);
  }
  ASAP_RETURN_IF_ERROR(ToMillimetres(fields.Get<uint8_t>(kXyztUnits) & 7, &header.affine));
  return header;
}

}  // namespace asap
