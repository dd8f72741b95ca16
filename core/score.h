// A number computed of a cohort, with all that a table or a plot has to know of it.
#ifndef ASAP_CORE_SCORE_H_
#define ASAP_CORE_SCORE_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace asap {

// How a number is called, drawn and held.
struct Metric {
  std::string name;   // in files: "hd95"
  std::string title;  // for readers: "HD95"
  std::string unit;   // "mm"; empty for a pure number
  bool higher_is_better = true;
  std::optional<double> low = 0, high = 1;  // the range that values lie in; none: unbounded
  std::optional<double> chance;             // what a model that knows nothing reaches: a line in plots

  friend bool operator==(const Metric&, const Metric&) = default;
};

// An interval at 95 %.
struct Interval {
  double low = 0, high = 0;
};

// A number computed of rows, each weighted: no weights give its value, a bootstrap's multiplicities one resample's. nullopt where
// it is undefined, as an AUROC without positive cases. Called from several threads at once.
using Statistic = std::function<std::optional<double>(absl::Span<const double> weights)>;

struct Score {
  Metric metric;
  std::string label;  // "aorta", "presence"; empty: the whole
  // A retrieval's pool stays whole under weights: they are of queries.
  Statistic statistic;
  // The rows of the cohort that the statistic reads, rising: those beside a score are counted of them. None: all.
  std::optional<std::vector<size_t>> rows;
  // An interval that needs no resampling, as DeLong's, shown beside the bootstrap's; null where there is none.
  std::function<std::optional<Interval>()> closed_form;
};

}  // namespace asap

#endif  // ASAP_CORE_SCORE_H_
