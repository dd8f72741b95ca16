#include "core/distributed/nccl_library.h"

#include <ATen/Context.h>
#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"

namespace asap {
namespace {

constexpr int kOldestVersion = 21000;  // bfloat16
constexpr char kVariable[] = "ASAP_NCCL_LIBRARY";
constexpr char kRemedy[] = "the backend gloo exchanges without NCCL";

std::vector<std::string> Candidates() {
  if (const char* path = getenv(kVariable); path != nullptr && *path != '\0') return {path};
  std::vector<std::string> candidates = {"libnccl.so.2"};
  std::vector<std::filesystem::path> folders;  // of LibTorch's libraries
  if (const char* installed = getenv("LIBTORCH_PATH"); installed != nullptr && *installed != '\0') {
    folders.push_back(std::filesystem::path(installed) / "lib");
  }
  Dl_info info;
  if (dladdr(reinterpret_cast<void*>(&at::globalContext), &info) != 0 && info.dli_fname != nullptr) {
    std::error_code error;
    folders.push_back(std::filesystem::canonical(info.dli_fname, error).parent_path());
  }
  for (const std::filesystem::path& folder : folders) {
    candidates.push_back(folder / "libnccl.so.2");
    candidates.push_back(folder / "../../nvidia/nccl/lib/libnccl.so.2");  // pip's
  }
  return candidates;
}

template <typename Function>
bool Resolve(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

}  // namespace

std::string NcclLibrary::VersionName() const {
  const int major = version >= 10000 ? 10000 : 1000;  // 2.8 and older counted otherwise
  return absl::StrCat(version / major, ".", version % major / 100, ".", version % 100);
}

std::string NcclLibrary::Explain(const std::string& function, NcclResult result) const {
  std::string message = absl::StrCat("nccl: ", function, ": ", get_error_string(result));
  const char* last = get_last_error == nullptr ? nullptr : get_last_error(nullptr);
  if (last != nullptr && *last != '\0') absl::StrAppend(&message, " (", last, ")");
  return message;
}

absl::StatusOr<NcclLibrary> LoadNccl() {
  NcclLibrary nccl;
  void* library = nullptr;
  std::vector<std::string> reasons;
  for (const std::string& path : Candidates()) {
    library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    nccl.path = path;
    if (library != nullptr) break;
    reasons.push_back(dlerror());
  }
  if (library == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat("cannot load NCCL: ", absl::StrJoin(reasons, "; "),
                                                      ". Build with ASAP_CUDA=1, or name its libnccl.so.2 in ", kVariable, "; ",
                                                      kRemedy));
  }
  const char* missing = nullptr;
  const auto resolve = [&](const char* name, auto& function) {
    if (!Resolve(library, name, function) && missing == nullptr) missing = name;
  };
  resolve("ncclGetVersion", nccl.get_version);
  resolve("ncclGetUniqueId", nccl.get_unique_id);
  resolve("ncclCommInitRank", nccl.comm_init_rank);
  resolve("ncclAllReduce", nccl.all_reduce);
  resolve("ncclBroadcast", nccl.broadcast);
  resolve("ncclCommGetAsyncError", nccl.comm_get_async_error);
  resolve("ncclCommAbort", nccl.comm_abort);
  resolve("ncclCommDestroy", nccl.comm_destroy);
  resolve("ncclGetErrorString", nccl.get_error_string);
  if (missing != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(nccl.path, " has no function ", missing, ": it is not NCCL 2. Name another in ", kVariable, "; ", kRemedy));
  }
  Resolve(library, "ncclGetLastError", nccl.get_last_error);
  const NcclResult result = nccl.get_version(&nccl.version);
  if (result != kNcclSuccess) {
    return absl::FailedPreconditionError(absl::StrCat(nccl.path, ": ", nccl.Explain("ncclGetVersion", result)));
  }
  if (nccl.version < kOldestVersion) {
    return absl::FailedPreconditionError(absl::StrCat(nccl.path, " is NCCL ", nccl.VersionName(),
                                                      ", and 2.10 is the oldest that serves. Name a newer one in ", kVariable,
                                                      "; ", kRemedy));
  }
  return nccl;
}

}  // namespace asap
