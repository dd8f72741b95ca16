#include "tools/preprocess/preprocess_main_lib.h"

#include <gflags/gflags.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "core/base/cores.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "tools/preprocess/run.h"

DEFINE_string(input, "",
              "A scan (.nii, .nii.gz, .hdr with its .img, .nrrd, .nhdr, .mha, .mhd, or a folder with a DICOM series), or a "
              "folder that is searched for "
              "scans, subfolders included.");
DEFINE_string(
    masks, "",
    "Label masks on their scans' grids: a file for a single scan, or a folder in which a mask has its scan's path, or its name "
    "where one scan and one mask alone have that.");
DEFINE_string(
    reports, "",
    "CSV with columns volume or case, findings, impression (or CT-RATE's VolumeName, Findings_EN, Impressions_EN), and patient, "
    "split and labels where known. They go into manifest.csv by the volume's path below --input, or the case's id.");
DEFINE_string(output, "", "Folder for volumes/, masks/, manifest.csv, skipped.csv and warnings.csv. Made where it is not there.");
DEFINE_string(spacing, "1.5,1.5,3.0", "Voxel size of the result in mm along Right, Anterior, Superior.");
DEFINE_int32(threads, 0, "Scans worked on at once, each in 8 to 14 bytes a voxel; 0 is one a core. Fewer while memory is short.");
DEFINE_string(shard, "0/1", "i/n takes every n-th scan from the i-th (0 ... n-1): run n such commands on as many machines.");
DEFINE_string(on_bad_case, "fail", "fail stops at the first scan that cannot be used; skip lists it in skipped.csv and goes on.");
DEFINE_bool(gzip, false,
            "Write .nii.gz: half the space, but training then decodes whole volumes where it reads only crops of .nii.");

namespace asap {
namespace {

absl::Status ParseSpacing(std::array<double, 3>* spacing) {
  const std::vector<std::string> parts = absl::StrSplit(FLAGS_spacing, ',');
  bool valid = parts.size() == 3;
  for (size_t i = 0; i < 3 && valid; ++i) {
    valid = absl::SimpleAtod(parts[i], &(*spacing)[i]) && std::isfinite((*spacing)[i]) && (*spacing)[i] > 0;
  }
  if (valid) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--spacing=", FLAGS_spacing, ": expected three numbers of mm above zero, such as 1.5,1.5,3.0"));
}

absl::Status ParseShard(int* shard, int* shards) {
  const std::vector<std::string> parts = absl::StrSplit(FLAGS_shard, '/');
  if (parts.size() == 2 && absl::SimpleAtoi(parts[0], shard) && absl::SimpleAtoi(parts[1], shards) && *shard >= 0 &&
      *shard < *shards) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--shard=", FLAGS_shard, ": expected i/n with i from 0 to n-1, such as 0/4, 1/4, 2/4 and 3/4"));
}

absl::StatusOr<PreprocessRun> RunFromFlags() {
  PreprocessRun run;
  if (FLAGS_input.empty()) return absl::InvalidArgumentError("--input is needed: a scan, or a folder of scans. See --help.");
  if (FLAGS_output.empty()) return absl::InvalidArgumentError("--output is needed: a folder for the results. See --help.");
  run.input = UserPath(FLAGS_input);
  run.masks = UserPath(FLAGS_masks);
  run.reports = UserPath(FLAGS_reports);
  run.output = UserPath(FLAGS_output);
  ASAP_RETURN_IF_ERROR(ParseSpacing(&run.settings.preprocess.spacing));
  ASAP_RETURN_IF_ERROR(ParseShard(&run.shard, &run.shards));
  run.settings.gzip = FLAGS_gzip;
  if (FLAGS_threads < 0) return absl::InvalidArgumentError(absl::StrCat("--threads=", FLAGS_threads, ": expected 0 or more"));
  run.threads = FLAGS_threads > 0 ? FLAGS_threads : UsableCores();
  if (FLAGS_on_bad_case != "fail" && FLAGS_on_bad_case != "skip") {
    return absl::InvalidArgumentError(absl::StrCat("--on_bad_case=", FLAGS_on_bad_case, ": expected fail or skip"));
  }
  run.skip_bad_cases = FLAGS_on_bad_case == "skip";
  return run;
}

}  // namespace

ToolHelp PreprocessHelp() {
  return {
      .name = "preprocess",
      .summary =
          R"(Makes CT scans ready for training: Hounsfield units clipped to -1000 ... 1000, axes to Right-Anterior-Superior,
trilinear resampling to 1.5 x 1.5 x 3 mm, int16. Label masks follow with the nearest voxel. Scans that are not CT in
Hounsfield units, damaged files, and masks on another grid are found and named. A run that was cut off goes on where
it stopped.

Leaves in --output: volumes/ and masks/ (.nii), manifest.csv (the table that --pairs of tools:pretrain reads),
skipped.csv (case, reason, remedy), warnings.csv (case, warning), and records/ (what each file was made from). What you
typed into manifest.csv stays when the command is typed again.)",
      .examples =
          {
              "# 4 synthetic scans to try it on, made ready at another spacing:",
              "./tools/bazel run //tools:phantom -- --output=phantom --cases=4",
              "./tools/bazel run //tools:preprocess -- --input=phantom/volumes --masks=phantom/masks \\",
              "    --reports=phantom/pairs.csv --output=preprocessed --spacing=3,3,6",
              "# The first of four machines that share a folder of DICOM series and NIfTI files, without the bad ones:",
              "./tools/bazel run //tools:preprocess -- --input=scans --output=preprocessed --on_bad_case=skip --shard=0/4",
          },
  };
}

absl::Status PreprocessMain() {
  ASAP_ASSIGN_OR_RETURN(const PreprocessRun run, RunFromFlags());
  ASAP_ASSIGN_OR_RETURN(const PreprocessSummary summary, RunPreprocess(run));
  std::printf("%d cases preprocessed, %d done before, %d skipped\n", summary.done, summary.done_before, summary.skipped);
  if (summary.skipped > 0) std::printf("skipped, with reasons and remedies: %s\n", summary.skipped_table.c_str());
  if (summary.warnings > 0) std::printf("warnings: %d, in %s\n", summary.warnings, summary.warnings_table.c_str());
  if (!summary.without_mask.empty()) {
    std::printf("without a mask: %zu cases, the first is %s\n", summary.without_mask.size(),
                summary.without_mask.front().c_str());
  }
  std::printf("manifest: %s\n", summary.manifest.c_str());
  if (summary.without_report > 0) {
    std::printf("next: fill findings, impression, patient and split of %d cases in it (or run again with --reports), then\n",
                summary.without_report);
  } else {
    std::printf("next:\n");
  }
  std::printf("  ./tools/bazel run //tools:pretrain -- --data=pairs --pairs=%s\n", summary.manifest.c_str());
  if (run.shards > 1) std::printf("  after joining the %d manifests: their rows under one header\n", run.shards);
  return absl::OkStatus();
}

}  // namespace asap
