#include "core/metrics/cindex.h"

#include <algorithm>
#include <cmath>

#include "core/metrics/radix_sort.h"

namespace asap {
namespace {

constexpr uint32_t kFewTimes = 8;

// Dense numbers of the values, from 0 in ascending order, and how many there are.
std::vector<uint32_t> DenseRanks(absl::Span<const double> values, uint32_t* count) {
  const std::vector<uint32_t> order = AscendingOrder(values);
  std::vector<uint32_t> ranks(values.size());
  uint32_t rank = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && values[order[i]] != values[order[i - 1]]) ++rank;
    ranks[order[i]] = rank;
  }
  *count = values.empty() ? 0 : rank + 1;
  return ranks;
}

// Prefix sums under additions (Fenwick, 1994).
class PrefixSums {
 public:
  explicit PrefixSums(uint32_t size) : sums_(size + 1) {}
  void Add(uint32_t at, double value) {
    for (size_t i = at + 1; i < sums_.size(); i += i & (~i + 1)) sums_[i] += value;
  }
  double Below(uint32_t end) const {  // the sum of [0, end)
    double sum = 0;
    for (size_t i = end; i > 0; i &= i - 1) sum += sums_[i];
    return sum;
  }

 private:
  std::vector<double> sums_;
};

bool AnyNan(absl::Span<const double> values) {
  return std::any_of(values.begin(), values.end(), [](double v) { return std::isnan(v); });
}

}  // namespace

std::optional<double> ConcordancePairs::Index() const {
  if (!(comparable > 0)) return std::nullopt;
  return (concordant + tied / 2) / comparable;
}

ConcordanceCounter::ConcordanceCounter(absl::Span<const double> times, absl::Span<const double> risks,
                                       absl::Span<const bool> events)
    : invalid_(times.size() != risks.size() || times.size() != events.size() || AnyNan(times) || AnyNan(risks)) {
  if (invalid_) return;
  const std::vector<uint32_t> time_of = DenseRanks(times, &times_), rank_of = DenseRanks(risks, &ranks_);
  for (uint32_t index : AscendingOrder(times_ <= kFewTimes ? risks : times)) {
    cases_.push_back({index, rank_of[index], time_of[index], events[index]});
  }
  if (times_ > kFewTimes) std::reverse(cases_.begin(), cases_.end());
}

ConcordancePairs ConcordanceCounter::Count(absl::Span<const double> weights, absl::Span<const double> event_factors) const {
  return times_ <= kFewTimes ? CountFewTimes(weights, event_factors) : CountByTree(weights, event_factors);
}

// By ascending risk, with the weight so far of those who outlive an event at each time.
ConcordancePairs ConcordanceCounter::CountFewTimes(absl::Span<const double> weights, absl::Span<const double> factors) const {
  ConcordancePairs pairs;
  double outlive[kFewTimes] = {}, events[kFewTimes] = {};
  const auto weight = [&](const Case& c) { return weights.empty() ? 1.0 : weights[c.index]; };
  const auto event_weight = [&](const Case& c) { return weight(c) * (factors.empty() ? 1.0 : factors[c.index]); };
  for (size_t begin = 0; begin < cases_.size();) {
    size_t end = begin;
    double lower = 0, not_higher = 0;
    for (; end < cases_.size() && cases_[end].rank == cases_[begin].rank; ++end) {
      const Case& c = cases_[end];
      if (c.event) lower += event_weight(c) * outlive[c.time];
    }
    for (size_t i = begin; i < end; ++i) {
      const Case& c = cases_[i];
      for (uint32_t t = 0; t < c.time + !c.event; ++t) outlive[t] += weight(c);
    }
    for (size_t i = begin; i < end; ++i) {
      const Case& c = cases_[i];
      if (!c.event) continue;
      not_higher += event_weight(c) * outlive[c.time];
      events[c.time] += event_weight(c);
    }
    pairs.concordant += lower;
    pairs.tied += not_higher - lower;
    begin = end;
  }
  for (uint32_t t = 0; t < times_; ++t) pairs.comparable += events[t] * outlive[t];
  return pairs;
}

// From the last time back: the tree holds the risks of those who outlive the events at hand.
ConcordancePairs ConcordanceCounter::CountByTree(absl::Span<const double> weights, absl::Span<const double> factors) const {
  ConcordancePairs pairs;
  PrefixSums tree(ranks_);
  double all = 0;
  const auto weight = [&](const Case& c) { return weights.empty() ? 1.0 : weights[c.index]; };
  const auto add = [&](const Case& c) {
    if (weight(c) == 0) return;
    tree.Add(c.rank, weight(c));
    all += weight(c);
  };
  for (size_t begin = 0; begin < cases_.size();) {
    size_t end = begin;
    for (; end < cases_.size() && cases_[end].time == cases_[begin].time; ++end) {
      if (!cases_[end].event) add(cases_[end]);
    }
    for (size_t i = begin; i < end; ++i) {
      const Case& c = cases_[i];
      const double event_weight = weight(c) * (factors.empty() ? 1.0 : factors[c.index]);
      if (!c.event || event_weight == 0) continue;
      const double lower = tree.Below(c.rank), not_higher = tree.Below(c.rank + 1);
      pairs.concordant += event_weight * lower;
      pairs.tied += event_weight * (not_higher - lower);
      pairs.comparable += event_weight * all;
    }
    for (size_t i = begin; i < end; ++i) {
      if (cases_[i].event) add(cases_[i]);
    }
    begin = end;
  }
  return pairs;
}

WeightedUnoCIndex::WeightedUnoCIndex(absl::Span<const double> times, absl::Span<const double> risks,
                                     absl::Span<const bool> events, double tau)
    : counter_(times, risks, events),
      censoring_(counter_.invalid() ? absl::Span<const double>() : times,
                 counter_.invalid() ? absl::Span<const bool>() : events) {
  if (counter_.invalid()) return;
  for (size_t i = 0; i < times.size(); ++i) counts_.push_back(events[i] && times[i] < tau);
}

std::optional<double> WeightedUnoCIndex::operator()(absl::Span<const double> weights) const {
  if (counter_.invalid()) return std::nullopt;
  std::vector<double> factors = censoring_.JustBefore(weights);
  for (size_t i = 0; i < factors.size(); ++i) factors[i] = counts_[i] && factors[i] > 0 ? 1 / (factors[i] * factors[i]) : 0;
  return counter_.Count(weights, factors).Index();
}

}  // namespace asap
