// Times the training loader on one stored volume and mask, as reference_loader.py times the published one: open, crop, scale,
// pad, flip, into a batch of one, in one thread, without text. Prints one line of JSON.
//
//   bazel-bin/tests/performance/loader_ours --volume=v.nii.gz --mask=m.nii.gz          # from the cache's entries
//   bazel-bin/tests/performance/loader_ours --volume=v.nii.gz --mask=m.nii.gz --cold   # from the files, entries being made
#include <gflags/gflags.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/data/loader/loader.h"
#include "core/data/volume_cache/volume_cache.h"
#include "modules/pretraining/sample.h"
#include "tests/performance/sample_times.h"

DEFINE_string(volume, "", "Preprocessed volume.");
DEFINE_string(mask, "", "9-class mask on its grid.");
DEFINE_int32(samples, 10, "Samples that are timed; one more is not.");
DEFINE_string(cache_dir, "", "Folder in which a cache of its own is made and removed. Empty: that for temporary files.");
DEFINE_bool(cold, false, "Remove the entries before each sample.");
DEFINE_bool(no_cache, false, "Read without a cache.");

namespace asap {
namespace {

absl::StatusOr<std::unique_ptr<Dataset>> OpenOne(const std::string& folder) {
  const std::string table = absl::StrCat(folder, "/pairs.csv");
  const std::string row = absl::StrCat("one,", UserPath(FLAGS_volume), ",", UserPath(FLAGS_mask), ",Clear.,,nobody\n");
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(table, "case,volume,mask,findings,impression,patient\n" + row));
  DatasetOptions options = {.table = table};
  if (!FLAGS_no_cache) {
    options.cache = std::make_shared<VolumeCache>(
        VolumeCacheOptions{.folder = folder + "/cache", .max_bytes = int64_t{20} << 30, .keep_free_bytes = 0});
  }
  return OpenDataset("pairs", options);
}

absl::Status Run(const std::string& folder) {
  SampleTimes times;
  std::unique_ptr<Dataset> dataset;
  std::unique_ptr<Loader> loader;
  for (int sample = 0; sample <= FLAGS_samples; ++sample) {
    if (loader == nullptr || FLAGS_cold) {
      loader.reset();
      std::filesystem::remove_all(folder + "/cache");
      ASAP_ASSIGN_OR_RETURN(dataset, OpenOne(folder));
      ASAP_ASSIGN_OR_RETURN(std::unique_ptr<SampleReader> rows, SampleReader::Open(dataset.get(), {.patches = 2744}));
      ASAP_ASSIGN_OR_RETURN(loader, Loader::Open(std::move(rows), {.seed = static_cast<uint64_t>(1 + sample)}));
    }
    times.Start();
    ASAP_ASSIGN_OR_RETURN(const LoadedBatch batch, loader->Next());
    times.Stop();
  }
  times.Print(FLAGS_no_cache ? "loader without cache" : FLAGS_cold ? "loader, cold cache" : "loader, warm cache");
  return absl::OkStatus();
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  if (FLAGS_volume.empty() || FLAGS_mask.empty() || FLAGS_samples < 1) {
    std::fprintf(stderr, "give --volume, --mask, and --samples of 1 or more\n");
    return 2;
  }
  return asap::RunInFolder(asap::UserPath(FLAGS_cache_dir), asap::Run);
}
