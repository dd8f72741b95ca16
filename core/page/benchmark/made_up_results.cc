#include "core/page/benchmark/made_up_results.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace asap {
namespace {

constexpr char kSplit[] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

// Findings of CT-RATE.
std::vector<std::string> Findings() {
  return {"Medical material",
          "Arterial wall calcification",
          "Cardiomegaly",
          "Pericardial effusion",
          "Coronary artery wall calcification",
          "Hiatal hernia",
          "Lymphadenopathy",
          "Emphysema",
          "Atelectasis",
          "Lung nodule",
          "Lung opacity",
          "Pulmonary fibrotic sequela",
          "Pleural effusion",
          "Mosaic attenuation pattern",
          "Peribronchial thickening",
          "Consolidation",
          "Bronchiectasis",
          "Interlobular septal thickening"};
}

struct MadeUpTask {
  TaskSpec spec;
  int64_t cases;
};

std::vector<MadeUpTask> MadeUpTasks() {
  return {{{.name = "classification/ct_rate",
            .title = "18 findings of a chest CT",
            .dataset = "ct_rate",
            .outcome = Outcome::kMultilabel,
            .labels = Findings(),
            .fractions = {1, 10, 100},
            .headline = "auroc",
            .external_datasets = {"rad_chestct"}},
           300},
          {{.name = "classification/stoic",
            .title = "COVID-19",
            .dataset = "stoic",
            .outcome = Outcome::kBinary,
            .labels = {kAwkward},
            .fractions = {1, 10, 100},
            .headline = "auroc",
            .external_datasets = {"elsewhere"}},
           120},
          {{.name = "classification/cc_ccii",
            .title = "normal, common pneumonia, or COVID-19",
            .dataset = "cc_ccii",
            .outcome = Outcome::kMulticlass,
            .labels = {"normal", "CP", "NCP"},
            .fractions = {10, 100},
            .headline = "accuracy"},
           150},
          {{.name = "prognosis/inspect",
            .title = "death within 1, 6 and 12 months",
            .dataset = "inspect",
            .outcome = Outcome::kSurvival,
            .labels = {"1_month_mortality", "6_month_mortality", "12_month_mortality"},
            .fractions = {100},
            .headline = "c_index",
            .external_datasets = {"rspect"}},
           240}};
}

// Scores that separate by `skill` standard deviations.
Cohort MadeUpCohort(const TaskSpec& spec, const std::string& dataset, int64_t cases, double skill, std::mt19937* random) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  Cohort cohort{.dataset = dataset};
  // Elsewhere the label has another name.
  const std::vector<std::string> labels = dataset == "elsewhere" ? std::vector<std::string>{"covid_severity"} : spec.labels;
  for (int64_t i = 0; i < cases; ++i) {
    CaseResult result{.case_id = absl::StrCat(dataset, "_", i), .patient = absl::StrCat("patient-", i / 2)};
    const int chosen = static_cast<int>(i * 7 % static_cast<int64_t>(labels.size() + 1));
    const bool dies = uniform(*random) < 0.3;
    double sum = 0;
    for (size_t l = 0; l < labels.size(); ++l) {
      bool positive = uniform(*random) < 0.1 + 0.02 * l;
      if (spec.outcome == Outcome::kMulticlass) positive = i % 3 == static_cast<int64_t>(l);
      if (spec.outcome == Outcome::kSurvival) positive = dies && static_cast<int>(l) >= chosen;
      if (labels[l] == "Hiatal hernia") positive = false;  // one class alone
      const double logit = normal(*random) + (positive ? skill : 0) - (spec.outcome == Outcome::kMulticlass ? 0 : 1);
      // Logits where there is one of several classes, probabilities elsewhere.
      const double score = spec.outcome == Outcome::kMulticlass ? logit : 1 / (1 + std::exp(-logit));
      result.scores[labels[l]] = score;
      sum += score;
      if (i % 11 != 3) result.truth[labels[l]] = positive;
    }
    if (spec.outcome == Outcome::kMulticlass) result.truth[labels[i % 3]] = 1;
    if (spec.outcome == Outcome::kSurvival) {
      result.scores["risk"] = sum;
      result.truth["interval"] = dies && chosen < 3 ? chosen : 2;
      result.truth["event"] = dies && chosen < 3;
    }
    cohort.cases.push_back(std::move(result));
  }
  return cohort;
}

void AddScores(const TaskSpec& spec, const std::string& encoder, const std::string& cohort, double fraction, int64_t cases,
               double level, std::mt19937* random, std::vector<ScoreRow>* scores) {
  std::normal_distribution<double> normal;
  const auto row = [&](const std::string& metric, const std::string& label, double value) {
    ScoreRow score{
        .encoder = encoder, .task = spec.name, .cohort = cohort, .fraction = fraction, .metric = metric, .label = label};
    score.value = value;
    score.low = value - 0.03;
    score.high = value + 0.025;
    score.sd = std::abs(normal(*random)) * 0.008;
    score.by_seed = {value - 0.004, value, value + 0.004};
    score.cases = cases;
    score.patients = cases / 2;
    score.higher_is_better = metric != "brier";
    return score;
  };
  ScoreRow headline = row(spec.headline, "", level);
  headline.headline = true;
  headline.undefined_resamples = fraction == 1 ? 12 : 0;
  if (spec.headline == "auroc") {
    headline.delong_low = level - 0.028;
    headline.delong_high = level + 0.027;
  }
  scores->push_back(headline);
  scores->push_back(row("brier", "", 0.4 - level / 3));
  for (const std::string& each : spec.labels) {
    const std::string label = cohort == "elsewhere" ? "covid_severity" : each;
    ScoreRow score = row("auroc", label, std::min(0.97, level + normal(*random) * 0.05));
    if (label == "Hiatal hernia") {
      score.value = score.low = score.high = score.sd = std::nullopt;
      score.by_seed.assign(3, std::nullopt);
    }
    scores->push_back(score);
  }
}

}  // namespace

BenchmarkResults MadeUpResults() {
  std::mt19937 random(1);
  BenchmarkResults results{.created = "2026-11-26T19:40:00Z",
                           .machine = "Intel(R) Xeon(R), 2 threads",
                           .command = "--encoder=asap\n--tasks=*\n--data=phantom\n--seeds=0,1,2\n",
                           .protocol = Protocol::kStrict,
                           .data = "phantom"};
  results.encoders = {{"asap", "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", "asap", true},
                      {"random", "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", "random", true},
                      {"mae & <co>", "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35", "asap", false}};
  for (const MadeUpTask& task : MadeUpTasks()) {
    const TaskSpec& spec = task.spec;
    results.tasks.push_back(spec);
    std::vector<std::string> cohorts = spec.external_datasets;
    cohorts.insert(cohorts.begin(), spec.dataset);
    for (size_t e = 0; e < results.encoders.size(); ++e) {
      const double skill = e == 0 ? 1.6 : e == 1 ? 0.6 : 0.9;
      const std::string& encoder = results.encoders[e].name;
      for (const double fraction : spec.fractions) {
        if (e == 2 && spec.name == "classification/stoic" && fraction == 1) continue;  // it failed
        const double level = 0.55 + 0.12 * skill + 0.03 * std::log10(fraction);
        for (const std::string& cohort : cohorts) {
          AddScores(spec, encoder, cohort, fraction, task.cases, level - (cohort == spec.dataset ? 0 : 0.05), &random,
                    &results.scores);
        }
        for (uint64_t seed = 0; seed < 3; ++seed) {
          Run run{.key = {.encoder = encoder, .task = spec.name, .fraction = fraction, .seed = seed}, .seconds = 42.5 + seed};
          run.result.split = {"by patient, seed 2026", kSplit, 800, 400, 100, 50, task.cases, task.cases / 2};
          run.result.choices = {{"learning_rate", "0.003"}, {"pooling", "mean"}, {"epoch", "17"}};
          // Reports draw the first seed's cases alone.
          if (seed == 0) run.result.test = MadeUpCohort(spec, spec.dataset, task.cases, skill, &random);
          for (const std::string& external : spec.external_datasets) {
            if (seed == 0) run.result.external.push_back(MadeUpCohort(spec, external, task.cases / 2, skill - 0.3, &random));
          }
          if (spec.name == "classification/ct_rate")
            run.result.warnings = {"Hiatal hernia has no positive case; its scores are undefined"};
          results.runs.push_back(std::move(run));
        }
        if (e == 0) continue;
        for (const std::string& cohort : cohorts) {
          const double p = spec.name == "prognosis/inspect" ? 0.21 : 0.0004;
          results.comparisons.push_back({.task = spec.name,
                                         .cohort = cohort,
                                         .metric = spec.headline,
                                         .fraction = fraction,
                                         .encoder = "asap",
                                         .baseline = encoder,
                                         .difference = 0.12 * (1.6 - skill),
                                         .low = 0.004,
                                         .high = 0.21,
                                         .effect = 3.1,
                                         .p = p,
                                         .p_holm = p * 4});
        }
      }
    }
  }
  results.comparisons.back().difference = -0.02;
  results.comparisons.back().p_holm = 0.01;
  results.cards = {{.name = "rad_chestct",
                    .title = "Rad-ChestCT",
                    .source = "Draelos et al., 2021; zenodo.org/record/6406114",
                    .licence = "CC BY-NC-ND 4.0",
                    .population = "Duke University Health System, 2012 to 2017, adults without intravenous contrast",
                    .acquisition = "GE and Siemens, 0.6 to 1.25 mm",
                    .known_defects = {"the effusion column is there twice", "axes of the .npz files are flipped"}},
                   {.name = "stoic", .title = kAwkward, .population = kAwkward}};
  results.shift = {{"rad_chestct", "ct_rate", 34.2, 12.75, {0.7, 0.7, 1.0}},
                   {"stoic", "ct_rate", std::nullopt, std::nullopt, {}}};
  results.failures = {"mae & <co>/classification/stoic/strict/1pct_seed0.json: 3 cases of 1 class: no fit", kAwkward};
  results.warnings = {kAwkward, "stoic: 4 cases are shorter than the encoder's window and were padded"};
  return results;
}

BenchmarkResults LeastResults() {
  BenchmarkResults results{.created = "2026-11-26T19:40:00Z", .protocol = Protocol::kPaper, .data = "CT"};
  results.encoders = {{.name = "features"}};
  results.tasks = {{.name = "classification/stoic",
                    .dataset = "stoic",
                    .outcome = Outcome::kBinary,
                    .labels = {"covid"},
                    .headline = "auroc"}};
  results.scores = {
      {.encoder = "features", .task = "classification/stoic", .cohort = "stoic", .metric = "auroc", .headline = true}};
  return results;
}

}  // namespace asap
