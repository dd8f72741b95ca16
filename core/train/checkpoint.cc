#include "core/train/checkpoint.h"

#include <c10/core/GradMode.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/crc32.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/io/safetensors.h"
#include "core/train/checkpoint_state.h"

namespace asap {
namespace fs = std::filesystem;
namespace {

constexpr char kStateFile[] = "state.json";
constexpr char kPrefix[] = "step-";
constexpr char kPartialPrefix[] = ".partial-step-";

std::string FolderName(int64_t step) { return absl::StrFormat("%s%08d", kPrefix, step); }

absl::StatusOr<FileDigest> Digest(const std::string& path) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(path.c_str(), "rbe"), fclose);
  if (file == nullptr) return absl::NotFoundError(absl::StrCat(path, ": ", strerror(errno)));
  std::vector<char> buffer(size_t{4} << 20);
  FileDigest digest;
  while (const size_t count = fread(buffer.data(), 1, buffer.size(), file.get())) {
    digest.crc32 = Crc32({buffer.data(), count}, digest.crc32);
    digest.bytes += count;
  }
  if (ferror(file.get()) != 0) return absl::DataLossError(absl::StrCat(path, ": ", strerror(errno)));
  return digest;
}

// Step -> folder of everything that is named like a checkpoint.
absl::StatusOr<std::map<int64_t, std::string>> ListCheckpoints(const std::string& checkpoints) {
  std::map<int64_t, std::string> found;
  std::error_code error;
  if (!fs::exists(checkpoints, error)) return found;
  for (fs::directory_iterator entry(checkpoints, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    int64_t step = 0;
    if (absl::StartsWith(name, kPrefix) && absl::SimpleAtoi(name.substr(strlen(kPrefix)), &step))
      found[step] = entry->path().string();
  }
  if (error) return absl::PermissionDeniedError(absl::StrCat("cannot list ", checkpoints, ": ", error.message()));
  return found;
}

absl::Status SyncFolder(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = descriptor >= 0 && fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) close(descriptor);
  return done ? absl::OkStatus() : absl::InternalError(absl::StrCat("cannot flush the folder ", path, ": ", strerror(error)));
}

absl::Status WriteContents(const std::string& folder, const TrainState& state, const NamedTensors& model,
                           const NamedTensors& optimizer) {
  CheckpointManifest manifest{.state = state};
  const std::map<std::string, std::string> metadata = {{"step", absl::StrCat(state.step)}};
  for (const auto& [name, tensors] :
       {std::pair<const char*, const NamedTensors*>{kModelFile, &model}, {kOptimizerFile, &optimizer}}) {
    const std::string path = absl::StrCat(folder, "/", name);
    ASAP_RETURN_IF_ERROR(WriteSafetensors(path, *tensors, metadata));
    ASAP_ASSIGN_OR_RETURN(manifest.files[name], Digest(path));
  }
  return WriteFileAtomically(absl::StrCat(folder, "/", kStateFile), ManifestToJson(manifest));
}

// What is in the way of more important things: a failure to remove it is only worth a warning.
void Remove(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) LogWarning(absl::StrCat("cannot remove ", path, ": ", error.message()));
}

void RemoveOld(const std::string& checkpoints, int keep, int64_t best_step) {
  const auto found = ListCheckpoints(checkpoints);
  if (!found.ok() || keep <= 0) return;
  int64_t surplus = static_cast<int64_t>(found->size()) - keep;
  for (const auto& [step, folder] : *found) {
    if (surplus-- > 0 && step != best_step) Remove(folder);
  }
}

}  // namespace

std::string CheckpointFolder(const std::string& checkpoints, int64_t step) {
  return absl::StrCat(checkpoints, "/", FolderName(step));
}

absl::Status SaveCheckpoint(const std::string& checkpoints, const TrainState& state, const NamedTensors& model,
                            const NamedTensors& optimizer, int keep) {
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(checkpoints));
  // Left by a process that was killed while it wrote.
  for (const fs::directory_entry& entry : fs::directory_iterator(checkpoints)) {
    if (absl::StartsWith(entry.path().filename().string(), kPartialPrefix)) Remove(entry.path().string());
  }
  const std::string target = CheckpointFolder(checkpoints, state.step);
  const std::string partial = absl::StrCat(checkpoints, "/", kPartialPrefix, state.step);
  std::error_code error;
  absl::Status status;
  if (!fs::create_directory(partial, error)) {
    status = absl::InternalError(absl::StrCat("cannot make the folder ", partial, ": ", error.message()));
  }
  if (status.ok()) status = WriteContents(partial, state, model, optimizer);
  if (status.ok()) {
    if (fs::exists(target, error)) Remove(target);
    if (rename(partial.c_str(), target.c_str()) != 0) {
      status = absl::InternalError(absl::StrCat("cannot rename ", partial, " to ", target, ": ", strerror(errno)));
    }
  }
  if (!status.ok()) {
    Remove(partial);
    return Annotate(status, "no checkpoint was written");
  }
  ASAP_RETURN_IF_ERROR(SyncFolder(checkpoints));
  RemoveOld(checkpoints, keep, state.best_step);
  return absl::OkStatus();
}

absl::StatusOr<CheckpointFile> OpenCheckpoint(const std::string& folder) {
  const std::string state_path = absl::StrCat(folder, "/", kStateFile);
  const absl::StatusOr<std::string> json = ReadFile(state_path);
  if (!json.ok()) return Annotate(json.status(), absl::StrCat(folder, " is not a complete checkpoint"));
  absl::StatusOr<CheckpointManifest> manifest = ManifestFromJson(*json);
  if (!manifest.ok()) return absl::DataLossError(absl::StrCat(state_path, " is damaged: ", manifest.status().message()));
  for (const char* name : {kModelFile, kOptimizerFile}) {
    const std::string path = absl::StrCat(folder, "/", name);
    const auto expected = manifest->files.find(name);
    if (expected == manifest->files.end()) return absl::DataLossError(absl::StrCat(state_path, " does not list ", name));
    const absl::StatusOr<FileDigest> found = Digest(path);
    if (!found.ok()) return absl::DataLossError(absl::StrCat("a file of the checkpoint is missing: ", found.status().message()));
    if (found->bytes != expected->second.bytes) {
      return absl::DataLossError(absl::StrCat(path, " has ", found->bytes, " bytes, expected ", expected->second.bytes));
    }
    if (found->crc32 != expected->second.crc32) {
      return absl::DataLossError(absl::StrCat(path, " is damaged: its CRC-32 is ", absl::Hex(found->crc32, absl::kZeroPad8),
                                              ", expected ", absl::Hex(expected->second.crc32, absl::kZeroPad8)));
    }
  }
  return CheckpointFile{.folder = folder, .state = std::move(manifest->state)};
}

absl::StatusOr<std::optional<CheckpointFile>> FindLatestCheckpoint(const std::string& checkpoints) {
  ASAP_ASSIGN_OR_RETURN(const auto found, ListCheckpoints(checkpoints));
  absl::Status first_defect;
  for (auto entry = found.rbegin(); entry != found.rend(); ++entry) {
    absl::StatusOr<CheckpointFile> checkpoint = OpenCheckpoint(entry->second);
    if (checkpoint.ok()) return std::optional<CheckpointFile>(*std::move(checkpoint));
    LogWarning(absl::StrCat("passing over a broken checkpoint: ", checkpoint.status().message()));
    if (first_defect.ok()) first_defect = checkpoint.status();
  }
  if (first_defect.ok()) return std::optional<CheckpointFile>();
  return absl::DataLossError(absl::StrCat("none of the ", found.size(), " checkpoints in ", checkpoints,
                                          " is whole; the newest: ", first_defect.message(),
                                          ". Start anew, or name another checkpoint."));
}

absl::StatusOr<NamedTensors> LoadCheckpointTensors(const std::string& folder, const std::string& file) {
  ASAP_ASSIGN_OR_RETURN(Safetensors contents, ReadSafetensors(absl::StrCat(folder, "/", file)));
  NamedTensors tensors;
  for (auto& [name, tensor] : contents.tensors) tensors.push_back({name, std::move(tensor)});
  return tensors;
}

absl::Status RestoreTensors(const NamedTensors& values, const NamedTensors& into) {
  std::map<std::string, at::Tensor> given;
  for (const NamedTensor& value : values) given[value.name] = value.tensor;
  std::vector<std::string> defects;
  std::set<std::string> wanted;
  for (const NamedTensor& target : into) {
    wanted.insert(target.name);
    const auto value = given.find(target.name);
    if (value == given.end()) {
      defects.push_back(absl::StrCat(target.name, " is missing"));
    } else if (value->second.sizes() != target.tensor.sizes()) {
      defects.push_back(absl::StrCat(target.name, " has shape [", absl::StrJoin(value->second.sizes(), ", "), "], the model [",
                                     absl::StrJoin(target.tensor.sizes(), ", "), "]"));
    }
  }
  for (const auto& [name, tensor] : given) {
    if (wanted.count(name) == 0) defects.push_back(absl::StrCat(name, " is unknown to the model"));
  }
  if (!defects.empty()) {
    const size_t shown = std::min<size_t>(defects.size(), 5);
    return absl::InvalidArgumentError(
        absl::StrCat(defects.size(), " tensors do not fit: ", absl::StrJoin(defects.begin(), defects.begin() + shown, "; "),
                     shown < defects.size() ? "; ..." : ""));
  }
  c10::NoGradGuard no_grad;
  for (const NamedTensor& target : into) target.tensor.copy_(given[target.name]);
  return absl::OkStatus();
}

absl::Status CheckSameConfig(const CheckpointFile& checkpoint, const std::vector<std::pair<std::string, std::string>>& config,
                             const SettingRemedy& remedy) {
  const std::map<std::string, std::string> then(checkpoint.state.config.begin(), checkpoint.state.config.end());
  const std::map<std::string, std::string> now(config.begin(), config.end());
  if (then == now) return absl::OkStatus();
  std::vector<std::string> differences;
  for (const auto& [name, value] : config) {
    const auto old = then.find(name);
    const bool known = old != then.end();
    if (known && old->second == value) continue;
    if (name == kVolumeFilesSetting) {
      if (known) {
        LogWarning(absl::StrCat("warning: the volumes' files have other paths, sizes or times than at ", checkpoint.folder,
                                ", as after a move. Remedy: where their voxels are others, start anew."));
      }
    } else if (name == kCasesSetting && !known) {
      LogWarning(absl::StrCat("warning: ", checkpoint.folder,
                              " is of an earlier version and does not say which cases it was made from; going on with those of "
                              "now. Remedy: where the table is another one, start anew."));
    } else if (name == kCasesSetting) {
      differences.push_back(absl::StrCat("the cases are others (digest ", value, ", was ", old->second,
                                         "): the table, or what it says of ids, patients, splits or reports, has changed"));
    } else if (!known) {
      differences.push_back(absl::StrCat(name, " is ", value, " and was not set"));
    } else {
      const std::string how = remedy == nullptr ? "" : remedy(name, old->second);
      differences.push_back(absl::StrCat(name, " is ", value, " and was ", old->second, how.empty() ? "" : ": ", how));
    }
  }
  for (const auto& [name, value] : checkpoint.state.config) {
    if (now.count(name) == 0) differences.push_back(absl::StrCat(name, " is not set and was ", value));
  }
  if (differences.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("cannot go on from ", checkpoint.folder,
                                                    " under other settings: ", absl::StrJoin(differences, "; "),
                                                    ". Use the old settings, or start anew, here or in another folder."));
}

absl::Status SetAsideCheckpointsAfter(const std::string& checkpoints, int64_t step) {
  ASAP_ASSIGN_OR_RETURN(const auto found, ListCheckpoints(checkpoints));
  for (auto entry = found.upper_bound(step); entry != found.end(); ++entry) {
    std::string aside;
    std::error_code error;
    int copy = 0;
    do {
      aside = absl::StrCat(checkpoints, "/earlier-", ++copy, "-", FolderName(entry->first));
    } while (fs::exists(aside, error));
    if (rename(entry->second.c_str(), aside.c_str()) != 0) {
      return absl::InternalError(absl::StrCat("cannot rename ", entry->second, " to ", aside, ": ", strerror(errno)));
    }
    LogWarning(absl::StrCat("the checkpoint of step ", entry->first, " of an earlier run is now ", aside));
  }
  return absl::OkStatus();
}

}  // namespace asap
