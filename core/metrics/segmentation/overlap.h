// Overlap of two masks: Dice and Jaccard.
#ifndef ASAP_CORE_METRICS_SEGMENTATION_OVERLAP_H_
#define ASAP_CORE_METRICS_SEGMENTATION_OVERLAP_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace asap {

struct Overlap {
  int64_t prediction = 0, truth = 0, both = 0;  // voxels

  int64_t either() const { return prediction + truth - both; }
  // nullopt where both masks are empty; 0 where one is.
  std::optional<double> Dice() const;
  std::optional<double> Iou() const;
  // The published benchmark's convention (MONAI): nullopt where the truth is empty, whatever was predicted.
  std::optional<double> DiceWhereTruth() const;
};

// Non-zero is foreground; the masks have one size.
Overlap OverlapOf(absl::Span<const uint8_t> prediction, absl::Span<const uint8_t> truth);

// The overlap of each label 0 ... labels - 1 of two label maps; labels beyond are ignored.
std::vector<Overlap> OverlapsOf(absl::Span<const uint8_t> prediction, absl::Span<const uint8_t> truth, int labels);

// The published score of a case: the mean Dice of the labels from 1 on that the truth has; nullopt where it has none.
std::optional<double> MeanDice(absl::Span<const Overlap> overlaps);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_SEGMENTATION_OVERLAP_H_
