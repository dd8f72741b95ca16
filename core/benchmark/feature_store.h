// Features on disk, so that a case is encoded once: by encoder, dataset and view, in files that are only ever added.
//
//   FeatureStore store(folder, poolings, width);   // one folder for each encoder, dataset and view
//   store.Load();                                  // what earlier runs left
//   if (const float* row = store.Find(key)) ...
//   store.Add(keys, features);                     // one more file, written atomically
//
// A key names the case and the state of its files. A file that cannot be read is left out and its cases are encoded again. Where
// nothing can be written, features stay in memory, and that is said once. Not thread-safe.
#ifndef ASAP_CORE_BENCHMARK_FEATURE_STORE_H_
#define ASAP_CORE_BENCHMARK_FEATURE_STORE_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"

namespace asap {

class FeatureStore {
 public:
  // `folder` absolute, or empty for memory alone. Rows are [poolings, width] float32.
  FeatureStore(std::string folder, int64_t poolings, int64_t width)
      : folder_(std::move(folder)), row_(poolings * width), poolings_(poolings), width_(width) {}

  void Load();
  // poolings * width values, or null. Valid until the next Add.
  const float* Find(const std::string& key) const;
  // features [keys, poolings, width]. Keys that are there already are overwritten in memory.
  void Add(const std::vector<std::string>& keys, const at::Tensor& features);

  int64_t size() const { return static_cast<int64_t>(rows_.size()); }

 private:
  void Remember(const std::vector<std::string>& keys, const at::Tensor& features);

  const std::string folder_;
  const int64_t row_, poolings_, width_;
  absl::flat_hash_map<std::string, int64_t> rows_;  // key -> row of values_
  std::vector<float> values_;
  int64_t files_ = 0;
  bool writable_ = true;
};

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_FEATURE_STORE_H_
