#include "core/benchmark/run_folder.h"

#include <filesystem>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

constexpr char kKeyFile[] = "/run.key";

// All that IsSameMeasurement compares, a line each.
std::string KeyText(const RunKey& key) {
  return absl::StrFormat(
      "encoder %s %s\ntask %s version %d\nprotocol %s\nfraction %.17g\nseed %d\nparameters %s\ndata %s\nsettings %s\n",
      key.encoder, key.encoder_digest, key.task, key.task_version, ProtocolName(key.protocol), key.fraction, key.seed,
      absl::StrJoin(key.parameters, ",", absl::PairFormatter("=")), key.data, key.settings);
}

absl::Status Error(const std::string& what, const std::string& path, const std::error_code& error) {
  return absl::UnavailableError(absl::StrCat("cannot ", what, " ", path, ": ", error.message()));
}

absl::Status SetAside(const std::string& folder) {
  std::error_code error;
  std::string name;
  for (int i = 1; name.empty() || fs::exists(name, error); ++i) name = absl::StrCat(folder, ".set_aside", i);
  fs::rename(folder, name, error);
  if (error) return Error("rename", folder, error);
  LogWarning(absl::StrCat(folder, " is not a benchmark's run; it is ", name, " from now on"));
  return absl::OkStatus();
}

}  // namespace

absl::Status OpenRunFolder(const std::string& folder, const RunKey& key) {
  std::error_code error;
  const std::string key_path = folder + kKeyFile;
  if (fs::exists(folder, error)) {
    const absl::StatusOr<std::string> there = ReadFile(key_path);
    if (absl::IsNotFound(there.status()) && !fs::is_empty(folder, error)) {
      ASAP_RETURN_IF_ERROR(SetAside(folder));
    } else if (!there.ok() || key.data.empty() || *there != KeyText(key)) {
      fs::remove_all(folder, error);
      if (error) return Error("delete", folder, error);
    }
  }
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(folder));
  return WriteFileAtomically(key_path, KeyText(key));
}

void DropEmptyRunFolder(const std::string& folder) {
  std::error_code error;
  int64_t files = 0;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) ++files;
  if (!error && files == 1 && fs::exists(folder + kKeyFile, error)) fs::remove_all(folder, error);
}

}  // namespace asap
