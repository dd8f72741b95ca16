#include "tools/benchmark/benchmark_main_lib.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/cores.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/output_folder.h"
#include "core/base/progress_line.h"
#include "core/base/status.h"
#include "core/benchmark/engine.h"
#include "core/benchmark/results.h"
#include "core/benchmark/shift.h"
#include "core/benchmark/summarize.h"
#include "core/device/device.h"
#include "core/page/benchmark/change.h"
#include "core/page/benchmark/markdown.h"
#include "core/page/benchmark/report.h"
#include "core/train/interrupt.h"
#include "datasets/phantom/phantom.h"
#include "tools/benchmark/case_picture.h"
#include "tools/benchmark/choose_tasks.h"
#include "tools/benchmark/demo_encoder.h"
#include "tools/benchmark/flags.h"
#include "tools/benchmark/open_data.h"
#include "tools/benchmark/open_encoders.h"
#include "tools/build_info/build_info.h"
#include "tools/doctor/machine.h"

namespace asap {
namespace {

// What an encoder without a network of its own (features) is shown, which nobody looks at.
constexpr std::array<double, 3> kAnySpacing = {1.5, 1.5, 3.0};

template <typename T>
absl::StatusOr<std::vector<T>> Numbers(const char* flag, const std::string& text) {
  std::vector<T> numbers;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    T number;
    bool valid;
    if constexpr (std::is_floating_point_v<T>) {
      valid = absl::SimpleAtod(part, &number);
    } else {
      valid = absl::SimpleAtoi(part, &number);
    }
    if (!valid) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", flag, "=", text, ": \"", part, "\" is no number; expected some, as 0,1,2"));
    }
    numbers.push_back(number);
  }
  return numbers;
}

absl::StatusOr<std::map<std::string, std::string>> TaskOptions(const std::string& text) {
  std::map<std::string, std::string> options;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(part, absl::MaxSplits('=', 1));
    if (!absl::StrContains(part, '=') || !options.insert(pair).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("--task_options=", text, ": expected NAME=VALUE pairs with each name once, as frozen.views=8,size=full"));
    }
  }
  return options;
}

absl::StatusOr<PhantomData> PhantomFromFlags(int threads) {
  // More threads than cores: thousands of small files wait for the disk, each until it is safe there.
  PhantomData phantom{.cases = FLAGS_phantom_cases, .seed = FLAGS_phantom_seed, .threads = 4 * threads};
  if (phantom.cases < 30) return absl::InvalidArgumentError("--phantom_cases: expected 30 or more, so that each split has some");
  ASAP_ASSIGN_OR_RETURN(phantom.size, phantom::ParseSize(FLAGS_phantom_size));
  return phantom;
}

std::array<double, 3> SpacingOf(MeasuredEncoder& encoder) {
  const std::optional<EncoderSpec> spec = encoder.spec();
  return spec.has_value() ? spec->spacing_mm : kAnySpacing;
}

// The datasets of tasks and of their external validation, each once.
std::vector<std::string> DatasetsOf(const std::vector<std::unique_ptr<Task>>& tasks) {
  std::set<std::string> names;
  for (const auto& task : tasks) {
    names.insert(task->spec().dataset);
    names.insert(task->spec().external_datasets.begin(), task->spec().external_datasets.end());
  }
  return {names.begin(), names.end()};
}

absl::StatusOr<BenchmarkData> DataFromFlags(const std::vector<std::unique_ptr<Task>>& tasks, const std::string& output_dir,
                                            int threads, const InterruptScope& interrupt) {
  if (FLAGS_data == "files") return BenchmarkData::OfFiles(FLAGS_data_root);
  if (FLAGS_data != "phantom") {
    return absl::InvalidArgumentError(absl::StrCat("--data=", FLAGS_data, ": expected phantom or files"));
  }
  ASAP_ASSIGN_OR_RETURN(const PhantomData phantom, PhantomFromFlags(threads));
  const std::vector<std::string> datasets = DatasetsOf(tasks);
  ProgressLine line(ProgressToStandardError());
  const auto told = [&](const std::string& name, int64_t made, int64_t left) {
    line.Show(absl::StrCat("writing the phantom as ", name, " (", datasets.size() - left + 1, " of ", datasets.size(), ")  eta ",
                           ShortDuration(line.PaceOf(made, left).seconds_left)));
    return !interrupt.requested();
  };
  absl::StatusOr<BenchmarkData> data = BenchmarkData::OfPhantom(datasets, output_dir + "/phantom", phantom, told);
  line.Clear();
  return data;
}

// All that flags say of the runs; what is opened comes later.
absl::StatusOr<EngineOptions> EngineFromFlags(const std::string& output_dir, int threads) {
  EngineOptions options;
  ASAP_ASSIGN_OR_RETURN(options.protocol, ParseProtocol(FLAGS_protocol));
  ASAP_ASSIGN_OR_RETURN(options.fractions, Numbers<double>("fractions", FLAGS_fractions));
  ASAP_ASSIGN_OR_RETURN(options.seeds, Numbers<uint64_t>("seeds", FLAGS_seeds));
  if (options.seeds.empty()) return absl::InvalidArgumentError("--seeds: expected one or more, as 0,1,2");
  ASAP_ASSIGN_OR_RETURN(options.task_options, TaskOptions(FLAGS_task_options));
  if (FLAGS_resamples < 100 || FLAGS_batch_size < 1) {
    return absl::InvalidArgumentError("--resamples is 100 or more, --batch_size 1 or more");
  }
  const Machine machine = InspectMachine();
  options.output_dir = output_dir;
  options.splits = FLAGS_splits.empty() ? "" : UserPath(FLAGS_splits);
  options.machine = absl::StrCat(machine.processor, ", ", threads, " threads");
  options.commit = std::string(BuildCommit());
  options.threads = threads;
  // A run holds its features twice, some 600 MB for the largest published dataset.
  const int64_t room = machine.available_bytes / (int64_t{1} << 30);
  options.jobs = FLAGS_jobs > 0 ? FLAGS_jobs : static_cast<int>(std::clamp<int64_t>(room, 1, threads));
  return options;
}

// Of each external dataset against that of its task, once. A dataset that is not there has said so already.
std::vector<ShiftRow> MeasureShifts(const std::vector<std::unique_ptr<Task>>& tasks, const BenchmarkData& data,
                                    MeasuredEncoder& encoder, std::vector<std::string>& warnings) {
  std::vector<ShiftRow> rows;
  std::set<std::pair<std::string, std::string>> pairs;
  for (const auto& task : tasks) {
    for (const std::string& external : task->spec().external_datasets) pairs.emplace(external, task->spec().dataset);
  }
  const std::array<double, 3> spacing = SpacingOf(encoder);
  const ShiftOptions options{.open = [&](const std::string& name) { return data.Open(name, spacing); },
                             .open_as_stored = [&](const std::string& name) { return data.OpenAsStored(name); }};
  for (const auto& [dataset, reference] : pairs) {
    absl::StatusOr<ShiftRow> row = MeasureShift(dataset, reference, encoder, options);
    if (row.ok()) {
      rows.push_back(*std::move(row));
    } else if (!absl::IsNotFound(row.status())) {
      warnings.push_back(absl::StrCat("shift of ", dataset, " was not measured: ", row.status().message()));
    }
  }
  return rows;
}

// Writes the report and prints its table.
absl::Status Report(const BenchmarkResults& results, const std::vector<std::unique_ptr<Task>>& tasks, const BenchmarkData& data,
                    const std::array<double, 3>& spacing, const std::string& output_dir) {
  const CasePictures pictures([&](const std::string& name) { return data.Open(name, spacing); });
  BenchmarkPageOptions page{.runs_folder = output_dir + "/runs", .most_pictures = FLAGS_worst_cases};
  for (const auto& task : tasks) page.tasks.push_back(task.get());
  page.picture = [&](const std::string& dataset, const std::string& id) { return pictures.Draw(dataset, id); };
  ASAP_RETURN_IF_ERROR(WriteBenchmarkReport(output_dir, results, page));
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(output_dir + "/benchmark.flags", results.command));
  if (FLAGS_write_baseline) ASAP_RETURN_IF_ERROR(WriteFileAtomically(output_dir + "/baseline.json", BaselineJson(results)));
  std::fputs(BenchmarkMarkdown(results).c_str(), stdout);
  if (!FLAGS_baseline.empty()) {
    ASAP_ASSIGN_OR_RETURN(const std::string baseline, ReadFile(UserPath(FLAGS_baseline)));
    ASAP_ASSIGN_OR_RETURN(const std::string change, ChangeAgainstBaseline(results, baseline));
    std::printf("\n%s", change.c_str());
  }
  std::printf("\nreport: %s/index.html\n", output_dir.c_str());
  return absl::OkStatus();
}

}  // namespace

ToolHelp BenchmarkHelp() {
  return {
      .name = "benchmark",
      .summary =
          "Measures encoders on downstream tasks, each with a 95 % interval, and compares the first encoder with the others.\n"
          "Leaves results.json, index.html, table.md and junit.xml in --output_dir, and each run's cases under runs/: a call "
          "that\n"
          "was cut off goes on, and what was measured is not measured again. Without flags it measures the demo's encoder and\n"
          "random weights on the phantom.",
      .examples = {
          "./tools/bazel run //tools:benchmark",
          "./tools/bazel run //tools:benchmark -- --encoder=asap_runs/vit_b/encoder.safetensors "
          "--tasks=classification/... --data=files --data_root=/data --splits=/src/ASAP/Benchmark",
          "./tools/bazel run //tools:benchmark -- --encoder=asap:a.safetensors,theirs=features:b.npy --tasks=prognosis/stoic",
          "./tools/bazel run //tools:benchmark -- --help_tasks"}};
}

absl::Status BenchmarkMain() {
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::unique_ptr<Task>> tasks, ChooseTasks(FLAGS_tasks));
  if (FLAGS_help_tasks) {
    std::fputs(TasksPage(tasks).c_str(), stdout);
    return absl::OkStatus();
  }
  ASAP_ASSIGN_OR_RETURN(const c10::Device device, OpenDevice(FLAGS_device));
  const int threads = FLAGS_threads > 0 ? FLAGS_threads : UsableCores();
  at::set_num_threads(threads);
  const std::string output_dir = UserPath(FLAGS_output_dir);
  ASAP_ASSIGN_OR_RETURN(EngineOptions options, EngineFromFlags(output_dir, threads));
  options.device = FLAGS_device;
  if (!device.is_cpu()) absl::StrAppend(&options.machine, ", ", FLAGS_device);
  OutputUse use{.program = "benchmark",
                .writes = {"results.json", "index.html", "table.md", "junit.xml", "benchmark.flags"},
                .records = {"benchmark.flags", "features"}};
  if (FLAGS_write_baseline) use.writes.push_back("baseline.json");
  if (FLAGS_data == "phantom") use.writes.push_back("phantom");
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<FolderLock> lock, TakeOutputFolder(output_dir, use));

  for (const auto& task : tasks) options.tasks.push_back(task.get());
  ASAP_RETURN_IF_ERROR(CheckOptions(options));

  std::string encoder_flag = FLAGS_encoder;
  if (encoder_flag.empty()) {
    ASAP_ASSIGN_OR_RETURN(const std::string demo, DemoEncoder());
    encoder_flag = absl::StrCat("asap:", demo, ",random");
  }
  ASAP_ASSIGN_OR_RETURN(const std::vector<EncoderChoice> choices, ParseEncoders(encoder_flag));
  const std::string cache = FLAGS_cache_dir.empty() ? output_dir + "/features" : UserPath(FLAGS_cache_dir);
  ASAP_ASSIGN_OR_RETURN(const OpenedEncoders opened, OpenEncoders(choices, cache, FLAGS_batch_size, device));
  const InterruptScope interrupt;
  ASAP_ASSIGN_OR_RETURN(const BenchmarkData data, DataFromFlags(tasks, output_dir, threads, interrupt));

  ProgressLine status(ProgressToStandardError());
  for (const auto& encoder : opened.encoders) options.encoders.push_back(encoder.get());
  options.open_dataset = [&](const std::string& name, MeasuredEncoder& encoder) { return data.Open(name, SpacingOf(encoder)); };
  options.interrupted = [&] { return interrupt.requested(); };
  options.status = [&](const std::string& line) { status.Show(line); };
  ASAP_ASSIGN_OR_RETURN(EngineOutcome outcome, RunBenchmark(options));
  status.Clear();
  if (outcome.interrupted) {
    return absl::CancelledError(
        absl::StrCat("stopped with ", outcome.runs.size(), " runs made; the same command goes on from there"));
  }

  BenchmarkResults results;
  results.created = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
  results.machine = options.machine;
  results.release = std::string(BuildVersion());
  results.commit = options.commit;
  results.command = ResolvedFlagfile("benchmark");
  results.protocol = options.protocol;
  results.data = FLAGS_data;
  results.encoders = opened.measured;
  results.runs = std::move(outcome.runs);
  results.failures = std::move(outcome.failures);
  results.not_applicable = std::move(outcome.not_applicable);
  const std::array<double, 3> spacing = SpacingOf(*opened.encoders[0]);
  for (const auto& task : tasks) results.tasks.push_back(task->spec());
  for (const std::string& name : DatasetsOf(tasks)) {
    if (const auto dataset = data.Open(name, spacing); dataset.ok()) results.cards.push_back((*dataset)->card());
  }
  LogInfo(absl::StrCat(results.runs.size(), " runs, ", outcome.reused, " of them made earlier; computing intervals"));
  SummaryOptions summary{.resamples = FLAGS_resamples, .threads = threads};
  ProgressLine intervals(ProgressToStandardError());
  summary.progress = [&](int64_t done, int64_t total) {
    const Pace pace = intervals.PaceOf(done, total - done);
    intervals.Show(absl::StrCat("intervals of ", done + 1, " of ", total, " cohorts  eta ", ShortDuration(pace.seconds_left)));
  };
  Summarize(options.tasks, summary, results);
  intervals.Clear();
  results.shift = MeasureShifts(tasks, data, *opened.encoders[0], results.warnings);
  ASAP_RETURN_IF_ERROR(Report(results, tasks, data, spacing, output_dir));
  if (!results.failures.empty()) {
    return absl::InternalError(absl::StrCat(results.failures.size(), " runs failed; the first: ", results.failures[0]));
  }
  return absl::OkStatus();
}

}  // namespace asap
