#include "tools/new_task/write_task.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/base/suggest.h"

namespace asap {
namespace {

// By kind: what the declaration includes, depends on and says.
struct Template {
  const char* dependency;
  const char* source;
};

const std::map<std::string, Template>& Templates() {
  static const auto* templates =
      new std::map<std::string, Template>{{"classification",
                                           {"//tasks/classification",
                                            R"(// Say here what is found, in whom, and who labelled it.
#include "tasks/classification/classification.h"

namespace asap {
namespace {

std::unique_ptr<Task> Make() {
  return MakeClassification({
      .name = "@NAME@",
      .title = "@LABELS_TITLE@",
      .dataset = "@DATASET@",
      // Keys of the dataset's labels, each 0 or 1.
      .labels = {@LABELS@},
      // Per cent of the training labels.
      .fractions = {1, 10, 100},
  });
}

REGISTER_TASK("@NAME@", Make);

}  // namespace
}  // namespace asap
)"}},
                                          {"prognosis",
                                           {"//tasks/frozen:label_task",
                                            R"(// Say here what happens to whom, within what time of the scan.
#include <memory>

#include "tasks/frozen/label_task.h"

namespace asap {
namespace {

// Of an outcome by a fixed time. One by several horizons is a SurvivalTask: see tasks/prognosis/inspect.
std::unique_ptr<Task> Make() {
  FrozenSpec spec;
  spec.task.name = "@NAME@";
  spec.task.title = "@LABELS_TITLE@";
  spec.task.dataset = "@DATASET@";
  spec.task.outcome = Outcome::kBinary;
  spec.task.labels = {@LABELS@};
  spec.task.fractions = {1, 10, 100};
  spec.task.headline = "auroc";
  spec.dataset_labels = spec.task.labels;
  return std::make_unique<LabelTask>(std::move(spec));
}

REGISTER_TASK("@NAME@", Make);

}  // namespace
}  // namespace asap
)"}}};
  return *templates;
}

constexpr char kBuild[] = R"(load("//tasks:task.bzl", "asap_task")

asap_task(
    name = "@SHORT@",
    srcs = ["@SHORT@.cc"],
    deps = ["@DEPENDENCY@"],
)
)";

constexpr char kReadme[] = R"(# @NAME@
What it measures, and why it matters to whom.

    ./tools/bazel test //tasks/@NAME@:all
    ./tools/bazel run //tools:benchmark -- --tasks=@NAME@ --data=files --data_root=@DATASET@=FOLDER
)";

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
  std::vector<std::string> kinds;
  for (const auto& [kind, unused] : Templates()) kinds.push_back(kind);
  const auto kind = Templates().find(parts[0]);
  if (kind == Templates().end()) return absl::InvalidArgumentError(UnknownName("kind of task", parts[0], kinds));
  if (task.labels.empty() || (parts[0] == "prognosis" && task.labels.size() != 1)) {
    return absl::InvalidArgumentError(parts[0] == "prognosis" ? "--labels: expected one label"
                                                              : "--labels: expected one or more labels");
  }
  const std::string folder = absl::StrCat("tasks/", task.name), table_path = absl::StrCat(task.workspace, "/tasks/tasks.bzl");
  std::error_code error;
  if (std::filesystem::exists(absl::StrCat(task.workspace, "/", folder), error)) {
    return absl::AlreadyExistsError(absl::StrCat(folder, ": is there already; choose another name, or remove it first"));
  }
  ASAP_ASSIGN_OR_RETURN(const std::string table, ReadFile(table_path));
  ASAP_ASSIGN_OR_RETURN(const std::string new_table, WithTask(table, table_path, task.name));
  const std::vector<std::pair<std::string, std::string>> values = {
      {"@NAME@", task.name},
      {"@SHORT@", parts[1]},
      {"@DATASET@", task.dataset},
      {"@DEPENDENCY@", kind->second.dependency},
      {"@LABELS@", absl::StrCat("\"", absl::StrJoin(task.labels, "\", \""), "\"")},
      {"@LABELS_TITLE@", absl::StrJoin(task.labels, ", ")}};
  const std::vector<std::pair<std::string, const char*>> files = {
      {"BUILD", kBuild}, {parts[1] + ".cc", kind->second.source}, {"README.md", kReadme}};
  ASAP_RETURN_IF_ERROR(MakeWritableFolder(absl::StrCat(task.workspace, "/", folder)));
  std::vector<std::string> written;
  for (const auto& [file, text] : files) {
    written.push_back(absl::StrCat(folder, "/", file));
    ASAP_RETURN_IF_ERROR(
        WriteFileAtomically(absl::StrCat(task.workspace, "/", written.back()), absl::StrReplaceAll(text, values)));
  }
  ASAP_RETURN_IF_ERROR(WriteFileAtomically(table_path, new_table));
  written.push_back("tasks/tasks.bzl");
  return written;
}

}  // namespace asap
