#include "tools/benchmark/choose_tasks.h"

#include <fnmatch.h>

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/suggest.h"

namespace asap {
namespace {

bool Matches(absl::string_view pattern, const std::string& name) {
  if (absl::ConsumeSuffix(&pattern, "...")) return absl::StartsWith(name, pattern);
  return ::fnmatch(std::string(pattern).c_str(), name.c_str(), 0) == 0;
}

// "a or b", "a number from 0 to 8", "any text".
std::string ValuesInWords(const TaskParameter& parameter) {
  if (!parameter.choices.empty()) return absl::StrJoin(parameter.choices, " or ");
  if (!parameter.range.has_value()) return "any text";
  return absl::StrCat("a number from ", parameter.range->first, " to ", parameter.range->second);
}

}  // namespace

absl::StatusOr<std::vector<std::unique_ptr<Task>>> ChooseTasks(const std::string& patterns) {
  const auto& registry = Registry<TaskFactory>::Get("task");
  std::set<std::string> chosen;
  for (absl::string_view pattern : absl::StrSplit(patterns, ',')) {
    pattern = absl::StripAsciiWhitespace(pattern);
    bool any = false;
    for (const std::string& name : registry.Names()) {
      if (!Matches(pattern, name)) continue;
      chosen.insert(name);
      any = true;
    }
    if (!any) return absl::InvalidArgumentError(UnknownName("task", pattern, registry.Names()));
  }
  std::vector<std::unique_ptr<Task>> tasks;
  for (const std::string& name : chosen) tasks.push_back((*registry.Find(name))());
  return tasks;
}

std::string TasksPage(const std::vector<std::unique_ptr<Task>>& tasks) {
  std::string page =
      "# Tasks\n\nWritten by `./tools/bazel run //tools:benchmark -- --help_tasks` from the tasks' own declarations; a test "
      "holds it "
      "equal.\n\n| task | measures | dataset | label fractions | headline | external |\n|---|---|---|---|---|---|\n";
  for (const auto& task : tasks) {
    const TaskSpec& spec = task->spec();
    absl::StrAppend(&page, "| [", spec.name, "](#", absl::StrReplaceAll(spec.name, {{"/", ""}}), ") | ", spec.title, " | ",
                    spec.dataset, " | ", absl::StrJoin(spec.fractions, ", "), " % | ", spec.headline, " | ",
                    absl::StrJoin(spec.external_datasets, ", "), " |\n");
  }
  for (const auto& task : tasks) {
    const TaskSpec& spec = task->spec();
    absl::StrAppend(&page, "\n## ", spec.name, "\n", spec.title, ": ", spec.outcome,
                    spec.labels.empty() ? "" : absl::StrCat(" (", absl::StrJoin(spec.labels, ", "), ")"), ".\n\n");
    std::vector<std::string> metrics;
    for (const Score& score : task->Scores({})) {
      if (std::find(metrics.begin(), metrics.end(), score.metric.name) == metrics.end()) metrics.push_back(score.metric.name);
    }
    absl::StrAppend(&page, "- metrics: ", absl::StrJoin(metrics, ", "),
                    "\n- of the encoder it takes: ", EncoderUseName(spec.encoder), "\n");
    for (const auto& [name, parameter] : spec.parameters) {
      absl::StrAppend(&page, "- option `", name, "=", parameter.value, "` (", ValuesInWords(parameter), "): ", parameter.help,
                      "\n");
    }
    for (const auto& [name, how] : spec.protocols) {
      if (!how.empty()) absl::StrAppend(&page, "- ", name, ": ", how, "\n");
    }
  }
  return page;
}

}  // namespace asap
