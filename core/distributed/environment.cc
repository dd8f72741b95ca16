#include "core/distributed/environment.h"

#include <stdlib.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"

namespace asap {
namespace {

constexpr int64_t kMost = std::numeric_limits<int32_t>::max();

// The variable as a whole number in [low, high].
absl::StatusOr<int64_t> Number(const std::string& name, const std::string& text, int64_t low, int64_t high) {
  int64_t value;
  if (absl::SimpleAtoi(text, &value) && value >= low && value <= high) return value;
  return absl::InvalidArgumentError(
      absl::StrCat("the environment has ", name, "=", text, ": expected a whole number in ", low, " ... ", high));
}

// Port of a Slurm job, where the user names none: jobs that share a node should not meet.
int SlurmPort(int64_t job, int64_t step) { return static_cast<int>(20000 + (job * 31 + step) % 20000); }

absl::StatusOr<std::optional<LaunchEnvironment>> Torchrun(const Environment& get) {
  std::vector<std::string> missing;
  for (const char* name : {"RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"}) {
    if (!get(name).has_value()) missing.push_back(name);
  }
  if (!missing.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the environment places this process among several (RANK or WORLD_SIZE is set), but lacks ", absl::StrJoin(missing, ", "),
        ". Start it with torchrun, set RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT for each process, or unset them "
        "to train with one process."));
  }
  LaunchEnvironment launch;
  ASAP_ASSIGN_OR_RETURN(launch.world, Number("WORLD_SIZE", *get("WORLD_SIZE"), 1, kMost));
  ASAP_ASSIGN_OR_RETURN(launch.rank, Number("RANK", *get("RANK"), 0, launch.world - 1));
  launch.address = *get("MASTER_ADDR");
  if (launch.address.empty()) return absl::InvalidArgumentError("the environment has an empty MASTER_ADDR: name rank 0's host");
  ASAP_ASSIGN_OR_RETURN(launch.port, Number("MASTER_PORT", *get("MASTER_PORT"), 1, 65535));
  if (const auto local = get("LOCAL_RANK")) {
    ASAP_ASSIGN_OR_RETURN(launch.local_rank, Number("LOCAL_RANK", *local, 0, launch.rank));
  }
  launch.served_by_launcher = get("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True";
  launch.attempt = get("TORCHELASTIC_RESTART_COUNT").value_or("0");
  return launch.world > 1 ? std::make_optional(std::move(launch)) : std::nullopt;
}

absl::StatusOr<std::optional<LaunchEnvironment>> Slurm(const Environment& get) {
  const std::string world_name = get("SLURM_STEP_NUM_TASKS").has_value() ? "SLURM_STEP_NUM_TASKS" : "SLURM_NTASKS";
  if (!get("SLURM_PROCID").has_value() || !get(world_name).has_value()) {
    return absl::InvalidArgumentError(
        "the environment is that of a Slurm step (SLURM_STEP_ID is set), but lacks SLURM_PROCID or SLURM_NTASKS: start the "
        "processes with srun");
  }
  LaunchEnvironment launch;
  ASAP_ASSIGN_OR_RETURN(launch.world, Number(world_name, *get(world_name), 1, kMost));
  ASAP_ASSIGN_OR_RETURN(launch.rank, Number("SLURM_PROCID", *get("SLURM_PROCID"), 0, launch.world - 1));
  if (launch.world == 1) return std::nullopt;
  if (const auto local = get("SLURM_LOCALID")) {
    ASAP_ASSIGN_OR_RETURN(launch.local_rank, Number("SLURM_LOCALID", *local, 0, launch.rank));
  }
  launch.address = get("MASTER_ADDR").value_or("");
  for (const char* nodes : {"SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST"}) {
    if (launch.address.empty()) launch.address = FirstHost(get(nodes).value_or(""));
  }
  // Last: srun may have been typed on a node that has no process.
  if (launch.address.empty()) launch.address = get("SLURM_LAUNCH_NODE_IPADDR").value_or("");
  if (launch.address.empty()) {
    return absl::InvalidArgumentError(
        "Slurm's environment names no node (SLURM_STEP_NODELIST, SLURM_JOB_NODELIST): set MASTER_ADDR to the host of rank 0");
  }
  if (const auto port = get("MASTER_PORT")) {
    ASAP_ASSIGN_OR_RETURN(launch.port, Number("MASTER_PORT", *port, 1, 65535));
  } else {
    ASAP_ASSIGN_OR_RETURN(const int64_t job, Number("SLURM_JOB_ID", get("SLURM_JOB_ID").value_or("0"), 0, kMost));
    ASAP_ASSIGN_OR_RETURN(const int64_t step, Number("SLURM_STEP_ID", *get("SLURM_STEP_ID"), 0, kMost * 2 + 1));
    launch.port = SlurmPort(job, step);
  }
  launch.attempt = get("SLURM_RESTART_COUNT").value_or("0");
  return launch;
}

}  // namespace

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::make_optional<std::string>(value);
  };
}

std::string FirstHost(absl::string_view nodes) {
  std::string host;
  for (size_t i = 0; i < nodes.size() && nodes[i] != ','; ++i) {
    if (nodes[i] != '[') {
      host.push_back(nodes[i]);
      continue;
    }
    while (++i < nodes.size() && nodes[i] >= '0' && nodes[i] <= '9') host.push_back(nodes[i]);
    i = std::min(nodes.find(']', i), nodes.size() - 1);
  }
  return host;
}

absl::StatusOr<std::optional<LaunchEnvironment>> ReadLaunchEnvironment(const Environment& environment) {
  if (environment("RANK").has_value() || environment("WORLD_SIZE").has_value()) return Torchrun(environment);
  // An allocation without srun has Slurm's variables too, but one process.
  if (environment("SLURM_STEP_ID").has_value()) return Slurm(environment);
  return std::nullopt;
}

}  // namespace asap
