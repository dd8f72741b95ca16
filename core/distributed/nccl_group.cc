#include "core/distributed/nccl_group.h"

#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <algorithm>
#include <future>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"

namespace asap {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{50};
// For a call into the library that is under way when the group is aborted.
constexpr std::chrono::milliseconds kGrace{1000};

// Between two looks at the other ranks.
std::chrono::milliseconds CheckInterval(std::chrono::milliseconds timeout) {
  return std::min(std::chrono::milliseconds(10000), timeout / 4);
}

std::string Seconds(std::chrono::milliseconds time) { return absl::StrCat(static_cast<double>(time.count()) / 1000, " s"); }

int TypeOf(const at::Tensor& tensor) {
  switch (tensor.scalar_type()) {
    case at::kByte:
      return kNcclUint8;
    case at::kInt:
      return kNcclInt32;
    case at::kLong:
      return kNcclInt64;
    case at::kHalf:
      return kNcclHalf;
    case at::kFloat:
      return kNcclFloat;
    case at::kDouble:
      return kNcclDouble;
    case at::kBFloat16:
      return kNcclBfloat16;
    default:
      throw NcclError(absl::StrCat("nccl: no sums of type ", at::toString(tensor.scalar_type())));
  }
}

}  // namespace

absl::StatusOr<c10::intrusive_ptr<NcclGroup>> NcclGroup::Open(NcclGroupOptions options) {
  struct Start {
    NcclComm comm = nullptr;
    std::promise<NcclResult> result;
  };
  // The call waits for all ranks, for ever where one is gone: its thread is left behind then.
  auto start = std::make_shared<Start>();
  std::future<NcclResult> result = start->result.get_future();
  std::thread([start, options] {
    try {
      c10::impl::VirtualGuardImpl(options.device.type()).setDevice(options.device);
      start->result.set_value(options.library.comm_init_rank(&start->comm, options.world, options.id, options.rank));
    } catch (const std::exception&) {
      start->result.set_exception(std::current_exception());
    }
  }).detach();
  const Clock::time_point end = Clock::now() + options.timeout;
  while (result.wait_for(CheckInterval(options.timeout)) != std::future_status::ready) {
    if (Clock::now() > end) {
      return absl::DeadlineExceededError(absl::StrCat("nccl: the ranks did not connect within ", Seconds(options.timeout)));
    }
    ASAP_RETURN_IF_ERROR(options.check_others());
  }
  try {
    if (const NcclResult started = result.get(); started != kNcclSuccess) {
      return absl::FailedPreconditionError(absl::StrCat(options.library.Explain("ncclCommInitRank", started), " on ",
                                                        options.device.str(),
                                                        ". Each process needs a GPU of its own; NCCL_DEBUG=INFO tells more; "
                                                        "the backend gloo exchanges without NCCL"));
    }
  } catch (const std::exception& error) {
    return absl::FailedPreconditionError(error.what());
  }
  return c10::make_intrusive<NcclGroup>(std::move(options), start->comm);
}

NcclGroup::NcclGroup(NcclGroupOptions options, NcclComm comm)
    : Backend(options.rank, options.world), options_(std::move(options)), comm_(comm) {
  if (!device().is_cpu()) {
    stream_ = c10::impl::VirtualGuardImpl(device().type()).getStreamFromGlobalPool(device(), /*isHighPriority=*/true);
  }
  watch_ = std::thread([this] { Watch(); });
}

NcclGroup::~NcclGroup() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  watch_.join();
  if (failure().empty()) options_.library.comm_destroy(comm_);
}

std::string NcclGroup::failure() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return failure_;
}

void NcclGroup::Abort(const std::string& why) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!failure_.empty()) return;
    failure_ = why;  // no further call begins
  }
  // A call that hangs comes back through the abort alone.
  std::unique_lock<std::timed_mutex> no_call(calls_, kGrace);
  options_.library.comm_abort(comm_);
}

c10::intrusive_ptr<c10d::Work> NcclGroup::Launch(const std::string& function, const at::Tensor& tensor,
                                                 const std::function<NcclResult(NcclComm, void*)>& call) {
  if (tensor.device() != device() || !tensor.is_non_overlapping_and_dense()) {
    throw NcclError(absl::StrCat("nccl: a tensor on ", tensor.device().str(), " that is not dense memory of ", device().str()));
  }
  std::optional<c10::StreamGuard> on_stream;
  if (stream_.has_value()) {
    // After what the caller has started; its memory stays until the exchange is over.
    c10::Event ready(device().type());
    ready.record(c10::impl::VirtualGuardImpl(device().type()).getStream(device()));
    ready.block(*stream_);
    tensor.record_stream(*stream_);
    on_stream.emplace(*stream_);
  }
  NcclResult result = kNcclSuccess;
  {
    std::lock_guard<std::timed_mutex> call_lock(calls_);
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!failure_.empty()) throw NcclError(failure_);
      exchanges_.push_back({Clock::now(), std::nullopt});
    }
    wake_.notify_all();
    result = call(comm_, stream_.has_value() ? stream_->native_handle() : nullptr);
  }
  if (result != kNcclSuccess) Abort(options_.library.Explain(function, result));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!failure_.empty()) throw NcclError(failure_);
    if (stream_.has_value()) {
      exchanges_.back().over.emplace(device().type());
      exchanges_.back().over->record(*stream_);
    } else {
      exchanges_.pop_back();
    }
  }
  // Complete at once in the sense of CUDA: whoever waits makes its stream wait.
  auto future = c10::make_intrusive<c10::ivalue::Future>(
      c10::ListType::create(c10::TensorType::get()),
      device().is_cpu() ? std::vector<c10::Device>{} : std::vector<c10::Device>{device()});
  future->markCompleted(at::IValue(std::vector<at::Tensor>{tensor}));
  return c10d::Work::create_from_future(future);
}

c10::intrusive_ptr<c10d::Work> NcclGroup::allreduce(std::vector<at::Tensor>& tensors, const c10d::AllreduceOptions& options) {
  const c10d::ReduceOp::RedOpType operation = options.reduceOp;
  if (tensors.size() != 1 || operation != c10d::ReduceOp::SUM) throw NcclError("nccl: only sums, of one tensor at a time");
  const at::Tensor& tensor = tensors[0];
  const int type = TypeOf(tensor);
  return Launch("ncclAllReduce", tensor, [&](NcclComm comm, void* stream) {
    void* data = tensor.data_ptr();
    return options_.library.all_reduce(data, data, tensor.numel(), type, kNcclSum, comm, stream);
  });
}

c10::intrusive_ptr<c10d::Work> NcclGroup::broadcast(std::vector<at::Tensor>& tensors, const c10d::BroadcastOptions& options) {
  if (tensors.size() != 1) throw NcclError("nccl: only one tensor at a time");
  const at::Tensor& tensor = tensors[0];
  return Launch("ncclBroadcast", tensor, [&](NcclComm comm, void* stream) {
    void* data = tensor.data_ptr();
    return options_.library.broadcast(data, data, tensor.nbytes(), kNcclUint8, static_cast<int>(options.rootRank), comm, stream);
  });
}

std::string NcclGroup::Trouble(Clock::time_point& next_check) {
  const Clock::time_point now = Clock::now();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!failure_.empty()) return "";
    try {
      while (!exchanges_.empty() && exchanges_.front().over.has_value() && exchanges_.front().over->query())
        exchanges_.pop_front();
    } catch (const std::exception& error) {
      return absl::StrCat("an exchange ended with: ", error.what());
    }
    NcclResult error = kNcclSuccess;
    const NcclResult asked = options_.library.comm_get_async_error(comm_, &error);
    if (asked != kNcclSuccess) return options_.library.Explain("ncclCommGetAsyncError", asked);
    if (error != kNcclSuccess && error != kNcclInProgress) return options_.library.Explain("an exchange", error);
    if (exchanges_.empty()) return "";
    const Clock::duration age = now - exchanges_.front().begin;
    if (age > options_.timeout) return absl::StrCat("nccl: an exchange was not over within ", Seconds(options_.timeout));
    if (age < CheckInterval(options_.timeout) || now < next_check) return "";
  }
  next_check = now + CheckInterval(options_.timeout);
  return std::string(options_.check_others().message());
}

void NcclGroup::Watch() {
  Clock::time_point next_check{};
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stopping_ && failure_.empty()) {
    if (exchanges_.empty()) {
      wake_.wait(lock);
      continue;
    }
    lock.unlock();
    const std::string trouble = Trouble(next_check);
    if (!trouble.empty()) Abort(trouble);
    lock.lock();
    if (!stopping_ && !exchanges_.empty()) wake_.wait_for(lock, kPoll);
  }
}

}  // namespace asap
