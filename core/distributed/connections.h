// What a process group holds of c10d. Only this package sees it.
#ifndef ASAP_CORE_DISTRIBUTED_CONNECTIONS_H_
#define ASAP_CORE_DISTRIBUTED_CONNECTIONS_H_

#include <chrono>
#include <memory>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/distributed/liveness.h"
#include "core/distributed/nccl_group.h"
#include "core/distributed/process_group.h"

namespace asap {

// Gloo, which can be closed under its waiting exchanges: they fail at once, and so do the other ranks' that wait for this one.
class ClosableGloo : public c10d::ProcessGroupGloo {
 public:
  using ProcessGroupGloo::ProcessGroupGloo;
  void Close() {
    for (const auto& context : contexts_) context->closeConnections();
  }
};

struct ProcessGroup::Connections {
  std::chrono::milliseconds timeout;
  c10::intrusive_ptr<c10d::Store> store;
  std::unique_ptr<Liveness> liveness;
  c10::intrusive_ptr<ClosableGloo> gloo;
  c10::intrusive_ptr<NcclGroup> nccl;            // null where Gloo exchanges all
  c10::intrusive_ptr<c10d::ProcessGroup> group;  // both, as the reducer wants them
};

}  // namespace asap

#endif  // ASAP_CORE_DISTRIBUTED_CONNECTIONS_H_
