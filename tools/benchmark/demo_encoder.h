// The encoder of the demo, for a benchmark that is not told what to measure.
#ifndef ASAP_TOOLS_BENCHMARK_DEMO_ENCODER_H_
#define ASAP_TOOLS_BENCHMARK_DEMO_ENCODER_H_

#include <string>

#include "absl/status/statusor.h"

namespace asap {

// The path of asap_runs/demo/encoder.safetensors, which tools:pretrain leaves; where it is not there, tools:pretrain is run
// first, about two minutes, and its progress shown.
absl::StatusOr<std::string> DemoEncoder();

}  // namespace asap

#endif  // ASAP_TOOLS_BENCHMARK_DEMO_ENCODER_H_
