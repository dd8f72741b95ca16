// bazel run //tests/performance:compare -- --reference=CHECKOUT --python=INTERPRETER [--only=NAME,NAME] [--output=FILE.md]
//
// Measures this implementation and its peers on the same work in one run, and prints a Markdown table with a ratio a row. Ratios
// are asked of, never enforced: the exit status tells whether everything ran.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "gflags/gflags.h"
#include "tests/performance/inputs.h"
#include "tests/performance/run_json.h"
#include "tools/cli/run_tool.h"

DEFINE_string(reference, "",
              "Checkout of github.com/ToniChopp/ASAP, the published implementation. Empty: rows without a peer's figure.");
DEFINE_string(python, "python3", "Interpreter with the peers' packages; tests/performance/peers/requirements.txt lists them.");
DEFINE_string(only, "", "Rows to measure, by the beginning of their names, separated by commas; empty for all.");
DEFINE_string(output, "", "Also write the table to this file.");

namespace asap {
namespace {

// One figure of one program's JSON.
struct Figure {
  std::string measurement;  // a key of Measurements(); empty for none
  std::string field;
};

struct Row {
  std::string name;
  std::string what;
  std::string unit;
  Figure ours, peer;
  bool at_most = true;  // what is asked of ours / peer, or of ours where there is no peer
  double asked = 0;
};

const std::vector<Row>& Rows() {
  static const auto* rows = new std::vector<Row>{
      {"step_compat_f32",
       "training step, float32, published behaviour",
       "s",
       {"step_compat_f32", "step_s"},
       {"peer_step_f32", "step_s"},
       true,
       0.75},
      {"step_f32", "training step, float32, default", "s", {"step_f32", "step_s"}, {"peer_step_f32", "step_s"}, true, 0.6},
      {"step_bf16",
       "training step, bfloat16, default, against the peer's float32",
       "s",
       {"step_bf16", "step_s"},
       {"peer_step_f32", "step_s"},
       true,
       0.35},
      {"step_bf16_peer",
       "the same, against the peer's bfloat16",
       "s",
       {"step_bf16", "step_s"},
       {"peer_step_bf16", "step_s"},
       true,
       0.35},
      {"memory_f32",
       "peak memory of a float32 step, blocks checkpointed",
       "GB",
       {"step_f32_checkpointed", "peak_rss_gb"},
       {"peer_step_f32", "peak_rss_gb"},
       true,
       0.75},
      {"memory_bf16",
       "peak memory of a bfloat16 step, blocks checkpointed",
       "GB",
       {"step_bf16_checkpointed", "peak_rss_gb"},
       {"peer_step_f32", "peak_rss_gb"},
       true,
       0.5},
      {"gemm_share_f32", "share of the GEMM peak that the float32 step reaches", "", {"step_f32", "share_of_peak"}, {}, false, 0},
      {"gemm_share_bf16",
       "share of the GEMM peak that the bfloat16 step reaches",
       "",
       {"step_bf16", "share_of_peak"},
       {},
       false,
       0},
      {"loader_warm",
       "a training sample from a warm cache, one thread",
       "s",
       {"loader_warm", "median_s"},
       {"peer_loader", "median_s"},
       true,
       0.1},
      {"loader_cold",
       "a training sample from .nii.gz, one thread",
       "s",
       {"loader_cold", "median_s"},
       {"peer_loader", "median_s"},
       true,
       0.5},
      {"preprocess",
       "preprocessing of a 512x512x120 scan",
       "s",
       {"preprocess", "median_s"},
       {"peer_preprocess", "median_s"},
       true,
       0.25},
      {"wordpiece",
       "reports tokenised, one thread",
       "reports/s",
       {"wordpiece", "texts_per_s"},
       {"peer_wordpiece", "texts_per_s"},
       false,
       2},
      {"metrics_auroc",
       "AUROC of a million scores, scikit-learn's",
       "s",
       {"metrics", "auroc_s"},
       {"peer_metrics", "auroc_s"},
       true,
       0.1},
      {"metrics_hd95",
       "HD95 of two masks of 200x200x200 voxels, MONAI's",
       "s",
       {"metrics", "hd95_s"},
       {"peer_metrics", "hd95_s"},
       true,
       0.1},
      {"metrics_hd95_mm",
       "the same at 1.5x1.5x3 mm, medpy's",
       "s",
       {"metrics", "hd95_mm_s"},
       {"peer_metrics", "hd95_mm_s"},
       true,
       0.1},
      {"metrics_cindex",
       "C-index of 50,000 cases in three time bins, lifelines'",
       "s",
       {"metrics", "cindex_s"},
       {"peer_metrics", "cindex_s"},
       true,
       0.333},
      {"metrics_cindex_continuous",
       "the same with continuous times",
       "s",
       {"metrics", "cindex_continuous_s"},
       {"peer_metrics", "cindex_continuous_s"},
       true,
       0.333},
      {"help", "pretrain --help", "s", {"help", "seconds"}, {}, true, 0.3},
      {"probe_cached",
       "a linear probe's 100 epochs on 160 cases, features cached against encoded anew in every epoch",
       "s",
       {"probe_cached", "protocol_s"},
       {"peer_probe", "protocol_s"},
       true,
       0.02},
      {"two_processes",
       "samples/s of two Gloo processes against one with two threads",
       "",
       {"two_processes", "ratio"},
       {},
       false,
       0.9},
  };
  return *rows;
}

class Measurements {
 public:
  static absl::StatusOr<Measurements> Prepare(const std::string& folder) {
    Measurements made;
    ASAP_ASSIGN_OR_RETURN(made.inputs_, WritePerformanceInputs(folder));
    made.folder_ = folder;
    return made;
  }

  // The figure, measured at its first use; nullopt where there is no such peer here.
  absl::StatusOr<std::optional<double>> Get(const Figure& figure) {
    if (figure.measurement.empty()) return std::optional<double>();
    if (absl::StartsWith(figure.measurement, "peer_") && FLAGS_reference.empty()) return std::optional<double>();
    auto found = done_.find(figure.measurement);
    if (found == done_.end()) {
      ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> words, Command(figure.measurement));
      LogInfo(absl::StrCat("measuring ", figure.measurement, ": ", absl::StrJoin(words, " ")));
      ASAP_ASSIGN_OR_RETURN(nlohmann::json json, Measure(figure.measurement, words));
      LogInfo(absl::StrCat("  ", json.dump()));
      found = done_.emplace(figure.measurement, std::move(json)).first;
    }
    const auto value = found->second.find(figure.field);
    if (value == found->second.end() || !value->is_number()) {
      return absl::InternalError(absl::StrCat(figure.measurement, " printed no number \"", figure.field, "\""));
    }
    return std::optional<double>(value->get<double>());
  }

 private:
  static absl::StatusOr<nlohmann::json> Measure(const std::string& name, const std::vector<std::string>& words) {
    if (name != "help") {
      ASAP_ASSIGN_OR_RETURN(RunJsonResult result, RunJson(words));
      if (result.json.is_null()) return absl::InternalError(absl::StrCat(name, " printed no JSON"));
      return std::move(result.json);
    }
    std::vector<double> seconds;
    for (int i = 0; i < 7; ++i) {
      ASAP_ASSIGN_OR_RETURN(const RunJsonResult result, RunJson(words));
      seconds.push_back(result.seconds);
    }
    std::sort(seconds.begin(), seconds.end());
    return nlohmann::json{{"seconds", seconds[seconds.size() / 2]}};
  }

  absl::StatusOr<std::vector<std::string>> Command(const std::string& name) const {
    const auto ours = [](const std::string& program,
                         std::vector<std::string> arguments) -> absl::StatusOr<std::vector<std::string>> {
      ASAP_ASSIGN_OR_RETURN(std::string path, Runfile(absl::StrCat("asap/", program)));
      arguments.insert(arguments.begin(), std::move(path));
      return arguments;
    };
    const auto peer = [](const std::string& script,
                         std::vector<std::string> arguments) -> absl::StatusOr<std::vector<std::string>> {
      ASAP_ASSIGN_OR_RETURN(std::string path, Runfile(absl::StrCat("asap/tests/performance/peers/", script, ".py")));
      std::vector<std::string> words = {FLAGS_python, std::move(path)};
      if (script != "wordpiece" && script != "metrics") words.push_back(absl::StrCat("--reference=", UserPath(FLAGS_reference)));
      words.insert(words.end(), arguments.begin(), arguments.end());
      return words;
    };
    const std::string step = "tests/performance/step_ours";
    if (name == "step_compat_f32") return ours(step, {"--upstream_compat"});
    if (name == "step_f32") return ours(step, {});
    if (name == "step_bf16") return ours(step, {"--precision=bf16"});
    if (name == "step_f32_checkpointed") return ours(step, {"--checkpoint_blocks", "--update_in_backward"});
    if (name == "step_bf16_checkpointed") return ours(step, {"--precision=bf16", "--checkpoint_blocks", "--update_in_backward"});
    if (name == "peer_step_f32") return peer("step", {});
    if (name == "peer_step_bf16") return peer("step", {"--bf16"});
    const std::vector<std::string> sample = {"--volume=" + inputs_.stored, "--mask=" + inputs_.mask};
    if (name == "peer_loader") return peer("loader", sample);
    if (name == "loader_warm")
      return ours("tests/performance/loader_ours", {sample[0], sample[1], "--cache_dir=" + folder_ + "/cache"});
    if (name == "loader_cold") {
      return ours("tests/performance/loader_ours", {sample[0], sample[1], "--cache_dir=" + folder_ + "/cache", "--cold"});
    }
    if (name == "preprocess") return ours("tests/performance/preprocess_ours", {"--volume=" + inputs_.raw});
    if (name == "peer_preprocess") return peer("preprocess", {"--volume=" + inputs_.raw});
    ASAP_ASSIGN_OR_RETURN(const std::string tokenizer, Runfile("asap/tests/golden/data/cxrbert_wordpiece.json"));
    const std::vector<std::string> text = {"--tokenizer=" + tokenizer, "--texts=" + inputs_.texts};
    if (name == "wordpiece") return ours("tests/performance/wordpiece_ours", text);
    if (name == "peer_wordpiece") return peer("wordpiece", text);
    if (name == "metrics") return ours("tests/performance/metrics_ours", {});
    if (name == "peer_metrics") return peer("metrics", {});
    if (name == "probe_cached") return ours("tests/performance/probe_ours", {});
    if (name == "peer_probe") return peer("probe", {});
    if (name == "help") return ours("tools/pretrain/pretrain", {"--help"});
    if (name == "two_processes") return ours("tests/performance/two_processes", {});
    return absl::InternalError(absl::StrCat("no measurement is named ", name));
  }

  std::string folder_;
  PerformanceInputs inputs_;
  std::map<std::string, nlohmann::json> done_;
};

std::string Processor() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, "model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

std::string Cell(const std::optional<double>& value, const std::string& unit) {
  return value.has_value() ? absl::StrFormat("%.4g %s", *value, unit) : "";
}

absl::Status Compare() {
  const std::vector<std::string> only = absl::StrSplit(FLAGS_only, ',', absl::SkipEmpty());
  std::vector<Row> rows;
  for (const Row& row : Rows()) {
    const bool wanted =
        std::any_of(only.begin(), only.end(), [&](const auto& prefix) { return absl::StartsWith(row.name, prefix); });
    if (only.empty() || wanted) rows.push_back(row);
  }
  if (rows.empty()) {
    std::vector<std::string> names;
    for (const Row& row : Rows()) names.push_back(row.name);
    return absl::InvalidArgumentError(UnknownName("row", FLAGS_only, names));
  }
  const std::string folder = (std::filesystem::temp_directory_path() / absl::StrCat("asap_performance_", getpid())).string();
  LogInfo("making the inputs");
  ASAP_ASSIGN_OR_RETURN(Measurements measurements, Measurements::Prepare(folder));
  std::string table = absl::StrFormat(
      "%s, %d threads, %s\n\n| row | work | ours | peer | ratio | asked | |\n|---|---|---|---|---|---|---|\n", Processor(),
      std::thread::hardware_concurrency(), absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()));
  int failures = 0;
  for (const Row& row : rows) {
    const auto peer = measurements.Get(row.peer);
    const auto ours = measurements.Get(row.ours);
    if (!peer.ok() || !ours.ok()) {
      ++failures;
      LogError(absl::StrCat(row.name, ": ", (peer.ok() ? ours : peer).status().message()));
      continue;
    }
    // NaN where a peer's figure is wanted and there is none.
    const double judged = **ours / (row.peer.measurement.empty() ? 1 : peer->value_or(std::nan("")));
    const bool met = row.at_most ? judged <= row.asked : judged >= row.asked;
    absl::StrAppend(&table, "| ", row.name, " | ", row.what, " | ", Cell(*ours, row.unit), " | ", Cell(*peer, row.unit), " | ",
                    peer->has_value() ? absl::StrFormat("%.3g", judged) : "", " | ",
                    row.asked > 0 ? absl::StrFormat("%s %g", row.at_most ? "at most" : "at least", row.asked) : "", " | ",
                    row.asked > 0 && !std::isnan(judged) ? (met ? "met" : "missed") : "", " |\n");
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  std::printf("%s", table.c_str());
  if (!FLAGS_output.empty()) ASAP_RETURN_IF_ERROR(WriteFileAtomically(UserPath(FLAGS_output), table));
  if (failures > 0) return absl::InternalError(absl::StrCat(failures, " of ", rows.size(), " rows could not be measured"));
  return absl::OkStatus();
}

ToolHelp Help() {
  return {.name = "compare",
          .summary =
              "Measures this implementation against its peers on the same work and prints a ratio a row. Keep the machine\n"
              "otherwise idle.",
          .examples = {"./tools/bazel run //tests/performance:compare -- --only=loader,wordpiece",
                       "./tools/bazel run //tests/performance:compare -- --reference=$HOME/ASAP --python=venv/bin/python"}};
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) { return asap::RunTool(argc, argv, asap::Help(), asap::Compare); }
