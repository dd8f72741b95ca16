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
  // with the group's weights and one case of it. A group may have no weight: a resample leaves out a third of the cases, and a
  // branch on that would be mispredicted more often than anything else here.
  template <typename Visit>
  void Ascending(absl::Span<const double> weights, Visit visit) const {
    Weighted(weights, [&](const auto& weight_of) {
      double negatives = 0, positives = 0;
      for (const uint32_t entry : entries_) {
        Add(entry, weight_of(entry & kIndex), negatives, positives);
        if (!(entry & kLast)) continue;
        visit(negatives, positives, entry & kIndex);
        negatives = positives = 0;
      }
    });
  }
  template <typename Visit>
  void Descending(absl::Span<const double> weights, Visit visit) const {
    DescendingWhile(weights, [&](double negatives, double positives, uint32_t index) {
      visit(negatives, positives, index);
      return true;
    });
  }
  // Stops after the first group for which `visit` is false.
  template <typename Visit>
  void DescendingWhile(absl::Span<const double> weights, Visit visit) const {
    Weighted(weights, [&](const auto& weight_of) {
      double negatives = 0, positives = 0;
      for (size_t i = entries_.size(); i-- > 0;) {
        const uint32_t entry = entries_[i];
        Add(entry, weight_of(entry & kIndex), negatives, positives);
        if (i > 0 && !(entries_[i - 1] & kLast)) continue;
        if (!visit(negatives, positives, entry & kIndex)) return;
        negatives = positives = 0;
      }
    });
  }

 private:
  static constexpr uint32_t kPositive = uint32_t{1} << 31;
  static constexpr uint32_t kLast = uint32_t{1} << 30;  // of its group of ties
  static constexpr uint32_t kIndex = kLast - 1;

  // Calls loop(weight_of), so that each loop is compiled with and without weights and does not ask at every case.
  template <typename Loop>
  static void Weighted(absl::Span<const double> weights, const Loop& loop) {
    if (weights.empty()) {
      loop([](uint32_t) { return 1.0; });
    } else {
      loop([data = weights.data()](uint32_t index) { return data[index]; });
    }
  }
  // Adds the weight on the entry's side without a branch, since outcomes alternate at random along the ranks.
  static void Add(uint32_t entry, double weight, double& negatives, double& positives) {
    static constexpr double kShare[2] = {0, 1};
    const double positive = weight * kShare[entry >> 31];
    negatives += weight - positive;
    positives += positive;
  }

  std::vector<uint32_t> entries_;  // ascending
  bool invalid_ = false;
};

}  // namespace asap

#endif  // ASAP_CORE_METRICS_RANKED_SCORES_H_
