// One process of two threads against two Gloo processes of one thread each, pre-training on the same global batches. Prints one
// JSON line: samples/s of both, their ratio, and the largest relative difference of a logged loss term between the two.
#include <fcntl.h>
#include <gflags/gflags.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/distributed/ranks_for_testing.h"
#include "core/train/jsonl_log.h"
#include "tools/cli/run_tool.h"

DEFINE_int32(steps, 10, "Steps of each arrangement, of two cases each; the first half is not timed.");
DEFINE_string(pretrain_flags, "", "More flags of tools:pretrain, separated by spaces, e.g. --volume=64x64x32 --depth=2.");

namespace asap {
namespace {

std::vector<std::string> PretrainFlags(const std::string& output_dir, int processes) {
  std::vector<std::string> flags = {"--config=vit_b",
                                    "--data=phantom",
                                    "--data_options=cases=12",
                                    "--text_encoder=learned",
                                    "--text_width=192",
                                    "--text_length=128",
                                    "--epochs=0",
                                    absl::StrCat("--steps=", FLAGS_steps),
                                    "--batch_size=1",
                                    absl::StrCat("--accumulate=", 2 / processes),
                                    absl::StrCat("--compute_threads=", 2 / processes),
                                    "--threads=0",
                                    "--log_every=1",
                                    "--checkpoint_every=0",
                                    "--resume=never",
                                    absl::StrCat("--output_dir=", output_dir)};
  for (const absl::string_view flag : absl::StrSplit(FLAGS_pretrain_flags, ' ', absl::SkipEmpty())) flags.emplace_back(flag);
  return flags;
}

// Ends only where the program cannot be started.
[[noreturn]] void Become(const std::string& program, const std::vector<std::string>& flags, const std::string& messages) {
  std::vector<std::string> words = {program};
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const int log = open(messages.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

// The log of a run of one or two processes.
absl::StatusOr<std::vector<StepRecord>> Train(const std::string& program, const std::string& folder, int processes) {
  const std::string output_dir = absl::StrCat(folder, "/", processes);
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(output_dir));
  const auto messages = [&](int64_t rank) { return absl::StrCat(folder, "/", processes, "-", rank, ".txt"); };
  Ranks ranks(processes, [&](const LaunchEnvironment& launch) -> std::string {
    if (processes > 1) {
      setenv("RANK", absl::StrCat(launch.rank).c_str(), 1);
      setenv("WORLD_SIZE", absl::StrCat(launch.world).c_str(), 1);
      setenv("MASTER_ADDR", launch.address.c_str(), 1);
      setenv("MASTER_PORT", absl::StrCat(launch.port).c_str(), 1);
    }
    // Idle threads of the two processes must not turn on the cores that the other needs.
    setenv("OMP_WAIT_POLICY", "passive", 1);
    Become(program, PretrainFlags(output_dir, processes), messages(launch.rank));
  });
  const std::vector<RankResult> results = ranks.Wait();
  for (int64_t rank = 0; rank < processes; ++rank) {
    if (results[rank].exit_code == 0) continue;
    return absl::InternalError(absl::StrCat("rank ", rank, " of ", processes, " ended with ", results[rank].exit_code, ":\n",
                                            ReadFile(messages(rank)).value_or("")));
  }
  return ReadJsonlLog(output_dir + "/log.jsonl");
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

double SamplesPerSecond(const std::vector<StepRecord>& log) {
  std::vector<double> speeds;
  for (size_t i = log.size() / 2; i < log.size(); ++i) speeds.push_back(log[i].samples_per_second);
  return Median(speeds);
}

absl::Status Measure() {
  if (FLAGS_steps < 2) return absl::InvalidArgumentError("--steps must be 2 at least");
  ASAP_ASSIGN_OR_RETURN(const std::string program, Runfile("asap/tools/pretrain/pretrain"));
  std::string folder = (std::filesystem::temp_directory_path() / "asap-two-processes-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return absl::InternalError(absl::StrCat("cannot make a folder such as ", folder));
  absl::StatusOr<std::vector<StepRecord>> one = Train(program, folder, 1), two = Train(program, folder, 2);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (!one.ok()) return one.status();
  if (!two.ok()) return two.status();
  if (one->size() != two->size()) return absl::InternalError("the two runs did not log the same steps");
  double difference = 0;
  for (size_t step = 0; step < one->size(); ++step) {
    for (size_t term = 0; term < (*one)[step].terms.size(); ++term) {
      const double a = (*one)[step].terms[term].second, b = (*two)[step].terms[term].second;
      difference = std::max(difference, std::abs(a - b) / std::max(std::abs(a), 1e-12));
    }
  }
  const double alone = SamplesPerSecond(*one), together = SamplesPerSecond(*two);
  const nlohmann::ordered_json line = {{"one_process_two_threads", alone},
                                       {"two_processes", together},
                                       {"ratio", together / alone},
                                       {"largest_loss_difference", difference},
                                       {"steps", FLAGS_steps}};
  std::printf("%s\n", line.dump().c_str());
  return absl::OkStatus();
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) {
  return asap::RunTool(argc, argv,
                       {.name = "two_processes",
                        .summary = "Samples/s of two Gloo processes against one process with two threads, on two cores.",
                        .examples = {"./tools/bazel run //tests/performance:two_processes"}},
                       asap::Measure);
}
