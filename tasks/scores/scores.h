// The metrics of a task's cases, as statistics of weighted cases: what Task::Scores returns. The headline comes first.
//
// A case counts for a label where both its score and its truth are there. Means over labels are of those that all cases together
// define; a label without both outcomes keeps its own row, which says that it is undefined.
#ifndef ASAP_TASKS_SCORES_SCORES_H_
#define ASAP_TASKS_SCORES_SCORES_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "core/task.h"

namespace asap {

// Labels of 0 or 1 with probabilities as scores: auroc (the headline: their mean), auprc, sensitivity_at_90_specificity, brier,
// ece, of each and on average; accuracy, f1_micro and f1_macro at probabilities above 0.5. Of a single label, accuracy, f1 (of
// the positives) and f1_macro (of both outcomes).
std::vector<Score> LabelScores(absl::Span<const CaseResult> cases, const std::vector<std::string>& labels);

// Classes that exclude each other, with a probability for each as its score and 1 as the truth of one of them: accuracy (the
// headline), f1_macro, auroc one-vs-rest of each and on average, brier, ece of the class that is predicted.
std::vector<Score> ClassScores(absl::Span<const CaseResult> cases, const std::vector<std::string>& classes);

// Discrete survival: scores "risk" and a probability of the event by each horizon; truth "interval" (0, 1, ... the horizon that
// the event fell within, or the last one that the case was seen at), "event" (0 or 1) and a flag for each horizon where it is
// known. c_index (Harrell's, the headline), c_index_uno, auroc and brier of the flags, and auroc_cumulative_dynamic by horizon.
std::vector<Score> SurvivalScores(absl::Span<const CaseResult> cases, const std::vector<std::string>& horizons);

}  // namespace asap

#endif  // ASAP_TASKS_SCORES_SCORES_H_
