#include "tools/preprocess/split_series.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/imaging/formats/dicom.h"

namespace asap {
namespace {

using Instances = std::vector<uint64_t>;  // digests of a series' files in one folder, sorted

struct Part {
  size_t scan;  // index of the case
  Instances instances;
};

Instances Lacking(const Instances& all, const Instances& own) {
  Instances lacking;
  std::set_difference(all.begin(), all.end(), own.begin(), own.end(), std::back_inserter(lacking));
  return lacking;
}

// What is to be said of one part of a series, if anything.
void Mark(const std::vector<Part>& parts, const Part& own, std::vector<ScanCase>& cases) {
  ScanCase& scan = cases[own.scan];
  for (const Part& other : parts) {
    if (other.scan == own.scan) continue;
    const size_t lacking = Lacking(other.instances, own.instances).size();
    if (lacking > 0) {
      scan.defect = absl::FailedPreconditionError(
          absl::StrCat(scan.source, ": holds ", own.instances.size(), " files of a DICOM series, and ", cases[other.scan].source,
                       " holds ", lacking, " others of the same series. Move the files of a series to one folder."));
      return;
    }
    if (other.scan < own.scan && other.instances == own.instances) {
      scan.warning = absl::StrCat(scan.source, ": holds the same files of a DICOM series as ", cases[other.scan].source,
                                  ": one scan is two cases. Remove one of them.");
    }
  }
}

}  // namespace

void MarkSplitSeries(std::vector<ScanCase>& cases) {
  std::map<std::string, std::vector<Part>> parts;  // by series
  std::map<size_t, std::string> series_of;         // by case
  for (size_t i = 0; i < cases.size(); ++i) {
    std::error_code error;
    if (!cases[i].defect.ok() || !std::filesystem::is_directory(cases[i].source, error)) continue;
    size_t most = 0;
    for (auto& [series, instances] : DicomSeriesOf(cases[i].source)) {
      if (instances.size() > most) series_of[i] = series;
      most = std::max(most, instances.size());
      parts[series].push_back({i, instances});
    }
  }
  for (const auto& [series, of_series] : parts) {
    for (const Part& own : of_series) {
      if (series_of[own.scan] == series) Mark(of_series, own, cases);
    }
  }
}

}  // namespace asap
