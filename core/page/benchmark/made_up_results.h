// A benchmark that was never run, for tests of the report: four tasks of several shapes, three encoders, external cohorts, and
// names and values that break careless writers. None of it is of a kind of task that exists.
#ifndef ASAP_CORE_PAGE_BENCHMARK_MADE_UP_RESULTS_H_
#define ASAP_CORE_PAGE_BENCHMARK_MADE_UP_RESULTS_H_

#include <vector>

#include "core/benchmark/results.h"
#include "core/task.h"

namespace asap {

// Text that breaks out of HTML, attributes, XML, scripts and Markdown where it is not escaped.
inline constexpr char kAwkward[] = "a<b & \"c\" 'd' | </script><i>{{data}}";

// Encoders "ours", "random" and "theirs & <co>" on
//   made_up/many      18 labels, of which "never seen" is undefined; three fractions; external: south
//   made_up/one       one label, kAwkward, which the external dataset elsewhere names otherwise; a run of theirs failed
//   made_up/distance  three masks a case (rows with `item`), a distance in mm, two fractions
//   made_up/none      no labels; several rows a case; a score without range, below 0; not applicable to theirs; external: south
BenchmarkResults MadeUpResults();

// The tasks of MadeUpResults(); they live as long as the program. They can show and not run. Each shows, of a cohort, all parts
// that a section has: a heading, a paragraph, lines with a choice of the labels, bars, a table, tables side by side, a folded
// part with a plot and a table in it, and pictures.
const std::vector<const Task*>& MadeUpTasks();

// One encoder, one seed, one task of one label; no intervals, comparisons, cards or rows.
BenchmarkResults LeastResults();

}  // namespace asap

#endif  // ASAP_CORE_PAGE_BENCHMARK_MADE_UP_RESULTS_H_
