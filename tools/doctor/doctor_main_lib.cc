#include "tools/doctor/doctor_main_lib.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/device/device.h"
#include "modules/asap/asap.h"
#include "modules/asap/config.h"
#include "tools/doctor/machine.h"
#include "tools/doctor/memory_estimate.h"
#include "tools/pretrain/configure.h"
#include "tools/pretrain/flags.h"

namespace asap {
namespace {

std::string Gigabytes(int64_t bytes) { return absl::StrCat(static_cast<double>(bytes / 10'000'000) / 100, " GB"); }

void PrintMachine(const Machine& machine) {
  std::printf("machine\n  %d cores, %s\n  memory %s, %s of it free\n", machine.cores, machine.processor.c_str(),
              Gigabytes(machine.memory_bytes).c_str(), Gigabytes(machine.available_bytes).c_str());
  std::string folder = UserPath(FLAGS_output_dir.empty() ? "asap_runs" : FLAGS_output_dir);
  int64_t disk = FreeDiskBytes(folder);
  while (disk < 0 && folder.size() > 1) disk = FreeDiskBytes(folder = folder.substr(0, std::max<size_t>(1, folder.rfind('/'))));
  std::printf("  disk at %s: %s free\n", folder.c_str(), Gigabytes(disk).c_str());
  const absl::StatusOr<c10::Device> gpu = OpenDevice("cuda");
  std::printf("  GPU driver: %s; %s\n", machine.cuda_driver.value_or("none found").c_str(),
              gpu.ok() ? "--device=cuda works here" : std::string(gpu.status().message()).c_str());
}

void PrintTorch() {
  std::printf(
      "\nLibTorch %s\n  CPU kernels: %s, MKL %s, oneDNN %s, OpenMP %s\n  threads: %d within an operation, %d between "
      "operations\n",
      TORCH_VERSION, at::get_cpu_capability().c_str(), at::hasMKL() ? "yes" : "no", at::hasMKLDNN() ? "yes" : "no",
      at::hasOpenMP() ? "yes" : "no", at::get_num_threads(), static_cast<int>(at::get_num_interop_threads()));
}

// The names of what is missing of those that tools/bazel installs.
absl::StatusOr<std::vector<std::string>> PrintPackages() {
  ASAP_ASSIGN_OR_RETURN(const std::string path, Runfile("asap/third_party/packages.txt"));
  ASAP_ASSIGN_OR_RETURN(const std::string list, ReadFile(path));
  std::printf("\nDebian packages\n");
  std::vector<std::string> missing;
  for (const PackageVersion& package : InstalledPackages(PackagesOf(list))) {
    std::printf("  %-24s %s\n", package.package.c_str(), package.version.empty() ? "MISSING" : package.version.c_str());
    if (package.version.empty()) missing.push_back(package.package);
  }
  return missing;
}

}  // namespace

ToolHelp DoctorHelp() {
  return {.name = "doctor",
          .summary =
              "Shows what is installed, how LibTorch was built and what it may use, and the memory that a training step of a\n"
              "configuration needs. Takes every flag of tools:pretrain. Exits with 1 where something is missing or does not fit.",
          .examples = {"./tools/bazel run //tools:doctor",
                       "./tools/bazel run //tools:doctor -- --config=vit_b --batch_size=2 --precision=bf16"},
          .defaults = ConfigDefaults};
}

absl::Status DoctorMain() {
  if (FLAGS_precision != "f32" && FLAGS_precision != "bf16") {
    return absl::InvalidArgumentError(UnknownName("precision", FLAGS_precision, {"bf16", "f32"}));
  }
  if (FLAGS_batch_size < 1) return absl::InvalidArgumentError("--batch_size must be 1 at least");

  const Machine machine = InspectMachine();
  PrintMachine(machine);
  PrintTorch();
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> missing, PrintPackages());

  ASAP_ASSIGN_OR_RETURN(AsapConfig config, ConfigFromFlags());
  config.text = TextEncoderFromFlags(FLAGS_vocabulary);
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<AsapModel> model, AsapModel::Create(config));
  int64_t trained = 0, all = 0;
  for (const NamedTensor& parameter : model->Parameters()) trained += parameter.tensor.numel();
  for (const NamedTensor& parameter : model->State()) all += parameter.tensor.numel();
  const MemoryEstimate estimate = EstimateMemory(config, trained, all - trained, FLAGS_batch_size, FLAGS_precision == "bf16");
  std::printf("\na training step of %s, batch %d, %s\n", FLAGS_config.c_str(), FLAGS_batch_size, FLAGS_precision.c_str());
  std::printf("  input %s voxels in %s patches: %ld tokens\n", absl::StrJoin(config.volume, "x").c_str(),
              absl::StrJoin(config.patch, "x").c_str(), static_cast<long>(config.patches()));
  std::printf("  parameters: %.1f M trained, %.1f M frozen\n", static_cast<double>(trained) / 1e6,
              static_cast<double>(all - trained) / 1e6);
  std::printf("  memory: weights %s + optimiser %s + activations %s + data %s = %s\n", Gigabytes(estimate.weights).c_str(),
              Gigabytes(estimate.optimiser).c_str(), Gigabytes(estimate.activations).c_str(), Gigabytes(estimate.batch).c_str(),
              Gigabytes(estimate.total()).c_str());

  if (!missing.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("missing packages: apt-get install ", absl::StrJoin(missing, " "), " (./tools/bazel does it)"));
  }
  if (estimate.total() > machine.memory_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("this step needs about ", Gigabytes(estimate.total()),
                                                     " and the machine has ", Gigabytes(machine.memory_bytes),
                                                     ": lower --batch_size (and raise --accumulate), or take --precision=bf16"));
  }
  std::printf("\nall is well\n");
  return absl::OkStatus();
}

}  // namespace asap
