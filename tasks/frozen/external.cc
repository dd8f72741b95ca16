#include "tasks/frozen/external.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/metrics/auroc.h"
#include "tasks/labels/columns.h"

namespace asap {
namespace {

// The AUROC of one of the task's scores for a label of the external dataset; 0 where it is undefined.
double AurocFor(const Cohort& cohort, const std::string& theirs, const std::string& ours) {
  const LabelRows rows = RowsOf(cohort, ScoreColumn(ours), TruthColumn(theirs));
  return Auroc(rows.scores, rows.positive).value_or(0);
}

}  // namespace

void AnswerExternal(const ExternalCohort& external, bool on_test_data, Cohort& cohort, std::vector<std::string>& warnings) {
  std::map<std::string, std::vector<double>> answers;
  for (const ExternalLabel& label : external.labels) {
    std::vector<std::string> ours = label.ours;
    if (on_test_data && ours.size() > 1) {
      ours = {*std::max_element(ours.begin(), ours.end(), [&](const std::string& a, const std::string& b) {
        return AurocFor(cohort, label.theirs, a) < AurocFor(cohort, label.theirs, b);
      })};
      warnings.push_back(absl::StrCat("external validation on ", external.dataset, ": \"", label.theirs, "\" is answered by \"",
                                      ours[0], "\", chosen by its AUROC on these test cases, as published"));
    }
    std::vector<double> highest = NumbersOf(cohort, ScoreColumn(ours[0]));
    for (const std::string& name : ours) {
      const std::vector<double>& other = NumbersOf(cohort, ScoreColumn(name));
      for (size_t row = 0; row < highest.size(); ++row) highest[row] = std::max(highest[row], other[row]);
    }
    answers[ScoreColumn(label.theirs)] = std::move(highest);
  }
  for (auto column = cohort.numbers.begin(); column != cohort.numbers.end();) {
    column = absl::StartsWith(column->first, ScoreColumn("")) ? cohort.numbers.erase(column) : std::next(column);
  }
  cohort.numbers.merge(answers);
}

}  // namespace asap
