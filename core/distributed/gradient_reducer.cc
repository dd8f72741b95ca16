#include "core/distributed/gradient_reducer.h"

#include <torch/csrc/distributed/c10d/exception.h>

#include <string>
#include <torch/csrc/distributed/c10d/reducer.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "core/base/status.h"
#include "core/distributed/connections.h"

namespace asap {
namespace {

// The first bucket travels early.
constexpr int64_t kFirstBucketBytes = int64_t{1} << 20;

std::unique_ptr<c10d::Reducer> MakeReducer(const c10::intrusive_ptr<c10d::ProcessGroup>& group, const NamedTensors& parameters,
                                           int64_t bucket_bytes) {
  std::vector<at::Tensor> tensors;
  std::unordered_map<size_t, std::string> names;
  for (const NamedTensor& parameter : parameters) {
    names[tensors.size()] = parameter.name;
    tensors.push_back(parameter.tensor);
  }
  const std::vector<bool> sparse(tensors.size(), false);
  // In the order in which a backward pass makes them.
  const std::vector<at::Tensor> reversed(tensors.rbegin(), tensors.rend());
  auto [buckets, limits] = c10d::compute_bucket_assignment_by_size(
      reversed, {static_cast<size_t>(std::min(kFirstBucketBytes, bucket_bytes)), static_cast<size_t>(bucket_bytes)}, sparse);
  for (std::vector<size_t>& bucket : buckets) {
    for (size_t& index : bucket) index = tensors.size() - 1 - index;
  }
  return std::make_unique<c10d::Reducer>(std::move(tensors), std::move(buckets), group, sparse, bucket_bytes,
                                         /*find_unused_parameters=*/true, /*gradient_as_bucket_view=*/true, std::move(names),
                                         kFirstBucketBytes, /*skip_all_reduce_unused_params=*/false, /*use_python_reducer=*/false,
                                         std::vector<int64_t>{});
}

// Gloo throws standard exceptions, and its text names its source.
bool IsOfExchange(const std::exception& error) {
  return dynamic_cast<const NcclError*>(&error) != nullptr || dynamic_cast<const c10::DistError*>(&error) != nullptr ||
         (dynamic_cast<const c10::Error*>(&error) == nullptr && absl::StrContains(error.what(), "gloo"));
}

}  // namespace

GradientReducer::GradientReducer(ProcessGroup* group, const NamedTensors& parameters, int64_t bucket_bytes)
    : group_(group), reducer_(MakeReducer(group->connections_->group, parameters, bucket_bytes)) {}

GradientReducer::~GradientReducer() = default;

absl::Status GradientReducer::Backward(const at::Tensor& loss) {
  ASAP_RETURN_IF_ERROR(group_->CheckNccl());
  group_->connections_->liveness->Arrive();
  try {
    reducer_->prepare_for_backward({loss});
    loss.backward();
  } catch (const std::exception& error) {
    if (!IsOfExchange(error)) throw;
    return group_->Lost(error.what());
  }
  return absl::OkStatus();
}

}  // namespace asap
