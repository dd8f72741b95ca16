// A network as the encoder that is measured: encodes each case and view once.
#ifndef ASAP_CORE_BENCHMARK_NETWORK_ENCODER_H_
#define ASAP_CORE_BENCHMARK_NETWORK_ENCODER_H_

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/benchmark/feature_store.h"
#include "core/benchmark/measured_encoder.h"

namespace asap {

struct NetworkEncoderOptions {
  std::string name;
  std::string digest;
  std::string cache_folder;                     // absolute; empty keeps features in memory alone
  int64_t batch_size = 8;                       // volumes at a time
  c10::Device device = c10::Device(c10::kCPU);  // the networks'; features are on the CPU whatever it is
};

// Makes a network of the measured weights on the measuring device; parameters as of EncoderOptions. Called by several threads at
// a time.
using NetworkFactory =
    std::function<absl::StatusOr<std::unique_ptr<Encoder>>(const std::map<std::string, std::string>& parameters)>;

class NetworkEncoder : public MeasuredEncoder {
 public:
  // Measures what `make` makes without parameters. Its errors are passed on.
  static absl::StatusOr<std::unique_ptr<NetworkEncoder>> Open(NetworkFactory make, NetworkEncoderOptions options);

  const std::string& name() const override { return options_.name; }
  const std::string& digest() const override { return options_.digest; }
  const std::vector<std::string>& poolings() const override { return poolings_; }
  int64_t width() const override { return network_->spec().width; }
  // Thread-safe: of callers at the same time, one encodes and the others wait. The next batch is read while one is encoded.
  absl::StatusOr<at::Tensor> Features(const Dataset& dataset, absl::Span<const int64_t> cases, const FeatureView& view,
                                      const std::function<bool(int64_t done)>& progress) override;
  std::optional<EncoderSpec> spec() const override { return network_->spec(); }
  absl::StatusOr<std::unique_ptr<Encoder>> NewNetwork(const std::map<std::string, std::string>& parameters) const override {
    return make_(parameters);
  }

 private:
  NetworkEncoder(std::unique_ptr<Encoder> network, NetworkFactory make, NetworkEncoderOptions options);
  FeatureStore& StoreOf(const Dataset& dataset, const FeatureView& view);
  // `keys` are the cases' in the store.
  absl::Status Encode(const Dataset& dataset, const std::vector<int64_t>& cases, const std::vector<std::string>& keys,
                      const FeatureView& view, int64_t done, const std::function<bool(int64_t)>& progress, FeatureStore& store);

  const std::unique_ptr<Encoder> network_;
  const NetworkFactory make_;
  const NetworkEncoderOptions options_;
  const std::vector<std::string> poolings_ = {"mean", "class"};
  std::mutex mutex_;                                             // guards what follows
  std::map<std::string, std::unique_ptr<FeatureStore>> stores_;  // by dataset and view
};

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_NETWORK_ENCODER_H_
