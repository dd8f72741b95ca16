#include "tools/verify/verify_main_lib.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/dataset.h"
#include "core/dataset_cards.h"
#include "tools/cli/case_progress.h"
#include "tools/verify/describe.h"
#include "tools/verify/problems.h"

DEFINE_string(data, "", "The dataset, by its registered name; --list shows them.");
DEFINE_string(data_root, "", "The folder with the dataset's files in their published layout.");
DEFINE_string(pairs, "", "The table of --data=pairs.");
DEFINE_string(data_options, "", "The dataset's own parameters, e.g. spacing=1.5x1.5x3.0; datasets/NAME/README.md tells them.");
DEFINE_bool(list, false, "List the datasets, and do nothing else.");
DEFINE_int64(show, 5, "Messages shown of each kind of problem.");
DEFINE_string(problems, "", "A CSV for all problems: severity, case, message, remedy.");

namespace asap {
namespace {

void PrintDatasets() {
  for (const std::string& name : Registry<DatasetFactory>::Get("dataset").Names()) {
    const auto card = Registry<DatasetCardFactory>::Get("dataset card").Find(name);
    std::printf("%-16s %s\n", name.c_str(), card.ok() ? (*card)().title.c_str() : "");
  }
}

absl::StatusOr<DatasetOptions> OptionsFromFlags() {
  DatasetOptions options{.root = UserPath(FLAGS_data_root), .table = UserPath(FLAGS_pairs)};
  for (const absl::string_view entry : absl::StrSplit(FLAGS_data_options, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(entry, absl::MaxSplits('=', 1));
    if (pair.first.empty() || pair.second.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("--data_options: \"", entry, "\" is not of the form name=value"));
    }
    options.parameters[pair.first] = pair.second;
  }
  return options;
}

// The registered datasets that open the folder as theirs.
std::vector<std::string> OthersThatOpen(const std::string& root) {
  std::vector<std::string> others;
  for (const std::string& name : Registry<DatasetFactory>::Get("dataset").Names()) {
    // These two look at no folder.
    if (name == FLAGS_data || name == "phantom" || name == "pairs") continue;
    if (OpenDataset(name, {.root = root}).ok()) others.push_back(name);
  }
  return others;
}

// What failed lies in the files, unless the call itself was wrong.
absl::Status OpeningFailed(const absl::Status& status, const DatasetOptions& options) {
  const bool nothing_named = options.root.empty() && options.table.empty();
  const bool of_parameter = absl::IsInvalidArgument(status) && absl::StrContains(status.message(), "parameter");
  if (nothing_named || of_parameter) return status;
  std::string message(status.message());
  std::vector<std::string> others;  // where the reader does not know already whose folder it is
  if (!options.root.empty() && !absl::StrContains(message, "--data=")) others = OthersThatOpen(options.root);
  if (!others.empty()) {
    absl::StrAppend(&message, ". The folder opens as ", absl::StrJoin(others, " and as "), ": is --data=", others[0], " meant?");
  }
  return absl::FailedPreconditionError(message);
}

}  // namespace

ToolHelp VerifyHelp() {
  return {
      .name = "verify",
      .summary =
          "Opens a dataset in its published layout, shows its card, counts cases, patients, splits and labels, and reads every "
          "file:\n"
          "what is missing, damaged or implausible is named with its remedy. Exits with 1 where there are errors; warnings alone "
          "are\n"
          "no failure.",
      .examples =
          {
              "# The synthetic dataset in LUNA16's layout:",
              "./tools/bazel run //tools:phantom -- --output=luna16 --layout=luna16 --cases=12",
              "./tools/bazel run //tools:verify -- --data=luna16 --data_root=luna16",
              "# All datasets that there are readers of:",
              "./tools/bazel run //tools:verify -- --list",
          },
  };
}

absl::Status VerifyMain() {
  if (FLAGS_list) {
    PrintDatasets();
    return absl::OkStatus();
  }
  if (FLAGS_data.empty()) return absl::InvalidArgumentError("--data is needed: a dataset's name; --list shows them. See --help.");
  if (FLAGS_show < 0) return absl::InvalidArgumentError(absl::StrCat("--show=", FLAGS_show, ": expected 0 or more"));
  ASAP_RETURN_IF_ERROR(Registry<DatasetFactory>::Get("dataset").Find(FLAGS_data).status());
  ASAP_ASSIGN_OR_RETURN(const DatasetOptions options, OptionsFromFlags());

  const absl::StatusOr<std::unique_ptr<Dataset>> opened = OpenDataset(FLAGS_data, options);
  if (!opened.ok()) return OpeningFailed(opened.status(), options);
  const Dataset& dataset = **opened;
  ASAP_ASSIGN_OR_RETURN(const std::string cases, DescribeCases(dataset));
  std::printf("%s\n%s\n", DescribeCard(dataset.card()).c_str(), cases.c_str());
  std::fflush(stdout);

  const absl::Time start = absl::Now();
  CaseProgress progress(dataset.size());
  const std::vector<DatasetProblem> problems = dataset.Verify([&](int64_t done) { progress.Reach(done); });
  progress.Finish();
  int64_t errors = 0;
  std::set<std::string> cases_with_errors;
  for (const DatasetProblem& problem : problems) {
    if (problem.severity != DatasetProblem::Severity::kError) continue;
    ++errors;
    cases_with_errors.insert(problem.case_id);
  }
  std::printf("%s%d cases read in %.1f s: %d errors, %d warnings\n", ProblemsByKind(problems, FLAGS_show).c_str(),
              static_cast<int>(dataset.size()), absl::ToDoubleSeconds(absl::Now() - start), static_cast<int>(errors),
              static_cast<int>(problems.size() - errors));
  if (!FLAGS_problems.empty()) {
    const std::string path = UserPath(FLAGS_problems);
    ASAP_RETURN_IF_ERROR(WriteFileAtomically(path, ProblemTable(problems)));
    std::printf("all of them: %s\n", path.c_str());
  }
  if (errors == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrFormat("%s: %d errors in %d of %d cases, listed above with what to do", FLAGS_data, errors,
                      static_cast<int>(cases_with_errors.size() - cases_with_errors.count("")), dataset.size()));
}

}  // namespace asap
