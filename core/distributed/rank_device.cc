#include "core/distributed/rank_device.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/suggest.h"

namespace asap {

absl::StatusOr<RankDevice> ChooseRankDevice(const std::string& device, const std::string& backend, int64_t local_rank,
                                            int64_t local_world, const Environment& environment) {
  if (backend != "auto" && backend != "gloo" && backend != "nccl") {
    return absl::InvalidArgumentError(UnknownName("backend", backend, {"auto", "gloo", "nccl"}));
  }
  const bool on_gpus = absl::StartsWith(device, "cuda");
  RankDevice choice{device, backend == "nccl" || (backend == "auto" && on_gpus) ? Backend::kNccl : Backend::kGloo};
  if (choice.backend == Backend::kNccl && !on_gpus) {
    return absl::InvalidArgumentError(absl::StrCat("the backend nccl exchanges between GPUs, and the device ", device,
                                                   " is none: give the device cuda, or the backend gloo"));
  }
  if (device == "cuda") {
    const std::string visible = environment("CUDA_VISIBLE_DEVICES").value_or("");
    const bool only_one = !visible.empty() && !absl::StrContains(visible, ',');
    choice.name = absl::StrCat("cuda:", only_one ? 0 : local_rank);
  } else if (choice.backend == Backend::kNccl && local_world > 1) {
    return absl::InvalidArgumentError(absl::StrCat("the device ", device, " is one GPU for the ", local_world,
                                                   " processes of this machine: the device cuda gives each its own, and the "
                                                   "backend gloo lets them share it"));
  }
  return choice;
}

}  // namespace asap
