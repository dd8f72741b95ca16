#include "tasks/scores/scores.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "core/metrics/auroc.h"
#include "core/metrics/average_precision.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/calibration.h"
#include "core/metrics/cindex.h"
#include "core/metrics/confusion.h"
#include "core/metrics/ranked_scores.h"
#include "core/metrics/sensitivity.h"
#include "core/metrics/time_dependent_auroc.h"

namespace asap {
namespace {

using Weights = absl::Span<const double>;

// Values of the cases that know a label; a bool array, because metrics take spans of bool.
struct Column {
  std::vector<size_t> rows;  // of the cases
  std::vector<double> scores;
  std::unique_ptr<bool[]> positive;
  bool all = false;  // rows are all cases

  absl::Span<const bool> truth() const { return absl::MakeConstSpan(positive.get(), scores.size()); }
};

std::optional<double> Find(const std::map<std::string, double>& values, const std::string& name) {
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

Column ColumnOf(absl::Span<const CaseResult> cases, const std::string& score, const std::string& truth) {
  Column column;
  column.positive.reset(new bool[cases.size()]);
  for (size_t row = 0; row < cases.size(); ++row) {
    const std::optional<double> value = Find(cases[row].scores, score), known = Find(cases[row].truth, truth);
    if (!value.has_value() || !known.has_value()) continue;
    column.positive[column.scores.size()] = *known > 0.5;
    column.scores.push_back(*value);
    column.rows.push_back(row);
  }
  column.all = column.rows.size() == cases.size();
  return column;
}

// A statistic of some rows as one of all cases.
template <typename S>
Statistic OnRows(const Column& column, S statistic) {
  auto shared = std::make_shared<const S>(std::move(statistic));
  if (column.all) {
    return [shared](Weights weights) { return (*shared)(weights); };
  }
  return [shared, rows = column.rows](Weights weights) -> std::optional<double> {
    if (weights.empty()) return (*shared)(weights);
    std::vector<double> own;
    own.reserve(rows.size());
    for (const size_t row : rows) own.push_back(weights[row]);
    if (own.empty()) return std::nullopt;
    return (*shared)(own);
  };
}

// The mean of the parts that are defined on all cases.
Statistic MeanOfDefined(std::vector<Statistic> parts) {
  const std::vector<size_t> undefined = UndefinedOnAll(parts);
  for (auto index = undefined.rbegin(); index != undefined.rend(); ++index) parts.erase(parts.begin() + *index);
  if (parts.empty()) {
    return [](Weights) { return std::nullopt; };
  }
  return parts.size() == 1 ? parts[0] : MeanStatistic(std::move(parts));
}

// One metric of several labels: its mean, and each label's where there are several.
struct Family {
  std::string metric;
  std::vector<Statistic> of_label;
  bool higher_is_better = true;
};

void AddMeans(const std::vector<Family>& families, std::vector<Score>& scores) {
  for (const Family& family : families) {
    scores.push_back({family.metric, "", MeanOfDefined(family.of_label), family.higher_is_better});
  }
}

void AddEach(const std::vector<Family>& families, const std::vector<std::string>& labels, std::vector<Score>& scores) {
  if (labels.size() < 2) return;
  for (const Family& family : families) {
    for (size_t label = 0; label < labels.size(); ++label) {
      scores.push_back({family.metric, labels[label], family.of_label[label], family.higher_is_better});
    }
  }
}

// The cases that know all labels, as decisions.
struct Decisions {
  Column rows;  // its rows alone
  std::vector<char> predicted, truth;
};

Decisions DecisionsOf(absl::Span<const CaseResult> cases, const std::vector<std::string>& labels) {
  Decisions decisions;
  for (size_t row = 0; row < cases.size(); ++row) {
    std::vector<char> predicted, truth;
    for (const std::string& label : labels) {
      const std::optional<double> score = Find(cases[row].scores, label), known = Find(cases[row].truth, label);
      if (!score.has_value() || !known.has_value()) break;
      predicted.push_back(*score > 0.5);
      truth.push_back(*known > 0.5);
    }
    if (truth.size() < labels.size()) continue;
    decisions.rows.rows.push_back(row);
    decisions.predicted.insert(decisions.predicted.end(), predicted.begin(), predicted.end());
    decisions.truth.insert(decisions.truth.end(), truth.begin(), truth.end());
  }
  decisions.rows.all = decisions.rows.rows.size() == cases.size();
  return decisions;
}

}  // namespace

std::vector<Score> LabelScores(absl::Span<const CaseResult> cases, const std::vector<std::string>& labels) {
  std::vector<Family> families = {
      {"auroc"}, {"auprc"}, {"sensitivity_at_90_specificity"}, {"brier", {}, false}, {"ece", {}, false}};
  for (const std::string& label : labels) {
    const Column column = ColumnOf(cases, label, label);
    families[0].of_label.push_back(OnRows(column, WeightedAuroc(column.scores, column.truth())));
    families[1].of_label.push_back(OnRows(column, WeightedAveragePrecision(column.scores, column.truth())));
    families[2].of_label.push_back(OnRows(column, WeightedSensitivityAtSpecificity(column.scores, column.truth(), 0.9)));
    families[3].of_label.push_back(OnRows(column, WeightedBrier(column.scores, column.truth())));
    families[4].of_label.push_back(OnRows(column, WeightedCalibration(column.scores, column.truth())));
  }
  std::vector<Score> scores;
  AddMeans(families, scores);
  const Decisions decisions = DecisionsOf(cases, labels);
  if (labels.size() == 1) {
    const std::vector<int> predicted(decisions.predicted.begin(), decisions.predicted.end());
    const std::vector<int> truth(decisions.truth.begin(), decisions.truth.end());
    const auto both = std::make_shared<const WeightedMulticlass>(predicted, truth, 2);
    const auto positives = std::make_shared<const WeightedMultilabel>(decisions.predicted, decisions.truth, 1);
    scores.push_back({"accuracy", "", OnRows(decisions.rows, [both](Weights w) { return both->Accuracy(w); })});
    scores.push_back({"f1", "", OnRows(decisions.rows, [positives](Weights w) {
                        return positives->Score(DecisionScore::kF1, Average::kMicro, w);
                      })});
    scores.push_back({"f1_macro", "",
                      OnRows(decisions.rows, [both](Weights w) { return both->Score(DecisionScore::kF1, Average::kMacro, w); })});
  } else {
    const auto all =
        std::make_shared<const WeightedMultilabel>(decisions.predicted, decisions.truth, static_cast<int>(labels.size()));
    scores.push_back({"accuracy", "", OnRows(decisions.rows, [all](Weights w) { return all->Accuracy(w); })});
    for (const auto& [name, average] : {std::pair("f1_micro", Average::kMicro), {"f1_macro", Average::kMacro}}) {
      scores.push_back({name, "", OnRows(decisions.rows, [all, average = average](Weights w) {
                          return all->Score(DecisionScore::kF1, average, w);
                        })});
    }
  }
  AddEach(families, labels, scores);
  return scores;
}

std::vector<Score> ClassScores(absl::Span<const CaseResult> cases, const std::vector<std::string>& classes) {
  Column rows;
  std::vector<double> probabilities;
  std::vector<int> truth;
  const int count = static_cast<int>(classes.size());
  for (size_t row = 0; row < cases.size(); ++row) {
    int label = -1;
    std::vector<double> values;
    for (int c = 0; c < count; ++c) {
      if (Find(cases[row].truth, classes[c]).value_or(0) > 0.5) label = c;
      if (const std::optional<double> score = Find(cases[row].scores, classes[c]); score.has_value()) values.push_back(*score);
    }
    if (label < 0 || values.size() < classes.size()) continue;
    rows.rows.push_back(row);
    truth.push_back(label);
    probabilities.insert(probabilities.end(), values.begin(), values.end());
  }
  rows.all = rows.rows.size() == cases.size();
  const std::vector<int> predicted = Argmax(probabilities, count);
  const auto decisions = std::make_shared<const WeightedMulticlass>(predicted, truth, count);
  std::vector<Score> scores;
  scores.push_back({"accuracy", "", OnRows(rows, [decisions](Weights w) { return decisions->Accuracy(w); })});
  scores.push_back({"f1_macro", "",
                    OnRows(rows, [decisions](Weights w) { return decisions->Score(DecisionScore::kF1, Average::kMacro, w); })});
  std::vector<Family> families = {{"auroc"}};
  for (const std::string& name : classes) {
    const Column column = ColumnOf(cases, name, name);
    families[0].of_label.push_back(OnRows(column, WeightedAuroc(column.scores, column.truth())));
  }
  AddMeans(families, scores);
  scores.push_back({"brier", "", OnRows(rows, WeightedBrier(probabilities, truth, count)), false});
  // How far the probability of the predicted class can be taken at its word.
  std::vector<double> confidence;
  const std::unique_ptr<bool[]> right(new bool[truth.size()]);
  for (size_t i = 0; i < truth.size(); ++i) {
    confidence.push_back(std::min(1.0, probabilities[i * count + predicted[i]]));
    right[i] = predicted[i] == truth[i];
  }
  scores.push_back(
      {"ece", "", OnRows(rows, WeightedCalibration(confidence, absl::MakeConstSpan(right.get(), truth.size()))), false});
  AddEach(families, classes, scores);
  return scores;
}

std::vector<Score> SurvivalScores(absl::Span<const CaseResult> cases, const std::vector<std::string>& horizons) {
  const Column column = ColumnOf(cases, "risk", "event");
  std::vector<double> times, observed;
  for (size_t i = 0; i < column.rows.size(); ++i) {
    const double interval = Find(cases[column.rows[i]].truth, "interval").value_or(0);
    times.push_back(interval);
    // Who was seen at the end of an interval without an event outlived the events within it.
    observed.push_back(interval + (column.positive[i] ? 0 : 0.5));
  }
  std::vector<Score> scores;
  scores.push_back({"c_index", "", OnRows(column, WeightedCIndex(times, column.scores, column.truth()))});
  scores.push_back({"c_index_uno", "", OnRows(column, WeightedUnoCIndex(observed, column.scores, column.truth()))});
  std::vector<Family> families = {{"auroc"}, {"auroc_cumulative_dynamic"}, {"brier", {}, false}};
  for (size_t h = 0; h < horizons.size(); ++h) {
    const Column flags = ColumnOf(cases, horizons[h], horizons[h]);
    families[0].of_label.push_back(OnRows(flags, WeightedAuroc(flags.scores, flags.truth())));
    families[1].of_label.push_back(
        OnRows(column, WeightedTimeDependentAuroc(observed, column.scores, column.truth(), static_cast<double>(h))));
    families[2].of_label.push_back(OnRows(flags, WeightedBrier(flags.scores, flags.truth())));
  }
  AddMeans(families, scores);
  AddEach(families, horizons, scores);
  return scores;
}

}  // namespace asap
