#include "core/metrics/segmentation/surfels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <thread>
#include <tuple>

#include "core/metrics/segmentation/nearest.h"
#include "core/metrics/segmentation/surface_normals.h"

namespace asap {
namespace {

// The codes of the corners of a mask, one more along each axis than voxels; outside is background.
PointGrid CornerCodes(const PointGrid& mask) {
  const auto [nx, ny, nz] = mask.size;
  PointGrid codes({nx + 1, ny + 1, nz + 1});
  for (int64_t x = 0; x < nx; ++x) {
    for (int64_t y = 0; y < ny; ++y) {
      const uint8_t* row = mask.Row(x, y);
      // The voxel is at offset (1 - dx, 1 - dy, 1 - dz) of the corner at (x + dx, y + dy, z + dz).
      for (int corner = 0; corner < 8; ++corner) {
        const int dx = corner >> 2, dy = corner >> 1 & 1, dz = corner & 1;
        uint8_t* out = codes.Row(x + dx, y + dy) + dz;
        for (int64_t z = 0; z < nz; ++z) out[z] |= static_cast<uint8_t>(row[z] << corner);
      }
    }
  }
  return codes;
}

PointGrid OnSurface(const PointGrid& codes) {
  PointGrid surface(codes.size);
  for (size_t i = 0; i < codes.set.size(); ++i) surface.set[i] = codes.set[i] != 0 && codes.set[i] != 255;
  return surface;
}

std::vector<Surfel> Directed(const PointGrid& codes, const PointGrid& from, const PointGrid& to, const GridSpacing& spacing,
                             const std::array<double, 256>& areas) {
  const std::vector<double> distances = NearestDistances(from, to, spacing);
  std::vector<Surfel> surfels;
  surfels.reserve(distances.size());
  for (size_t i = 0; i < from.set.size(); ++i) {
    if (from.set[i]) surfels.push_back({distances[surfels.size()], areas[codes.set[i]]});
  }
  std::sort(surfels.begin(), surfels.end(),
            [](const Surfel& a, const Surfel& b) { return std::tie(a.distance, a.area) < std::tie(b.distance, b.area); });
  return surfels;
}

double Area(const std::vector<Surfel>& surfels, double tolerance = std::numeric_limits<double>::infinity()) {
  double area = 0;
  for (const Surfel& surfel : surfels) area += surfel.distance <= tolerance ? surfel.area : 0;
  return area;
}

std::optional<double> OverlapOf(const std::vector<Surfel>& surfels, double tolerance) {
  if (surfels.empty()) return std::nullopt;
  return Area(surfels, tolerance) / Area(surfels);
}

std::optional<double> MeanOf(const std::vector<Surfel>& surfels) {
  if (surfels.empty()) return std::nullopt;
  double sum = 0;
  for (const Surfel& surfel : surfels) sum += surfel.distance * surfel.area;
  return sum / Area(surfels);
}

double PercentileOf(const std::vector<Surfel>& surfels, double percent) {
  if (surfels.empty()) return std::numeric_limits<double>::infinity();
  const double all = Area(surfels);
  double area = 0;
  for (const Surfel& surfel : surfels) {
    area += surfel.area;
    if (area / all >= percent / 100) return surfel.distance;
  }
  return surfels.back().distance;
}

}  // namespace

std::array<double, 256> SurfelAreas(const GridSpacing& spacing) {
  const double x = spacing[1] * spacing[2], y = spacing[0] * spacing[2], z = spacing[0] * spacing[1];
  std::array<double, 256> areas = {};
  for (int code = 0; code < 256; ++code) {
    for (const auto& normal : SurfaceNormals(static_cast<uint8_t>(code))) {
      areas[code] += std::sqrt(normal[0] * x * normal[0] * x + normal[1] * y * normal[1] * y + normal[2] * z * normal[2] * z);
    }
  }
  return areas;
}

double SurfelDistances::truth_area() const { return Area(truth_to_prediction); }
double SurfelDistances::prediction_area() const { return Area(prediction_to_truth); }

std::optional<double> SurfelDistances::NormalizedSurfaceDice(double tolerance) const {
  const double all = truth_area() + prediction_area();
  if (!(all > 0)) return std::nullopt;
  return (Area(truth_to_prediction, tolerance) + Area(prediction_to_truth, tolerance)) / all;
}

std::optional<double> SurfelDistances::TruthOverlap(double tolerance) const { return OverlapOf(truth_to_prediction, tolerance); }
std::optional<double> SurfelDistances::PredictionOverlap(double tolerance) const {
  return OverlapOf(prediction_to_truth, tolerance);
}

double SurfelDistances::Hausdorff(double percent) const {
  return std::max(PercentileOf(truth_to_prediction, percent), PercentileOf(prediction_to_truth, percent));
}

std::optional<double> SurfelDistances::MeanTruthToPrediction() const { return MeanOf(truth_to_prediction); }
std::optional<double> SurfelDistances::MeanPredictionToTruth() const { return MeanOf(prediction_to_truth); }

SurfelDistances ComputeSurfelDistances(const MaskView& prediction, const MaskView& truth, const GridSpacing& spacing,
                                       int threads) {
  SurfelDistances distances;
  const Box box = UnionBox(prediction, truth);
  if (box.empty()) return distances;
  const PointGrid prediction_codes = CornerCodes(Cropped(prediction, box)), truth_codes = CornerCodes(Cropped(truth, box));
  const PointGrid prediction_surface = OnSurface(prediction_codes), truth_surface = OnSurface(truth_codes);
  const std::array<double, 256> areas = SurfelAreas(spacing);
  const auto there = [&] {
    distances.prediction_to_truth = Directed(prediction_codes, prediction_surface, truth_surface, spacing, areas);
  };
  std::thread other;
  if (threads > 1) other = std::thread(there);
  distances.truth_to_prediction = Directed(truth_codes, truth_surface, prediction_surface, spacing, areas);
  if (threads > 1) {
    other.join();
  } else {
    there();
  }
  return distances;
}

}  // namespace asap
