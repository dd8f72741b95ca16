#include "core/benchmark/shift.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/status.h"
#include "core/metrics/frechet.h"
#include "core/metrics/hu_histogram.h"

namespace asap {
namespace {

std::vector<int64_t> EvenlySpread(int64_t size, int64_t cases) {
  std::vector<int64_t> chosen;
  const int64_t count = std::min(size, cases);
  for (int64_t i = 0; i < count; ++i) chosen.push_back(i * size / count);
  return chosen;
}

struct Sample {
  HuHistogram histogram;
  at::Tensor features;  // [cases, C]
  bool hounsfield = true;
};

absl::StatusOr<Sample> SampleOf(const Dataset& dataset, MeasuredEncoder& encoder, int64_t cases) {
  const std::vector<int64_t> chosen = EvenlySpread(dataset.size(), cases);
  Sample sample;
  sample.hounsfield = dataset.card().hounsfield;
  ASAP_ASSIGN_OR_RETURN(const at::Tensor features,
                        encoder.Features(dataset, chosen, {.window = dataset.card().intensity_window}, nullptr));
  sample.features = features.select(1, 0);
  std::vector<int16_t> voxels;
  for (const int64_t index : chosen) {
    ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> volume, dataset.Volume(index));
    const Geometry& grid = volume->geometry();
    voxels.resize(grid.voxels());
    ASAP_RETURN_IF_ERROR(volume->Read({.size = grid.size}, absl::MakeSpan(voxels)));
    sample.histogram.Add(voxels);
  }
  return sample;
}

absl::StatusOr<std::vector<double>> MedianSpacing(const Dataset& dataset, int64_t cases) {
  std::vector<double> along[3];
  for (const int64_t index : EvenlySpread(dataset.size(), cases)) {
    ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> volume, dataset.Volume(index));
    for (int axis = 0; axis < 3; ++axis) along[axis].push_back(volume->geometry().spacing[axis]);
  }
  std::vector<double> medians;
  for (std::vector<double>& values : along) {
    if (values.empty()) return medians;
    std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
    medians.push_back(values[values.size() / 2]);
  }
  return medians;
}

}  // namespace

absl::StatusOr<ShiftRow> MeasureShift(const std::string& dataset, const std::string& reference, MeasuredEncoder& encoder,
                                      const ShiftOptions& options) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> here, options.open(dataset));
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> there, options.open(reference));
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> stored, options.open_as_stored(dataset));
  ASAP_ASSIGN_OR_RETURN(const Sample a, SampleOf(*here, encoder, options.cases));
  ASAP_ASSIGN_OR_RETURN(const Sample b, SampleOf(*there, encoder, options.cases));
  ShiftRow row{.dataset = dataset, .reference = reference};
  if (a.hounsfield && b.hounsfield) row.hu_wasserstein = WassersteinDistance(a.histogram, b.histogram);
  row.frechet = SquaredFrechetDistance(a.features, b.features);
  ASAP_ASSIGN_OR_RETURN(row.spacing_mm, MedianSpacing(*stored, std::min<int64_t>(options.cases, 20)));
  return row;
}

}  // namespace asap
