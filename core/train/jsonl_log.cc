#include "core/train/jsonl_log.h"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/status.h"

namespace asap {
namespace {

constexpr absl::string_view kTermPrefix = "loss/";

std::string Line(const StepRecord& record) {
  nlohmann::ordered_json line;
  line["step"] = record.step;
  line["epoch"] = record.epoch;
  line["learning_rate"] = record.learning_rate;
  line["loss"] = record.loss;
  for (const auto& [name, value] : record.terms) line[absl::StrCat(kTermPrefix, name)] = value;
  line["gradient_norm"] = record.gradient_norm;
  line["skipped"] = record.skipped;
  line["samples_per_second"] = record.samples_per_second;
  line["wait_share"] = record.wait_share;
  line["peak_memory"] = record.peak_memory;
  if (record.peak_device_memory > 0) line["peak_device_memory"] = record.peak_device_memory;
  line["seconds"] = record.seconds;
  return absl::StrCat(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace), "\n");
}

double Number(const nlohmann::ordered_json& line, const char* key) {
  const auto found = line.find(key);
  if (found == line.end() || !found->is_number()) return std::numeric_limits<double>::quiet_NaN();
  return found->get<double>();
}

int64_t Integer(const nlohmann::ordered_json& line, const char* key) {
  const auto found = line.find(key);
  return found == line.end() || !found->is_number_integer() ? -1 : found->get<int64_t>();
}

// False where the line is no record.
bool Parse(absl::string_view text, StepRecord& record) {
  const auto line = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!line.is_object() || Integer(line, "step") < 0) return false;
  record = {.step = Integer(line, "step"),
            .epoch = Number(line, "epoch"),
            .learning_rate = Number(line, "learning_rate"),
            .loss = Number(line, "loss"),
            .gradient_norm = Number(line, "gradient_norm"),
            .skipped = Integer(line, "skipped"),
            .samples_per_second = Number(line, "samples_per_second"),
            .wait_share = Number(line, "wait_share"),
            .peak_memory = Integer(line, "peak_memory"),
            .peak_device_memory = std::max<int64_t>(0, Integer(line, "peak_device_memory")),
            .seconds = Number(line, "seconds")};
  for (const auto& [key, value] : line.items()) {
    absl::string_view name = key;
    if (absl::ConsumePrefix(&name, kTermPrefix)) record.terms.emplace_back(name, Number(line, key.c_str()));
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<JsonlLog>> JsonlLog::Open(const std::string& path, int64_t keep_step) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    ASAP_ASSIGN_OR_RETURN(const std::string contents, ReadFile(path));
    std::string kept;
    for (const absl::string_view line : absl::StrSplit(contents, '\n')) {
      StepRecord record;
      if (Parse(line, record) && record.step <= keep_step) absl::StrAppend(&kept, line, "\n");
    }
    if (kept != contents) ASAP_RETURN_IF_ERROR(WriteFileAtomically(path, kept));
  }
  ASAP_ASSIGN_OR_RETURN(AppendFile file, AppendFile::Open(path));
  return std::unique_ptr<JsonlLog>(new JsonlLog(std::move(file)));
}

absl::Status JsonlLog::Append(const StepRecord& record) { return file_.Write(Line(record)); }

absl::StatusOr<std::vector<StepRecord>> ReadJsonlLog(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string contents, ReadFile(path));
  std::vector<StepRecord> records;
  for (const absl::string_view line : absl::StrSplit(contents, '\n')) {
    StepRecord record;
    if (Parse(line, record)) records.push_back(std::move(record));
  }
  return records;
}

}  // namespace asap
