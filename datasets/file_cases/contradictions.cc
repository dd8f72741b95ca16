#include "datasets/file_cases/contradictions.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace asap {

void ExcludeContradictions(absl::Span<const Implication> rules, const std::string& table, FileDatasetParts* parts) {
  const std::vector<std::string>& names = parts->card.label_names;
  const auto number_of = [&](absl::string_view name) {
    return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  std::vector<std::pair<size_t, size_t>> pairs;  // label, implied
  for (const Implication& rule : rules) {
    const std::pair<size_t, size_t> pair = {number_of(rule.label), number_of(rule.implied)};
    if (std::max(pair.first, pair.second) < parts->labels.size()) pairs.push_back(pair);
  }
  for (int64_t i = 0; i < parts->cases.size(); ++i) {
    std::vector<std::string> broken;
    std::set<size_t> unknown;
    for (const auto& [label, implied] : pairs) {
      if (parts->labels[label][i] != 1 || parts->labels[implied][i] != 0) continue;
      broken.push_back(absl::StrCat("\"", names[label], "\" is true and \"", names[implied], "\" is not"));
      unknown.insert({label, implied});
    }
    if (broken.empty()) continue;
    for (const size_t label : unknown) parts->labels[label][i] = std::numeric_limits<double>::quiet_NaN();
    const std::string id(parts->cases[i].id);
    parts->problems.push_back({.severity = DatasetProblem::Severity::kWarning,
                               .case_id = id,
                               .message = absl::StrCat(table, ": of ", id, ", ", absl::StrJoin(broken, ", and "),
                                                       ": they cannot be so together, and count as unknown"),
                               .remedy = "look the case up and correct its row; until then these labels are left out"});
  }
}

}  // namespace asap
