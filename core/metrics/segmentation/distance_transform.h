// The exact Euclidean distance transform of a set of points on an anisotropic grid.
#ifndef ASAP_CORE_METRICS_SEGMENTATION_DISTANCE_TRANSFORM_H_
#define ASAP_CORE_METRICS_SEGMENTATION_DISTANCE_TRANSFORM_H_

#include <vector>

#include "core/metrics/segmentation/point_grid.h"

namespace asap {

// The squared distance in mm^2 from each point of the grid to the nearest set point, C order; infinite where none is set. One
// axis after the other, O(points): counts of steps along the first, lower envelopes of parabolas along the others (Felzenszwalb &
// Huttenlocher, 2012). Squares are added in the order of the axes, as SciPy's distance_transform_edt adds them.
std::vector<double> SquaredDistanceTransform(const PointGrid& points, const GridSpacing& spacing);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SEGMENTATION_DISTANCE_TRANSFORM_H_
