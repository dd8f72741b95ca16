#include "tests/performance/scaling_model.h"

#include <algorithm>

namespace asap {
namespace {

// A ring of `members` that reduces `bytes`: each member sends 2 (members - 1) parts of bytes / members.
double Ring(double members, double bytes, double bandwidth, double latency) {
  return 2 * (members - 1) * (latency + bytes / members / bandwidth);
}

// Within the nodes first, each GPU then with a share of the sums between the nodes, at the same time over the node's one link.
double AllReduce(const ScalingInputs& inputs, int64_t gpus, double bytes) {
  if (gpus == 1) return 0;
  const auto local = static_cast<double>(std::min(gpus, inputs.gpus_per_node));
  const double nodes = static_cast<double>(gpus) / local;
  return Ring(local, bytes, inputs.gpu_link, inputs.gpu_latency) + Ring(nodes, bytes, inputs.node_link, inputs.node_latency);
}

}  // namespace

ScalingStep PredictStep(const ScalingInputs& inputs, int64_t gpus, int64_t batch, int64_t accumulate) {
  ScalingStep step;
  const double samples = static_cast<double>(batch) * inputs.seconds_per_sample;  // of a micro-step
  step.compute = static_cast<double>(accumulate) * samples;
  const double buckets = std::max(1.0, inputs.gradient_bytes / inputs.bucket_bytes);
  const double bucket = AllReduce(inputs, gpus, inputs.gradient_bytes / buckets);
  step.all_reduce = buckets * bucket;
  // Buckets travel during the last micro-step's backward pass, one after the other; the last one is only full at its end.
  const double hidden = std::min(step.all_reduce - bucket, inputs.backward_share * samples * (1 - 1 / buckets));
  step.exposed = step.all_reduce - std::max(hidden, 0.0);
  const double count = static_cast<double>(gpus * batch * accumulate);
  step.storage = count * inputs.sample_bytes / inputs.storage;
  step.seconds = std::max(step.compute + step.exposed, step.storage);
  step.samples_per_second = count / step.seconds;
  step.efficiency = step.samples_per_second * inputs.seconds_per_sample / static_cast<double>(gpus);
  return step;
}

double GpusThatSaturateStorage(const ScalingInputs& inputs) {
  return inputs.storage * inputs.seconds_per_sample / inputs.sample_bytes;
}

}  // namespace asap
