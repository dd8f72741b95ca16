#include "core/benchmark/run.h"

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/status.h"

namespace asap {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "asap-run";
constexpr char kTextsFormat[] = "asap-run-texts";
constexpr char kMadeAgain[] = "; delete it, and it is made again";

// JSON has no NaN and no infinities: a row without a value is null.
Json Number(double value) {
  if (std::isnan(value)) return nullptr;
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double ToNumber(const Json& value) {
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (value.is_string()) return (value == "-inf" ? -1 : 1) * std::numeric_limits<double>::infinity();
  return value.get<double>();
}

template <typename T>
Json Object(const T& pairs) {
  Json json = Json::object();
  for (const auto& [key, value] : pairs) json[key] = value;
  return json;
}

// Columns: the ids of the rows, then a list of values under each column's name.
Json CohortJson(const Cohort& cohort) {
  Json cases = Json::array(), items = Json::array(), patients = Json::array(), numbers = Json::object();
  bool has_items = false;
  for (const RowId& row : cohort.rows) {
    cases.push_back(row.case_id);
    items.push_back(row.item);
    patients.push_back(row.patient);
    has_items |= !row.item.empty();
  }
  for (const auto& [name, column] : cohort.numbers) {
    Json values = Json::array();
    for (const double value : column) values.push_back(Number(value));
    numbers[name] = std::move(values);
  }
  Json json = {{"dataset", cohort.dataset}, {"cases", std::move(cases)}};
  if (has_items) json["items"] = std::move(items);
  json["patients"] = std::move(patients);
  json["numbers"] = std::move(numbers);
  return json;
}

Cohort ToCohort(const Json& json) {
  Cohort cohort;
  cohort.dataset = json.at("dataset");
  const Json &cases = json.at("cases"), &patients = json.at("patients");
  const bool has_items = json.contains("items");
  cohort.rows.resize(cases.size());
  for (size_t row = 0; row < cohort.rows.size(); ++row) {
    cohort.rows[row].case_id = cases.at(row);
    cohort.rows[row].patient = patients.at(row);
    if (has_items) cohort.rows[row].item = json.at("items").at(row);
  }
  for (const auto& [name, values] : json.at("numbers").items()) {
    std::vector<double>& column = cohort.numbers[name];
    column.reserve(values.size());
    for (const Json& value : values) column.push_back(ToNumber(value));
  }
  return cohort;
}

Json TextsJson(const Cohort& cohort) {
  return {{"dataset", cohort.dataset}, {"rows", cohort.rows.size()}, {"texts", Object(cohort.texts)}};
}

absl::Status FillTexts(const Json& json, Cohort& cohort) {
  if (json.at("dataset") != cohort.dataset || json.at("rows") != cohort.rows.size()) {
    return absl::DataLossError("holds the texts of other rows than the run has");
  }
  cohort.texts = json.at("texts").get<std::map<std::string, std::vector<std::string>>>();
  return CheckCohort(cohort);
}

std::string Dump(const Json& json) { return absl::StrCat(json.dump(-1, ' ', false, Json::error_handler_t::replace), "\n"); }

bool HasTexts(const TaskResult& result) {
  bool any = !result.test.texts.empty();
  for (const Cohort& cohort : result.external) any |= !cohort.texts.empty();
  return any;
}

// Texts of an earlier run under this name must not outlive it.
absl::Status WriteTexts(const std::string& path, const TaskResult& result) {
  if (!HasTexts(result)) {
    std::error_code error;
    std::filesystem::remove(path, error);
    return absl::OkStatus();
  }
  Json external = Json::array();
  for (const Cohort& cohort : result.external) external.push_back(TextsJson(cohort));
  const std::string contents =
      Dump({{"format", kTextsFormat}, {"version", kRunVersion}, {"test", TextsJson(result.test)}, {"external", external}});
  return WritePrivateFileAtomically(path, contents);
}

}  // namespace

std::string RunKey::Place() const {
  return absl::StrCat(encoder, "/", task, "/", ProtocolName(protocol), "/", fraction, "pct_seed", seed);
}

bool IsSameMeasurement(const RunKey& a, const RunKey& b) {
  return !a.data.empty() && a.data == b.data && a.encoder == b.encoder && a.encoder_digest == b.encoder_digest &&
         a.task == b.task && a.task_version == b.task_version && a.protocol == b.protocol && a.fraction == b.fraction &&
         a.seed == b.seed && a.parameters == b.parameters && a.settings == b.settings;
}

std::string TextsPath(const std::string& path) { return absl::StrCat(absl::StripSuffix(path, ".json"), ".texts.json"); }

absl::Status WriteRun(const std::string& path, const Run& run) {
  ASAP_RETURN_IF_ERROR(CheckCohort(run.result.test));
  for (const Cohort& cohort : run.result.external) ASAP_RETURN_IF_ERROR(CheckCohort(cohort));
  ASAP_RETURN_IF_ERROR(WriteTexts(TextsPath(path), run.result));
  const SplitFacts& split = run.result.split;
  Json external = Json::array();
  for (const Cohort& cohort : run.result.external) external.push_back(CohortJson(cohort));
  const Json json = {{"format", kFormat},
                     {"version", kRunVersion},
                     {"encoder", run.key.encoder},
                     {"encoder_digest", run.key.encoder_digest},
                     {"task", run.key.task},
                     {"task_version", run.key.task_version},
                     {"protocol", ProtocolName(run.key.protocol)},
                     {"fraction", run.key.fraction},
                     {"seed", run.key.seed},
                     {"parameters", Object(run.key.parameters)},
                     {"data", run.key.data},
                     {"settings", run.key.settings},
                     {"commit", run.key.commit},
                     {"seconds", run.seconds},
                     {"machine", run.machine},
                     {"date", run.date},
                     {"split",
                      {{"origin", split.origin},
                       {"digest", split.digest},
                       {"train", {{"cases", split.train_cases}, {"patients", split.train_patients}}},
                       {"valid", {{"cases", split.valid_cases}, {"patients", split.valid_patients}}},
                       {"test", {{"cases", split.test_cases}, {"patients", split.test_patients}}}}},
                     {"choices", Object(run.result.choices)},
                     {"warnings", run.result.warnings},
                     {"test", CohortJson(run.result.test)},
                     {"external", external}};
  return WriteFileAtomically(path, Dump(json));
}

absl::StatusOr<Run> ReadRun(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != kFormat) return absl::DataLossError(absl::StrCat(path, ": not a benchmark's run", kMadeAgain));
    if (json.at("version") != kRunVersion) {
      return absl::FailedPreconditionError(absl::StrCat(path, ": a run of version ", json.at("version").dump(), ", expected ",
                                                        kRunVersion,
                                                        ": it does not say on which data it was measured, and is made again"));
    }
    Run run;
    run.key.encoder = json.at("encoder");
    run.key.encoder_digest = json.at("encoder_digest");
    run.key.task = json.at("task");
    run.key.task_version = json.at("task_version");
    ASAP_ASSIGN_OR_RETURN(run.key.protocol, ParseProtocol(json.at("protocol")));
    run.key.fraction = json.at("fraction");
    run.key.seed = json.at("seed");
    run.key.parameters = json.at("parameters").get<std::map<std::string, std::string>>();
    run.key.data = json.at("data");
    run.key.settings = json.at("settings");
    run.key.commit = json.at("commit");
    run.seconds = json.at("seconds");
    run.machine = json.at("machine");
    run.date = json.at("date");
    const Json& split = json.at("split");
    SplitFacts& facts = run.result.split;
    facts.origin = split.at("origin");
    facts.digest = split.at("digest");
    facts.train_cases = split.at("train").at("cases");
    facts.train_patients = split.at("train").at("patients");
    facts.valid_cases = split.at("valid").at("cases");
    facts.valid_patients = split.at("valid").at("patients");
    facts.test_cases = split.at("test").at("cases");
    facts.test_patients = split.at("test").at("patients");
    for (const auto& [name, value] : json.at("choices").items()) run.result.choices.emplace_back(name, value);
    run.result.warnings = json.at("warnings").get<std::vector<std::string>>();
    run.result.test = ToCohort(json.at("test"));
    for (const Json& cohort : json.at("external")) run.result.external.push_back(ToCohort(cohort));
    absl::Status sound = CheckCohort(run.result.test);
    for (const Cohort& cohort : run.result.external) sound.Update(CheckCohort(cohort));
    if (!sound.ok()) return absl::DataLossError(absl::StrCat(path, ": ", sound.message(), kMadeAgain));
    return run;
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(absl::StrCat(path, ": ", error.what(), kMadeAgain));
  }
}

absl::Status ReadTexts(const std::string& path, TaskResult& result) {
  const std::string texts_path = TextsPath(path);
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(texts_path));
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != kTextsFormat || json.at("external").size() != result.external.size()) {
      return absl::DataLossError(absl::StrCat(texts_path, ": not the texts of this run", kMadeAgain));
    }
    ASAP_RETURN_IF_ERROR(Annotate(FillTexts(json.at("test"), result.test), texts_path));
    for (size_t i = 0; i < result.external.size(); ++i) {
      ASAP_RETURN_IF_ERROR(Annotate(FillTexts(json.at("external").at(i), result.external[i]), texts_path));
    }
    return absl::OkStatus();
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(absl::StrCat(texts_path, ": ", error.what(), kMadeAgain));
  }
}

}  // namespace asap
