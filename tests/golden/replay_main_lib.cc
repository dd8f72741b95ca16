#include "tests/golden/replay_main_lib.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/device/device.h"
#include "core/io/safetensors.h"
#include "tests/golden/heads/replay_heads.h"
#include "tests/golden/metrics/replay_metrics.h"
#include "tests/golden/model/replay.h"
#include "tests/golden/preprocessing/replay_preprocessing.h"
#include "tests/golden/row.h"
#include "tests/golden/text/replay_text.h"

DEFINE_string(golden, "",
              "the fixture: a model case, a trajectory, a true-size case, texts, preprocessing, metrics, or heads on a "
              "frozen encoder; told by its content");
DEFINE_string(part, "", "parts of the fixture, separated by commas; empty: all that can be replayed");
DEFINE_string(tokenizer, "", "the tokenizer.json that made a text fixture");
DEFINE_string(precision, "both", "of model fixtures: f32, f64 or both");
DEFINE_string(device, "cpu", "of model cases and trajectories: cpu or cuda");

namespace asap {
namespace {

enum class Kind { kModel, kTrajectory, kTrueSize, kPretraining, kText, kPreprocessing, kMetrics, kHeads };

absl::Status Unknown(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      path, " is not a golden fixture (", why,
      "): expected a model, training, true-size, text, preprocessing, metrics, classification, prognosis or fractions fixture"));
}

absl::StatusOr<Kind> KindOfSafetensors(const std::string& path) {
  absl::StatusOr<std::map<std::string, std::string>> metadata = ReadSafetensorsMetadata(path);
  if (metadata.status().code() == absl::StatusCode::kInvalidArgument) {
    return absl::DataLossError(absl::StrCat("the fixture is damaged: ", metadata.status().message()));
  }
  ASAP_RETURN_IF_ERROR(metadata.status());
  const auto meta = metadata->find("meta");
  if (meta == metadata->end()) return Unknown(path, "its header has no \"meta\"");
  const nlohmann::json json = nlohmann::json::parse(meta->second, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded())
    return absl::DataLossError(absl::StrCat("the fixture is damaged: ", path, ": its \"meta\" is not JSON"));
  if (golden::IsHeadsFixture(json)) return Kind::kHeads;
  if (json.contains("cfg")) return Kind::kModel;
  if (json.contains("resample") || json.contains("augment")) return Kind::kPreprocessing;
  return Unknown(path, "its \"meta\" is of no known kind");
}

absl::StatusOr<Kind> KindOf(const std::string& path) {
  const std::string extension = std::filesystem::path(path).extension().string();
  if (extension == ".safetensors") return KindOfSafetensors(path);
  if (extension == ".csv") return Kind::kText;
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    if (extension == ".json") return absl::DataLossError(absl::StrCat("the fixture is damaged: ", path, " is not valid JSON"));
    return Unknown(path, "neither safetensors nor JSON nor CSV");
  }
  if (json.is_array() && !json.empty() && json[0].is_object() && json[0].contains("raw")) return Kind::kText;
  if (json.contains("model_case")) return Kind::kTrajectory;
  if (json.contains("weights_check")) return Kind::kTrueSize;
  if (json.contains("resample")) return Kind::kPreprocessing;
  if (json.contains("cases") && json.contains("csv")) return Kind::kText;
  if (json.contains("tiny_nopad") || json.contains("full_nopad")) return Kind::kPretraining;
  if (golden::IsHeadsFixture(json)) return Kind::kHeads;
  if (golden::IsMetricsFixture(json)) return Kind::kMetrics;
  return Unknown(path, "its keys are of no known kind");
}

// The file was told to be of a kind: what is wrong with it now is damage, not a wrong call.
absl::StatusOr<golden::Rows> Undamaged(absl::StatusOr<golden::Rows> rows) {
  if (rows.status().code() != absl::StatusCode::kInvalidArgument) return rows;
  return absl::DataLossError(rows.status().message());
}

// The part of a row is the first word of its key, after the precision.
std::string PartOf(const golden::Row& row) {
  absl::string_view key = row.key;
  if (!absl::ConsumePrefix(&key, "f64 ")) absl::ConsumePrefix(&key, "f32 ");
  return std::string(key.substr(0, key.find('/')));
}

absl::StatusOr<golden::Rows> Chosen(const golden::Rows& rows, const ReplayOptions& options) {
  std::vector<std::string> all;
  for (const golden::Row& row : rows) {
    if (std::find(all.begin(), all.end(), PartOf(row)) == all.end()) all.push_back(PartOf(row));
  }
  for (const std::string& part : options.parts) {
    if (std::find(all.begin(), all.end(), part) != all.end()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("--part=", part, ": ", options.golden, " has no such part; its parts: ", absl::StrJoin(all, ", ")));
  }
  golden::Rows chosen;
  for (const golden::Row& row : rows) {
    if (std::find(options.parts.begin(), options.parts.end(), PartOf(row)) != options.parts.end()) chosen.push_back(row);
  }
  return chosen;
}

absl::StatusOr<golden::Rows> Rows(const ReplayOptions& options, std::vector<std::string>* notes) {
  ASAP_ASSIGN_OR_RETURN(const c10::Device device, OpenDevice(options.device));
  golden::Precision precision = golden::Precision::kBoth;
  if (options.precision == "f32") {
    precision = golden::Precision::kFloat32;
  } else if (options.precision == "f64") {
    precision = golden::Precision::kFloat64;
  } else if (options.precision != "both") {
    return absl::InvalidArgumentError(absl::StrCat("--precision=", options.precision, ", expected f32, f64 or both"));
  }
  ASAP_ASSIGN_OR_RETURN(const Kind kind, KindOf(options.golden));
  switch (kind) {
    case Kind::kModel:
      return Undamaged(golden::ReplayModel(options.golden, precision, device));
    case Kind::kTrajectory:
      return Undamaged(golden::ReplayTrajectory(options.golden, precision, device));
    case Kind::kTrueSize:
      return Undamaged(golden::ReplayTrueSize(options.golden, precision));
    case Kind::kPretraining:
      return Undamaged(golden::ReplayPretraining(options.golden, golden::PretrainingVariants::kAll));
    case Kind::kPreprocessing:
      return Undamaged(golden::ReplayPreprocessing(options.golden));
    case Kind::kHeads:
      return Undamaged(golden::ReplayHeads(options.golden, precision));
    case Kind::kMetrics: {
      absl::StatusOr<golden::MetricsReplay> replay = golden::ReplayMetrics(options.golden, options.parts);
      if (absl::IsNotFound(replay.status())) return absl::InvalidArgumentError(replay.status().message());
      if (!replay.ok()) return Undamaged(replay.status());
      *notes = std::move(replay->notes);
      return std::move(replay->rows);
    }
    case Kind::kText:
      break;
  }
  if (options.tokenizer.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.golden, " is a text fixture: name its tokenizer.json with --tokenizer"));
  }
  if (!std::filesystem::is_regular_file(options.tokenizer)) {
    return absl::InvalidArgumentError(absl::StrCat("--tokenizer: there is no file ", options.tokenizer));
  }
  std::filesystem::path path(options.golden);
  if (path.extension() == ".csv") path.replace_extension(".json");
  return golden::ReplayText(path.string(), options.tokenizer);
}

}  // namespace

ToolHelp ReplayHelp() {
  return {
      .name = "replay",
      .summary =
          "Compares what this program computes with a golden fixture of the published code, one line per key.\n"
          "  --golden=FILE      a fixture of any kind; its content tells which\n"
          "  --part=A,B         only these parts of it; an unknown name lists them\n"
          "  --tokenizer=FILE   tokenizer.json, for text fixtures\n"
          "  --precision=both   f32, f64 or both, for model fixtures\n"
          "  --device=cpu       cpu or cuda, for model cases and trajectories\n"
          "Exit status: 0 all keys hold, 1 one does not or the fixture is damaged, 2 a wrong call.",
      .examples = {"bazel run //tests/golden:replay -- --golden=tests/golden/data/pub_a_equal.safetensors",
                   "bazel run //tests/golden:replay -- --golden=tests/golden/data/text_public.json "
                   "--tokenizer=tests/golden/data/cxrbert_wordpiece.json",
                   "bazel run //tests/golden:replay -- --golden=tests/golden/data/metrics_public.json --part=cindex",
                   "bazel run //tests/golden:replay -- --golden=tests/golden/data/pub_probe.json --part=bce --precision=f64"}};
}

absl::Status ReplayMain() {
  if (FLAGS_golden.empty()) return absl::InvalidArgumentError("name a fixture with --golden=FILE; see --help");
  return Replay({.golden = UserPath(FLAGS_golden),
                 .tokenizer = UserPath(FLAGS_tokenizer),
                 .precision = FLAGS_precision,
                 .device = FLAGS_device,
                 .parts = absl::StrSplit(FLAGS_part, ',', absl::SkipEmpty())},
                std::cout);
}

absl::Status Replay(const ReplayOptions& options, std::ostream& out) {
  if (!std::filesystem::is_regular_file(options.golden)) {
    return absl::InvalidArgumentError(absl::StrCat("--golden: there is no file ", options.golden));
  }
  std::vector<std::string> notes;
  ASAP_ASSIGN_OR_RETURN(golden::Rows rows, Rows(options, &notes));
  // Metrics choose for themselves, before they compute; of the others the lines are chosen.
  if (!options.parts.empty() && notes.empty()) {
    ASAP_ASSIGN_OR_RETURN(rows, Chosen(rows, options));
  }
  int64_t failed = 0;
  for (const golden::Row& row : rows) {
    failed += !row.ok;
    out << absl::StrFormat("%-90s abs %9.2e  rel %9.2e  tolerance %-24s %s\n", row.key, row.max_abs, row.max_rel, row.tolerance,
                           row.ok ? "ok" : "NOT OK");
  }
  for (const std::string& note : notes) out << note << "\n";
  out << absl::StrCat(rows.size() - failed, " of ", rows.size(), " keys hold", failed > 0 ? "; NOT OK" : "", "\n") << std::flush;
  if (rows.empty())
    return absl::DataLossError(absl::StrCat("the fixture is damaged: ", options.golden, " has no key to compare"));
  if (failed > 0) return absl::FailedPreconditionError(absl::StrCat(failed, " of ", rows.size(), " keys do not hold"));
  return absl::OkStatus();
}

}  // namespace asap
