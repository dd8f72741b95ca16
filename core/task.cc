#include "core/task.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/log.h"
#include "core/base/status.h"

namespace asap {
namespace {

absl::Status CheckValue(const TaskParameter& parameter, const std::string& value) {
  if (!parameter.choices.empty()) {
    if (std::count(parameter.choices.begin(), parameter.choices.end(), value) > 0) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat("\"", value, "\", expected ", absl::StrJoin(parameter.choices, " or ")));
  }
  if (!parameter.range.has_value()) return absl::OkStatus();
  double number;
  if (absl::SimpleAtod(value, &number) && number >= parameter.range->first && number <= parameter.range->second) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", value, "\", expected a number from ", parameter.range->first, " to ", parameter.range->second));
}

}  // namespace

std::string EncoderUseName(EncoderUse use) {
  switch (use) {
    case EncoderUse::kFeatures:
      return "features";
    case EncoderUse::kFrozenNetwork:
      return "frozen network";
    case EncoderUse::kTrainedNetwork:
      return "trained network";
  }
  return "";
}

TaskParameter SizeParameter() {
  return {.value = "quick",
          .help = "quick: at most 40 s a run on two cores; full: what a claim rests on.",
          .choices = {"quick", "full"}};
}

absl::Status ValidateSpec(const TaskSpec& spec) {
  const auto wrong = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat("task \"", spec.name, "\": ", what));
  };
  const size_t slash = spec.name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == spec.name.size()) {
    return wrong("its name is not of the form kind/dataset");
  }
  if (spec.title.empty()) return wrong("no title");
  if (spec.dataset.empty()) return wrong("no dataset");
  if (spec.outcome.empty()) return wrong("no outcome in words, as \"several labels, yes or no\"");
  if (spec.headline.empty()) return wrong("no headline metric");
  for (size_t i = 0; i < spec.labels.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (spec.labels[i] == spec.labels[j]) return wrong(absl::StrCat("the label \"", spec.labels[i], "\" stands there twice"));
    }
  }
  if (spec.fractions.empty()) return wrong("no label fraction");
  for (const double fraction : spec.fractions) {
    if (!(fraction > 0 && fraction <= 100)) return wrong(absl::StrCat("label fraction ", fraction, " %, expected (0, 100]"));
  }
  if (spec.version < 1) return wrong("its version counts from 1");
  for (const auto& [name, parameter] : spec.parameters) {
    if (name.find_first_of("=, ") != std::string::npos) return wrong(absl::StrCat("the parameter name \"", name, "\""));
    if (parameter.help.empty()) return wrong(absl::StrCat("the parameter ", name, " does not say what it does"));
    if (const absl::Status value = CheckValue(parameter, parameter.value); !value.ok()) {
      return wrong(absl::StrCat("the default of the parameter ", name, " is ", value.message()));
    }
  }
  if (spec.encoder == EncoderUse::kTrainedNetwork && spec.parameters.count(kSizeParameter) == 0) {
    return wrong("it trains a network, and has no parameter \"size\" (SizeParameter) that says for how long");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, std::string>> ResolveParameters(const TaskSpec& spec,
                                                                     const std::map<std::string, std::string>& given) {
  std::map<std::string, std::string> values;
  for (const auto& [name, parameter] : spec.parameters) {
    const auto own = given.find(name);
    values[name] = own == given.end() ? parameter.value : own->second;
    ASAP_RETURN_IF_ERROR(Annotate(CheckValue(parameter, values[name]), absl::StrCat("task ", spec.name, ", parameter ", name)));
  }
  return values;
}

double TaskContext::Number(const std::string& parameter) const {
  const auto found = parameters.find(parameter);
  double number = 0;
  if (found == parameters.end() || !absl::SimpleAtod(found->second, &number)) {
    LogError(absl::StrCat("a task asks for the number \"", parameter, "\", which its spec does not declare as one"));
    std::abort();
  }
  return number;
}

std::string ProtocolName(Protocol protocol) { return protocol == Protocol::kStrict ? "strict" : "paper"; }

absl::StatusOr<Protocol> ParseProtocol(const std::string& name) {
  if (name == "strict") return Protocol::kStrict;
  if (name == "paper") return Protocol::kPaper;
  return absl::InvalidArgumentError(absl::StrCat("protocol \"", name, "\": expected strict or paper"));
}

}  // namespace asap
