#include "core/distributed/process_group.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Flags.h>
#include <signal.h>
#include <stdlib.h>
#include <torch/csrc/distributed/c10d/exception.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/distributed/connections.h"

// LibTorch's own log: its default prints a trace of frames whenever a peer is gone, which Explain says in a sentence.
C10_DECLARE_int(caffe2_log_level);

namespace asap {
namespace {

// Two machines of one name (containers, say) differ in this.
std::string MachineId(const std::string& host) {
  std::string id = ReadFile("/proc/sys/kernel/random/boot_id").value_or("");
  id.erase(std::remove(id.begin(), id.end(), '\n'), id.end());
  return absl::StrCat(host, " ", id);
}

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

// As a Python process would be: a peer that goes away is an error of the write, not the end of this process.
void IgnoreBrokenPipes() {
  struct sigaction old = {};
  if (sigaction(SIGPIPE, nullptr, &old) == 0 && old.sa_handler == SIG_DFL) signal(SIGPIPE, SIG_IGN);
}

c10::intrusive_ptr<c10d::Store> OpenStore(const LaunchEnvironment& launch, std::chrono::milliseconds timeout, bool serve) {
  c10d::TCPStoreOptions options;
  options.port = static_cast<uint16_t>(launch.port);
  options.isServer = serve;
  options.waitWorkers = false;
  options.timeout = timeout;
  return c10::make_intrusive<c10d::PrefixStore>(absl::StrCat("asap/", launch.attempt),
                                                c10::make_intrusive<c10d::TCPStore>(launch.address, options));
}

// The interface that GLOO_SOCKET_IFNAME names (the first of several), else the one of this machine's name.
std::shared_ptr<::gloo::transport::Device> Device() {
  const char* interface = getenv("GLOO_SOCKET_IFNAME");
  if (interface == nullptr || *interface == '\0') return c10d::ProcessGroupGloo::createDefaultDevice();
  const std::vector<std::string> names = absl::StrSplit(interface, ',');
  return c10d::ProcessGroupGloo::createDeviceForInterface(names[0]);
}

void Wait(const c10::intrusive_ptr<c10d::Work>& work) { work->wait(); }

at::Tensor Bytes(const std::string& text, int64_t size) {
  at::Tensor bytes = at::zeros({size}, at::kByte);
  std::memcpy(bytes.mutable_data_ptr(), text.data(), text.size());
  return bytes;
}

}  // namespace

ProcessGroup::ProcessGroup(std::unique_ptr<Connections> connections) : connections_(std::move(connections)) {}

ProcessGroup::~ProcessGroup() = default;

absl::StatusOr<std::unique_ptr<ProcessGroup>> ProcessGroup::Join(const LaunchEnvironment& launch,
                                                                 const ProcessGroupOptions& options) {
  IgnoreBrokenPipes();
  if (getenv("TORCH_CPP_LOG_LEVEL") == nullptr) FLAGS_caffe2_log_level = 3;  // fatal
  auto connections = std::make_unique<Connections>();
  connections->timeout = std::chrono::milliseconds(absl::ToInt64Milliseconds(options.timeout));
  const std::string meeting_place = absl::StrCat(launch.address, ":", launch.port);
  const bool serve = launch.rank == 0 && !launch.served_by_launcher;
  const std::string host = HostName();
  try {
    connections->store = OpenStore(launch, connections->timeout, serve);
    connections->liveness = std::make_unique<Liveness>(connections->store->clone(), connections->store->clone(),
                                                       LivenessOptions{.rank = launch.rank,
                                                                       .world = launch.world,
                                                                       .machine = MachineId(host),
                                                                       .host = host,
                                                                       .meeting_place = meeting_place,
                                                                       .rank_zero_serves = !launch.served_by_launcher,
                                                                       .timeout = connections->timeout});
  } catch (const std::exception& error) {
    return absl::UnavailableError(
        absl::StrCat("rank ", launch.rank, " of ", launch.world, " cannot ", serve ? "open" : "reach", " the meeting place ",
                     meeting_place, ": ", std::vector<std::string>(absl::StrSplit(error.what(), absl::MaxSplits('\n', 1)))[0],
                     serve ? ". Is MASTER_ADDR this host, and MASTER_PORT free?"
                           : ". Does rank 0 run, and can this host reach it (MASTER_ADDR, MASTER_PORT, firewalls)?"));
  }
  ASAP_RETURN_IF_ERROR(connections->liveness->AwaitAll());
  try {
    auto gloo_options = c10d::ProcessGroupGloo::Options::create(connections->timeout);
    gloo_options->devices.push_back(Device());
    const auto rank = static_cast<int>(launch.rank), world = static_cast<int>(launch.world);
    connections->gloo = c10::make_intrusive<ClosableGloo>(connections->store, rank, world, gloo_options);
    connections->group = c10::make_intrusive<c10d::ProcessGroup>(connections->store, rank, world);
    // Gradients on a GPU travel through the memory of its host.
    for (const c10::DeviceType device : {c10::DeviceType::CPU, c10::DeviceType::CUDA}) {
      connections->group->setBackend(device, c10d::ProcessGroup::BackendType::GLOO, connections->gloo);
    }
    connections->group->setDefaultBackend(c10d::ProcessGroup::BackendType::GLOO);
  } catch (const std::exception& error) {
    return connections->liveness->Explain(error.what());
  }
  std::unique_ptr<ProcessGroup> group(new ProcessGroup(std::move(connections)));
  group->rank_ = launch.rank;
  group->world_ = launch.world;
  const std::vector<std::string>& machines = group->connections_->liveness->machines();
  const std::string& machine = machines[launch.rank];
  group->local_world_ = std::count(machines.begin(), machines.end(), machine);
  group->local_rank_ = launch.local_rank.value_or(std::count(machines.begin(), machines.begin() + launch.rank, machine));
  return group;
}

const std::string& ProcessGroup::host(int64_t rank) const { return connections_->liveness->hosts()[rank]; }

absl::Status ProcessGroup::Lost(const std::string& symptom) {
  if (!lost_.ok()) return lost_;
  connections_->gloo->Close();
  if (connections_->nccl != nullptr) connections_->nccl->Abort(symptom);
  lost_ = connections_->liveness->Explain(symptom);
  // What NCCL knows of its networks no other source does.
  if (absl::StartsWith(symptom, "nccl: ") && !absl::StrContains(lost_.message(), symptom)) {
    lost_ = absl::UnavailableError(absl::StrCat(lost_.message(), " (", symptom, ")"));
  }
  return lost_;
}

absl::Status ProcessGroup::CheckNccl() {
  if (lost_.ok() && connections_->nccl != nullptr) {
    if (const std::string failure = connections_->nccl->failure(); !failure.empty()) return Lost(failure);
  }
  return lost_;
}

absl::Status ProcessGroup::Connect(c10::Device device, Backend backend) {
  const bool wanted = backend == Backend::kNccl;
  absl::StatusOr<NcclLibrary> library = absl::UnimplementedError("");
  NcclUniqueId id{};
  absl::Status mine;
  if (wanted) {
    library = LoadNccl();
    mine = library.status();
    if (mine.ok() && rank_ == 0) {
      const NcclResult result = library->get_unique_id(&id);
      if (result != kNcclSuccess) mine = absl::FailedPreconditionError(library->Explain("ncclGetUniqueId", result));
    }
  }
  // What must be the same everywhere, then what failed.
  const std::string way = absl::StrCat("the device ", c10::DeviceTypeName(device.type(), /*lower_case=*/true), " and ",
                                       !wanted ? "Gloo" : absl::StrCat("NCCL ", mine.ok() ? library->VersionName() : ""));
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> all, Gather(absl::StrCat(way, "\n", mine.message())));
  ASAP_RETURN_IF_ERROR(mine);
  std::vector<std::pair<std::string, std::string>> ranks;
  for (const std::string& one : all) ranks.push_back(absl::StrSplit(one, absl::MaxSplits('\n', 1)));
  const auto name = [this](int64_t rank) { return absl::StrCat("rank ", rank, " (host ", host(rank), ")"); };
  for (int64_t rank = 0; rank < world_; ++rank) {
    if (!ranks[rank].second.empty()) return absl::FailedPreconditionError(absl::StrCat(name(rank), ": ", ranks[rank].second));
  }
  for (int64_t rank = 1; rank < world_; ++rank) {
    if (ranks[rank].first != ranks[0].first) {
      return absl::InvalidArgumentError(absl::StrCat(name(rank), " has ", ranks[rank].first, ", but ", name(0), " ",
                                                     ranks[0].first, ": start all with the same device, backend and NCCL"));
    }
  }
  if (!wanted) return absl::OkStatus();
  ASAP_ASSIGN_OR_RETURN(const std::string shared_id, Broadcast(std::string(id.bytes, sizeof(id.bytes))));
  std::memcpy(id.bytes, shared_id.data(), sizeof(id.bytes));
  auto group = NcclGroup::Open({.library = *library,
                                .id = id,
                                .rank = static_cast<int>(rank_),
                                .world = static_cast<int>(world_),
                                .device = device,
                                .timeout = connections_->timeout,
                                .check_others = [liveness = connections_->liveness.get()] { return liveness->CheckOthers(); }});
  if (absl::IsFailedPrecondition(group.status())) return group.status();
  if (!group.ok()) return Lost(std::string(group.status().message()));
  connections_->nccl = *std::move(group);
  transport_ = absl::StrCat("NCCL ", library->VersionName());
  connections_->group->setBackend(device.type(), c10d::ProcessGroup::BackendType::NCCL, connections_->nccl);
  // The first exchange makes the connections, and shows whether they work.
  double sum = 0;
  ASAP_RETURN_IF_ERROR(Exchange([&](Connections& connections) {
    std::vector<at::Tensor> ones = {at::ones({1}, at::TensorOptions().dtype(at::kFloat).device(device))};
    Wait(connections.nccl->allreduce(ones, {}));
    sum = ones[0].item<double>();
  }));
  ASAP_RETURN_IF_ERROR(CheckNccl());
  if (sum == static_cast<double>(world_)) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("NCCL adds ", world_, " ones to ", sum, ": is ", library->path,
                                                    " fit for these GPUs? The backend gloo exchanges without it"));
}

absl::Status ProcessGroup::Exchange(const std::function<void(Connections&)>& exchange) {
  ASAP_RETURN_IF_ERROR(CheckNccl());
  connections_->liveness->Arrive();
  try {
    exchange(*connections_);
  } catch (const std::exception& error) {
    return Lost(error.what());
  }
  return absl::OkStatus();
}

absl::Status ProcessGroup::Broadcast(const NamedTensors& tensors) {
  return Exchange([&](Connections& connections) {
    for (const NamedTensor& named : tensors) {
      const bool by_nccl = connections.nccl != nullptr && named.tensor.device() == connections.nccl->device();
      // Gloo wants dense memory of the CPU.
      const at::Tensor detached = by_nccl ? named.tensor.detach() : named.tensor.detach().cpu();
      std::vector<at::Tensor> values = {detached.contiguous()};
      Wait(by_nccl ? connections.nccl->broadcast(values, {}) : connections.gloo->broadcast(values));
      if (rank_ != 0 && !values[0].is_alias_of(named.tensor)) named.tensor.detach().copy_(values[0]);
    }
  });
}

absl::StatusOr<std::string> ProcessGroup::Broadcast(const std::string& text) {
  std::string result;
  ASAP_RETURN_IF_ERROR(Exchange([&](Connections& connections) {
    std::vector<at::Tensor> size = {at::tensor(static_cast<int64_t>(text.size()))};
    Wait(connections.gloo->broadcast(size));
    const int64_t bytes = size[0].item<int64_t>();
    if (bytes == 0) return;
    std::vector<at::Tensor> values = {rank_ == 0 ? Bytes(text, bytes) : at::empty({bytes}, at::kByte)};
    Wait(connections.gloo->broadcast(values));
    result.assign(static_cast<const char*>(values[0].const_data_ptr()), bytes);
  }));
  return result;
}

absl::StatusOr<std::vector<std::string>> ProcessGroup::Gather(const std::string& text) {
  std::vector<std::string> result(world_);
  ASAP_RETURN_IF_ERROR(Exchange([&](Connections& connections) {
    std::vector<at::Tensor> size = {at::tensor(static_cast<int64_t>(text.size()))};
    std::vector<std::vector<at::Tensor>> sizes(1), texts(1);
    for (int64_t rank = 0; rank < world_; ++rank) sizes[0].push_back(at::empty_like(size[0]));
    Wait(connections.gloo->allgather(sizes, size));
    int64_t most = 1;
    for (const at::Tensor& one : sizes[0]) most = std::max(most, one.item<int64_t>());
    std::vector<at::Tensor> bytes = {Bytes(text, most)};
    for (int64_t rank = 0; rank < world_; ++rank) texts[0].push_back(at::empty({most}, at::kByte));
    Wait(connections.gloo->allgather(texts, bytes));
    for (int64_t rank = 0; rank < world_; ++rank) {
      result[rank].assign(static_cast<const char*>(texts[0][rank].const_data_ptr()), sizes[0][rank].item<int64_t>());
    }
  }));
  return result;
}

absl::Status ProcessGroup::AllReduceSum(absl::Span<double> numbers) {
  return Exchange([&](Connections& connections) {
    std::vector<at::Tensor> values = {at::from_blob(numbers.data(), {static_cast<int64_t>(numbers.size())}, at::kDouble)};
    Wait(connections.gloo->allreduce(values));
  });
}

absl::Status ProcessGroup::FirstOnRankZero(const std::function<absl::Status()>& work) {
  ASAP_RETURN_IF_ERROR(CheckNccl());
  const std::string key = absl::StrCat("release/", releases_++);
  if (rank_ != 0) {
    lost_ = connections_->liveness->AwaitRelease(key);
    return lost_;
  }
  ASAP_RETURN_IF_ERROR(work());  // the caller leaves with the error, which the others then see
  return connections_->liveness->Release(key);
}

void ProcessGroup::Fail(const absl::Status& status) {
  if (!lost_.ok() || status.ok()) return;
  lost_ = status;
  connections_->liveness->Fail(status);
  connections_->gloo->Close();
  if (connections_->nccl != nullptr) connections_->nccl->Abort("this rank ended");
}

void ProcessGroup::Leave(const absl::Status& status) {
  Fail(status);
  connections_->liveness->Leave();
}

}  // namespace asap
