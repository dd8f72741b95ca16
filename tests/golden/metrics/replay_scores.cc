// Ranking, decisions, calibration and DeLong.
#include <algorithm>
#include <cmath>
#include <memory>
#include <regex>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/metrics/auroc.h"
#include "core/metrics/average_precision.h"
#include "core/metrics/bootstrap.h"
#include "core/metrics/calibration.h"
#include "core/metrics/confusion.h"
#include "core/metrics/delong.h"
#include "tests/golden/metrics/entry.h"
#include "tests/golden/metrics/parts.h"
#include "tests/golden/metrics/recipe_numbers.h"

namespace asap::golden {
namespace {

using nlohmann::json;

// Scores of cases and whether they are positive.
struct Scored {
  std::vector<double> scores;
  std::vector<char> labels;

  absl::Span<const bool> positive() const {
    return absl::MakeConstSpan(reinterpret_cast<const bool*>(labels.data()), labels.size());  // 0 or 1, one byte each
  }
};

// "seed 701: y = u('yL')<0.07; p = round(1e4*(0.25*y+0.75*u('pL')))/1e4 (round half to even)", with `n` beside it.
bool ScoredByRecipe(const std::string& recipe, int64_t n, Scored* out) {
  static const std::regex form(
      R"(seed (\d+): y = u\('(\w+)'\)<([0-9.e+-]+); p = round\(([0-9.e+]+)\*\(([0-9.e+-]+)\*y\+([0-9.e+-]+)\*u\('(\w+)'\)\)\)/([0-9.e+]+).*)");
  std::smatch match;
  if (!std::regex_match(recipe, match, form)) return false;
  const uint64_t seed = std::stoull(match[1]);
  for (int64_t i = 0; i < n; ++i) {
    out->labels.push_back(RecipeNumber(seed, match[2], i) < std::stod(match[3]));
    const double p = std::stod(match[5]) * out->labels.back() + std::stod(match[6]) * RecipeNumber(seed, match[7], i);
    out->scores.push_back(std::nearbyint(std::stod(match[4]) * p) / std::stod(match[8]));
  }
  return true;
}

// False where the inputs are not understood; a row says so.
bool ReadScored(Entry* entry, Scored* out) {
  if (entry->Has("recipe")) {
    if (ScoredByRecipe(entry->Input("recipe").get<std::string>(), entry->Input("n").get<int64_t>(), out)) return true;
    entry->Fail("recipe", "not understood");
    return false;
  }
  out->labels = entry->Flags("y");
  out->scores = entry->Numbers(entry->Has("p") ? "p" : "score");
  entry->Note("p");
  if (out->labels.size() == out->scores.size()) return true;
  entry->Fail("y", "not one label a score");
  return false;
}

// "ece15", "torchmetrics_ece10", "mce15", "bins10": the number is that of the bins.
void CompareCalibration(const json& object, const Scored& data, Entry* entry) {
  static const std::regex form(R"((torchmetrics_ece|ece|mce|bins)(\d+))");
  for (const auto& [key, value] : object.items()) {
    std::smatch match;
    if (!std::regex_match(key, match, form)) continue;
    const bool torchmetrics = match[1] == "torchmetrics_ece";
    const WeightedCalibration calibration(data.scores, data.positive(), std::stoi(match[2]),
                                          torchmetrics ? BinEdges::kLowerClosed : BinEdges::kUpperClosed);
    if (match[1] == "mce") {
      entry->Compare(key, calibration.MaximumError(), kTaskLimit);
    } else if (match[1] == "bins") {
      Values bins;
      for (const ReliabilityBin& bin : calibration.Bins()) {
        bins.insert(bins.end(), {bin.index, bin.weight, bin.mean_probability, bin.frequency});
      }
      entry->Compare(key, bins, kTaskLimit);
    } else {
      entry->Compare(key, calibration.ExpectedError(), kTaskLimit);
    }
  }
}

void CompareBinary(const json& object, const std::string& name, Rows* rows) {
  Entry entry(name, object, rows);
  entry.Note("name");
  Scored data;
  if (ReadScored(&entry, &data)) {
    const Value auroc = Auroc(data.scores, data.positive());
    const Value weighted = WeightedAuroc(data.scores, data.positive())();
    // scikit-learn and torchmetrics say 0 where nothing is positive.
    const double precision = WeightedAveragePrecision(data.scores, data.positive())().value_or(0);
    entry.Compare("sklearn_auroc", auroc, kLibraryLimit);
    entry.Compare("sklearn_auprc", precision, kLibraryLimit);
    entry.Compare("torchmetrics_auroc", auroc.value_or(0), kFloatLimit);
    entry.Compare("torchmetrics_auprc", precision, kFloatLimit);
    entry.Compare("n", static_cast<double>(data.scores.size()), kExactly);
    entry.Compare("pos", static_cast<double>(std::count(data.labels.begin(), data.labels.end(), 1)), kExactly);
    entry.Compare("auroc", weighted, kTaskLimit);
    entry.Compare("auprc", precision, kTaskLimit);
    const Value brier = WeightedBrier(data.scores, data.positive())();
    entry.Compare("brier", brier, kTaskLimit);
    entry.Compare("brier_sklearn", brier, kTaskLimit);
    CompareCalibration(object, data, &entry);
    const auto delong = DeLong(data.scores, data.positive());
    entry.Compare("delong_auc", delong.has_value() ? Value(delong->auroc) : Value(), kTaskLimit);
    entry.Compare("delong_var", delong.has_value() ? delong->variance : Value(), kTaskLimit);
    const auto wald = delong.has_value() ? delong->Wald() : std::nullopt;
    entry.Compare("ci95_wald", wald.has_value() ? Values{wald->first, wald->second} : Values{Value(), Value()}, kTaskLimit);
  }
  entry.Finish();
}

std::string NameOf(const std::string& part, const json& object, size_t index) {
  const bool named = object.is_object() && object.contains("name") && object["name"].is_string();
  return absl::StrCat(part, "/", named ? object["name"].get<std::string>() : absl::StrCat(index));
}

// Keys such as "macro_f1", by their words.
template <typename Scores>
void CompareDecisions(const json& object, const Scores& scores, Entry* entry) {
  static const std::pair<const char*, Average> averages[] = {
      {"micro", Average::kMicro}, {"macro", Average::kMacro}, {"weighted", Average::kWeighted}, {"samples", Average::kSamples}};
  static const std::pair<const char*, DecisionScore> kinds[] = {
      {"f1", DecisionScore::kF1}, {"precision", DecisionScore::kPrecision}, {"recall", DecisionScore::kRecall}};
  for (const auto& [average_name, average] : averages) {
    for (const auto& [kind_name, kind] : kinds) {
      const std::string key = absl::StrCat(average_name, "_", kind_name);
      if (object.contains(key)) entry->Compare(key, scores.Score(kind, average), kLibraryLimit);
    }
  }
}

// One column of a row-major [n, columns] matrix.
template <typename T>
std::vector<T> Column(const std::vector<T>& matrix, size_t columns, size_t column) {
  std::vector<T> values;
  for (size_t i = column; i < matrix.size(); i += columns) values.push_back(matrix[i]);
  return values;
}

// Mean of all, undefined where one is: scikit-learn's, and the published code's.
Value PoisonedMean(const Values& values) {
  double sum = 0;
  for (const Value& value : values) {
    if (!value.has_value()) return std::nullopt;
    sum += *value;
  }
  return values.empty() ? Value() : sum / static_cast<double>(values.size());
}

std::vector<double> Softmax(std::vector<double> logits, size_t classes) {
  for (size_t begin = 0; begin + classes <= logits.size(); begin += classes) {
    const double most = *std::max_element(logits.begin() + begin, logits.begin() + begin + classes);
    double sum = 0;
    for (size_t c = 0; c < classes; ++c) sum += logits[begin + c] = std::exp(logits[begin + c] - most);
    for (size_t c = 0; c < classes; ++c) logits[begin + c] /= sum;
  }
  return logits;
}

// Several classes with calibration: top-label error, sum-of-squares Brier, one-vs-rest AUROC.
void CompareProbabilisticClasses(const json& object, const std::string& name, Rows* rows) {
  Entry entry(name, object, rows);
  const std::vector<double> logits = entry.Numbers("logits");
  const std::vector<int> labels = entry.Integers("y");
  const size_t classes = labels.empty() ? 0 : logits.size() / labels.size();
  const std::vector<double> probabilities = Softmax(logits, classes);
  const std::vector<int> predicted = Argmax(probabilities, static_cast<int>(classes));
  Scored top;
  for (size_t i = 0; i < labels.size(); ++i) {
    top.scores.push_back(probabilities[i * classes + predicted[i]]);
    top.labels.push_back(predicted[i] == labels[i]);
  }
  static const std::regex form(R"((top_label_ece|torchmetrics_multiclass_ece)(\d+))");
  for (const auto& [key, value] : object.items()) {
    std::smatch match;
    if (!std::regex_match(key, match, form)) continue;
    const bool torchmetrics = match[1] != "top_label_ece";
    const WeightedCalibration calibration(top.scores, top.positive(), std::stoi(match[2]),
                                          torchmetrics ? BinEdges::kLowerClosed : BinEdges::kUpperClosed);
    entry.Compare(key, calibration.ExpectedError(), torchmetrics ? kFloatLimit : kTaskLimit);
  }
  entry.Compare("brier_sum", WeightedBrier(probabilities, labels, static_cast<int>(classes))(), kTaskLimit);
  Values aurocs;
  for (size_t c = 0; c < classes; ++c) {
    Scored one = {Column(probabilities, classes, c), {}};
    for (const int label : labels) one.labels.push_back(label == static_cast<int>(c));
    aurocs.push_back(Auroc(one.scores, one.positive()));
  }
  entry.Compare("per_class_auroc", aurocs, kTaskLimit);
  entry.Compare("macro_ovr_auroc", PoisonedMean(aurocs), kTaskLimit);
  entry.Compare("accuracy", WeightedMulticlass(predicted, labels, static_cast<int>(classes)).Accuracy(), kTaskLimit);
  entry.Finish();
}

void ComparePaired(const json& object, const std::string& name, Rows* rows) {
  Entry entry(name, object, rows);
  const Scored a = {entry.Numbers("a"), entry.Flags("y")};
  const auto test = DeLongTest(a.scores, entry.Numbers("b"), a.positive());
  if (!test.has_value()) {
    entry.Fail("auc", "undefined here");
  } else {
    entry.Compare("auc", Values{test->first.auroc, test->second.auroc}, kTaskLimit);
    entry.Compare("cov", Values{test->first.variance, test->covariance, test->covariance, test->second.variance}, kTaskLimit);
    entry.Compare("z", test->z, kTaskLimit);
    entry.Compare("p_two_sided", test->p, kTaskLimit);
  }
  entry.Finish();
}

// The stored standard error is of other draws: ours agrees within five standard errors of the two.
void CompareBootstrap(const json& object, const json& cases, const std::string& name, Rows* rows) {
  Entry entry(name, object, rows);
  const std::string wanted = entry.Input("case").get<std::string>();
  const auto found = std::find_if(cases.begin(), cases.end(), [&](const json& one) { return one.value("name", "") == wanted; });
  const int64_t replicates = entry.Input("replicates").get<int64_t>();
  if (found == cases.end()) throw std::invalid_argument(absl::StrCat(name, ": there is no case ", wanted));
  Rows unused;
  Entry inputs(name, *found, &unused);
  Scored data;
  if (!ReadScored(&inputs, &data)) throw std::invalid_argument(absl::StrCat(name, ": the case ", wanted, " cannot be read"));
  const auto delong = DeLong(data.scores, data.positive());
  entry.Compare("delong_se", delong.has_value() && delong->variance ? Value(std::sqrt(*delong->variance)) : Value(), kTaskLimit);
  const BootstrapEstimate estimate = Bootstrap(OnePatientPerCase(data.scores.size()),
                                               {WeightedAuroc(data.scores, data.positive())}, {.resamples = replicates})[0];
  const double spread = 5 * estimate.standard_error.value_or(0) / std::sqrt(static_cast<double>(replicates));
  entry.Compare("bootstrap_se", estimate.standard_error, spread);
  entry.Finish();
}

}  // namespace

void ReplayBinary(const std::string& name, const json& part, Rows* rows) {
  for (size_t i = 0; i < part.size(); ++i) CompareBinary(part.at(i), NameOf(name, part.at(i), i), rows);
}

void ReplayMultilabel(const std::string& name, const json& part, Rows* rows) {
  Entry entry(name, part, rows);
  entry.Note("note");
  const std::vector<char> truth = entry.Flags("y");
  const size_t labels = part.at("y").empty() ? 0 : part.at("y").at(0).size();
  std::vector<char> predicted;
  if (part.contains("prob")) {
    const std::vector<double> probabilities = entry.Numbers("prob");
    Values aurocs;
    double precisions = 0;
    for (size_t c = 0; c < labels; ++c) {
      const Scored one = {Column(probabilities, labels, c), Column(truth, labels, c)};
      aurocs.push_back(Auroc(one.scores, one.positive()));
      precisions += WeightedAveragePrecision(one.scores, one.positive())().value_or(0);
    }
    entry.Compare("per_class", aurocs, kLibraryLimit);
    entry.Compare("mean", PoisonedMean(aurocs), kLibraryLimit);
    entry.Compare("mean_auprc", precisions / static_cast<double>(labels), kLibraryLimit);
    predicted = AboveThreshold(probabilities);
    entry.Compare("pred", Values(predicted.begin(), predicted.end()), kExactly);
  } else {
    predicted = entry.Flags("pred");
  }
  const WeightedMultilabel scores(predicted, truth, static_cast<int>(labels));
  CompareDecisions(part, scores, &entry);
  entry.Compare("subset_accuracy", scores.SubsetAccuracy(), kLibraryLimit);
  entry.Compare("elementwise_accuracy", scores.Accuracy(), kLibraryLimit);
  if (part.contains("zero_class")) {
    entry.Note("zero_class");
    ReplayMultilabel(absl::StrCat(name, "/zero_class"), part.at("zero_class"), rows);
  }
  entry.Finish();
}

void ReplayMulticlass(const std::string& name, const json& part, Rows* rows) {
  Entry entry(name, part, rows);
  entry.Note("note");
  const std::vector<int> labels = entry.Integers("y");
  const std::vector<double> logits = entry.Numbers("logits");
  const int classes = labels.empty() ? 0 : static_cast<int>(logits.size() / labels.size());
  const std::vector<int> predicted = Argmax(logits, classes);
  const WeightedMulticlass scores(predicted, labels, classes);
  entry.Compare("pred", Values(predicted.begin(), predicted.end()), kExactly);
  const std::vector<double> confusion = scores.Confusion();
  entry.Compare("confusion", Values(confusion.begin(), confusion.end()), kExactly);
  entry.Compare("accuracy", scores.Accuracy(), kLibraryLimit);
  CompareDecisions(part, scores, &entry);
  entry.Finish();
}

void ReplayProbability(const std::string& name, const json& part, Rows* rows) {
  Entry entry(name, part, rows);
  if (entry.Has("binary")) ReplayBinary(absl::StrCat(name, "/binary"), entry.Input("binary"), rows);
  if (entry.Has("paired")) ComparePaired(entry.Input("paired"), absl::StrCat(name, "/paired"), rows);
  if (entry.Has("multiclass")) CompareProbabilisticClasses(entry.Input("multiclass"), absl::StrCat(name, "/multiclass"), rows);
  if (entry.Has("bootstrap_check")) {
    CompareBootstrap(entry.Input("bootstrap_check"), part.at("binary"), absl::StrCat(name, "/bootstrap_check"), rows);
  }
  entry.Finish();
}

}  // namespace asap::golden
