#include "tools/new_task/write_task.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/base/suggest.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

// The label that templates have.
constexpr char kLabel[] = "\"Lung nodule\"";

// The kinds that have a template: tasks/KIND/template.
std::vector<std::string> KindsIn(const std::string& workspace) {
  std::vector<std::string> kinds;
  std::error_code error;
  for (fs::directory_iterator entry(workspace + "/tasks", error), end; !error && entry != end; entry.increment(error)) {
    if (fs::is_directory(entry->path() / "template", error)) kinds.push_back(entry->path().filename().string());
  }
  std::sort(kinds.begin(), kinds.end());
  return kinds;
}

bool IsWord(absl::string_view text) {
  return !text.empty() && absl::ascii_islower(text[0]) && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

// The table with one more line, in the order of names.
absl::StatusOr<std::string> WithTask(const std::string& table, const std::string& path, const std::string& name) {
  const std::string line = absl::StrCat("    \"", name, "\": \"//tasks/", name, "\",");
  std::vector<std::string> lines = absl::StrSplit(table, '\n');
  const auto begin = std::find(lines.begin(), lines.end(), "TASKS = {");
  const auto end = std::find(begin, lines.end(), "}");
  if (begin == lines.end() || end == lines.end()) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": has no table TASKS = {...}; is this the repository's workspace?"));
  }
  auto at = begin + 1;
  while (at != end && *at < line) ++at;
  lines.insert(at, line);
  return absl::StrJoin(lines, "\n");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> WriteNewTask(const NewTask& task) {
  const std::vector<std::string> parts = absl::StrSplit(task.name, '/');
  if (parts.size() != 2 || !IsWord(parts[1])) {
    return absl::InvalidArgumentError(absl::StrCat("--name=", task.name,
                                                   ": expected KIND/NAME of lower-case letters, digits and "
                                                   "underscores, as classification/my_hospital"));
  }
  const std::vector<std::string> kinds = KindsIn(task.workspace);
  if (kinds.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat(task.workspace, ": has no tasks/KIND/template; is this the repository's workspace?"));
  }
  if (std::count(kinds.begin(), kinds.end(), parts[0]) == 0) {
    return absl::InvalidArgumentError(UnknownName("kind of task", parts[0], kinds));
  }
  if (task.labels.empty()) return absl::InvalidArgumentError("no labels: expected one or more");
  const std::string folder = absl::StrCat("tasks/", task.name), table_path = absl::StrCat(task.workspace, "/tasks/tasks.bzl");
  std::error_code error;
  if (fs::exists(absl::StrCat(task.workspace, "/", folder), error)) {
    return absl::AlreadyExistsError(absl::StrCat(folder, ": is there already; choose another name, or remove it first"));
  }
  ASAP_ASSIGN_OR_RETURN(const std::string table, ReadFile(table_path));
  ASAP_ASSIGN_OR_RETURN(const std::string new_table, WithTask(table, table_path, task.name));
  const std::vector<std::pair<std::string, std::string>> values = {
      {absl::StrCat(parts[0], "/template"), task.name},
      {"\"template\"", absl::StrCat("\"", parts[1], "\"")},
      {"\"template.cc\"", absl::StrCat("\"", parts[1], ".cc\"")},
      {"\"pairs\"", absl::StrCat("\"", task.dataset, "\"")},
      {"pairs=FOLDER", absl::StrCat(task.dataset, "=FOLDER")},
      {kLabel, absl::StrCat("\"", absl::StrJoin(task.labels, "\", \""), "\"")}};
  // All is read before anything is written.
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : fs::directory_iterator(absl::StrCat(task.workspace, "/tasks/", parts[0], "/template"))) {
    ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(entry.path().string()));
    const std::string name = absl::StrReplaceAll(entry.path().filename().string(), {{"template", parts[1]}});
    files.emplace_back(absl::StrCat(folder, "/", name), absl::StrReplaceAll(text, values));
  }
  std::sort(files.begin(), files.end());
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(absl::StrCat(task.workspace, "/", folder)));
  std::vector<std::string> written;
  for (const auto& [path, text] : files) {
    written.push_back(path);
    ASAP_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(task.workspace, "/", path), text));
  }
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(table_path, new_table));
  written.push_back("tasks/tasks.bzl");
  return written;
}

}  // namespace asap
