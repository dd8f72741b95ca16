#include "core/task.h"

#include "absl/strings/str_cat.h"

namespace asap {

absl::Status ValidateSpec(const TaskSpec& spec) {
  const auto wrong = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat("task \"", spec.name, "\": ", what));
  };
  const size_t slash = spec.name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == spec.name.size()) {
    return wrong("its name is not of the form kind/dataset, as classification/stoic");
  }
  if (spec.title.empty()) return wrong("no title");
  if (spec.dataset.empty()) return wrong("no dataset");
  if (spec.headline.empty()) return wrong("no headline metric");
  if (spec.labels.empty()) return wrong("no labels");
  if (spec.outcome == Outcome::kBinary && spec.labels.size() != 1) return wrong("a binary outcome has exactly one label");
  if (spec.outcome == Outcome::kMulticlass && spec.labels.size() < 2)
    return wrong("a multi-class outcome has two labels or more");
  for (size_t i = 0; i < spec.labels.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (spec.labels[i] == spec.labels[j]) return wrong(absl::StrCat("the label \"", spec.labels[i], "\" stands there twice"));
    }
  }
  if (spec.fractions.empty()) return wrong("no label fraction");
  for (const double fraction : spec.fractions) {
    if (!(fraction > 0 && fraction <= 100)) return wrong(absl::StrCat("label fraction ", fraction, " %, expected (0, 100]"));
  }
  return absl::OkStatus();
}

std::string ProtocolName(Protocol protocol) { return protocol == Protocol::kStrict ? "strict" : "paper"; }

absl::StatusOr<Protocol> ParseProtocol(const std::string& name) {
  if (name == "strict") return Protocol::kStrict;
  if (name == "paper") return Protocol::kPaper;
  return absl::InvalidArgumentError(absl::StrCat("protocol \"", name, "\": expected strict or paper"));
}

}  // namespace asap
