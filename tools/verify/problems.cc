#include "tools/verify/problems.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace asap {
namespace {

using Severity = DatasetProblem::Severity;

const char* SeverityName(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

std::string Cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string ProblemsByKind(const std::vector<DatasetProblem>& problems, int64_t show) {
  std::map<std::pair<Severity, std::string>, std::vector<const DatasetProblem*>> by_kind;
  for (const DatasetProblem& problem : problems) by_kind[{problem.severity, problem.remedy}].push_back(&problem);
  std::vector<std::vector<const DatasetProblem*>> kinds;
  for (auto& [kind, of_kind] : by_kind) kinds.push_back(std::move(of_kind));
  std::stable_sort(kinds.begin(), kinds.end(), [](const auto& a, const auto& b) {
    return std::make_tuple(a[0]->severity != Severity::kError, -static_cast<int64_t>(a.size())) <
           std::make_tuple(b[0]->severity != Severity::kError, -static_cast<int64_t>(b.size()));
  });
  std::string out;
  for (const auto& kind : kinds) {
    const int64_t count = static_cast<int64_t>(kind.size());
    absl::StrAppend(&out, count, " ", SeverityName(kind[0]->severity), count == 1 ? "" : "s", "; remedy: ", kind[0]->remedy,
                    "\n");
    for (int64_t i = 0; i < std::min(count, show); ++i) {
      // Most messages begin with a file, whose name tells the case.
      const bool named = kind[i]->case_id.empty() || absl::StrContains(kind[i]->message, kind[i]->case_id);
      absl::StrAppend(&out, "  ", named ? "" : absl::StrCat("case ", kind[i]->case_id, ": "), kind[i]->message, "\n");
    }
    if (count > show) absl::StrAppend(&out, "  and ", count - show, " more\n");
  }
  return out;
}

std::string ProblemTable(const std::vector<DatasetProblem>& problems) {
  std::string table = "severity,case,message,remedy\n";
  for (const DatasetProblem& problem : problems) {
    absl::StrAppend(&table, SeverityName(problem.severity), ",", Cell(problem.case_id), ",", Cell(problem.message), ",",
                    Cell(problem.remedy), "\n");
  }
  return table;
}

}  // namespace asap
