#include "core/benchmark/results.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace asap {
namespace {

using Json = nlohmann::ordered_json;

Json Optional(const std::optional<double>& value) { return value.has_value() ? Json(*value) : Json(); }

Json Pairs(const std::vector<std::pair<std::string, std::string>>& pairs) {
  Json json = Json::object();
  for (const auto& [key, value] : pairs) json[key] = value;
  return json;
}

const char* OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kBinary:
      return "binary";
    case Outcome::kMultilabel:
      return "multilabel";
    case Outcome::kMulticlass:
      return "multiclass";
    case Outcome::kSurvival:
      return "survival";
  }
  return "";
}

Json ToJson(const ScoreRow& row) {
  Json by_seed = Json::array();
  for (const std::optional<double>& value : row.by_seed) by_seed.push_back(Optional(value));
  Json json = {{"encoder", row.encoder},       {"task", row.task},
               {"cohort", row.cohort},         {"fraction", row.fraction},
               {"metric", row.metric},         {"label", row.label},
               {"headline", row.headline},     {"higher_is_better", row.higher_is_better},
               {"value", Optional(row.value)}, {"low", Optional(row.low)},
               {"high", Optional(row.high)},   {"sd_over_seeds", Optional(row.sd)},
               {"by_seed", by_seed},           {"undefined_resamples", row.undefined_resamples},
               {"cases", row.cases},           {"patients", row.patients}};
  if (row.delong_low.has_value()) json["delong"] = {Optional(row.delong_low), Optional(row.delong_high)};
  return json;
}

Json ToJson(const TaskSpec& spec) {
  return {
      {"name", spec.name},     {"title", spec.title},         {"dataset", spec.dataset},   {"outcome", OutcomeName(spec.outcome)},
      {"labels", spec.labels}, {"fractions", spec.fractions}, {"headline", spec.headline}, {"external", spec.external_datasets}};
}

Json ToJson(const DatasetCard& card) {
  return {{"name", card.name},
          {"title", card.title},
          {"source", card.source},
          {"licence", card.licence},
          {"population", card.population},
          {"acquisition", card.acquisition},
          {"known_defects", card.known_defects}};
}

Json ToJson(const Run& run) {
  const SplitFacts& split = run.result.split;
  return {{"encoder", run.key.encoder},
          {"task", run.key.task},
          {"fraction", run.key.fraction},
          {"seed", run.key.seed},
          {"file", absl::StrCat("runs/", run.key.FileName())},
          {"settings", run.key.settings},
          {"seconds", run.seconds},
          {"date", run.date},
          {"split",
           {{"origin", split.origin},
            {"digest", split.digest},
            {"train", {{"cases", split.train_cases}, {"patients", split.train_patients}}},
            {"valid", {{"cases", split.valid_cases}, {"patients", split.valid_patients}}},
            {"test", {{"cases", split.test_cases}, {"patients", split.test_patients}}}}},
          {"choices", Pairs(run.result.choices)},
          {"warnings", run.result.warnings}};
}

Json ToJson(const ComparisonRow& row) {
  return {{"task", row.task},
          {"cohort", row.cohort},
          {"metric", row.metric},
          {"fraction", row.fraction},
          {"encoder", row.encoder},
          {"baseline", row.baseline},
          {"difference", row.difference},
          {"low", row.low},
          {"high", row.high},
          {"effect", row.effect},
          {"p", row.p},
          {"p_holm", row.p_holm}};
}

Json ToJson(const Measured& measured) {
  return {{"name", measured.name}, {"digest", measured.digest}, {"kind", measured.kind}, {"frozen", measured.frozen}};
}

Json ToJson(const ShiftRow& row) {
  return {{"dataset", row.dataset},
          {"reference", row.reference},
          {"hu_wasserstein", Optional(row.hu_wasserstein)},
          {"frechet", Optional(row.frechet)},
          {"spacing_mm", row.spacing_mm}};
}

template <typename T>
Json Array(const std::vector<T>& values) {
  Json json = Json::array();
  for (const T& value : values) json.push_back(ToJson(value));
  return json;
}

}  // namespace

std::string ResultsJson(const BenchmarkResults& results) {
  const Json json = {{"format", "asap-benchmark"},
                     {"version", kResultsVersion},
                     {"created", results.created},
                     {"machine", results.machine},
                     {"command", results.command},
                     {"protocol", ProtocolName(results.protocol)},
                     {"data", results.data},
                     {"encoders", Array(results.encoders)},
                     {"tasks", Array(results.tasks)},
                     {"datasets", Array(results.cards)},
                     {"scores", Array(results.scores)},
                     {"comparisons", Array(results.comparisons)},
                     {"shift", Array(results.shift)},
                     {"runs", Array(results.runs)},
                     {"failures", results.failures},
                     {"warnings", results.warnings}};
  return absl::StrCat(json.dump(2, ' ', false, Json::error_handler_t::replace), "\n");
}

}  // namespace asap
