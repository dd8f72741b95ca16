#include "tools/anatomy/run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/output_folder.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/geometry.h"
#include "core/imaging/reorient.h"
#include "core/metrics/segmentation/overlap.h"
#include "tools/anatomy/map_cases.h"
#include "tools/preprocess/cases.h"
#include "tools/preprocess/pairing.h"
#include "tools/preprocess/tables.h"
#include "tools/preprocess/work_on_cases.h"

namespace asap {
namespace {

struct CaseOutcome {
  AnatomyCase made;
  std::vector<Overlap> overlaps;  // with the truth, per class; empty without one
};

// The true mask of each case, empty where there is none. A single file belongs to a single case whatever its name.
absl::StatusOr<std::vector<std::string>> MatchTruth(const std::vector<ScanCase>& cases, const std::string& truth) {
  ASAP_ASSIGN_OR_RETURN(const std::vector<ScanCase> found, FindMasks(truth));
  std::vector<std::string> paths(cases.size());
  std::error_code error;
  if (cases.size() == 1 && found.size() == 1 && !std::filesystem::is_directory(truth, error)) {
    paths[0] = found[0].source;
    return paths;
  }
  const std::vector<int> partners = PairWithScans(IdsOf(cases), IdsOf(found));
  for (size_t i = 0; i < cases.size(); ++i) {
    if (partners[i] >= 0) paths[i] = found[partners[i]].source;
  }
  const size_t left = Unpaired(partners, found.size()).size();
  if (left == found.size()) return NoneMatches(truth, found, cases);
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
    if (!truths_.empty() && outcome->overlaps.empty()) summary.without_truth.push_back(id);
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
  std::vector<std::string> without_volume, without_case;
  if (run.settings.method == AnatomyMethod::kMap) {
    ASAP_ASSIGN_OR_RETURN(MapCases found, FindMapCases(run.input, run.volumes, run.settings.table, {run.output}));
    cases = std::move(found.cases);
    without_volume = std::move(found.without_volume);
    without_case = std::move(found.without_case);
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
  ASAP_ASSIGN_OR_RETURN(
      const std::unique_ptr<FolderLock> lock,
      TakeOutputFolder(run.output, {.program = "anatomy",
                                    .writes = {"masks", "overlays", "mask_classes.txt", "summary.csv", "skipped.csv", "dice.csv"},
                                    .records = {"overlays"}}));
  Runner runner(run, std::move(cases), std::move(truths), truth_class, made);
  runner.WorkOnAll();
  ASAP_ASSIGN_OR_RETURN(AnatomySummary summary, runner.Tables());
  summary.without_volume = std::move(without_volume);
  summary.without_case = std::move(without_case);
  for (size_t label = 1; label < classes.size(); ++label) {
    if (!made[label]) summary.not_made.push_back(classes[label]);
  }
  return summary;
}

}  // namespace asap
