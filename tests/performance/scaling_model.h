// What a training step costs on many GPUs, from a few constants: docs/explanation/scaling.md derives the formulas.
#ifndef ASAP_TESTS_PERFORMANCE_SCALING_MODEL_H_
#define ASAP_TESTS_PERFORMANCE_SCALING_MODEL_H_

#include <cstdint>

namespace asap {

struct ScalingInputs {
  double seconds_per_sample = 0;  // of forward and backward pass on one GPU
  double backward_share = 2.0 / 3;
  double gradient_bytes = 0;
  double bucket_bytes = 25 << 20;
  double sample_bytes = 0;  // read from shared storage for one sample

  int64_t gpus_per_node = 8;
  double gpu_link = 0;      // bytes/s of one GPU to the others of its node, one direction
  double node_link = 0;     // bytes/s of one node to the others, one direction
  double gpu_latency = 0;   // s of one message within a node
  double node_latency = 0;  // s of one message between nodes
  double storage = 0;       // bytes/s of the shared storage, to all nodes together
};

struct ScalingStep {
  double compute = 0;     // s
  double all_reduce = 0;  // s, of all gradients, were nothing else going on
  double exposed = 0;     // of these, s that the backward pass does not hide
  double storage = 0;     // s that the storage needs for the step's samples
  double seconds = 0;     // of the step
  double samples_per_second = 0;
  double efficiency = 0;  // of `gpus` times one GPU
};

// A step of `gpus` GPUs, each with `accumulate` micro-steps of `batch` samples.
ScalingStep PredictStep(const ScalingInputs& inputs, int64_t gpus, int64_t batch, int64_t accumulate);

// GPUs from which on the storage, not the computing, decides.
double GpusThatSaturateStorage(const ScalingInputs& inputs);

}  // namespace asap

#endif  // ASAP_TESTS_PERFORMANCE_SCALING_MODEL_H_
