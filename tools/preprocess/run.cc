#include "tools/preprocess/run.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/output_folder.h"
#include "core/base/status.h"
#include "tools/preprocess/leftovers.h"
#include "tools/preprocess/manifest.h"
#include "tools/preprocess/pairing.h"
#include "tools/preprocess/reports.h"
#include "tools/preprocess/tables.h"
#include "tools/preprocess/warnings_table.h"
#include "tools/preprocess/work_on_cases.h"

namespace asap {
namespace {

std::string TableName(const std::string& stem, const PreprocessRun& run) {
  if (run.shards == 1) return absl::StrCat(run.output, "/", stem, ".csv");
  return absl::StrCat(run.output, "/", stem, "-", run.shard, "-of-", run.shards, ".csv");
}

constexpr const char* kTables[] = {"manifest", "manifest_set_aside", "skipped", "warnings"};

ManifestFiles Manifests(const PreprocessRun& run) {
  return {.manifest = TableName("manifest", run),
          .set_aside = TableName("manifest_set_aside", run),
          .joined = run.shards == 1 ? "" : absl::StrCat(run.output, "/manifest.csv")};
}

// Paths below the output of all that this run may write.
absl::flat_hash_set<std::string> OwnFiles(const std::vector<ScanCase>& cases, const PreprocessRun& run) {
  absl::flat_hash_set<std::string> own;
  for (const char* stem : kTables) own.insert(TableName(stem, run).substr(run.output.size() + 1));
  for (const ScanCase& scan : cases) {
    for (const char* folder : {"volumes/", "masks/"}) {
      for (const char* extension : {".nii", ".nii.gz"}) own.insert(absl::StrCat(folder, scan.id, extension));
    }
    own.insert(absl::StrCat("records/", scan.id, ".txt"));
  }
  return own;
}

OutputUse UseOfOutput(const PreprocessRun& run) {
  OutputUse use{.program = "preprocess",
                .writes = {"volumes", "masks", "records"},
                .records = {"records"},
                .share = {.index = run.shard, .count = run.shards}};
  for (const char* stem : kTables) use.writes.push_back(TableName(stem, run).substr(run.output.size() + 1));
  return use;
}

// What was typed for a case is not another scan's that now has its name, such as that of another site.
absl::Status CheckTyped(const PreprocessRun& run, const std::vector<ScanCase>& cases) {
  ASAP_ASSIGN_OR_RETURN(const std::set<std::string> typed, TypedCases(Manifests(run)));
  for (const ScanCase& scan : cases) {
    if (typed.count(scan.id) == 0 || !WasAnotherScan(scan, run.output)) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "case ", scan.id, " was made of another file than ", scan.source, ", and ", Manifests(run).manifest,
        " or a table beside it holds what was typed for that one. Choose another output folder. If it is the same scan, and only "
        "copied, remove ",
        run.output, "/records: all cases are then made anew, and what was typed stays."));
  }
  return absl::OkStatus();
}

// What the table of reports has that no scan takes: it may be that of a larger cohort, or have other names.
void TellOfRowsWithoutScan(const PreprocessRun& run, const Reports& reports, const std::vector<int>& rows) {
  const std::vector<size_t> left = Unpaired(rows, reports.rows.size());
  if (left.empty()) return;
  const ReportRow& first = reports.rows[left.front()];
  const std::string message =
      absl::StrCat(left.size(), " of ", reports.rows.size(), " rows of ", run.reports,
                   " belong to no scan, or may belong to several; the first is that of line ", first.line, ", ", first.name,
                   ". A row's volume is compared with the path of the scan below the input.");
  if (left.size() == reports.rows.size()) {
    LogWarning(absl::StrCat("warning: ", message));
  } else {
    LogInfo(message);
  }
}

}  // namespace

absl::StatusOr<PreprocessSummary> RunPreprocess(const PreprocessRun& run) {
  Reports reports;
  if (!run.reports.empty()) {
    ASAP_ASSIGN_OR_RETURN(reports, ReadReports(run.reports, run.input));
  }
  ASAP_ASSIGN_OR_RETURN(CaseList list, FindCases(run.input, run.masks, {run.output}));
  if (!list.unmatched_masks.empty()) {
    LogWarning(absl::StrCat(list.unmatched_masks.size(), " masks belong to no case, such as ", list.unmatched_masks.front(),
                            ". Give masks the paths or the file names of their scans."));
  }
  // All cases are paired, not this share's alone: what is unique and what is left over is so among all.
  const std::vector<int> all_rows = RowsOfCases(reports, list.cases);
  if (!run.reports.empty()) TellOfRowsWithoutScan(run, reports, all_rows);
  for (const auto& [kind, files] : list.unread) LogWarning(TextOf(kind, files));
  std::vector<ScanCase> cases;
  std::vector<int> rows;  // of the reports, -1 for none
  for (size_t i = run.shard; i < list.cases.size(); i += run.shards) {
    cases.push_back(std::move(list.cases[i]));
    rows.push_back(all_rows[i]);
  }
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<FolderLock> lock, TakeOutputFolder(run.output, UseOfOutput(run)));
  ASAP_RETURN_IF_ERROR(CheckTyped(run, cases));
  if (lock->held()) RemoveLeftovers(run.output, OwnFiles(cases, run));

  const auto work = [&](size_t i) {
    // The last cases, too few for all threads, are each worked on by several.
    const int share = std::max(1, run.threads / static_cast<int>(cases.size() - i));
    absl::StatusOr<CaseResult> result = WorkOnCase(cases[i], run.settings, run.output, share);
    if (!result.ok()) return result;
    for (const std::string& warning : result->warnings) LogWarning(absl::StrCat(cases[i].id, ": ", warning));
    return result;
  };
  const auto results = WorkOnCases<CaseResult>(
      cases, run.threads, run.skip_bad_cases, [&](size_t i) { return EstimateMemory(cases[i]); }, work,
      [](const CaseResult& result) { return result.done_before; });

  PreprocessSummary summary;
  Manifest manifest{.further_columns = reports.further_columns};
  std::vector<SkippedRow> skipped;
  std::vector<std::pair<std::string, std::string>> warnings;
  for (size_t i = 0; i < cases.size(); ++i) {
    if (!results[i].has_value()) continue;
    const absl::StatusOr<CaseResult>& result = *results[i];
    if (!result.ok()) {
      if (!run.skip_bad_cases) {
        return absl::FailedPreconditionError(
            absl::StrCat("case ", cases[i].id, ": ", result.status().message(),
                         " (Cases done so far stay done; --on_bad_case=skip goes on without the bad ones.)"));
      }
      ++summary.skipped;
      skipped.push_back(SplitMessage(cases[i].id, std::string(result.status().message())));
      continue;
    }
    ++(result->done_before ? summary.done_before : summary.done);
    for (const std::string& warning : result->warnings) warnings.emplace_back(cases[i].id, warning);
    if (!run.masks.empty() && result->mask.empty()) summary.without_mask.push_back(cases[i].id);
    ManifestRow row;
    if (rows[i] >= 0) row = reports.rows[rows[i]].cells;
    row.volume = result->volume;
    row.mask = result->mask;
    row.case_id = cases[i].id;
    manifest.rows.push_back(row);
  }
  summary.manifest = TableName("manifest", run);
  summary.skipped_table = TableName("skipped", run);
  summary.warnings_table = TableName("warnings", run);
  summary.warnings = static_cast<int>(warnings.size());
  ASAP_RETURN_IF_ERROR(WriteSkipped(summary.skipped_table, skipped));
  ASAP_RETURN_IF_ERROR(WriteWarnings(summary.warnings_table, warnings));
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> notes, UpdateManifest(Manifests(run), &manifest));
  for (const std::string& note : notes) LogWarning(absl::StrCat("warning: ", note));
  for (const ManifestRow& row : manifest.rows) summary.without_report += row.findings.empty() && row.impression.empty();
  if (skipped.size() == cases.size() && !cases.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("all ", cases.size(), " cases were skipped, the first (",
                                                      skipped.front().case_id, ") because: ", skipped.front().reason, ". ",
                                                      skipped.front().remedy, " See ", summary.skipped_table));
  }
  return summary;
}

}  // namespace asap
