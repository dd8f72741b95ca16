// The processes that train together, over LibTorch's c10d: a TCPStore to meet, Gloo to exchange, NCCL between GPUs.
//
//   ASAP_ASSIGN_OR_RETURN(const auto launch, ReadLaunchEnvironment(ProcessEnvironment()));
//   std::unique_ptr<ProcessGroup> group;
//   if (launch.has_value()) ASAP_ASSIGN_OR_RETURN(group, ProcessGroup::Join(*launch, {.timeout = absl::Minutes(10)}));
//   ...
//   const absl::Status status = Train(group.get());  // every rank calls the same exchanges in the same order
//   if (group != nullptr) group->Leave(status);
//
// A rank that dies, halts or ends with an error ends the exchanges of all others within the timeout and a few seconds: with
// Unavailable, and the rank, its host and what is known of the cause in the message. After that the group is of no more use.
// Calls are for one thread.
#ifndef ASAP_CORE_DISTRIBUTED_PROCESS_GROUP_H_
#define ASAP_CORE_DISTRIBUTED_PROCESS_GROUP_H_

#include <c10/core/Device.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "core/distributed/environment.h"
#include "core/distributed/rank_device.h"
#include "core/io/tensor.h"

namespace asap {

struct ProcessGroupOptions {
  absl::Duration timeout = absl::Minutes(10);  // for which a rank waits for the others in an exchange
};

class ProcessGroup {
 public:
  // Waits for all ranks. A broken pipe is no longer a signal to this process. DeadlineExceeded names those that did not come
  // within the timeout.
  static absl::StatusOr<std::unique_ptr<ProcessGroup>> Join(const LaunchEnvironment& launch, const ProcessGroupOptions& options);
  ~ProcessGroup();

  int64_t rank() const { return rank_; }
  int64_t world() const { return world_; }
  const std::string& host(int64_t rank) const;
  // By what tensors of the device of Connect travel: "Gloo" or "NCCL 2.28.9".
  const std::string& transport() const { return transport_; }
  // Among the processes on this machine.
  int64_t local_rank() const { return local_rank_; }
  int64_t local_world() const { return local_world_; }

  // Tells the others what this rank computes on. With kNccl, tensors on `device` travel by NCCL from then on; what is on the CPU
  // goes by Gloo always. All ranks, before their first exchange of tensors. Errors, on all ranks and with the rank at fault:
  //   InvalidArgument      the ranks have different kinds of devices, backends or versions of NCCL
  //   FailedPrecondition   NCCL cannot be loaded somewhere, or does not start
  absl::Status Connect(c10::Device device, Backend backend);

  // Rank 0's values into every rank's tensors, which have the same shapes and types everywhere.
  absl::Status Broadcast(const NamedTensors& tensors);
  // Rank 0's text, on all ranks.
  absl::StatusOr<std::string> Broadcast(const std::string& text);
  // Each rank's text, by rank.
  absl::StatusOr<std::vector<std::string>> Gather(const std::string& text);
  // The sums over all ranks, in place.
  absl::Status AllReduceSum(absl::Span<double> numbers);
  // Rank 0 does `work` while the others wait, without a limit as long as rank 0 lives; then they go on. An error of the work is
  // an error on all ranks.
  absl::Status FirstOnRankZero(const std::function<absl::Status()>& work);

  // Tells the others that this rank ends, and why; nothing where they are the cause.
  void Fail(const absl::Status& status);
  // Ends the membership, as the last call: with OK where the work is done, else as Fail.
  void Leave(const absl::Status& status);

 private:
  friend class GradientReducer;
  struct Connections;

  explicit ProcessGroup(std::unique_ptr<Connections> connections);
  // What a failed exchange means.
  absl::Status Lost(const std::string& symptom);
  // The state of exchanges that GPUs go on with after their calls are back.
  absl::Status CheckNccl();
  // Runs an exchange and waits for it.
  absl::Status Exchange(const std::function<void(Connections&)>& exchange);

  std::unique_ptr<Connections> connections_;
  int64_t rank_ = 0, world_ = 1, local_rank_ = 0, local_world_ = 1;
  std::string transport_ = "Gloo";
  int64_t releases_ = 0;
  absl::Status lost_;  // once an exchange has failed
};

}  // namespace asap

#endif  // ASAP_CORE_DISTRIBUTED_PROCESS_GROUP_H_
