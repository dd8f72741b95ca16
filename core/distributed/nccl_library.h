// NCCL, whose library is loaded when GPUs exchange, so that one binary serves machines with and without it. The functions have
// the binary interface of NCCL 2; no header of CUDA or NCCL is needed to build.
#ifndef ASAP_CORE_DISTRIBUTED_NCCL_LIBRARY_H_
#define ASAP_CORE_DISTRIBUTED_NCCL_LIBRARY_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace asap {

struct NcclUniqueId {
  char bytes[128];
};

using NcclComm = struct NcclCommOpaque*;
using NcclResult = int;

constexpr NcclResult kNcclSuccess = 0, kNcclInProgress = 7;
enum NcclType : int {
  kNcclUint8 = 1,
  kNcclInt32 = 2,
  kNcclInt64 = 4,
  kNcclHalf = 6,
  kNcclFloat = 7,
  kNcclDouble = 8,
  kNcclBfloat16 = 9
};
constexpr int kNcclSum = 0;

struct NcclLibrary {
  NcclResult (*get_version)(int*);
  NcclResult (*get_unique_id)(NcclUniqueId*);
  NcclResult (*comm_init_rank)(NcclComm*, int world, NcclUniqueId, int rank);
  NcclResult (*all_reduce)(const void* from, void* to, size_t count, int type, int operation, NcclComm, void* stream);
  NcclResult (*broadcast)(const void* from, void* to, size_t count, int type, int root, NcclComm, void* stream);
  NcclResult (*comm_get_async_error)(NcclComm, NcclResult*);
  NcclResult (*comm_abort)(NcclComm);
  NcclResult (*comm_destroy)(NcclComm);
  const char* (*get_error_string)(NcclResult);
  const char* (*get_last_error)(NcclComm);  // null before NCCL 2.13

  std::string path;
  int version = 0;  // as NCCL counts: 22809 is 2.28.9

  std::string VersionName() const;
  // What a failed call of `function` means.
  std::string Explain(const std::string& function, NcclResult result) const;
};

// From $ASAP_NCCL_LIBRARY where that is set, else the libnccl.so.2 that libtorch_cuda has loaded or the system has, else the one
// beside the LibTorch in use, where a build with ASAP_CUDA=1 and pip put it. Never unloaded. FailedPrecondition, with the remedy,
// where it is missing, too old, or not NCCL.
absl::StatusOr<NcclLibrary> LoadNccl();

}  // namespace asap

#endif  // ASAP_CORE_DISTRIBUTED_NCCL_LIBRARY_H_
