// Surface elements between voxels, as google-deepmind/surface-distance defines them: points are the corners where eight voxels
// meet, each with the area that the surface has there, so that scores do not depend on how finely a surface is cut by the grid.
#ifndef ASAP_CORE_METRICS_SEGMENTATION_SURFELS_H_
#define ASAP_CORE_METRICS_SEGMENTATION_SURFELS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/metrics/segmentation/point_grid.h"

namespace asap {

// Area in mm^2 of the surface at a corner, by the code of its eight voxels: bit 7 - (4 a + 2 b + c) is that of the voxel at
// offset (a, b, c). 0 for codes 0 and 255.
std::array<double, 256> SurfelAreas(const GridSpacing& spacing);

struct Surfel {
  double distance;  // mm, to the other surface; infinite where there is none
  double area;      // mm^2
};

struct SurfelDistances {
  std::vector<Surfel> truth_to_prediction, prediction_to_truth;  // by rising distance, then area

  double truth_area() const;
  double prediction_area() const;

  // Area within `tolerance` mm of the other surface, both ways, over all area; nullopt without any.
  std::optional<double> NormalizedSurfaceDice(double tolerance) const;
  // The same of one surface; nullopt where that is empty.
  std::optional<double> TruthOverlap(double tolerance) const;
  std::optional<double> PredictionOverlap(double tolerance) const;
  // The larger of the two directed percentiles by area, without interpolation; infinite where a mask is empty.
  double Hausdorff(double percent = 100) const;
  // Mean distance by area; infinite where the other surface is empty, nullopt where its own is.
  std::optional<double> MeanTruthToPrediction() const;
  std::optional<double> MeanPredictionToTruth() const;
};

// The masks have one size.
SurfelDistances ComputeSurfelDistances(const MaskView& prediction, const MaskView& truth, const GridSpacing& spacing,
                                       int threads = 2);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SEGMENTATION_SURFELS_H_
