// Features that were made elsewhere, as the encoder that is measured: a file of one vector for each case.
//
//   emb.safetensors   a tensor [C], or [1, C], under each case's id; or a tensor "features" [N, C] with emb.txt beside it
//   emb.npy           [N, C] floating point, with emb.txt beside it
//   emb.txt           the N cases' ids, one a line, in the order of the rows
//
// An id may have its dataset's name before it, where two datasets share ids: "stoic/123". There is one view of each case:
// training copies are all the same.
#ifndef ASAP_CORE_BENCHMARK_FILE_FEATURES_H_
#define ASAP_CORE_BENCHMARK_FILE_FEATURES_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "core/benchmark/measured_encoder.h"

namespace asap {

class FileFeatures : public MeasuredEncoder {
 public:
  // Errors name the file, and what was expected: rows without ids, widths that differ, values that are not finite.
  static absl::StatusOr<std::unique_ptr<FileFeatures>> Open(const std::string& name, const std::string& path);

  const std::string& name() const override { return name_; }
  const std::string& digest() const override { return digest_; }
  const std::vector<std::string>& poolings() const override { return poolings_; }
  int64_t width() const override { return values_.size(1); }
  std::optional<EncoderSpec> spec() const override { return std::nullopt; }
  // NotFound names the cases that the file lacks.
  absl::StatusOr<at::Tensor> Features(const Dataset& dataset, absl::Span<const int64_t> cases, const FeatureView& view,
                                      const std::function<bool(int64_t done)>& progress) override;
  absl::StatusOr<std::unique_ptr<Encoder>> NewNetwork(const std::map<std::string, std::string>& parameters) const override;

 private:
  FileFeatures(std::string name, std::string path) : name_(std::move(name)), path_(std::move(path)) {}

  const std::string name_, path_;
  std::string digest_;
  const std::vector<std::string> poolings_ = {"given"};
  at::Tensor values_;  // [N, C] float32
  absl::flat_hash_map<std::string, int64_t> row_of_;
};

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_FILE_FEATURES_H_
