// The metrics of labels, as statistics of weighted rows: what Task::Scores returns. The headline comes first.
//
// A row counts for a label where both its score and its truth are there (columns.h). Means over labels are of those that all rows
// together define; a label without both outcomes keeps its own score, which says that it is undefined.
#ifndef ASAP_TASKS_LABELS_SCORES_H_
#define ASAP_TASKS_LABELS_SCORES_H_

#include <string>
#include <utility>
#include <vector>

#include "core/cohort.h"
#include "core/score.h"
#include "tasks/labels/columns.h"

namespace asap {

// Labels of 0 or 1 with probabilities as scores: auroc (the headline: their mean), auprc, sensitivity_at_90_specificity, brier,
// ece, of each and on average; accuracy, f1_micro and f1_macro at probabilities above 0.5. Of a single label, accuracy, f1 (of
// the positives) and f1_macro (of both outcomes). An AUROC has DeLong's interval beside the bootstrap's.
std::vector<Score> LabelScores(const Cohort& cohort, const std::vector<std::string>& labels);

// Classes that exclude each other, with a probability for each as its score and 1 as the truth of one of them: accuracy (the
// headline), f1_macro, auroc one-vs-rest of each and on average, brier, ece of the class that is predicted.
std::vector<Score> ClassScores(const Cohort& cohort, const std::vector<std::string>& classes);

// ---------- parts of which other kinds make their scores ----------

Metric AurocMetric();
Metric BrierMetric();

// One metric of several labels: its mean, and each label's where there are several.
struct ScoreFamily {
  Metric metric;
  std::vector<Score> of_label;  // their statistics, rows and closed forms; metric and label are filled in by those that add them
};
Score AurocOf(const LabelRows& rows);  // with DeLong's interval
Score BrierOf(const LabelRows& rows);
// The mean of each family over its labels; the only label's own score where there is one alone.
void AddMeans(const std::vector<ScoreFamily>& families, std::vector<Score>& scores);
// Each label of each family, where there are several labels.
void AddEach(const std::vector<ScoreFamily>& families, const std::vector<std::string>& labels, std::vector<Score>& scores);

// A statistic of some rows, rising, as one of all rows of the cohort, computed once a resample; and the rows that it is of.
Score OnRows(const std::vector<size_t>& rows, bool all, Statistic statistic);

}  // namespace asap

#endif  // ASAP_TASKS_LABELS_SCORES_H_
