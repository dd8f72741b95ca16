#include "core/benchmark/data_digest.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/sha256.h"
#include "core/base/status.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// Lengths go before texts, so that no two lists of texts read the same.
void Add(absl::string_view text, Sha256& digest) { digest.Update(absl::StrCat(text.size(), ":", text, ";")); }

}  // namespace

std::string DataDigest(const Dataset& dataset) {
  Sha256 digest;
  Add(dataset.card().name, digest);
  for (int64_t index = 0; index < dataset.size(); ++index) {
    const std::string state = dataset.Fingerprint(index);
    if (state.empty()) return "";
    const CaseInfo info = dataset.Info(index);
    for (const std::string& part : {info.id, info.patient, info.split, info.site, state, dataset.MaskFingerprint(index)}) {
      Add(part, digest);
    }
    // What cannot be read is a state as well: once it can, it is another.
    const absl::StatusOr<std::map<std::string, double>> labels = dataset.Labels(index);
    if (labels.ok()) {
      for (const auto& [name, value] : *labels) Add(absl::StrFormat("%s=%.17g", name, value), digest);
    } else {
      Add(labels.status().message(), digest);
    }
    const absl::StatusOr<ReportText> report = dataset.Report(index);
    Add(report.ok() ? report->findings : report.status().message(), digest);
    Add(report.ok() ? report->impression : "", digest);
  }
  for (const std::string& name : dataset.TableNames()) {
    Add(name, digest);
    const absl::StatusOr<std::vector<DatasetRow>> rows = dataset.Table(name);
    if (!rows.ok()) Add(rows.status().message(), digest);
    for (const DatasetRow& row : rows.value_or(std::vector<DatasetRow>{})) {
      Add(absl::StrCat(row.index), digest);
      for (const auto& [field, value] : row.fields) Add(absl::StrCat(field, "=", value), digest);
    }
  }
  return digest.Hex();
}

absl::StatusOr<std::string> ListsDigest(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (entry->path().extension() == ".csv") files.push_back(entry->path().string());
  }
  if (error) return absl::NotFoundError(absl::StrCat(folder, ": ", error.message(), "; expected the folder of the split lists"));
  std::sort(files.begin(), files.end());
  Sha256 digest;
  for (const std::string& file : files) {
    ASAP_ASSIGN_OR_RETURN(const std::string contents, ReadFile(file));
    Add(fs::path(file).lexically_relative(folder).string(), digest);
    Add(contents, digest);
  }
  return digest.Hex();
}

}  // namespace asap
