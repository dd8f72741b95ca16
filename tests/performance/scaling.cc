// Prints the table of docs/explanation/scaling.md for the constants given.
#include <gflags/gflags.h>

#include <algorithm>
#include <cstdio>

#include "tests/performance/scaling_model.h"
#include "tools/cli/run_tool.h"

DEFINE_double(samples_per_second, 0, "Training samples/s of one GPU, as measured.");
DEFINE_double(gradient_mb, 0, "Gradients of all trained parameters in float32, in 10^6 bytes.");
DEFINE_double(sample_mb, 0, "What one sample reads from the shared storage, in 10^6 bytes.");
DEFINE_double(gpu_link_gb, 450, "One GPU to the others of its node, one direction, in 10^9 bytes/s.");
DEFINE_double(node_link_gb, 50, "One node to the others, one direction, in 10^9 bytes/s.");
DEFINE_double(gpu_latency_us, 5, "One message within a node.");
DEFINE_double(node_latency_us, 15, "One message between nodes.");
DEFINE_double(storage_gb, 20, "The shared storage to all nodes together, in 10^9 bytes/s.");
DEFINE_int32(global_batch, 448, "Samples of a step of all GPUs; each takes a whole number, 1 at least.");
DEFINE_int32(most_per_gpu, 14, "Samples of a micro-step that fit a GPU.");

namespace asap {
namespace {

absl::Status Print() {
  if (FLAGS_samples_per_second <= 0 || FLAGS_gradient_mb <= 0 || FLAGS_sample_mb <= 0) {
    return absl::InvalidArgumentError("give --samples_per_second, --gradient_mb and --sample_mb: nothing is assumed for them");
  }
  const ScalingInputs inputs = {.seconds_per_sample = 1 / FLAGS_samples_per_second,
                                .gradient_bytes = FLAGS_gradient_mb * 1e6,
                                .sample_bytes = FLAGS_sample_mb * 1e6,
                                .gpu_link = FLAGS_gpu_link_gb * 1e9,
                                .node_link = FLAGS_node_link_gb * 1e9,
                                .gpu_latency = FLAGS_gpu_latency_us * 1e-6,
                                .node_latency = FLAGS_node_latency_us * 1e-6,
                                .storage = FLAGS_storage_gb * 1e9};
  std::printf("| GPUs | cases a GPU | compute | all-reduce | of it exposed | storage | step | samples/s | efficiency |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  for (const int64_t gpus : {1, 8, 64, 512}) {
    const int64_t share = std::max<int64_t>(1, FLAGS_global_batch / gpus);
    const int64_t accumulate = (share + FLAGS_most_per_gpu - 1) / FLAGS_most_per_gpu;
    const int64_t batch = share / accumulate;
    const ScalingStep step = PredictStep(inputs, gpus, batch, accumulate);
    std::printf("| %d | %d x %d | %.1f ms | %.2f ms | %.2f ms | %.1f ms | %.1f ms | %.0f | %.0f %% |\n", static_cast<int>(gpus),
                static_cast<int>(batch), static_cast<int>(accumulate), step.compute * 1e3, step.all_reduce * 1e3,
                step.exposed * 1e3, step.storage * 1e3, step.seconds * 1e3, step.samples_per_second, step.efficiency * 100);
  }
  std::printf("\nThe storage is saturated from %.0f GPUs on.\n", GpusThatSaturateStorage(inputs));
  return absl::OkStatus();
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) {
  return asap::RunTool(
      argc, argv,
      {.name = "scaling",
       .summary = "The cost model of docs/explanation/scaling.md for 1 to 512 GPUs.",
       .examples = {"./tools/bazel run //tests/performance:scaling -- --samples_per_second=100 --gradient_mb=700 "
                    "--sample_mb=12"}},
      asap::Print);
}
