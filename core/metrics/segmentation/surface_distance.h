// Distances between the borders of two masks, and the numbers made of them.
//
//   const SurfaceDistances distances = BorderDistances(prediction, truth, {1.5, 1.5, 3.0});
//   std::optional<double> hd95 = distances.Hd95Pooled();
//
// Libraries differ in what they call by one name. Border voxels are the mask without its erosion by the six neighbours, outside
// the volume being background (MONAI, medpy; surfels.h has the other kind). The 95th percentile is of both directions pooled
// (medpy), or the larger of the two directed ones (MONAI).
#ifndef ASAP_CORE_METRICS_SEGMENTATION_SURFACE_DISTANCE_H_
#define ASAP_CORE_METRICS_SEGMENTATION_SURFACE_DISTANCE_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "core/metrics/segmentation/point_grid.h"

namespace asap {

struct SurfaceDistances {
  // mm, one a border voxel; both empty where one of the masks is.
  std::vector<double> prediction_to_truth, truth_to_prediction;
  int64_t prediction_points = 0, truth_points = 0;

  bool defined() const { return prediction_points > 0 && truth_points > 0; }

  // All nullopt where a mask is empty: nothing is near or far then.
  std::optional<double> Hausdorff() const;
  std::optional<double> Hd95Pooled() const;       // medpy
  std::optional<double> Hd95MaxDirected() const;  // MONAI
  std::optional<double> MeanPredictionToTruth() const;
  std::optional<double> MeanTruthToPrediction() const;
  std::optional<double> MeanPooled() const;   // ASSD, medpy 0.5
  std::optional<double> MeanOfMeans() const;  // ASSD, MONAI
  // The share of border voxels within `tolerance` mm, inclusive, of the other border; 0 where one mask is empty, nullopt where
  // both are.
  std::optional<double> NormalizedSurfaceDice(double tolerance) const;
};

struct BorderOptions {
  // MONAI's quirk: where the box around both masks is one voxel thick, borders are taken in 2-D.
  bool skip_thin_axes = false;
  int threads = 2;  // one a direction
};

// The masks have one size.
SurfaceDistances BorderDistances(const MaskView& prediction, const MaskView& truth, const GridSpacing& spacing,
                                 const BorderOptions& options = {});

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SEGMENTATION_SURFACE_DISTANCE_H_
