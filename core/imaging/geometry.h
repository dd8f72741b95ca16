// Between 4x4 affines and Geometry, and comparisons of grids.
#ifndef ASAP_CORE_IMAGING_GEOMETRY_H_
#define ASAP_CORE_IMAGING_GEOMETRY_H_

#include <array>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/imaging/volume.h"

namespace asap {

// The upper three rows of a voxel-to-world matrix, row-major: world = A[:, :3] index + A[:, 3], in mm.
using Affine = std::array<double, 12>;

// Spacing is the norm of each column and direction the columns' unit vectors. Columns that are not orthogonal to 1e-4 (gantry
// tilt, sheared registrations) are replaced by the nearest orthonormal ones with a warning that names `name`. A column of length
// zero, a value that is not finite, and columns in one plane are errors.
absl::StatusOr<Geometry> GeometryFromAffine(const Affine& affine, const Index3& size, absl::string_view name);

Affine AffineFromGeometry(const Geometry& geometry);

// The same grid in RAS+ when given in LPS+ (DICOM, ITK), and back.
Geometry FlipLpsRas(Geometry geometry);

std::array<double, 3> IndexToWorld(const Geometry& geometry, const std::array<double, 3>& index);

// OK where voxels coincide: sizes equal, and no corner of the grid further than `tolerance_mm` from its counterpart. The message
// names what differs, with `name` and `other_name`.
absl::Status SameGrid(const Geometry& geometry, absl::string_view name, const Geometry& other, absl::string_view other_name,
                      double tolerance_mm = 0.5);

// "512x512x300".
std::string SizeText(const Index3& size);

// The orthogonal factor R of A = R S with S symmetric positive definite (polar decomposition): the nearest orthonormal matrix.
// `a` is row-major 3x3 and must not be singular.
std::array<double, 9> NearestOrthonormal(const std::array<double, 9>& a);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_GEOMETRY_H_
