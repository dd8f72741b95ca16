#include "datasets/file_cases/same_files.h"

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace asap {
namespace {

// What is equal for all paths of a file. Some network disks give two files one number, but not one size and time as well.
using FileIdentity = std::tuple<uint64_t, uint64_t, int64_t, int64_t, int64_t>;

bool IdentityOf(const std::string& path, FileIdentity* identity) {
  struct stat status;
  if (::stat(path.c_str(), &status) != 0) return false;
  *identity = {status.st_dev, status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
  return true;
}

std::string Named(const FileCase& row) {
  return row.split.empty() ? std::string(row.id) : absl::StrCat(row.id, " (split \"", row.split, "\")");
}

}  // namespace

std::vector<DatasetProblem> FindSameFiles(const FileDatasetParts& parts) {
  std::vector<DatasetProblem> problems;
  absl::flat_hash_map<FileIdentity, int64_t> case_of;
  const auto add = [&](const FileCase& row, const FileCase& other, const std::string& path) {
    problems.push_back({.severity = DatasetProblem::Severity::kError,
                        .case_id = std::string(row.id),
                        .message = absl::StrCat(path, ": is the volume of case ", Named(row), " and of case ", Named(other)),
                        .remedy = "keep one of the cases: no scan must count twice, nor be tested on where training saw it"});
  };
  FileIdentity identity;
  for (int64_t i = 0; i < parts.cases.size(); ++i) {
    const absl::StatusOr<std::string> path = parts.volume_path(parts.cases[i].volume);
    if (!path.ok() || !IdentityOf(*path, &identity)) continue;
    const auto [first, is_new] = case_of.emplace(identity, i);
    if (!is_new) add(parts.cases[i], parts.cases[first->second], *path);
  }
  for (int64_t i = 0; i < parts.other_cases.size(); ++i) {
    const absl::StatusOr<std::string> path = parts.volume_path(parts.other_cases[i].volume);
    if (!path.ok() || !IdentityOf(*path, &identity)) continue;
    if (const auto found = case_of.find(identity); found != case_of.end()) {
      add(parts.cases[found->second], parts.other_cases[i], *path);
    }
  }
  return problems;
}

}  // namespace asap
