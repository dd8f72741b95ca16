// The encoders that a benchmark measures, from the command line.
#ifndef ASAP_TOOLS_BENCHMARK_OPEN_ENCODERS_H_
#define ASAP_TOOLS_BENCHMARK_OPEN_ENCODERS_H_

#include <c10/core/Device.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/benchmark/measured_encoder.h"
#include "core/benchmark/results.h"

namespace asap {

// One of --encoder: "asap:run/encoder.safetensors", "mae=asap:mae.safetensors", "random", "run/encoder.safetensors".
struct EncoderChoice {
  std::string name;  // in the report
  std::string kind;  // registered encoder, or "features"
  std::string file;  // absolute, or empty
};

// InvalidArgument for a name that is there twice, an unknown kind, or features without a file.
absl::StatusOr<std::vector<EncoderChoice>> ParseEncoders(const std::string& flag);

struct OpenedEncoders {
  std::vector<std::unique_ptr<MeasuredEncoder>> encoders;
  std::vector<Measured> measured;  // of each, for the report
};

// `cache_folder` keeps features. Networks are put on `device`; where that is no CPU, it is part of their digest.
absl::StatusOr<OpenedEncoders> OpenEncoders(const std::vector<EncoderChoice>& choices, const std::string& cache_folder,
                                            int64_t batch_size, c10::Device device);

}  // namespace asap

#endif  // ASAP_TOOLS_BENCHMARK_OPEN_ENCODERS_H_
