#include "tests/golden/metrics/replay_metrics.h"

#include <algorithm>
#include <exception>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "tests/golden/metrics/parts.h"

namespace asap::golden {
namespace {

using nlohmann::json;
using Replayer = std::function<void(const std::string&, const json&, Rows*)>;

const std::map<std::string, Replayer>& Replayers() {
  static const auto* replayers = new std::map<std::string, Replayer>{
      {"binary", ReplayBinary},
      {"multilabel", ReplayMultilabel},
      {"multiclass", ReplayMulticlass},
      {"probability", ReplayProbability},
      {"cindex", ReplayCIndex},
      {"prognosis_ref", ReplayPrognosis},
      {"segmentation", ReplaySegmentation},
      {"mean_dice", ReplayMeanDice},
      {"lung_rule", ReplayLungRule},
      {"neighbour_code_to_surface_area", ReplaySurfaceAreas},
      {"neighbour_code_to_normals", ReplaySurfaceNormals},
  };
  return *replayers;
}

// Parts of the same files that other programs will replay.
const std::vector<std::string>& OtherParts() {
  static const auto* parts = new std::vector<std::string>{"nlg", "retrieval", "vqa"};
  return *parts;
}

bool IsOther(const std::string& name) { return std::find(OtherParts().begin(), OtherParts().end(), name) != OtherParts().end(); }

}  // namespace

bool IsMetricsFixture(const json& file) {
  if (!file.is_object()) return false;
  return std::any_of(file.items().begin(), file.items().end(), [](const auto& item) {
    return item.value().is_structured() && (Replayers().count(item.key()) > 0 || IsOther(item.key()));
  });
}

absl::StatusOr<MetricsReplay> ReplayMetrics(const std::string& path, const std::vector<std::string>& parts) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const json file = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!IsMetricsFixture(file)) return absl::InvalidArgumentError(absl::StrCat(path, ": not a metrics fixture"));
  std::vector<std::string> known, other;
  for (const auto& [name, part] : file.items()) {
    if (!part.is_structured()) continue;  // the seed
    (Replayers().count(name) > 0 ? known : other).push_back(name);
  }
  for (const std::string& part : parts) {
    if (std::find(known.begin(), known.end(), part) != known.end()) continue;
    const bool present = std::find(other.begin(), other.end(), part) != other.end();
    return absl::NotFoundError(absl::StrCat("--part=", part, ": ", path,
                                            present ? " has it, but it cannot be replayed" : " has no such part",
                                            "; parts that can be: ", absl::StrJoin(known, ", ")));
  }
  MetricsReplay replay;
  const std::vector<std::string>& chosen = parts.empty() ? known : parts;
  // Wrong types and missing keys are exceptions of the JSON library or of Entry.
  for (const std::string& name : chosen) {
    const size_t before = replay.rows.size();
    try {
      Replayers().at(name)(name, file.at(name), &replay.rows);
    } catch (const std::exception& error) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": not of the expected format: ", name, ": ", error.what()));
    }
    const size_t compared = replay.rows.size() - before;
    if (compared == 0) return absl::InvalidArgumentError(absl::StrCat(path, ": the part ", name, " holds nothing to compare"));
    replay.notes.push_back(absl::StrCat("part ", name, ": ", compared, " keys compared, none left out"));
  }
  if (parts.empty()) {
    for (const std::string& name : other) {
      replay.notes.push_back(
          absl::StrCat("part ", name, ": skipped, ", IsOther(name) ? "not replayed by this program" : "of no known kind"));
      if (IsOther(name)) continue;
      replay.rows.push_back(
          {.key = absl::StrCat(name, " (a part that this replay does not know)"), .tolerance = "exact", .ok = false});
    }
  }
  return replay;
}

}  // namespace asap::golden
