// Times optimiser steps of this implementation on the CPU, on the work that the peer script reference_step.py gives the published
// one: ViT-B at 224x224x112 voxels, texts of 512 tokens of which 300 are real, in 10 sentences.
#ifndef ASAP_TESTS_PERFORMANCE_STEP_MAIN_LIB_H_
#define ASAP_TESTS_PERFORMANCE_STEP_MAIN_LIB_H_

#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/train/precision.h"
#include "modules/asap/config.h"
#include "modules/pretraining/batch.h"
#include "tools/cli/cli.h"

namespace asap {

ToolHelp StepHelp();

// Prints one line of JSON.
absl::Status StepMain();

struct StepTimingOptions {
  AsapConfig config;
  Precision precision = Precision::kFloat32;
  c10::Device device = c10::Device(c10::DeviceType::CPU);
  int64_t batch = 1;
  int64_t real_tokens = 300;
  int64_t sentences = 10;
  int64_t steps = 3;                // after one warm-up
  bool update_in_backward = false;  // see AdamW::UpdateInBackward
  bool profile = false, profile_shapes = false;
};

struct StepSeconds {
  double forward = 0, backward = 0, optimizer = 0;
  double total() const { return forward + backward + optimizer; }
};

struct StepTiming {
  std::vector<StepSeconds> steps;
  double processor_seconds = 0;  // user and system time of all threads, of the cheapest step
  double loss = 0;               // of the last step
  double flops = 0;              // of one step, see step_flops.h
  int64_t peak_bytes = 0;
  int64_t peak_device_bytes = 0;  // of a GPU's memory
  std::string profile;            // of the last step, if asked for
};

// The peer's batch: random tokens and voxels, every case alike in its lengths.
Batch PeerBatch(const StepTimingOptions& options);
absl::StatusOr<StepTiming> TimeSteps(const StepTimingOptions& options);

// The best of several products of 2048x2048 matrices (8192x8192 on a GPU), in floating-point operations a second.
double GemmPeak(Precision precision, c10::Device device);

}  // namespace asap

#endif  // ASAP_TESTS_PERFORMANCE_STEP_MAIN_LIB_H_
