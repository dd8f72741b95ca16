#include "tools/preprocess/run.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "tools/preprocess/leftovers.h"
#include "tools/preprocess/tables.h"
#include "tools/preprocess/work_on_cases.h"

namespace asap {
namespace {

std::string TableName(const std::string& stem, const PreprocessRun& run) {
  if (run.shards == 1) return absl::StrCat(run.output, "/", stem, ".csv");
  return absl::StrCat(run.output, "/", stem, "-", run.shard, "-of-", run.shards, ".csv");
}

// Paths below the output of all that this run may write.
absl::flat_hash_set<std::string> OwnFiles(const std::vector<ScanCase>& cases, const PreprocessRun& run) {
  absl::flat_hash_set<std::string> own;
  for (const char* stem : {"manifest", "skipped"}) own.insert(TableName(stem, run).substr(run.output.size() + 1));
  for (const ScanCase& scan : cases) {
    for (const char* folder : {"volumes/", "masks/"}) {
      for (const char* extension : {".nii", ".nii.gz"}) own.insert(absl::StrCat(folder, scan.id, extension));
    }
    own.insert(absl::StrCat("records/", scan.id, ".txt"));
  }
  return own;
}

}  // namespace

absl::StatusOr<PreprocessSummary> RunPreprocess(const PreprocessRun& run) {
  Reports reports;
  if (!run.reports.empty()) {
    ASAP_ASSIGN_OR_RETURN(reports, ReadReports(run.reports));
  }
  ASAP_ASSIGN_OR_RETURN(CaseList list, FindCases(run.input, run.masks, {run.output}));
  if (!list.unmatched_masks.empty()) {
    LogWarning(absl::StrCat(list.unmatched_masks.size(), " masks belong to no case, such as ", list.unmatched_masks.front(),
                            ". Give masks the paths or the file names of their scans."));
  }
  for (const auto& [kind, files] : list.unread) LogWarning(TextOf(kind, files));
  std::vector<ScanCase> cases;
  for (size_t i = run.shard; i < list.cases.size(); i += run.shards) cases.push_back(std::move(list.cases[i]));
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(run.output));
  RemoveLeftovers(run.output, OwnFiles(cases, run));

  const auto work = [&](size_t i) {
    // The last cases, too few for all threads, are each worked on by several.
    const int share = std::max(1, run.threads / static_cast<int>(cases.size() - i));
    absl::StatusOr<CaseResult> result = WorkOnCase(cases[i], run.settings, run.output, share);
    if (result.ok() && !result->warning.empty()) LogWarning(absl::StrCat(cases[i].id, ": ", result->warning));
    return result;
  };
  const auto results = WorkOnCases<CaseResult>(
      cases, run.threads, run.skip_bad_cases, [&](size_t i) { return EstimateMemory(cases[i]); }, work,
      [](const CaseResult& result) { return result.done_before; });

  PreprocessSummary summary;
  std::vector<ManifestRow> manifest;
  std::vector<SkippedRow> skipped;
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
    summary.without_mask += !run.masks.empty() && result->mask.empty();
    ManifestRow row;
    const auto report = reports.rows.find(cases[i].id.substr(cases[i].id.rfind('/') + 1));
    if (report != reports.rows.end()) row = report->second;
    summary.without_report += report == reports.rows.end();
    row.volume = result->volume;
    row.mask = result->mask;
    row.case_id = cases[i].id;
    manifest.push_back(row);
  }
  summary.manifest = TableName("manifest", run);
  summary.skipped_table = TableName("skipped", run);
  ASAP_RETURN_IF_ERROR(WriteManifest(summary.manifest, reports.further_columns, manifest));
  ASAP_RETURN_IF_ERROR(WriteSkipped(summary.skipped_table, skipped));
  if (manifest.empty() && !cases.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("all ", cases.size(), " cases were skipped, the first (",
                                                      skipped.front().case_id, ") because: ", skipped.front().reason, ". ",
                                                      skipped.front().remedy, " See ", summary.skipped_table));
  }
  return summary;
}

}  // namespace asap
