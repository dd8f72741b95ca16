// The rule by which a network that learnt lungs and trachea is scored where only the lungs are labelled.
#ifndef ASAP_CORE_METRICS_SEGMENTATION_LUNG_RULE_H_
#define ASAP_CORE_METRICS_SEGMENTATION_LUNG_RULE_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// `logits` [4, voxels]: background, two lungs, trachea. The softmax probability of the trachea is added to the background's, and
// the largest of the three wins (the first of equals).
std::vector<uint8_t> LungLabels(absl::Span<const double> logits);
// A truth of the same task, with the trachea as background.
std::vector<uint8_t> LungTruth(absl::Span<const uint8_t> labels);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SEGMENTATION_LUNG_RULE_H_
