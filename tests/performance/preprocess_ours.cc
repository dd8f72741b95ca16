// Times the preprocessing of one raw volume as reference_preprocess.py times the published one: read, reorient, clip, trilinear
// to 1.5x1.5x3 mm, int16, write .nii.gz, on all cores. Prints one line of JSON.
#include <gflags/gflags.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "tests/performance/sample_times.h"
#include "tools/preprocess/case_work.h"

DEFINE_string(volume, "", "Raw volume.");
DEFINE_int32(threads, static_cast<int>(std::thread::hardware_concurrency()), "Threads that work on the volume.");
DEFINE_int32(samples, 3, "Times that are counted; one more is not.");
DEFINE_bool(gzip, true, "Write .nii.gz, as the published code does, rather than .nii.");
DEFINE_string(keep, "", "Where to leave the result, if anywhere.");

namespace asap {
namespace {

absl::Status Run(const std::string& folder) {
  SampleTimes times;
  for (int sample = 0; sample <= FLAGS_samples; ++sample) {
    ScanCase scan;
    scan.id = absl::StrCat("sample-", sample);
    scan.source = UserPath(FLAGS_volume);
    CaseSettings settings;
    settings.gzip = FLAGS_gzip;
    times.Start();
    ASAP_ASSIGN_OR_RETURN(const CaseResult result, WorkOnCase(scan, settings, folder, FLAGS_threads));
    times.Stop();
    if (!FLAGS_keep.empty()) {
      std::filesystem::copy_file(absl::StrCat(folder, "/", result.volume), UserPath(FLAGS_keep),
                                 std::filesystem::copy_options::overwrite_existing);
    }
  }
  times.Print("preprocess");
  return absl::OkStatus();
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  if (FLAGS_volume.empty() || FLAGS_samples < 1) {
    std::fprintf(stderr, "give --volume, and --samples of 1 or more\n");
    return 2;
  }
  return asap::RunInFolder("", asap::Run);
}
