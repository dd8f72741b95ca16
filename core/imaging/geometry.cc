#include "core/imaging/geometry.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/log.h"

namespace asap {
namespace {

double Determinant(const std::array<double, 9>& a) {
  return a[0] * (a[4] * a[8] - a[5] * a[7]) - a[1] * (a[3] * a[8] - a[5] * a[6]) + a[2] * (a[3] * a[7] - a[4] * a[6]);
}

// Transposed inverse: the cofactors over the determinant.
std::array<double, 9> InverseTransposed(const std::array<double, 9>& a) {
  const double d = Determinant(a);
  return {(a[4] * a[8] - a[5] * a[7]) / d, (a[5] * a[6] - a[3] * a[8]) / d, (a[3] * a[7] - a[4] * a[6]) / d,
          (a[2] * a[7] - a[1] * a[8]) / d, (a[0] * a[8] - a[2] * a[6]) / d, (a[1] * a[6] - a[0] * a[7]) / d,
          (a[1] * a[5] - a[2] * a[4]) / d, (a[2] * a[3] - a[0] * a[5]) / d, (a[0] * a[4] - a[1] * a[3]) / d};
}

}  // namespace

std::array<double, 9> NearestOrthonormal(const std::array<double, 9>& a) {
  // Newton's iteration R <- (R + R^-T) / 2 (Higham 1986): quadratic convergence for any matrix that is not singular.
  std::array<double, 9> r = a;
  for (int iteration = 0; iteration < 100; ++iteration) {
    const std::array<double, 9> inverse = InverseTransposed(r);
    double change = 0;
    for (int i = 0; i < 9; ++i) {
      const double next = 0.5 * (r[i] + inverse[i]);
      change = std::max(change, std::abs(next - r[i]));
      r[i] = next;
    }
    if (change < 1e-15) break;
  }
  return r;
}

absl::StatusOr<Geometry> GeometryFromAffine(const Affine& affine, const Index3& size, absl::string_view name) {
  Geometry geometry;
  geometry.size = size;
  for (double value : affine) {
    if (!std::isfinite(value)) {
      return absl::InvalidArgumentError(
          "the voxel-to-world matrix holds a value that is not finite. Write the file anew with a valid one.");
    }
  }
  for (int axis = 0; axis < 3; ++axis) {
    // This order of additions is numpy's, so that spacings agree to the bit.
    const double norm =
        std::sqrt(affine[axis] * affine[axis] + affine[4 + axis] * affine[4 + axis] + affine[8 + axis] * affine[8 + axis]);
    if (!(norm > 0) || !std::isfinite(norm)) {
      return absl::InvalidArgumentError(
          absl::StrFormat("the voxel spacing along axis %d is %g mm, expected more than zero. Restore the spacing from the "
                          "scan's original files.",
                          axis, norm));
    }
    geometry.spacing[axis] = norm;
    geometry.origin[axis] = affine[4 * axis + 3];
    for (int row = 0; row < 3; ++row) geometry.direction[3 * row + axis] = affine[4 * row + axis] / norm;
  }
  if (!(std::abs(Determinant(geometry.direction)) > 1e-6)) {
    return absl::InvalidArgumentError(
        "the three voxel axes lie in one plane, expected three independent directions. Restore the orientation from the original "
        "files");
  }
  const std::array<double, 9> orthonormal = NearestOrthonormal(geometry.direction);
  double deviation = 0;
  for (int i = 0; i < 9; ++i) deviation = std::max(deviation, std::abs(orthonormal[i] - geometry.direction[i]));
  if (deviation > 1e-4) {
    double sheared = 0;  // the sine of the greatest angle by which two axes miss the right one
    for (int axis = 0; axis < 3; ++axis) {
      const int other = (axis + 1) % 3;
      double dot = 0;
      for (int row = 0; row < 3; ++row) dot += geometry.direction[3 * row + axis] * geometry.direction[3 * row + other];
      sheared = std::max(sheared, std::abs(dot));
    }
    LogWarning(
        absl::StrFormat("%s: voxel axes are not orthogonal, but sheared by %.2g degrees: gantry tilt or a sheared registration. "
                        "Using the nearest "
                        "orthogonal axes; resample the scan to a regular grid if its shape matters.",
                        std::string(name), std::asin(std::min(sheared, 1.0)) * 180 / M_PI));
    geometry.direction = orthonormal;
  }
  return geometry;
}

Affine AffineFromGeometry(const Geometry& geometry) {
  Affine affine;
  for (int row = 0; row < 3; ++row) {
    for (int axis = 0; axis < 3; ++axis) affine[4 * row + axis] = geometry.direction[3 * row + axis] * geometry.spacing[axis];
    affine[4 * row + 3] = geometry.origin[row];
  }
  return affine;
}

Geometry FlipLpsRas(Geometry geometry) {
  for (int row = 0; row < 2; ++row) {
    for (int axis = 0; axis < 3; ++axis) geometry.direction[3 * row + axis] *= -1;
    geometry.origin[row] *= -1;
  }
  return geometry;
}

std::array<double, 3> IndexToWorld(const Geometry& geometry, const std::array<double, 3>& index) {
  std::array<double, 3> world = geometry.origin;
  for (int row = 0; row < 3; ++row) {
    for (int axis = 0; axis < 3; ++axis) world[row] += geometry.direction[3 * row + axis] * geometry.spacing[axis] * index[axis];
  }
  return world;
}

absl::Status SameGrid(const Geometry& geometry, absl::string_view name, const Geometry& other, absl::string_view other_name,
                      double tolerance_mm) {
  if (geometry.size != other.size) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has ", SizeText(geometry.size), " voxels, ", other_name, " has ",
                                                   SizeText(other.size), "; expected one grid. Resample one to the other's."));
  }
  double worst = 0;
  for (int corner = 0; corner < 8; ++corner) {
    std::array<double, 3> index;
    for (int axis = 0; axis < 3; ++axis) index[axis] = (corner >> axis & 1) ? static_cast<double>(geometry.size[axis] - 1) : 0.0;
    const std::array<double, 3> a = IndexToWorld(geometry, index);
    const std::array<double, 3> b = IndexToWorld(other, index);
    worst = std::max(worst, std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
  }
  if (!(worst <= tolerance_mm)) {
    return absl::InvalidArgumentError(
        absl::StrFormat("%s and %s have equal sizes but lie up to %.3g mm apart (spacing %s and %s mm); expected one grid. "
                        "Resample one to the other's, or "
                        "correct the header that is wrong.",
                        std::string(name), std::string(other_name), worst, absl::StrJoin(geometry.spacing, "x"),
                        absl::StrJoin(other.spacing, "x")));
  }
  return absl::OkStatus();
}

std::string SizeText(const Index3& size) { return absl::StrJoin(size, "x"); }

}  // namespace asap
