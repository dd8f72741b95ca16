// Where the datasets of a benchmark come from: the user's folders, or the phantom in each dataset's published layout.
#ifndef ASAP_TOOLS_BENCHMARK_OPEN_DATA_H_
#define ASAP_TOOLS_BENCHMARK_OPEN_DATA_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/dataset.h"
#include "core/imaging/volume.h"

namespace asap {

struct PhantomData {
  int64_t cases = 1000;
  Index3 size = {64, 64, 32};
  uint64_t seed = 1000;  // each dataset's patients are others
  int threads = 1;
};

class BenchmarkData {
 public:
  // `data_root`: a folder of datasets' folders, or DATASET=FOLDER pairs, comma-separated. InvalidArgument where it is neither.
  static absl::StatusOr<BenchmarkData> OfFiles(const std::string& data_root);
  // Makes those of `datasets` that are not whole below `folder`. `told` is called before each with its name, with how many this
  // call has made, and with how many there are from this one on; false stops the work. It may be null.
  static absl::StatusOr<BenchmarkData> OfPhantom(const std::vector<std::string>& datasets, const std::string& folder,
                                                 const PhantomData& phantom,
                                                 const std::function<bool(const std::string&, int64_t made, int64_t left)>& told);

  // Volumes resampled to `spacing` in mm, where they are in mm. NotFound where there is no folder for it, with the remedy.
  absl::StatusOr<std::unique_ptr<Dataset>> Open(const std::string& name, const std::array<double, 3>& spacing) const;
  absl::StatusOr<std::unique_ptr<Dataset>> OpenAsStored(const std::string& name) const;

 private:
  absl::StatusOr<DatasetOptions> OptionsOf(const std::string& name) const;

  std::string root_;                           // of folders by name, or empty
  std::map<std::string, std::string> folder_;  // of single ones
};

}  // namespace asap

#endif  // ASAP_TOOLS_BENCHMARK_OPEN_DATA_H_
