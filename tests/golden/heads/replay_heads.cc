#include "tests/golden/heads/replay_heads.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "tests/golden/heads/kinds.h"
#include "tests/golden/heads/task_file.h"

namespace asap::golden {
namespace {

using nlohmann::json;

enum class HeadsKind { kNone, kClassification, kPrognosis, kSurvivalLoss, kProbe, kProbeLog, kFractions };

HeadsKind KindOf(const json& content) {
  if (!content.is_object()) return HeadsKind::kNone;
  if (const auto cfg = content.find("cfg"); cfg != content.end() && cfg->is_object()) {
    if (cfg->contains("classes") && cfg->contains("fc_norm")) return HeadsKind::kClassification;
    if (cfg->contains("task") && cfg->contains("out_dim")) return HeadsKind::kPrognosis;
  }
  if (content.contains("derived") && content.contains("digest")) return HeadsKind::kFractions;
  const auto cases = content.find("cases");
  if (cases == content.end() || !cases->is_array() || cases->empty() || !cases->at(0).is_object()) return HeadsKind::kNone;
  const json& first = cases->at(0);
  if (first.contains("batches")) return HeadsKind::kProbeLog;
  if (first.contains("fscale") && first.contains("warmup")) return HeadsKind::kProbe;
  if (first.contains("n") && first.contains("loss64")) return HeadsKind::kSurvivalLoss;
  return HeadsKind::kNone;
}

absl::StatusOr<json> ReadJson(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return json::parse(text);
}

using ReplayFile = absl::Status (*)(const TaskFile& file, const NamedPrecision& run, Rows& rows);

absl::StatusOr<Rows> ReplayTensors(const TaskFile& file, Precision precision, ReplayFile replay) {
  Rows rows;
  if (file.meta.contains("cfg")) {
    const json& cfg = file.meta.at("cfg");
    const bool prognosis = cfg.contains("task");
    CompareRecipes(file, prognosis ? "backbone." : "", prognosis || cfg.at("fc_norm") == "identity", rows);
  }
  if (file.meta.contains("state")) {
    std::vector<std::string> names = file.meta.at("state").get<std::vector<std::string>>(), found;
    for (const auto& [name, weight] : file.weights) found.push_back(name);
    std::sort(names.begin(), names.end());
    rows.push_back(Compare("meta/state", names == found, 1, kExact));
  }
  for (const NamedPrecision& run : Precisions(precision)) ASAP_RETURN_IF_ERROR(replay(file, run, rows));
  return rows;
}

absl::StatusOr<Rows> ReplayProbeFiles(const std::string& log_path, const std::string& tensors_path, Precision precision) {
  ASAP_ASSIGN_OR_RETURN(const json log, ReadJson(log_path));
  ASAP_ASSIGN_OR_RETURN(const TaskFile file, ReadTaskFile(tensors_path));
  Rows rows;
  for (const NamedPrecision& run : Precisions(precision)) ASAP_RETURN_IF_ERROR(ReplayProbe(log, file, run, rows));
  return rows;
}

absl::StatusOr<Rows> Replay(const std::string& path, Precision precision) {
  std::filesystem::path beside(path);
  if (beside.extension() != ".safetensors") {
    ASAP_ASSIGN_OR_RETURN(const json content, ReadJson(path));
    if (KindOf(content) == HeadsKind::kFractions) return ReplayFractions(content);
    return ReplayProbeFiles(path, beside.replace_extension(".safetensors").string(), precision);
  }
  ASAP_ASSIGN_OR_RETURN(const TaskFile file, ReadTaskFile(path));
  switch (KindOf(file.meta)) {
    case HeadsKind::kClassification:
      return ReplayTensors(file, precision, ReplayClassification);
    case HeadsKind::kPrognosis:
      return ReplayTensors(file, precision, ReplayPrognosis);
    case HeadsKind::kSurvivalLoss:
      return ReplayTensors(file, precision, ReplaySurvivalLoss);
    case HeadsKind::kProbe:
      return ReplayProbeFiles(beside.replace_extension(".json").string(), path, precision);
    default:
      return Damaged("its \"meta\" is of no known kind");
  }
}

}  // namespace

bool IsHeadsFixture(const json& content) { return KindOf(content) != HeadsKind::kNone; }

absl::StatusOr<Rows> ReplayHeads(const std::string& path, Precision precision) {
  return Guarded(path, [&] { return Replay(path, precision); });
}

}  // namespace asap::golden
