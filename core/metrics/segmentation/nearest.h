// Distances from some points of a grid to the nearest of others.
#ifndef ASAP_CORE_METRICS_SEGMENTATION_NEAREST_H_
#define ASAP_CORE_METRICS_SEGMENTATION_NEAREST_H_

#include <vector>

#include "core/metrics/segmentation/point_grid.h"

namespace asap {

// The exact distance in mm from each set point of `from`, in C order, to the nearest set point of `to`, on a grid of the same
// size; infinite where `to` is empty. Rows are searched outwards from each point, which is quick where the sets are close, as two
// borders of one organ are; where they turn out to be far apart, the rest comes from a distance transform.
std::vector<double> NearestDistances(const PointGrid& from, const PointGrid& to, const GridSpacing& spacing);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SEGMENTATION_NEAREST_H_
