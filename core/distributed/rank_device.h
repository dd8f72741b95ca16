// Which device each of several processes computes on, and by what its gradients travel.
#ifndef ASAP_CORE_DISTRIBUTED_RANK_DEVICE_H_
#define ASAP_CORE_DISTRIBUTED_RANK_DEVICE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "core/distributed/environment.h"

namespace asap {

enum class Backend { kGloo, kNccl };

struct RankDevice {
  std::string name;  // for OpenDevice
  Backend backend = Backend::kGloo;
};

// `device` and `backend` are what a user says: "cuda" is the GPU of the process's rank on its machine, or the only
// one where CUDA_VISIBLE_DEVICES shows each process its own; "auto" is NCCL between GPUs and Gloo between CPUs. InvalidArgument,
// with the remedy, for what does not go together.
absl::StatusOr<RankDevice> ChooseRankDevice(const std::string& device, const std::string& backend, int64_t local_rank,
                                            int64_t local_world, const Environment& environment);

}  // namespace asap

#endif  // ASAP_CORE_DISTRIBUTED_RANK_DEVICE_H_
