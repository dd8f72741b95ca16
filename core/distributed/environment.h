// What a launcher tells a process of its place among those that train together, in environment variables.
//
//   ASAP_ASSIGN_OR_RETURN(const std::optional<LaunchEnvironment> launch, ReadLaunchEnvironment(ProcessEnvironment()));
//   if (launch.has_value()) ...  // else this process trains alone
//
// torchrun, or a shell by hand: RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT, and optionally LOCAL_RANK. Slurm's srun, where these
// are absent: SLURM_PROCID, SLURM_STEP_NUM_TASKS or SLURM_NTASKS, SLURM_LOCALID; rank 0 is on the first node of the step's list,
// and the port follows from the job's number. MASTER_ADDR and MASTER_PORT win over Slurm's.
#ifndef ASAP_CORE_DISTRIBUTED_ENVIRONMENT_H_
#define ASAP_CORE_DISTRIBUTED_ENVIRONMENT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

struct LaunchEnvironment {
  int64_t rank = 0;
  int64_t world = 1;
  std::optional<int64_t> local_rank;  // among the processes of this machine; which GPU it takes
  std::string address;                // where rank 0 is
  int port = 0;                       // where the processes meet
  // torchrun's agent serves the meeting place itself; else rank 0 does.
  bool served_by_launcher = false;
  std::string attempt;  // of a launcher that starts the job again: keeps the attempts apart
};

// A variable's value; nullopt where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

Environment ProcessEnvironment();

// nullopt where no launcher speaks, or where the world is this process. InvalidArgument, with the remedy, for variables that are
// there in part or contradict each other.
absl::StatusOr<std::optional<LaunchEnvironment>> ReadLaunchEnvironment(const Environment& environment);

// The first host of a Slurm node list: "gpu[003-005,9],cpu1" -> "gpu003".
std::string FirstHost(absl::string_view nodes);

}  // namespace asap

#endif  // ASAP_CORE_DISTRIBUTED_ENVIRONMENT_H_
