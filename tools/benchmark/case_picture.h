// Pictures of single cases for the report.
#ifndef ASAP_TOOLS_BENCHMARK_CASE_PICTURE_H_
#define ASAP_TOOLS_BENCHMARK_CASE_PICTURE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "core/dataset.h"
#include "core/io/png.h"

namespace asap {

// Opens each dataset once.
class CasePictures {
 public:
  using Opener = std::function<absl::StatusOr<std::unique_ptr<Dataset>>(const std::string& name)>;
  explicit CasePictures(Opener open) : open_(std::move(open)) {}

  // The middle axial and coronal slice, side by side, about 300 pixels wide, in a lung window.
  absl::StatusOr<RgbImage> Draw(const std::string& dataset, const std::string& case_id) const;

 private:
  struct Opened {
    std::unique_ptr<Dataset> dataset;
    absl::flat_hash_map<std::string, int64_t> index_of;
  };
  const Opener open_;
  mutable std::map<std::string, Opened> opened_;
};

}  // namespace asap

#endif  // ASAP_TOOLS_BENCHMARK_CASE_PICTURE_H_
