#include "tools/anatomy/run.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/geometry.h"
#include "core/imaging/reorient.h"
#include "core/metrics/segmentation/overlap.h"
#include "tools/anatomy/map_cases.h"
#include "tools/preprocess/cases.h"
#include "tools/preprocess/tables.h"
#include "tools/preprocess/work_on_cases.h"

namespace asap {
namespace {

struct CaseOutcome {
  AnatomyCase made;
  std::vector<Overlap> overlaps;  // with the truth, per class; empty without one
};

// The true mask of each case by id, or by bare name where one alone has it.
absl::StatusOr<std::vector<std::string>> MatchTruth(const std::vector<ScanCase>& cases, const std::string& truth) {
  ASAP_ASSIGN_OR_RETURN(const CaseList found, FindCases(truth, "", {}));
  std::vector<std::string> paths(cases.size());
  if (cases.size() == 1 && found.cases.size() == 1) {
    paths[0] = found.cases[0].source;
    return paths;
  }
  std::map<std::string, std::vector<std::string>> by_name;
  for (const ScanCase& mask : found.cases) {
    by_name[mask.id].push_back(mask.source);
    if (const size_t slash = mask.id.rfind('/'); slash != std::string::npos) {
      by_name[mask.id.substr(slash + 1)].push_back(mask.source);
    }
  }
  bool any = false;
  for (size_t i = 0; i < cases.size(); ++i) {
    auto match = by_name.find(cases[i].id);
    if (match == by_name.end()) match = by_name.find(cases[i].id.substr(cases[i].id.rfind('/') + 1));
    if (match == by_name.end() || match->second.size() != 1) continue;
    paths[i] = match->second.front();
    any = true;
  }
  if (!any) {
    return absl::FailedPreconditionError(absl::StrCat(
        "none of the ", found.cases.size(), " masks in ", truth, " has the name of a case: the first case is ", cases.front().id,
        ", the first mask ", found.cases.front().source, ". Give masks the paths or the file names of their scans."));
  }
  return paths;
}

absl::StatusOr<std::vector<Overlap>> CompareWithTruth(const std::string& mask_path, const std::string& truth_path, int classes,
                                                      int truth_class) {
  ASAP_ASSIGN_OR_RETURN(const Volume<float> mask, ReadVolume(mask_path));
  ASAP_ASSIGN_OR_RETURN(Volume<float> truth, ReadVolume(truth_path));
  truth = AlongAxesOf(mask.geometry, std::move(truth));
  ASAP_RETURN_IF_ERROR(SameGrid(mask.geometry, mask_path, truth.geometry, truth_path));
  std::vector<uint8_t> a(mask.voxels.size()), b(mask.voxels.size());
  for (size_t i = 0; i < a.size(); ++i) {
    const float label = truth.voxels[i];
    a[i] = static_cast<uint8_t>(mask.voxels[i]);
    if (truth_class > 0) {
      b[i] = label > 0 ? truth_class : 0;
      a[i] = a[i] == truth_class ? truth_class : 0;
    } else if (!(label >= 0 && label < classes) || label != std::floor(label)) {
      return absl::InvalidArgumentError(
          absl::StrCat(truth_path, ": holds the value ", label, ", expected the classes 0 to ", classes - 1,
                       ". Map it to these classes first, or name the one it shows with --truth_class."));
    } else {
      b[i] = static_cast<uint8_t>(label);
    }
  }
  return OverlapsOf(a, b, classes);
}

class Runner {
 public:
  Runner(const AnatomyRun& run, std::vector<ScanCase> cases, std::vector<std::string> truths, int truth_class,
         std::vector<bool> made)
      : run_(run), cases_(std::move(cases)), truths_(std::move(truths)), truth_class_(truth_class), made_(std::move(made)) {}

  void WorkOnAll() {
    outcomes_ = WorkOnCases<CaseOutcome>(
        cases_, run_.threads, run_.skip_bad_cases,
        [&](size_t i) { return EstimateAnatomyMemory(cases_[i], run_.settings.method); }, [&](size_t i) { return WorkOn(i); },
        [](const CaseOutcome& outcome) { return outcome.made.done_before; });
  }

  absl::StatusOr<AnatomySummary> Tables() const;

 private:
  absl::StatusOr<CaseOutcome> WorkOn(size_t i) const {
    CaseOutcome outcome;
    ASAP_ASSIGN_OR_RETURN(outcome.made, MakeCaseMask(cases_[i], run_.settings, run_.output));
    if (!truths_.empty() && !truths_[i].empty()) {
      ASAP_ASSIGN_OR_RETURN(outcome.overlaps,
                            CompareWithTruth(absl::StrCat(run_.output, "/", outcome.made.mask), truths_[i],
                                             static_cast<int>(run_.settings.table.classes.size()), truth_class_));
    }
    for (const std::string& note : outcome.made.notes) LogWarning(absl::StrCat(cases_[i].id, ": ", note));
    return outcome;
  }

  const AnatomyRun& run_;
  const std::vector<ScanCase> cases_;
  const std::vector<std::string> truths_;  // per case, or none
  const int truth_class_;
  const std::vector<bool> made_;                                      // per class, whether the method makes it
  std::vector<std::optional<absl::StatusOr<CaseOutcome>>> outcomes_;  // without value where not reached
};

absl::StatusOr<AnatomySummary> Runner::Tables() const {
  const std::vector<std::string>& classes = run_.settings.table.classes;
  const std::string method = run_.settings.method == AnatomyMethod::kMap ? "map" : "classical";
  AnatomySummary summary;
  std::string extents = CsvLine({"case", "mask", "method", "approximate", "overlap_voxels", "class", "name", "voxels", "ml"});
  std::string dice_text = CsvLine({"case", "class", "name", "dice"});
  std::vector<DiceSummary> dice(classes.size());
  std::vector<SkippedRow> skipped;
  for (size_t i = 0; i < cases_.size(); ++i) {
    if (!outcomes_[i].has_value()) continue;
    const absl::StatusOr<CaseOutcome>& outcome = *outcomes_[i];
    const std::string& id = cases_[i].id;
    if (!outcome.ok()) {
      if (!run_.skip_bad_cases) {
        return absl::FailedPreconditionError(
            absl::StrCat("case ", id, ": ", outcome.status().message(),
                         " (Cases done so far stay done; --on_bad_case=skip goes on without the bad ones.)"));
      }
      skipped.push_back(SplitMessage(id, std::string(outcome.status().message())));
      continue;
    }
    const AnatomyCase& made = outcome->made;
    ++(made.done_before ? summary.done_before : summary.done);
    summary.overlaps += made.overlaps;
    for (size_t label = 0; label < made.classes.size(); ++label) {
      absl::StrAppend(&extents, CsvLine({id, made.mask, method, made.approximate ? "yes" : "no", absl::StrCat(made.overlaps),
                                         absl::StrCat(label), classes[label], absl::StrCat(made.classes[label].voxels),
                                         absl::StrFormat("%.2f", made.classes[label].ml)}));
    }
    summary.without_truth += !truths_.empty() && outcome->overlaps.empty();
    for (size_t label = 1; label < outcome->overlaps.size(); ++label) {
      const std::optional<double> value = outcome->overlaps[label].Dice();
      if (!value.has_value() || !made_[label]) continue;
      absl::StrAppend(&dice_text, CsvLine({id, absl::StrCat(label), classes[label], absl::StrFormat("%.4f", *value)}));
      ++dice[label].cases;
      dice[label].mean += *value;
      dice[label].least = std::min(dice[label].least, *value);
    }
  }
  summary.skipped = static_cast<int>(skipped.size());
  for (size_t label = 1; label < classes.size(); ++label) {
    if (dice[label].cases == 0) continue;
    dice[label].name = classes[label];
    dice[label].mean /= dice[label].cases;
    summary.dice.push_back(dice[label]);
  }
  std::string names;
  for (const std::string& name : classes) absl::StrAppend(&names, name, "\n");
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(run_.output + "/mask_classes.txt", names));
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(run_.output + "/summary.csv", extents));
  ASAP_RETURN_IF_ERROR(WriteSkipped(run_.output + "/skipped.csv", skipped));
  if (!truths_.empty()) ASAP_RETURN_IF_ERROR(WriteFileAtomically(run_.output + "/dice.csv", dice_text));
  if (skipped.size() == cases_.size()) {
    return absl::FailedPreconditionError(absl::StrCat("all ", cases_.size(), " cases were skipped, the first (",
                                                      skipped.front().case_id, ") because: ", skipped.front().reason, ". ",
                                                      skipped.front().remedy, " See ", run_.output, "/skipped.csv"));
  }
  return summary;
}

}  // namespace

absl::StatusOr<AnatomySummary> RunAnatomy(const AnatomyRun& run) {
  const std::vector<std::string>& classes = run.settings.table.classes;
  int truth_class = 0;
  if (!run.truth_class.empty()) {
    truth_class = static_cast<int>(std::find(classes.begin(), classes.end(), run.truth_class) - classes.begin());
    if (truth_class == 0 || truth_class == static_cast<int>(classes.size())) {
      return absl::InvalidArgumentError(
          absl::StrCat("--truth_class: ", UnknownName("class", run.truth_class, {classes.begin() + 1, classes.end()})));
    }
  }
  ASAP_ASSIGN_OR_RETURN(const std::vector<bool> made, ClassesMade(run.settings));
  std::vector<ScanCase> cases;
  int without_volume = 0;
  if (run.settings.method == AnatomyMethod::kMap) {
    ASAP_ASSIGN_OR_RETURN(MapCases found, FindMapCases(run.input, run.volumes, run.settings.table, {run.output}));
    cases = std::move(found.cases);
    without_volume = found.without_volume;
  } else {
    std::vector<std::string> leave_out = {run.output};
    if (!run.truth.empty()) leave_out.push_back(run.truth);
    ASAP_ASSIGN_OR_RETURN(CaseList found, FindCases(run.input, "", leave_out));
    cases = std::move(found.cases);
  }
  std::vector<std::string> truths;
  if (!run.truth.empty()) {
    ASAP_ASSIGN_OR_RETURN(truths, MatchTruth(cases, run.truth));
  }
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(run.output));
  Runner runner(run, std::move(cases), std::move(truths), truth_class, made);
  runner.WorkOnAll();
  ASAP_ASSIGN_OR_RETURN(AnatomySummary summary, runner.Tables());
  summary.without_volume = without_volume;
  for (size_t label = 1; label < classes.size(); ++label) {
    if (!made[label]) summary.not_made.push_back(classes[label]);
  }
  return summary;
}

}  // namespace asap
