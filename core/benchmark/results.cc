#include "core/benchmark/results.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace asap {
namespace {

using Json = nlohmann::ordered_json;

Json Optional(const std::optional<double>& value) { return value.has_value() ? Json(*value) : Json(); }

template <typename T>
Json Object(const T& pairs) {
  Json json = Json::object();
  for (const auto& [key, value] : pairs) json[key] = value;
  return json;
}

// "metric" and what a reader needs to draw it.
void AddMetric(const Metric& metric, Json& json) {
  json["metric"] = metric.name;
  json["title"] = metric.title;
  if (!metric.unit.empty()) json["unit"] = metric.unit;
  json["higher_is_better"] = metric.higher_is_better;
}

Json ToJson(const ScoreRow& row) {
  Json by_seed = Json::array();
  for (const std::optional<double>& value : row.by_seed) by_seed.push_back(Optional(value));
  Json json = {{"encoder", row.encoder}, {"task", row.task}, {"cohort", row.cohort}, {"fraction", row.fraction}};
  AddMetric(row.metric, json);
  json.update({{"label", row.label},
               {"headline", row.headline},
               {"value", Optional(row.value)},
               {"low", Optional(row.low)},
               {"high", Optional(row.high)},
               {"sd_over_seeds", Optional(row.sd)},
               {"by_seed", by_seed},
               {"undefined_resamples", row.undefined_resamples},
               {"rows", row.rows},
               {"cases", row.cases},
               {"patients", row.patients}});
  if (row.closed_form.has_value()) json["closed_form"] = {row.closed_form->low, row.closed_form->high};
  return json;
}

Json ToJson(const TaskSpec& spec) {
  return {{"name", spec.name},
          {"title", spec.title},
          {"dataset", spec.dataset},
          {"outcome", spec.outcome},
          {"labels", spec.labels},
          {"fractions", spec.fractions},
          {"headline", spec.headline},
          {"external", spec.external_datasets},
          {"encoder", EncoderUseName(spec.encoder)},
          {"version", spec.version}};
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
          {"file", absl::StrCat("runs/", run.key.Place(), ".json")},
          {"task_version", run.key.task_version},
          {"parameters", Object(run.key.parameters)},
          {"data", run.key.data},
          {"settings", run.key.settings},
          {"commit", run.key.commit},
          {"seconds", run.seconds},
          {"date", run.date},
          {"split",
           {{"origin", split.origin},
            {"digest", split.digest},
            {"train", {{"cases", split.train_cases}, {"patients", split.train_patients}}},
            {"valid", {{"cases", split.valid_cases}, {"patients", split.valid_patients}}},
            {"test", {{"cases", split.test_cases}, {"patients", split.test_patients}}}}},
          {"choices", Object(run.result.choices)},
          {"warnings", run.result.warnings}};
}

Json ToJson(const ComparisonRow& row) {
  Json json = {{"task", row.task}, {"cohort", row.cohort}};
  AddMetric(row.metric, json);
  json.update({{"fraction", row.fraction},
               {"encoder", row.encoder},
               {"baseline", row.baseline},
               {"difference", row.difference},
               {"low", row.low},
               {"high", row.high},
               {"effect", row.effect},
               {"p", row.p},
               {"p_holm", row.p_holm}});
  return json;
}

Json ToJson(const Measured& measured) { return {{"name", measured.name}, {"digest", measured.digest}, {"kind", measured.kind}}; }

Json ToJson(const NotApplicable& pair) { return {{"encoder", pair.encoder}, {"task", pair.task}, {"reason", pair.reason}}; }

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
                     {"release", results.release},
                     {"commit", results.commit},
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
                     {"not_applicable", Array(results.not_applicable)},
                     {"failures", results.failures},
                     {"warnings", results.warnings}};
  return absl::StrCat(json.dump(2, ' ', false, Json::error_handler_t::replace), "\n");
}

}  // namespace asap
