// The scores of n cases, sorted once and then read in O(n) for any weights of the cases: a bootstrap resample is a vector of
// multiplicities, so 2,000 resamples cost no further sort. The statistics of ranking (AUROC, average precision, sensitivity at a
// specificity, curves) read from here.
#ifndef ASAP_CORE_METRICS_RANKED_SCORES_H_
#define ASAP_CORE_METRICS_RANKED_SCORES_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace asap {

class RankedScores {
 public:
  // At most 2^30 cases. `scores` and `positive` have one entry a case.
  RankedScores(absl::Span<const double> scores, absl::Span<const bool> positive);

  size_t size() const { return entries_.size(); }
  // A score is NaN, or the spans differ in length: nothing can be said.
  bool invalid() const { return invalid_; }
  // The weighted numbers of negatives [0] and positives [1]; empty weights are all ones.
  struct Totals {
    double negatives = 0, positives = 0;
  };
  Totals Sums(absl::Span<const double> weights) const;

  // Calls visit(negatives, positives, case) for each group of tied scores, from the lowest score up or from the highest down,
  // with the group's weights and one case of it. Groups of no weight are left out.
  template <typename Visit>
  void Ascending(absl::Span<const double> weights, Visit visit) const {
    double tied[2] = {0, 0};
    for (const uint32_t entry : entries_) {
      const uint32_t index = entry & kIndex;
      tied[entry >> 31] += weights.empty() ? 1.0 : weights[index];
      if (!(entry & kLast)) continue;
      if (tied[0] + tied[1] > 0) visit(tied[0], tied[1], index);
      tied[0] = tied[1] = 0;
    }
  }
  template <typename Visit>
  void Descending(absl::Span<const double> weights, Visit visit) const {
    double tied[2] = {0, 0};
    uint32_t group = 0;
    const auto flush = [&] {
      if (tied[0] + tied[1] > 0) visit(tied[0], tied[1], group);
      tied[0] = tied[1] = 0;
    };
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
      if (*entry & kLast) flush();
      group = *entry & kIndex;
      tied[*entry >> 31] += weights.empty() ? 1.0 : weights[group];
    }
    flush();
  }

 private:
  static constexpr uint32_t kPositive = uint32_t{1} << 31;
  static constexpr uint32_t kLast = uint32_t{1} << 30;  // of its group of ties
  static constexpr uint32_t kIndex = kLast - 1;

  std::vector<uint32_t> entries_;  // ascending
  bool invalid_ = false;
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_RANKED_SCORES_H_
