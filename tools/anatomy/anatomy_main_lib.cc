#include "tools/anatomy/anatomy_main_lib.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "tools/anatomy/run.h"

DEFINE_string(input, "",
              "For --method=map: a label map, a folder of per-organ files, or a folder with many of either. For "
              "--method=classical: a scan in HU, or a folder of scans, as tools:preprocess takes them.");
DEFINE_string(output, "",
              "Folder for masks/, overlays/, mask_classes.txt, summary.csv and skipped.csv. Made where it is not there.");
DEFINE_string(method, "map", "map translates the output of TotalSegmentator; classical segments the scan itself, approximately.");
DEFINE_string(labels, "", "Table of organs and classes; empty is the one beside this tool, tools/anatomy/totalsegmentator.txt.");
DEFINE_string(label_ids, "",
              "The table's column with the ids of the label maps: v1 (104 classes) or v2 (117). Maps that carry the names of "
              "their labels, as TotalSegmentator 2 writes them, need none; nor do per-organ files.");
DEFINE_string(volume, "", "For --method=map: the scan, or a folder of scans, for the pictures, the names of masks, and checks.");
DEFINE_string(truth, "", "A mask, or a folder of masks, that the result is compared with: prints Dice per class.");
DEFINE_string(truth_class, "", "The truth is a mask of this class alone, such as lung: every voxel above 0 belongs to it.");
DEFINE_int32(threads, 0, "Cases worked on at once; 0 is one a core. Fewer while memory is short.");
DEFINE_string(on_bad_case, "fail", "fail stops at the first case that cannot be used; skip lists it in skipped.csv and goes on.");
DEFINE_bool(overwrite, false, "Make masks anew that an earlier run finished from the same files and table.");

namespace asap {
namespace {

absl::StatusOr<AnatomyRun> RunFromFlags() {
  AnatomyRun run;
  if (FLAGS_input.empty()) return absl::InvalidArgumentError("--input is needed: segmentations, or scans. See --help.");
  if (FLAGS_output.empty()) return absl::InvalidArgumentError("--output is needed: a folder for the results. See --help.");
  if (FLAGS_method != "map" && FLAGS_method != "classical") {
    return absl::InvalidArgumentError(absl::StrCat("--method=", FLAGS_method, ": expected map or classical"));
  }
  if (FLAGS_on_bad_case != "fail" && FLAGS_on_bad_case != "skip") {
    return absl::InvalidArgumentError(absl::StrCat("--on_bad_case=", FLAGS_on_bad_case, ": expected fail or skip"));
  }
  if (FLAGS_threads < 0) return absl::InvalidArgumentError(absl::StrCat("--threads=", FLAGS_threads, ": expected 0 or more"));
  run.settings.method = FLAGS_method == "map" ? AnatomyMethod::kMap : AnatomyMethod::kClassical;
  if (FLAGS_method == "classical" && !FLAGS_volume.empty()) {
    return absl::InvalidArgumentError("--volume is for --method=map; for --method=classical the scans are the --input");
  }
  if (FLAGS_method == "classical" && !FLAGS_label_ids.empty()) {
    return absl::InvalidArgumentError("--label_ids is for the label maps of --method=map");
  }
  if (!FLAGS_truth_class.empty() && FLAGS_truth.empty()) {
    return absl::InvalidArgumentError("--truth_class says what --truth shows, and there is no --truth");
  }
  run.input = UserPath(FLAGS_input);
  run.output = UserPath(FLAGS_output);
  run.volumes = UserPath(FLAGS_volume);
  run.truth = UserPath(FLAGS_truth);
  run.truth_class = FLAGS_truth_class;
  std::string table = UserPath(FLAGS_labels);
  if (table.empty()) {
    ASAP_ASSIGN_OR_RETURN(table, DefaultLabelTablePath());
  }
  ASAP_ASSIGN_OR_RETURN(run.settings.table, ReadLabelTable(table));
  run.settings.label_ids = FLAGS_label_ids;
  if (!FLAGS_label_ids.empty()) ASAP_RETURN_IF_ERROR(run.settings.table.IdColumn(FLAGS_label_ids).status());
  run.settings.overwrite = FLAGS_overwrite;
  run.threads = FLAGS_threads > 0 ? FLAGS_threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  run.skip_bad_cases = FLAGS_on_bad_case == "skip";
  return run;
}

// How many there are, and the first of them; nothing where there is none.
void PrintFirst(const char* what, const std::vector<std::string>& names) {
  if (!names.empty()) std::printf("%s: %zu, the first is %s\n", what, names.size(), names.front().c_str());
}

}  // namespace

ToolHelp AnatomyHelp() {
  return {
      .name = "anatomy",
      .summary =
          R"(Makes the masks of eight organ classes and background that the anatomy injection loss learns from.
--method=map translates what TotalSegmentator made (version 1 or 2; one label map or a folder of per-organ files per
case) by a table that you can edit. --method=classical needs nothing but the scan: lungs, airways, bones and a heart
region by thresholds and morphology, approximate, and labelled so in every file. A run that was cut off goes on where it
stopped.

Leaves in --output: masks/ (uint8 .nii.gz on the input's grid, each with a .json that says how it was made), overlays/
(a picture each), mask_classes.txt, summary.csv (voxels and ml per case and class), skipped.csv (case, reason, remedy).)",
      .examples =
          {
              "# Approximate masks of 4 synthetic scans, compared with the truth, then preprocessed together:",
              "./tools/bazel run //tools:phantom -- --output=phantom --cases=4 --size=96x96x64",
              "./tools/bazel run //tools:anatomy -- --method=classical --input=phantom/volumes --output=anatomy \\",
              "    --truth=phantom/masks",
              "./tools/bazel run //tools:preprocess -- --input=phantom/volumes --masks=anatomy/masks --output=prepared",
              "# TotalSegmentator's output for a folder of scans, a folder per case or a label map per case:",
              "./tools/bazel run //tools:anatomy -- --input=segmentations --volume=scans --output=anatomy --label_ids=v2",
          },
  };
}

absl::Status AnatomyMain() {
  ASAP_ASSIGN_OR_RETURN(const AnatomyRun run, RunFromFlags());
  ASAP_ASSIGN_OR_RETURN(const AnatomySummary summary, RunAnatomy(run));
  const bool classical = run.settings.method == AnatomyMethod::kClassical;
  std::printf("%d masks made%s, %d done before, %d skipped\n", summary.done, classical ? " (approximate)" : "",
              summary.done_before, summary.skipped);
  if (summary.skipped > 0) std::printf("skipped, with reasons and remedies: %s/skipped.csv\n", run.output.c_str());
  PrintFirst("cases without a volume, which keep their own names", summary.without_volume);
  PrintFirst("volumes without a segmentation", summary.without_case);
  if (summary.overlaps > 0) {
    std::printf("claimed by organs of two classes, the later line of the table won: %lld voxels\n",
                static_cast<long long>(summary.overlaps));
  }
  if (!summary.not_made.empty()) {
    std::printf("classes that this method does not make: %s\n", absl::StrJoin(summary.not_made, ", ").c_str());
  }
  if (!run.truth.empty()) {
    std::printf("%-24s %6s %8s %8s\n", "Dice", "cases", "mean", "least");
    for (const DiceSummary& dice : summary.dice) {
      std::printf("%-24s %6d %8.3f %8.3f\n", dice.name.c_str(), dice.cases, dice.mean, dice.least);
    }
    PrintFirst("cases without a truth", summary.without_truth);
    std::printf("per case: %s/dice.csv\n", run.output.c_str());
  }
  std::printf("look at: %s/overlays\nnext:\n", run.output.c_str());
  std::printf("  ./tools/bazel run //tools:preprocess -- --input=%s --masks=%s/masks --output=prepared\n",
              classical             ? run.input.c_str()
              : run.volumes.empty() ? "SCANS"
                                    : run.volumes.c_str(),
              run.output.c_str());
  return absl::OkStatus();
}

}  // namespace asap
