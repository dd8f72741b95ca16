#include "core/metrics/segmentation/surface_distance.h"

#include <algorithm>
#include <numeric>
#include <thread>

#include "core/metrics/percentile.h"
#include "core/metrics/segmentation/nearest.h"

namespace asap {
namespace {

double Mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> Pooled(const SurfaceDistances& distances) {
  std::vector<double> all = distances.prediction_to_truth;
  all.insert(all.end(), distances.truth_to_prediction.begin(), distances.truth_to_prediction.end());
  return all;
}

}  // namespace

std::optional<double> SurfaceDistances::Hausdorff() const {
  if (!defined()) return std::nullopt;
  return std::max(*std::max_element(prediction_to_truth.begin(), prediction_to_truth.end()),
                  *std::max_element(truth_to_prediction.begin(), truth_to_prediction.end()));
}

std::optional<double> SurfaceDistances::Hd95Pooled() const {
  if (!defined()) return std::nullopt;
  std::vector<double> all = Pooled(*this);
  return Percentile(&all, 95);
}

std::optional<double> SurfaceDistances::Hd95MaxDirected() const {
  if (!defined()) return std::nullopt;
  std::vector<double> there = prediction_to_truth, back = truth_to_prediction;
  return std::max(Percentile(&there, 95), Percentile(&back, 95));
}

std::optional<double> SurfaceDistances::MeanPredictionToTruth() const {
  if (!defined()) return std::nullopt;
  return Mean(prediction_to_truth);
}

std::optional<double> SurfaceDistances::MeanTruthToPrediction() const {
  if (!defined()) return std::nullopt;
  return Mean(truth_to_prediction);
}

std::optional<double> SurfaceDistances::MeanPooled() const {
  if (!defined()) return std::nullopt;
  return Mean(Pooled(*this));
}

std::optional<double> SurfaceDistances::MeanOfMeans() const {
  if (!defined()) return std::nullopt;
  return (Mean(prediction_to_truth) + Mean(truth_to_prediction)) / 2;
}

std::optional<double> SurfaceDistances::NormalizedSurfaceDice(double tolerance) const {
  if (prediction_points + truth_points == 0) return std::nullopt;
  const auto within = [&](const std::vector<double>& distances) {
    return std::count_if(distances.begin(), distances.end(), [&](double d) { return d <= tolerance; });
  };
  return static_cast<double>(within(prediction_to_truth) + within(truth_to_prediction)) /
         static_cast<double>(prediction_points + truth_points);
}

SurfaceDistances BorderDistances(const MaskView& prediction, const MaskView& truth, const GridSpacing& spacing,
                                 const BorderOptions& options) {
  SurfaceDistances distances;
  const Box box = UnionBox(prediction, truth);
  if (box.empty()) return distances;
  const PointGrid prediction_border = Border(Cropped(prediction, box), options.skip_thin_axes);
  const PointGrid truth_border = Border(Cropped(truth, box), options.skip_thin_axes);
  const auto count = [](const PointGrid& grid) { return std::accumulate(grid.set.begin(), grid.set.end(), int64_t{0}); };
  distances.prediction_points = count(prediction_border);
  distances.truth_points = count(truth_border);
  if (!distances.defined()) return distances;
  const auto back = [&] { distances.truth_to_prediction = NearestDistances(truth_border, prediction_border, spacing); };
  std::thread other;
  if (options.threads > 1) other = std::thread(back);
  distances.prediction_to_truth = NearestDistances(prediction_border, truth_border, spacing);
  if (options.threads > 1) {
    other.join();
  } else {
    back();
  }
  return distances;
}

}  // namespace asap
