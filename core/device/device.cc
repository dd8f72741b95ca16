#include "core/device/device.h"

#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>

#include <exception>
#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/suggest.h"

namespace asap {
namespace {

// Where libtorch_cuda.so should be.
std::string CudaLibraryPath() {
  if (const char* installed = getenv("LIBTORCH_PATH"); installed != nullptr && *installed != '\0') {
    return absl::StrCat(installed, "/lib/libtorch_cuda.so");
  }
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&at::globalContext), &info) == 0 || info.dli_fname == nullptr) return "libtorch_cuda.so";
  std::error_code error;
  const std::filesystem::path library = std::filesystem::canonical(info.dli_fname, error);
  return (library.parent_path() / "libtorch_cuda.so").string();
}

// Registers CUDA with the LibTorch in use: the library's constructors do it.
absl::Status LoadCuda() {
  static const absl::Status status = []() -> absl::Status {
    const std::string path = CudaLibraryPath();
    if (dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL) != nullptr) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(
        "the device cuda: cannot load the GPU's half of LibTorch: ", dlerror(),
        ". Set LIBTORCH_PATH to the folder of an installed torch 2.11 for CUDA, or build with ASAP_CUDA=1 in the environment"));
  }();
  return status;
}

}  // namespace

absl::StatusOr<c10::Device> OpenDevice(const std::string& name) {
  if (name == "cpu") return c10::Device(c10::DeviceType::CPU);
  int index = 0;
  const bool numbered = name.rfind("cuda:", 0) == 0;
  if (name != "cuda" && !(numbered && absl::SimpleAtoi(name.substr(5), &index) && index >= 0 && index < 64)) {
    return absl::InvalidArgumentError(UnknownName("device", name, {"cpu", "cuda", "cuda:1"}));
  }
  if (absl::Status loaded = LoadCuda(); !loaded.ok()) return loaded;
  try {
    if (!at::hasCUDA()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the device ", name, ": LibTorch finds no GPU driver; does nvidia-smi list a GPU here?"));
    }
    const c10::impl::VirtualGuardImpl gpus(c10::DeviceType::CUDA);
    if (index >= gpus.deviceCount()) {
      return absl::FailedPreconditionError(
          absl::StrCat("the device ", name, ": this machine has ", gpus.deviceCount(), " GPUs that LibTorch can use"));
    }
    const c10::Device device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
    gpus.setDevice(device);
    return device;
  } catch (const c10::Error& error) {
    return absl::FailedPreconditionError(absl::StrCat("the device ", name, ": ", error.what_without_backtrace()));
  } catch (const std::exception& error) {
    return absl::FailedPreconditionError(absl::StrCat("the device ", name, ": ", error.what()));
  }
}

int64_t PeakDeviceMemoryBytes(c10::Device device) {
  if (device.is_cpu()) return 0;
  constexpr auto kAggregate = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
  return at::accelerator::getDeviceStats(device.index()).reserved_bytes[kAggregate].peak;
}

}  // namespace asap
