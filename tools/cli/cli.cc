#include "tools/cli/cli.h"

#include <gflags/gflags.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/base/suggest.h"

namespace asap {
namespace {

using gflags::CommandLineFlagInfo;

// Flags of glog that are useful to a user; gflags' and glog's many others stay accepted but out of --help.
constexpr const char* kCommonFlags[] = {"v", "minloglevel"};

std::vector<CommandLineFlagInfo> FlagsOf(const std::string& tool) {
  std::vector<CommandLineFlagInfo> all, own;
  gflags::GetAllFlags(&all);
  for (const CommandLineFlagInfo& flag : all) {
    if (absl::StrContains(flag.filename, absl::StrCat("tools/", tool, "/"))) own.push_back(flag);
  }
  std::sort(own.begin(), own.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return own;
}

std::vector<std::string> KnownNames() {
  std::vector<CommandLineFlagInfo> all;
  gflags::GetAllFlags(&all);
  std::vector<std::string> names;
  for (const CommandLineFlagInfo& flag : all) {
    if (absl::StrContains(flag.filename, "tools/") || absl::StrContains(flag.filename, "tests/")) names.push_back(flag.name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::Status Expand(const std::vector<std::string>& arguments, int depth, std::vector<std::string>* flat) {
  if (depth > 8) return absl::InvalidArgumentError("flagfiles name each other in a circle");
  for (const std::string& argument : arguments) {
    const auto text = absl::string_view(argument);
    if (!absl::StartsWith(text, "--flagfile=") && !absl::StartsWith(text, "-flagfile=")) {
      flat->push_back(argument);
      continue;
    }
    const std::string path = UserPath(text.substr(text.find('=') + 1));
    ASAP_ASSIGN_OR_RETURN(const std::string contents, ReadFile(path));
    std::vector<std::string> lines;
    for (absl::string_view line : absl::StrSplit(contents, '\n')) {
      line = absl::StripAsciiWhitespace(line);
      if (!line.empty() && line[0] != '#') lines.emplace_back(line);
    }
    ASAP_RETURN_IF_ERROR(Expand(lines, depth + 1, flat));
  }
  return absl::OkStatus();
}

// 0.8 rather than 0.80000000000000004, which is what gflags keeps.
std::string Shown(const CommandLineFlagInfo& flag, const std::string& value) {
  double number;
  return flag.type == "double" && absl::SimpleAtod(value, &number) ? absl::StrCat(number) : value;
}

// Wraps at `width` columns with a hanging indent.
std::string Wrap(absl::string_view text, int indent, int width) {
  std::string out;
  int column = width;
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    if (column + 1 + static_cast<int>(word.size()) > width) {
      absl::StrAppend(&out, out.empty() ? "" : "\n", std::string(indent, ' '), word);
      column = indent + word.size();
    } else {
      absl::StrAppend(&out, " ", word);
      column += 1 + word.size();
    }
  }
  return out;
}

}  // namespace

std::optional<std::string> TypedFlag(const std::vector<std::string>& typed, const std::string& name) {
  std::optional<std::string> value;
  for (size_t i = 0; i < typed.size(); ++i) {
    absl::string_view text = typed[i];
    if (!absl::ConsumePrefix(&text, "--") && !absl::ConsumePrefix(&text, "-")) continue;
    if (!absl::ConsumePrefix(&text, name)) continue;
    if (absl::ConsumePrefix(&text, "=")) {
      value = std::string(text);
    } else if (text.empty() && i + 1 < typed.size()) {
      value = typed[i + 1];
    }
  }
  return value;
}

absl::Status ParseFlags(const std::vector<std::string>& arguments) {
  std::vector<std::string> flat;
  ASAP_RETURN_IF_ERROR(Expand(arguments, 0, &flat));
  for (size_t i = 0; i < flat.size(); ++i) {
    absl::string_view text = flat[i];
    if (text.empty()) continue;
    if (text[0] != '-') {
      return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a flag: every argument is of the form --name=value"));
    }
    text.remove_prefix(absl::StartsWith(text, "--") ? 2 : 1);
    const size_t equals = text.find('=');
    const std::string typed(text.substr(0, equals));
    std::string name = absl::StrReplaceAll(typed, {{"-", "_"}});
    CommandLineFlagInfo info;
    bool negated = false;
    if (!gflags::GetCommandLineFlagInfo(name.c_str(), &info)) {
      negated = absl::StartsWith(name, "no") && gflags::GetCommandLineFlagInfo(name.c_str() + 2, &info) && info.type == "bool";
      if (!negated) {
        std::string message = UnknownName("flag", name, KnownNames());
        message.resize(message.find(" Known:"));
        return absl::InvalidArgumentError(absl::StrCat(message, " See --help."));
      }
      name = name.substr(2);
    }
    std::string value;
    if (equals != absl::string_view::npos) {
      value = std::string(text.substr(equals + 1));
    } else if (info.type == "bool") {
      value = negated ? "false" : "true";
    } else if (i + 1 < flat.size()) {
      value = flat[++i];
    } else {
      return absl::InvalidArgumentError(absl::StrCat("--", name, " needs a value: ", info.description));
    }
    if (gflags::SetCommandLineOption(name.c_str(), value.c_str()).empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", name, "=", value, " is not valid: expected a value of type ", info.type, ". ", info.description));
    }
  }
  return absl::OkStatus();
}

std::string FlagTable(const std::string& tool) {
  std::string table;
  for (const CommandLineFlagInfo& flag : FlagsOf(tool)) {
    absl::StrAppend(&table, flag.name, " ", flag.type, " \"", Shown(flag, flag.default_value), "\"\n");
  }
  return table;
}

std::string HelpText(const ToolHelp& help) {
  std::string text = absl::StrCat(help.summary, "\n\nExamples:\n");
  for (const std::string& example : help.examples) absl::StrAppend(&text, "  ", example, "\n");
  absl::StrAppend(&text, "\nFlags:\n");
  for (const CommandLineFlagInfo& flag : FlagsOf(help.name)) {
    const std::string value = Shown(flag, flag.current_value);
    absl::StrAppend(&text, "  --", flag.name, " (", flag.type, ", default ", value.empty() ? "empty" : value, ")\n",
                    Wrap(flag.description, 6, 110), "\n");
  }
  absl::StrAppend(&text, "  --flagfile=FILE\n      Reads flags from a file, one --name=value a line; a later flag wins.\n");
  absl::StrAppend(
      &text, "Logging (glog): --", absl::StrJoin(kCommonFlags, ", --"), "\n",
      "Relative paths count from the folder in which the command is typed. Exit status: 0 done, 2 wrong call, 1 otherwise.\n");
  return text;
}

std::string ResolvedFlagfile(const std::string& tool) {
  std::string text;
  for (const CommandLineFlagInfo& flag : FlagsOf(tool)) absl::StrAppend(&text, "--", flag.name, "=", flag.current_value, "\n");
  return text;
}

std::string WithFlags(absl::string_view message) {
  struct Words {
    absl::string_view words, with_flag;  // the first word without its first letter where that may be a capital
    const char* flag;
  };
  static constexpr Words kWords[] = {
      // core/train
      {"tart anew", "tart anew (--resume=never)", "resume"},
      {"here or in another folder", "here or in another folder (--output_dir)", "output_dir"},
      {"name another checkpoint", "name another checkpoint (--resume=FOLDER)", "resume"},
      {"name a run's folder or one of its checkpoints/step-... folders",
       "name a run's folder (its --output_dir) or one of its checkpoints/step-... folders (--resume)", "resume"},
      {"that is accumulate=", "that is --accumulate=", "accumulate"},
      {"no accumulate makes that", "no --accumulate makes that", "accumulate"},
      {"accumulate fewer batches", "accumulate fewer batches (--accumulate)", "accumulate"},
      {"a lower learning rate", "a lower learning rate (--lr)", "lr"},
      {"training in float32", "training in float32 (--precision=f32)", "precision"},
      {"updating in the backward pass", "updating in the backward pass (--update_in_backward)", "update_in_backward"},
      // core/device, core/distributed
      {"the device cuda", "--device=cuda", "device"},
      {"the device cpu", "--device=cpu", "device"},
      {"he backend gloo", "he backend gloo (--backend=gloo)", "backend"},
      {"he backend nccl", "he backend nccl (--backend=nccl)", "backend"},
      {"the same device, backend and NCCL", "the same --device, --backend and NCCL", "backend"},
      // core/data
      {"put the cache on another disk", "put the cache on another disk (--cache_dir)", "cache_dir"},
      {"put the cache in another folder", "put the cache in another folder (--cache_dir)", "cache_dir"},
      {"do without a cache", "do without a cache (--cache_dir=none)", "cache_dir"},
      {"give the cache fewer bytes", "give the cache fewer bytes (--cache_gb)", "cache_gb"},
      {"o without published lists", "o without published lists (no --splits)", "splits"},
      {"read the published lists", "read the published lists (--splits)", "splits"},
      {"the folder of published lists ", "--splits: ", "splits"},
      {"the published lists of ", "--splits: the lists of ", "splits"},
      {"under the strict protocol", "under the strict protocol (--protocol=strict)", "protocol"},
      // datasets
      {"no folder was given", "no folder was given (--data_root=FOLDER)", "data_root"},
      {"name the right folder", "name the right folder (--data_root)", "data_root"},
      {"looks like the one: ", "looks like the one: --data_root=", "data_root"},
      {"no table was given", "no table was given (--pairs=FILE.csv)", "pairs"},
      {": open it as ", ": --data=", "data"},
      {"where bad cases are skipped", "with --on_bad_case=skip", "on_bad_case"},
  };
  std::vector<std::pair<absl::string_view, absl::string_view>> known;
  gflags::CommandLineFlagInfo info;
  for (const Words& words : kWords) {
    if (gflags::GetCommandLineFlagInfo(words.flag, &info)) known.emplace_back(words.words, words.with_flag);
  }
  return absl::StrReplaceAll(message, known);
}

}  // namespace asap
