// The encoder that a benchmark measures: where a task gets a case's features from.
#ifndef ASAP_CORE_BENCHMARK_MEASURED_ENCODER_H_
#define ASAP_CORE_BENCHMARK_MEASURED_ENCODER_H_

#include <ATen/core/TensorBody.h>

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/dataset.h"
#include "core/encoder.h"

namespace asap {

// One way of looking at a case.
struct FeatureView {
  std::array<double, 2> window = {-1000, 1000};  // intensities that become -1 and 1
  int64_t augmented = -1;                        // -1: the centre crop; k >= 0: the k-th augmented copy
  uint64_t seed = 0;                             // of augmentation and drop path
  double drop_path = 0;                          // stochastic depth of the last block, as the published probe leaves it on
  bool noise = true;                             // whether augmented copies may get Gaussian noise
  bool keep = true;                              // whether the features are wanted again
};

class MeasuredEncoder {
 public:
  virtual ~MeasuredEncoder() = default;

  virtual const std::string& name() const = 0;    // as the report shows it
  virtual const std::string& digest() const = 0;  // of its weights and settings: equal digests, equal features
  // Pooled features that it has, as {"mean", "class"}: of the patch tokens of the last block before its norm, and its class
  // token.
  virtual const std::vector<std::string>& poolings() const = 0;
  virtual int64_t width() const = 0;  // C
  // [cases, poolings, C] float32. `progress`, which may be null, is told the cases done. Cancelled where `progress` returns
  // false.
  virtual absl::StatusOr<at::Tensor> Features(const Dataset& dataset, absl::Span<const int64_t> cases, const FeatureView& view,
                                              const std::function<bool(int64_t done)>& progress) = 0;
  // What the network takes and gives; nullopt where there are features alone.
  virtual std::optional<EncoderSpec> spec() const = 0;
  // A network of the caller's own from the measured weights, on the device that measures: what the caller does to it, as
  // training, changes neither the features nor another caller's. `parameters` as of EncoderOptions: {"volume", "96x96x48"} brings
  // positions to another grid. FailedPrecondition where there are features alone. Thread-safe.
  virtual absl::StatusOr<std::unique_ptr<Encoder>> NewNetwork(const std::map<std::string, std::string>& parameters) const = 0;
};

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_MEASURED_ENCODER_H_
