#include "core/benchmark/engine.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "core/base/log.h"
#include "core/base/progress_line.h"
#include "core/base/sha256.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/benchmark/data_digest.h"
#include "core/benchmark/run_folder.h"

namespace asap {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string Name(const RunKey& key) {
  return absl::StrCat(key.encoder, ", ", key.task, ", ", key.fraction, " %, seed ", key.seed);
}

struct PlannedRun {
  RunKey key;
  MeasuredEncoder* encoder = nullptr;
  const Task* task = nullptr;
  std::string place;  // absolute: PLACE.json is its file, PLACE/ its folder

  std::string path() const { return place + ".json"; }
};

using Groups = std::vector<std::vector<PlannedRun>>;  // each of one encoder and task

// Why the encoder cannot be what the task asks for, or nothing.
std::string Misfit(const MeasuredEncoder& encoder, const TaskSpec& task) {
  if (task.encoder == EncoderUse::kFeatures || encoder.spec().has_value()) return "";
  return absl::StrCat("the task needs a ", EncoderUseName(task.encoder), "; a file of features has none");
}

absl::StatusOr<Groups> Plan(const EngineOptions& options, std::vector<NotApplicable>& not_applicable) {
  ASAP_RETURN_IF_ERROR(CheckOptions(options));
  Groups groups;
  for (MeasuredEncoder* encoder : options.encoders) {
    for (const Task* task : options.tasks) {
      const TaskSpec& spec = task->spec();
      if (std::string reason = Misfit(*encoder, spec); !reason.empty()) {
        not_applicable.push_back({encoder->name(), spec.name, std::move(reason)});
        continue;
      }
      ASAP_ASSIGN_OR_RETURN(const auto parameters, ResolveParameters(spec, options.task_options));
      std::vector<PlannedRun> group;
      for (const double fraction : spec.fractions) {
        if (!options.fractions.empty() && std::count(options.fractions.begin(), options.fractions.end(), fraction) == 0) continue;
        for (const uint64_t seed : options.seeds) {
          RunKey key{.encoder = encoder->name(),
                     .encoder_digest = encoder->digest(),
                     .task = spec.name,
                     .task_version = spec.version,
                     .protocol = options.protocol,
                     .fraction = fraction,
                     .seed = seed,
                     .parameters = parameters,
                     .settings = options.settings,
                     .commit = options.commit};
          const std::string place = absl::StrCat(options.output_dir, "/runs/", key.Place());
          group.push_back({std::move(key), encoder, task, place});
        }
      }
      if (!group.empty()) groups.push_back(std::move(group));
    }
  }
  return groups;
}

class Engine {
 public:
  Engine(const EngineOptions& options, std::string lists, int64_t total)
      : options_(options), lists_(std::move(lists)), total_(total), start_(Clock::now()) {}

  void RunGroup(std::vector<PlannedRun>& group, EngineOutcome& outcome) {
    const std::string data = DataOf(group[0]);
    std::vector<std::optional<Run>> runs(group.size());
    std::vector<size_t> todo;
    for (size_t i = 0; i < group.size(); ++i) {
      group[i].key.data = data;
      runs[i] = Earlier(group[i]);
      if (runs[i].has_value()) {
        ++outcome.reused;
        ++done_;
      } else {
        todo.push_back(i);
      }
    }
    const int jobs = group[0].task->spec().alone ? 1 : std::max(1, options_.jobs);
    std::vector<absl::Status> failed(group.size());
    std::atomic<size_t> next = 0;
    const auto work = [&] {
      for (size_t place = next++; place < todo.size() && !Interrupted(); place = next++) {
        const size_t i = todo[place];
        absl::StatusOr<Run> run = absl::InternalError("");
        try {
          run = RunOne(group[i], std::max(1, options_.threads / jobs));
        } catch (const std::exception& error) {  // out of memory
          run = absl::InternalError(error.what());
        }
        if (run.ok()) {
          runs[i] = *std::move(run);
        } else {
          failed[i] = run.status();
        }
        ++done_;
        ++made_;
      }
    };
    std::vector<std::thread> threads;
    for (int t = 1; t < std::min<int>(jobs, todo.size()); ++t) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    for (size_t i = 0; i < group.size(); ++i) {
      if (runs[i].has_value()) outcome.runs.push_back(*std::move(runs[i]));
      if (!failed[i].ok() && !absl::IsCancelled(failed[i])) {
        outcome.failures.push_back(absl::StrCat(Name(group[i].key), ": ", failed[i].message()));
        LogError(outcome.failures.back());
      }
    }
  }

  bool Interrupted() const { return options_.interrupted != nullptr && options_.interrupted(); }

 private:
  // The digest of all that the task reads; datasets are opened for the encoder, whose spacing decides how.
  std::string DataOf(const PlannedRun& planned) {
    const TaskSpec& spec = planned.task->spec();
    std::vector<std::string> names = spec.external_datasets;
    names.insert(names.begin(), spec.dataset);
    Sha256 all;
    all.Update(lists_);
    for (const std::string& name : names) {
      const auto [known, is_new] = data_.try_emplace({planned.encoder->spec().value_or(EncoderSpec()).spacing_mm, name});
      if (is_new) {
        Tell(planned, absl::StrCat("looking at the files of ", name), 0, 0);
        const absl::StatusOr<std::unique_ptr<Dataset>> dataset = options_.open_dataset(name, *planned.encoder);
        known->second = dataset.ok() ? DataDigest(**dataset) : absl::IsNotFound(dataset.status()) ? "not there" : "";
      }
      if (known->second.empty()) return "";
      all.Update(absl::StrCat(name, "=", known->second, ";"));
    }
    return all.Hex();
  }

  // The run of an earlier call, if it measured the same.
  std::optional<Run> Earlier(const PlannedRun& planned) {
    absl::StatusOr<Run> run = ReadRun(planned.path());
    if (run.ok()) return IsSameMeasurement(run->key, planned.key) ? std::optional<Run>(*std::move(run)) : std::nullopt;
    const bool old = absl::IsFailedPrecondition(run.status());
    if (!absl::IsNotFound(run.status()) && !(old && told_of_old_)) LogWarning(run.status().message());
    told_of_old_ |= old;  // they come by the hundred
    return std::nullopt;
  }

  absl::StatusOr<Run> RunOne(const PlannedRun& planned, int threads) {
    const Clock::time_point start = Clock::now();
    ASAP_RETURN_IF_ERROR(OpenRunFolder(planned.place, planned.key));
    TaskContext context{.protocol = options_.protocol,
                        .fraction = planned.key.fraction,
                        .seed = planned.key.seed,
                        .splits = options_.splits,
                        .parameters = planned.key.parameters,
                        .folder = planned.place,
                        .device = options_.device,
                        .threads = threads};
    context.open_dataset = [&](const std::string& name) { return options_.open_dataset(name, *planned.encoder); };
    context.progress = [&](const std::string& stage, int64_t done, int64_t total) {
      Tell(planned, stage, done, total);
      return !Interrupted();
    };
    Tell(planned, "", 0, 0);
    Run run{.key = planned.key, .machine = options_.machine};
    ASAP_ASSIGN_OR_RETURN(run.result, planned.task->Run(*planned.encoder, context));
    run.seconds = SecondsSince(start);
    run.date = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
    ASAP_RETURN_IF_ERROR(WriteRun(planned.path(), run));
    DropEmptyRunFolder(planned.place);
    return run;
  }

  void Tell(const PlannedRun& planned, const std::string& stage, int64_t done, int64_t total) {
    if (options_.status == nullptr) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    std::string line = absl::StrFormat("[%d/%d] %s", done_ + 1, total_, Name(planned.key));
    if (!stage.empty()) absl::StrAppend(&line, ": ", stage);
    if (total > 0) absl::StrAppend(&line, " ", done, "/", total);
    if (made_ > 0) {
      const double left = SecondsSince(start_) / static_cast<double>(made_) * static_cast<double>(total_ - done_);
      absl::StrAppend(&line, "  eta ", ShortDuration(left));
    }
    options_.status(line);
  }

  const EngineOptions& options_;
  const std::string lists_;  // digest of the split lists
  const int64_t total_;
  const Clock::time_point start_;
  std::mutex mutex_;
  std::atomic<int64_t> done_ = 0, made_ = 0;
  // Digests of datasets by the spacing that they are opened with, which is all that an encoder decides of them: encoders of one
  // spacing share them.
  std::map<std::pair<std::array<double, 3>, std::string>, std::string> data_;
  bool told_of_old_ = false;
};

}  // namespace

absl::Status CheckOptions(const EngineOptions& options) {
  std::set<double> known;
  std::vector<std::string> parameters;
  for (const Task* task : options.tasks) {
    ASAP_RETURN_IF_ERROR(ValidateSpec(task->spec()));
    known.insert(task->spec().fractions.begin(), task->spec().fractions.end());
    for (const auto& [name, parameter] : task->spec().parameters) parameters.push_back(name);
    ASAP_RETURN_IF_ERROR(ResolveParameters(task->spec(), options.task_options).status());
  }
  for (const double fraction : options.fractions) {
    if (known.count(fraction) == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "label fraction ", fraction, " %: no task of the chosen ones has it; they have ", absl::StrJoin(known, ", ")));
    }
  }
  for (const auto& [name, value] : options.task_options) {
    if (std::count(parameters.begin(), parameters.end(), name) == 0) {
      return absl::InvalidArgumentError(UnknownName("option of the chosen tasks", name, parameters));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<EngineOutcome> RunBenchmark(const EngineOptions& options) {
  EngineOutcome outcome;
  ASAP_ASSIGN_OR_RETURN(Groups groups, Plan(options, outcome.not_applicable));
  std::string lists;
  if (!options.splits.empty()) {
    ASAP_ASSIGN_OR_RETURN(lists, ListsDigest(options.splits));
  }
  int64_t total = 0;
  for (const auto& group : groups) total += static_cast<int64_t>(group.size());
  Engine engine(options, std::move(lists), total);
  for (auto& group : groups) {
    if (engine.Interrupted()) break;
    engine.RunGroup(group, outcome);
  }
  outcome.interrupted = engine.Interrupted();
  return outcome;
}

}  // namespace asap
