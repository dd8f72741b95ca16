// The device that computes: the CPU, or a CUDA GPU whose half of LibTorch is loaded when it is asked for, so that one binary
// serves machines with and without GPUs.
#ifndef ASAP_CORE_DEVICE_DEVICE_H_
#define ASAP_CORE_DEVICE_DEVICE_H_

#include <c10/core/Device.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace asap {

// "cpu", "cuda" (the first GPU) or "cuda:N". Call it before anything else of LibTorch is used: LibTorch looks for CUDA once.
//
// libtorch_cuda.so is taken from $LIBTORCH_PATH/lib where that is set, else from the folder of the libtorch_cpu.so in use, where
// a build with ASAP_CUDA=1 has put it. Errors:
//   InvalidArgument      no such name
//   FailedPrecondition   the library is missing or of another version, there is no driver, or no such GPU; with the remedy
absl::StatusOr<c10::Device> OpenDevice(const std::string& name);

// The most that LibTorch's allocator has held on a GPU at a time, in bytes; 0 for the CPU.
int64_t PeakDeviceMemoryBytes(c10::Device device);

}  // namespace asap

#endif  // ASAP_CORE_DEVICE_DEVICE_H_
