#include "core/benchmark/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
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
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"

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
  std::string path;
};

absl::StatusOr<std::vector<std::vector<PlannedRun>>> Plan(const EngineOptions& options) {
  std::vector<std::vector<PlannedRun>> groups;  // of one encoder and task
  std::set<double> known;
  for (const Task* task : options.tasks) {
    ASAP_RETURN_IF_ERROR(ValidateSpec(task->spec()));
    known.insert(task->spec().fractions.begin(), task->spec().fractions.end());
  }
  for (const double fraction : options.fractions) {
    if (known.count(fraction) == 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "label fraction ", fraction, " %: no task of the chosen ones has it; they have ", absl::StrJoin(known, ", ")));
    }
  }
  for (MeasuredEncoder* encoder : options.encoders) {
    for (const Task* task : options.tasks) {
      std::vector<PlannedRun> group;
      for (const double fraction : task->spec().fractions) {
        if (!options.fractions.empty() && std::count(options.fractions.begin(), options.fractions.end(), fraction) == 0) continue;
        for (const uint64_t seed : options.seeds) {
          RunKey key{.encoder = encoder->name(),
                     .encoder_digest = encoder->digest(),
                     .task = task->spec().name,
                     .protocol = options.protocol,
                     .fraction = fraction,
                     .seed = seed,
                     .settings = options.settings};
          const std::string path = absl::StrCat(options.output_dir, "/runs/", key.FileName());
          group.push_back({std::move(key), encoder, task, path});
        }
      }
      if (!group.empty()) groups.push_back(std::move(group));
    }
  }
  return groups;
}

// The run of an earlier call, if it measured the same.
std::optional<Run> Earlier(const PlannedRun& planned) {
  absl::StatusOr<Run> run = ReadRun(planned.path);
  if (!run.ok()) {
    if (!absl::IsNotFound(run.status())) LogWarning(run.status().message());
    return std::nullopt;
  }
  if (run->key.encoder_digest != planned.key.encoder_digest || run->key.settings != planned.key.settings ||
      run->key.task != planned.key.task || run->key.fraction != planned.key.fraction || run->key.seed != planned.key.seed) {
    return std::nullopt;
  }
  return *std::move(run);
}

class Engine {
 public:
  Engine(const EngineOptions& options, int64_t total) : options_(options), total_(total), start_(Clock::now()) {}

  void RunGroup(const std::vector<PlannedRun>& group, EngineOutcome& outcome) {
    std::vector<std::optional<Run>> runs(group.size());
    std::vector<size_t> todo;
    for (size_t i = 0; i < group.size(); ++i) {
      runs[i] = Earlier(group[i]);
      if (runs[i].has_value()) {
        ++outcome.reused;
        ++done_;
      } else {
        todo.push_back(i);
      }
    }
    std::vector<absl::Status> failed(group.size());
    std::atomic<size_t> next = 0;
    const auto work = [&] {
      for (size_t place = next++; place < todo.size() && !Interrupted(); place = next++) {
        const size_t i = todo[place];
        absl::StatusOr<Run> run = absl::InternalError("");
        try {
          run = RunOne(group[i]);
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
    for (int t = 1; t < std::min<int>(options_.jobs, todo.size()); ++t) threads.emplace_back(work);
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
  absl::StatusOr<Run> RunOne(const PlannedRun& planned) {
    const Clock::time_point start = Clock::now();
    TaskContext context{.protocol = options_.protocol,
                        .fraction = planned.key.fraction,
                        .seed = planned.key.seed,
                        .splits = options_.splits,
                        .views = options_.views};
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
    ASAP_RETURN_IF_ERROR(MakeWritableFolder(planned.path.substr(0, planned.path.rfind('/'))));
    ASAP_RETURN_IF_ERROR(WriteRun(planned.path, run));
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
      absl::StrAppend(&line, absl::StrFormat("  eta %dm%02ds", static_cast<int>(left) / 60, static_cast<int>(left) % 60));
    }
    options_.status(line);
  }

  const EngineOptions& options_;
  const int64_t total_;
  const Clock::time_point start_;
  std::mutex mutex_;
  std::atomic<int64_t> done_ = 0, made_ = 0;
};

}  // namespace

absl::StatusOr<EngineOutcome> RunBenchmark(const EngineOptions& options) {
  ASAP_ASSIGN_OR_RETURN(const auto groups, Plan(options));
  int64_t total = 0;
  for (const auto& group : groups) total += static_cast<int64_t>(group.size());
  Engine engine(options, total);
  EngineOutcome outcome;
  for (const auto& group : groups) {
    if (engine.Interrupted()) break;
    engine.RunGroup(group, outcome);
  }
  outcome.interrupted = engine.Interrupted();
  return outcome;
}

}  // namespace asap
