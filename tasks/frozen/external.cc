#include "tasks/frozen/external.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/metrics/auroc.h"

namespace asap {
namespace {

// Of one label of the cohort by one of the task's scores; 0 where it is undefined.
double AurocOf(const std::vector<CaseResult>& cases, const std::string& theirs, const std::string& ours) {
  std::vector<double> scores;
  const std::unique_ptr<bool[]> positive(new bool[cases.size()]);
  for (const CaseResult& each : cases) {
    const auto truth = each.truth.find(theirs);
    if (truth == each.truth.end()) continue;
    positive[scores.size()] = truth->second > 0.5;
    scores.push_back(each.scores.at(ours));
  }
  return Auroc(scores, absl::MakeConstSpan(positive.get(), scores.size())).value_or(0);
}

}  // namespace

void AnswerExternal(const ExternalCohort& cohort, bool on_test_data, std::vector<CaseResult>& cases,
                    std::vector<std::string>& warnings) {
  std::vector<std::map<std::string, double>> answers(cases.size());
  for (const ExternalLabel& label : cohort.labels) {
    std::vector<std::string> ours = label.ours;
    if (on_test_data && ours.size() > 1) {
      ours = {*std::max_element(ours.begin(), ours.end(), [&](const std::string& a, const std::string& b) {
        return AurocOf(cases, label.theirs, a) < AurocOf(cases, label.theirs, b);
      })};
      warnings.push_back(absl::StrCat("external validation on ", cohort.dataset, ": \"", label.theirs, "\" is answered by \"",
                                      ours[0], "\", chosen by its AUROC on these test cases, as published"));
    }
    for (size_t i = 0; i < cases.size(); ++i) {
      double highest = cases[i].scores.at(ours[0]);
      for (const std::string& name : ours) highest = std::max(highest, cases[i].scores.at(name));
      answers[i][label.theirs] = highest;
    }
  }
  for (size_t i = 0; i < cases.size(); ++i) cases[i].scores = std::move(answers[i]);
}

}  // namespace asap
