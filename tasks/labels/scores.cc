#include "tasks/labels/scores.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>

#include "absl/types/span.h"
#include "core/metrics/auroc.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/calibration.h"
#include "core/metrics/confusion.h"
#include "core/metrics/delong.h"
#include "core/metrics/weighted_ranking.h"

namespace asap {
namespace {

using Weights = absl::Span<const double>;
using Values = absl::Span<std::optional<double>>;

// Shared, because statistics are copied.
template <typename S>
Statistic Shared(S statistic) {
  auto shared = std::make_shared<const S>(std::move(statistic));
  return [shared](Weights weights) { return (*shared)(weights); };
}

template <typename S>
Score OfRows(const LabelRows& rows, S statistic) {
  return OnRows(rows.rows, rows.all, Shared(std::move(statistic)));
}

// Statistics of some rows, rising, as those of all rows of the cohort.
std::vector<Statistic> TogetherOnRows(const std::vector<size_t>& rows, bool all, size_t count, StatisticsTogether compute) {
  if (all && !rows.empty()) return OncePerResample(count, std::move(compute));
  return OncePerResample(count, [rows, compute = std::move(compute)](Weights weights, Values values) {
    if (rows.empty()) return;
    std::vector<double> own;
    if (!weights.empty()) {
      own.reserve(rows.size());
      for (const size_t row : rows) own.push_back(weights[row]);
    }
    compute(own, values);
  });
}

using UsedRows = std::optional<std::vector<size_t>>;  // as Score::rows

UsedRows Used(const std::vector<size_t>& rows, bool all) { return all ? UsedRows() : UsedRows(rows); }

// The rows that any of the parts is of.
UsedRows AnyRows(const std::vector<Score>& parts) {
  std::vector<size_t> any;
  for (const Score& part : parts) {
    if (!part.rows.has_value()) return std::nullopt;
    std::vector<size_t> both;
    std::set_union(any.begin(), any.end(), part.rows->begin(), part.rows->end(), std::back_inserter(both));
    any = std::move(both);
  }
  return any;
}

// The mean of the parts that are defined on all rows.
Score MeanOfDefined(std::vector<Score> parts) {
  std::vector<Statistic> statistics;
  for (const Score& part : parts) statistics.push_back(part.statistic);
  const std::vector<size_t> undefined = UndefinedOnAll(statistics);
  if (undefined.size() == parts.size()) {
    return {.statistic = [](Weights) { return std::nullopt; }, .rows = AnyRows(parts)};
  }
  for (auto index = undefined.rbegin(); index != undefined.rend(); ++index) {
    parts.erase(parts.begin() + *index);
    statistics.erase(statistics.begin() + *index);
  }
  return {.statistic = parts.size() == 1 ? statistics[0] : MeanStatistic(std::move(statistics)), .rows = AnyRows(parts)};
}

// The rows that know all labels, as decisions.
struct Decisions {
  std::vector<size_t> rows;
  bool all = true;
  std::vector<char> predicted, truth;  // [rows, labels], row-major
};

Decisions DecisionsOf(const Cohort& cohort, const std::vector<std::string>& labels) {
  std::vector<const std::vector<double>*> scores, truths;
  for (const std::string& label : labels) {
    scores.push_back(FindNumbers(cohort, ScoreColumn(label)));
    truths.push_back(FindNumbers(cohort, TruthColumn(label)));
  }
  Decisions decisions;
  for (size_t row = 0; row < cohort.rows.size(); ++row) {
    std::vector<char> predicted, truth;
    for (size_t label = 0; label < labels.size(); ++label) {
      if (scores[label] == nullptr || truths[label] == nullptr) break;
      const double score = (*scores[label])[row], known = (*truths[label])[row];
      if (std::isnan(score) || std::isnan(known)) break;
      predicted.push_back(score > 0.5);
      truth.push_back(known > 0.5);
    }
    if (truth.size() < labels.size()) continue;
    decisions.rows.push_back(row);
    decisions.predicted.insert(decisions.predicted.end(), predicted.begin(), predicted.end());
    decisions.truth.insert(decisions.truth.end(), truth.begin(), truth.end());
  }
  decisions.all = decisions.rows.size() == cohort.rows.size();
  return decisions;
}

std::function<std::optional<Interval>()> DeLongInterval(const LabelRows& rows) {
  return [shared = std::make_shared<const LabelRows>(rows)]() -> std::optional<Interval> {
    const std::optional<DeLongAuroc> area = DeLong(shared->scores, shared->positive);
    const auto interval = area.has_value() ? area->Logit() : std::nullopt;
    if (!interval.has_value()) return std::nullopt;
    return Interval{interval->first, interval->second};
  };
}

Metric Accuracy() { return {.name = "accuracy", .title = "Accuracy"}; }
Metric MacroF1() { return {.name = "f1_macro", .title = "F1 (macro)"}; }
Metric CalibrationError() { return {.name = "ece", .title = "ECE", .higher_is_better = false}; }

}  // namespace

Metric AurocMetric() { return {.name = "auroc", .title = "AUROC", .chance = 0.5}; }
Metric BrierMetric() { return {.name = "brier", .title = "Brier score", .higher_is_better = false}; }

Score OnRows(const std::vector<size_t>& rows, bool all, Statistic statistic) {
  std::vector<Statistic> alone = TogetherOnRows(
      rows, all, 1, [statistic = std::move(statistic)](Weights weights, Values values) { values[0] = statistic(weights); });
  return {.statistic = std::move(alone[0]), .rows = Used(rows, all)};
}

Score AurocOf(const LabelRows& rows) {
  Score score = OfRows(rows, WeightedAuroc(rows.scores, rows.positive));
  score.closed_form = DeLongInterval(rows);
  return score;
}

Score BrierOf(const LabelRows& rows) { return OfRows(rows, WeightedBrier(rows.scores, rows.positive)); }

void AddMeans(const std::vector<ScoreFamily>& families, std::vector<Score>& scores) {
  for (const ScoreFamily& family : families) {
    Score mean = MeanOfDefined(family.of_label);
    mean.metric = family.metric;
    if (family.of_label.size() == 1) mean.closed_form = family.of_label[0].closed_form;
    scores.push_back(std::move(mean));
  }
}

void AddEach(const std::vector<ScoreFamily>& families, const std::vector<std::string>& labels, std::vector<Score>& scores) {
  if (labels.size() < 2) return;
  for (const ScoreFamily& family : families) {
    for (size_t label = 0; label < labels.size(); ++label) {
      scores.push_back(family.of_label[label]);
      scores.back().metric = family.metric;
      scores.back().label = labels[label];
    }
  }
}

std::vector<Score> LabelScores(const Cohort& cohort, const std::vector<std::string>& labels) {
  std::vector<ScoreFamily> families = {{AurocMetric()},
                                       {{.name = "auprc", .title = "AUPRC"}},
                                       {{.name = "sensitivity_at_90_specificity", .title = "Sensitivity at 90 % specificity"}},
                                       {BrierMetric()},
                                       {CalibrationError()}};
  for (const std::string& label : labels) {
    const LabelRows rows = RowsOfLabel(cohort, label);
    const auto ranking = std::make_shared<const WeightedRanking>(rows.scores, rows.positive, 0.9);
    const std::vector<Statistic> ranked = TogetherOnRows(rows.rows, rows.all, 3, [ranking](Weights weights, Values values) {
      const RankingScores scores = (*ranking)(weights);
      values[0] = scores.auroc;
      values[1] = scores.average_precision;
      values[2] = scores.sensitivity;
    });
    for (size_t i = 0; i < ranked.size(); ++i) {
      families[i].of_label.push_back({.statistic = ranked[i], .rows = Used(rows.rows, rows.all)});
    }
    families[0].of_label.back().closed_form = DeLongInterval(rows);
    families[3].of_label.push_back(BrierOf(rows));
    families[4].of_label.push_back(OfRows(rows, WeightedCalibration(rows.scores, rows.positive)));
  }
  std::vector<Score> scores;
  AddMeans(families, scores);
  const Decisions decisions = DecisionsOf(cohort, labels);
  const auto add = [&](const Metric& metric, Statistic statistic) {
    scores.push_back(OnRows(decisions.rows, decisions.all, std::move(statistic)));
    scores.back().metric = metric;
  };
  if (labels.size() == 1) {
    const std::vector<int> predicted(decisions.predicted.begin(), decisions.predicted.end());
    const std::vector<int> truth(decisions.truth.begin(), decisions.truth.end());
    const auto both = std::make_shared<const WeightedMulticlass>(predicted, truth, 2);
    const auto positives = std::make_shared<const WeightedMultilabel>(decisions.predicted, decisions.truth, 1);
    add(Accuracy(), [both](Weights w) { return both->Accuracy(w); });
    add({.name = "f1", .title = "F1"},
        [positives](Weights w) { return positives->Score(DecisionScore::kF1, Average::kMicro, w); });
    add(MacroF1(), [both](Weights w) { return both->Score(DecisionScore::kF1, Average::kMacro, w); });
  } else {
    const auto all =
        std::make_shared<const WeightedMultilabel>(decisions.predicted, decisions.truth, static_cast<int>(labels.size()));
    const std::vector<Statistic> decided =
        TogetherOnRows(decisions.rows, decisions.all, 3, [all](Weights weights, Values values) {
          const std::vector<DecisionCounts> counts = all->Counts(weights);
          values[0] = all->Accuracy(weights);
          values[1] = ScoreOfCounts(counts, DecisionScore::kF1, Average::kMicro);
          values[2] = ScoreOfCounts(counts, DecisionScore::kF1, Average::kMacro);
        });
    const UsedRows used = Used(decisions.rows, decisions.all);
    scores.push_back({.metric = Accuracy(), .statistic = decided[0], .rows = used});
    scores.push_back({.metric = {.name = "f1_micro", .title = "F1 (micro)"}, .statistic = decided[1], .rows = used});
    scores.push_back({.metric = MacroF1(), .statistic = decided[2], .rows = used});
  }
  AddEach(families, labels, scores);
  return scores;
}

std::vector<Score> ClassScores(const Cohort& cohort, const std::vector<std::string>& classes) {
  const int count = static_cast<int>(classes.size());
  const ClassRows rows = RowsOfClasses(cohort, classes);
  const auto decisions = std::make_shared<const WeightedMulticlass>(rows.predicted, rows.truth, count);
  std::vector<Score> scores;
  const auto add = [&](const Metric& metric, Statistic statistic) {
    scores.push_back(OnRows(rows.rows, rows.all, std::move(statistic)));
    scores.back().metric = metric;
  };
  add(Accuracy(), [decisions](Weights w) { return decisions->Accuracy(w); });
  add(MacroF1(), [decisions](Weights w) { return decisions->Score(DecisionScore::kF1, Average::kMacro, w); });
  std::vector<ScoreFamily> families = {{AurocMetric()}};
  for (const std::string& name : classes) families[0].of_label.push_back(AurocOf(RowsOfLabel(cohort, name)));
  AddMeans(families, scores);
  Metric brier = BrierMetric();
  brier.high = 2;  // the squares of all classes are added up
  add(brier, Shared(WeightedBrier(rows.probabilities, rows.truth, count)));
  // How far the probability of the predicted class can be taken at its word.
  std::vector<double> confidence;
  Flags right;
  for (size_t i = 0; i < rows.truth.size(); ++i) {
    confidence.push_back(std::min(1.0, rows.probabilities[i * count + rows.predicted[i]]));
    right.push_back(rows.predicted[i] == rows.truth[i]);
  }
  add(CalibrationError(), Shared(WeightedCalibration(confidence, right)));
  AddEach(families, classes, scores);
  return scores;
}

}  // namespace asap
