// Exchanges of a GPU's tensors by NCCL, as c10d's reducer wants them. They run on a stream of their own beside the computation;
// a thread watches them.
#ifndef ASAP_CORE_DISTRIBUTED_NCCL_GROUP_H_
#define ASAP_CORE_DISTRIBUTED_NCCL_GROUP_H_

#include <c10/core/Device.h>
#include <c10/core/Event.h>
#include <c10/core/Stream.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/distributed/nccl_library.h"

namespace asap {

struct NcclError : std::runtime_error {
  using runtime_error::runtime_error;
};

struct NcclGroupOptions {
  NcclLibrary library;
  NcclUniqueId id;  // made by rank 0
  int rank = 0, world = 1;
  c10::Device device = c10::Device(c10::DeviceType::CPU);  // the CPU serves tests, whose library works on host memory
  std::chrono::milliseconds timeout{600000};
  // Whether another rank is gone. From the watching thread, while an exchange takes long.
  std::function<absl::Status()> check_others;
};

// Calls are for one thread at a time. An exchange that fails, or is not over within the timeout, ends the group: it is aborted,
// so that the GPU does not wait for ever, what it was to give is not valid, and failure() says why before the GPU goes on.
class NcclGroup : public c10d::Backend {
 public:
  // All ranks at the same time.
  static absl::StatusOr<c10::intrusive_ptr<NcclGroup>> Open(NcclGroupOptions options);
  NcclGroup(NcclGroupOptions options, NcclComm comm);  // as Open does
  ~NcclGroup() override;

  const std::string getBackendName() const override { return "nccl"; }
  // One dense tensor of the device; the sum. Both throw NcclError.
  c10::intrusive_ptr<c10d::Work> allreduce(std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions& options) override;
  c10::intrusive_ptr<c10d::Work> broadcast(std::vector<at::Tensor>& tensors, const c10d::BroadcastOptions& options) override;

  c10::Device device() const { return options_.device; }
  // What ended an exchange; empty while all is well.
  std::string failure() const;
  void Abort(const std::string& why);

 private:
  struct Exchange {
    std::chrono::steady_clock::time_point begin;
    std::optional<c10::Event> over;  // none while the call into the library goes on
  };

  c10::intrusive_ptr<c10d::Work> Launch(const std::string& function, const at::Tensor& tensor,
                                        const std::function<NcclResult(NcclComm, void* stream)>& call);
  void Watch();
  // Why the group must end; empty if it need not.
  std::string Trouble(std::chrono::steady_clock::time_point& next_check);

  const NcclGroupOptions options_;
  std::optional<c10::Stream> stream_;
  std::timed_mutex calls_;  // held in calls into the library with the communicator
  const NcclComm comm_;     // no longer valid once there is a failure

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Exchange> exchanges_;  // that are not known to be over, in their order
  std::string failure_;
  bool stopping_ = false;
  std::thread watch_;
};

}  // namespace asap

#endif  // ASAP_CORE_DISTRIBUTED_NCCL_GROUP_H_
