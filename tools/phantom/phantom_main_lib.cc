#include "tools/phantom/phantom_main_lib.h"

#include <gflags/gflags.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/file.h"
#include "core/base/output_folder.h"
#include "core/base/status.h"
#include "core/io/png.h"
#include "datasets/phantom/layouts/layout.h"
#include "datasets/phantom/layouts/write_dataset.h"
#include "datasets/phantom/phantom.h"
#include "tools/cli/case_progress.h"
#include "tools/phantom/overview.h"

DEFINE_string(output, "", "Folder for the files, empty or of an earlier phantom. Made where it is not there.");
DEFINE_int64(cases, 20, "Scans to make. Case i is the same whatever this number is.");
DEFINE_string(size, "128x128x64", "Voxels along Right, Anterior, Superior, each 16 to 1024.");
DEFINE_string(site, "mixed", "aurora, borealis, cascade or delta; mixed scans each patient at one of them.");
DEFINE_uint64(seed, 0, "Another seed makes other patients.");
DEFINE_string(layout, "pairs", "The dataset in whose published layout to write.");
DEFINE_bool(gzip, false, "pairs: write .nii.gz, a third of the space, but training then decodes whole volumes.");
DEFINE_bool(truth, false, "Also write truth/: the map of 46 fine labels and the bits of 21 kinds of lesions.");
DEFINE_bool(prepared, false, "Volumes as the flat folder of NIfTI files that the published benchmark reads, where there is one.");
DEFINE_int64(montage_cases, 4, "Rows of montage.png; 0 for no picture.");
DEFINE_int32(threads, 0, "Cases made at once; 0 is one a core.");

namespace asap {
ToolHelp PhantomHelp() {
  return {
      .name = "phantom",
      .summary = absl::StrCat(
          "Writes synthetic chest CT scans with reports, masks and labels: procedural patients with lungs, heart, vessels,\n"
          "abdominal organs and 21 kinds of findings, scanned at four different sites. No download, no patient.\n\n"
          "Leaves in --output the files of the layout's dataset and montage.png. Layouts: ",
          absl::StrJoin(LayoutNames(), ", "), "."),
      .examples =
          {
              "# Twenty cases as NIfTI files with a table of reports:",
              "./tools/bazel run //tools:phantom -- --output=phantom --cases=20",
              "# The published layout of CT-RATE, at full size, from one site:",
              "./tools/bazel run //tools:phantom -- --output=ct_rate --layout=ct_rate --cases=8 --size=224x224x112 --site=delta",
          },
  };
}

absl::Status PhantomMain() {
  if (FLAGS_output.empty()) return absl::InvalidArgumentError("--output is needed: a folder for the files. See --help.");
  if (FLAGS_threads < 0) return absl::InvalidArgumentError(absl::StrCat("--threads=", FLAGS_threads, ": expected 0 or more"));
  if (FLAGS_montage_cases < 0) {
    return absl::InvalidArgumentError(absl::StrCat("--montage_cases=", FLAGS_montage_cases, ": expected 0 or more"));
  }
  phantom::PhantomOptions options{.cases = FLAGS_cases, .seed = FLAGS_seed, .site = FLAGS_site};
  ASAP_ASSIGN_OR_RETURN(options.size, phantom::ParseSize(FLAGS_size));
  const LayoutOptions layout_options{
      .root = UserPath(FLAGS_output), .gzip = FLAGS_gzip, .truth = FLAGS_truth, .prepared = FLAGS_prepared};
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Layout> layout, MakeLayout(FLAGS_layout, layout_options));
  options.cohort = layout->Cohort();
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<phantom::PhantomDataset> dataset, phantom::PhantomDataset::Create(options));
  // The folder is the phantom's altogether: a layout's names are those of a whole dataset, which may be a real one.
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<FolderLock> lock,
                        TakeOutputFolder(layout_options.root, {.program = "phantom", .records = {"phantom.flags"}}));

  const int threads = FLAGS_threads > 0 ? FLAGS_threads : static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  CaseProgress progress(dataset->size());
  ASAP_RETURN_IF_ERROR(WriteDataset(*dataset, *layout, threads, [&](int64_t done) { progress.Reach(done); }));
  progress.Finish();
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(layout_options.root, "/phantom.flags"), ResolvedFlagfile("phantom")));
  std::printf("%lld cases in %s\n", static_cast<long long>(dataset->size()), layout_options.root.c_str());
  if (FLAGS_montage_cases > 0) {
    const std::string picture = absl::StrCat(layout_options.root, "/montage.png");
    ASAP_RETURN_IF_ERROR(WritePng(picture, DrawOverview(*dataset, FLAGS_montage_cases)));
    std::printf("picture: %s\n", picture.c_str());
  }
  std::printf("next: %s\n", layout->NextStep().c_str());
  return absl::OkStatus();
}

}  // namespace asap
