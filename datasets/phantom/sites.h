// The scanners: four named sites whose images of the same patient differ. This is the phantom's distribution shift; the
// population is the same everywhere, so a difference in a score between sites comes from acquisition alone.
#ifndef ASAP_DATASETS_PHANTOM_SITES_H_
#define ASAP_DATASETS_PHANTOM_SITES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "datasets/phantom/anatomy.h"
#include "datasets/phantom/shapes.h"

namespace asap::phantom {

struct Site {
  const char* name;
  const char* description;
  float field_of_view;  // mm, in plane
  float coverage;       // mm along z; with the grid it gives the slice distance
  float kernel;         // three-tap in-plane filter, in voxels: > 0 smooths, < 0 enhances edges
  float thickness;      // the same along z: slices thicker than their distance
  float noise;          // HU at a voxel of 1 mm^3; falls with the fourth root of the voxel's volume
  float offset;         // HU
  float gain;           // about 0 HU
  bool circular;        // nothing is reconstructed outside the circle of the field of view
};

const std::vector<Site>& Sites();
absl::StatusOr<const Site*> FindSite(const std::string& name);

// The grid of one scan: `size` voxels over the site's field of view and coverage, laid from above the lung apices downwards, a
// few millimetres off centre as patients are.
Geometry ScanGeometry(const Site& site, const Anatomy& anatomy, int scan, const Index3& size);

// What the scanner makes of the true HU: noise, kernel, slice thickness, offset; rounded and clamped to [-1024, 3071].
std::vector<int16_t> Acquire(const Site& site, const Patient& patient, int scan, Canvas* canvas);

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_SITES_H_
