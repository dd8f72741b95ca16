#include "core/benchmark/run.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"

namespace asap {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "asap-run";
constexpr int kVersion = 1;

// JSON has no NaN and no infinities.
Json Number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double ToNumber(const Json& value) {
  if (!value.is_string()) return value.get<double>();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

Json Pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json json = Json::object();
  for (const auto& [key, value] : pairs) json[key] = value;
  return json;
}

// A table: the names once, then a row of values for each case; null where a case lacks one.
Json CohortJson(const Cohort& cohort) {
  std::map<std::string, size_t> scores, truth;
  for (const CaseResult& result : cohort.cases) {
    for (const auto& [name, value] : result.scores) scores.emplace(name, 0);
    for (const auto& [name, value] : result.truth) truth.emplace(name, 0);
  }
  const auto names = [](const std::map<std::string, size_t>& columns) {
    Json json = Json::array();
    for (const auto& [name, unused] : columns) json.push_back(name);
    return json;
  };
  const auto row = [](const std::map<std::string, size_t>& columns, const std::map<std::string, double>& values) {
    Json json = Json::array();
    for (const auto& [name, unused] : columns) {
      const auto found = values.find(name);
      json.push_back(found == values.end() ? Json() : Number(found->second));
    }
    return json;
  };
  Json cases = Json::array();
  for (const CaseResult& result : cohort.cases) {
    cases.push_back({result.case_id, result.patient, row(scores, result.scores), row(truth, result.truth)});
  }
  return {{"dataset", cohort.dataset}, {"scores", names(scores)}, {"truth", names(truth)}, {"cases", cases}};
}

Cohort ToCohort(const Json& json) {
  Cohort cohort;
  cohort.dataset = json.at("dataset");
  const auto scores = json.at("scores").get<std::vector<std::string>>();
  const auto truth = json.at("truth").get<std::vector<std::string>>();
  const auto fill = [](const std::vector<std::string>& names, const Json& row, std::map<std::string, double>& values) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (!row.at(i).is_null()) values[names[i]] = ToNumber(row.at(i));
    }
  };
  for (const Json& row : json.at("cases")) {
    CaseResult result;
    result.case_id = row.at(0);
    result.patient = row.at(1);
    fill(scores, row.at(2), result.scores);
    fill(truth, row.at(3), result.truth);
    cohort.cases.push_back(std::move(result));
  }
  return cohort;
}

}  // namespace

std::string RunKey::FileName() const {
  return absl::StrCat(encoder, "/", task, "/", ProtocolName(protocol), "/", fraction, "pct_seed", seed, ".json");
}

absl::Status WriteRun(const std::string& path, const Run& run) {
  const SplitFacts& split = run.result.split;
  Json external = Json::array();
  for (const Cohort& cohort : run.result.external) external.push_back(CohortJson(cohort));
  const Json json = {{"format", kFormat},
                     {"version", kVersion},
                     {"encoder", run.key.encoder},
                     {"encoder_digest", run.key.encoder_digest},
                     {"task", run.key.task},
                     {"protocol", ProtocolName(run.key.protocol)},
                     {"fraction", run.key.fraction},
                     {"seed", run.key.seed},
                     {"settings", run.key.settings},
                     {"seconds", run.seconds},
                     {"machine", run.machine},
                     {"date", run.date},
                     {"split",
                      {{"origin", split.origin},
                       {"digest", split.digest},
                       {"train", {{"cases", split.train_cases}, {"patients", split.train_patients}}},
                       {"valid", {{"cases", split.valid_cases}, {"patients", split.valid_patients}}},
                       {"test", {{"cases", split.test_cases}, {"patients", split.test_patients}}}}},
                     {"choices", Pairs(run.result.choices)},
                     {"warnings", run.result.warnings},
                     {"test", CohortJson(run.result.test)},
                     {"external", external}};
  return WriteFileAtomically(path, absl::StrCat(json.dump(-1, ' ', false, Json::error_handler_t::replace), "\n"));
}

absl::StatusOr<Run> ReadRun(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  try {
    const Json json = Json::parse(text);
    if (json.at("format") != kFormat || json.at("version") != kVersion) {
      return absl::DataLossError(absl::StrCat(path, ": not a run of this version; delete it, and it is made again"));
    }
    Run run;
    run.key.encoder = json.at("encoder");
    run.key.encoder_digest = json.at("encoder_digest");
    run.key.task = json.at("task");
    ASAP_ASSIGN_OR_RETURN(run.key.protocol, ParseProtocol(json.at("protocol")));
    run.key.fraction = json.at("fraction");
    run.key.seed = json.at("seed");
    run.key.settings = json.at("settings");
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
    return run;
  } catch (const nlohmann::json::exception& error) {
    return absl::DataLossError(absl::StrCat(path, ": ", error.what(), "; delete it, and it is made again"));
  }
}

}  // namespace asap
