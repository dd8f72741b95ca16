#include "core/train/resume.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/log.h"
#include "core/base/status.h"

namespace asap {
namespace fs = std::filesystem;
namespace {

absl::Status SetAsideLog(const std::string& output_dir) {
  const std::string log = absl::StrCat(output_dir, "/log.jsonl");
  std::error_code error;
  if (!fs::exists(log, error)) return absl::OkStatus();
  std::string aside;
  int copy = 0;
  do {
    aside = absl::StrCat(output_dir, "/earlier-", ++copy, "-log.jsonl");
  } while (fs::exists(aside, error));
  if (rename(log.c_str(), aside.c_str()) != 0) {
    return absl::InternalError(absl::StrCat("cannot rename ", log, " to ", aside, ": ", strerror(errno)));
  }
  LogWarning(absl::StrCat("the log of an earlier run is now ", aside));
  return absl::OkStatus();
}

absl::StatusOr<CheckpointFile> OpenPath(const std::string& path) {
  std::error_code error;
  if (fs::exists(path + "/checkpoints", error)) {
    ASAP_ASSIGN_OR_RETURN(std::optional<CheckpointFile> latest, FindLatestCheckpoint(path + "/checkpoints"));
    if (latest.has_value()) return *std::move(latest);
  } else if (fs::exists(path + "/state.json", error)) {
    return OpenCheckpoint(path);
  }
  return absl::NotFoundError(
      absl::StrCat("there is no checkpoint in ", path, ": name a run's folder or one of its checkpoints/step-... folders"));
}

}  // namespace

absl::StatusOr<std::optional<CheckpointFile>> ChooseCheckpoint(const std::string& mode, const std::string& output_dir,
                                                               const std::vector<std::pair<std::string, std::string>>& config,
                                                               const SettingRemedy& remedy) {
  const std::string own = absl::StrCat(output_dir, "/checkpoints");
  std::optional<CheckpointFile> chosen;
  bool same_run = true;
  if (mode == "auto") {
    ASAP_ASSIGN_OR_RETURN(chosen, FindLatestCheckpoint(own));
  } else if (mode != "never") {
    ASAP_ASSIGN_OR_RETURN(chosen, OpenPath(mode));
    std::error_code error;
    same_run = fs::equivalent(fs::path(chosen->folder).parent_path(), own, error);
  }
  if (chosen.has_value()) ASAP_RETURN_IF_ERROR(CheckSameConfig(*chosen, config, remedy));
  ASAP_RETURN_IF_ERROR(SetAsideCheckpointsAfter(own, chosen.has_value() && same_run ? chosen->state.step : -1));
  if (mode == "never" || !same_run) ASAP_RETURN_IF_ERROR(SetAsideLog(output_dir));
  return chosen;
}

bool MayGoOn(const std::string& mode, const std::string& output_dir) {
  if (mode == "never") return false;
  std::error_code error;
  for (fs::directory_iterator entry(absl::StrCat(output_dir, "/checkpoints"), error), end; !error && entry != end;
       entry.increment(error)) {
    if (absl::StartsWith(entry->path().filename().string(), "step-")) return true;
  }
  return false;
}

}  // namespace asap
