// annotations.csv of LUNA16: the nodules of the reference standard.
#ifndef ASAP_DATASETS_LUNA16_ANNOTATIONS_H_
#define ASAP_DATASETS_LUNA16_ANNOTATIONS_H_

#include <array>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace asap {

struct LunaNodule {
  std::array<double, 3> centre = {0, 0, 0};  // mm, RAS+ world of the scan (the file has LPS+)
  double diameter = 0;                       // mm
};

// Nodules by seriesuid, each once; a scan without any has no entry. The columns are seriesuid, coordX, coordY, coordZ and
// diameter_mm.
absl::StatusOr<absl::flat_hash_map<std::string, std::vector<LunaNodule>>> ReadLunaAnnotations(const std::string& path);

}  // namespace asap

#endif  // ASAP_DATASETS_LUNA16_ANNOTATIONS_H_
