// Overlaps, surface distances of all conventions, and the rules of the published segmentation scores.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <regex>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/metrics/confusion.h"
#include "core/metrics/segmentation/lung_rule.h"
#include "core/metrics/segmentation/overlap.h"
#include "core/metrics/segmentation/surface_distance.h"
#include "core/metrics/segmentation/surface_normals.h"
#include "core/metrics/segmentation/surfels.h"
#include "tests/golden/metrics/entry.h"
#include "tests/golden/metrics/parts.h"

namespace asap::golden {
namespace {

using nlohmann::json;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr GridSpacing kUnit = {1, 1, 1};

// Lengths of runs in C order, the first of background.
std::vector<uint8_t> Decoded(const std::vector<int>& runs, const GridSize& size, const std::string& name) {
  std::vector<uint8_t> voxels;
  const size_t all = static_cast<size_t>(size[0] * size[1] * size[2]);
  uint8_t value = 0;
  for (const int run : runs) {
    if (run < 0 || voxels.size() + run > all) throw std::invalid_argument(absl::StrCat(name, ": runs longer than the mask"));
    voxels.insert(voxels.end(), run, value);
    value = !value;
  }
  if (voxels.size() != all) throw std::invalid_argument(absl::StrCat(name, ": runs shorter than the mask"));
  return voxels;
}

template <typename T>
std::array<T, 3> Three(const std::vector<double>& values, const std::string& name) {
  if (values.size() != 3) throw std::invalid_argument(absl::StrCat(name, ": expected three numbers"));
  return {static_cast<T>(values[0]), static_cast<T>(values[1]), static_cast<T>(values[2])};
}

// [how many distances equal tau, how far the nearest of the others is from it].
Values Margin(const std::vector<double>& distances, double tau) {
  double equal = 0, least = kInfinity;
  for (const double d : distances) {
    equal += d == tau;
    if (d != tau) least = std::min(least, std::abs(d - tau));
  }
  return {equal, least};
}

std::vector<double> Joined(std::vector<double> a, const std::vector<double>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// {"1.0": ..., "2.0": ...}: `value` by the tolerance in mm.
template <typename ValueOf>
void CompareByTolerance(Entry* parent, const std::string& key, ValueOf value) {
  if (!parent->Has(key)) return;
  Entry entry = parent->Sub(key);
  std::vector<std::string> taus;
  for (const auto& [tau, expected] : parent->Input(key).items()) taus.push_back(tau);
  for (const std::string& tau : taus) entry.Compare(tau, value(std::stod(tau)), kTaskLimit);
  entry.Finish();
}

// The fixture's own kind: one empty mask makes maxima infinite and means undefined.
void CompareOwn(Entry* parent, const std::string& key, const SurfaceDistances& distances) {
  if (!parent->Has(key)) return;
  Entry entry = parent->Sub(key);
  const bool one_empty = !distances.defined() && distances.prediction_points + distances.truth_points > 0;
  const auto maximum = [&](const Value& value) { return one_empty ? Value(kInfinity) : value; };
  entry.Compare("hd95_max_directed", maximum(distances.Hd95MaxDirected()), kTaskLimit);
  entry.Compare("hd95_pooled", maximum(distances.Hd95Pooled()), kTaskLimit);
  entry.Compare("hd_max", maximum(distances.Hausdorff()), kTaskLimit);
  entry.Compare("asd_pred_to_gt", distances.MeanPredictionToTruth(), kTaskLimit);
  entry.Compare("asd_gt_to_pred", distances.MeanTruthToPrediction(), kTaskLimit);
  entry.Compare("assd_pooled", distances.MeanPooled(), kTaskLimit);
  entry.Compare("assd_mean_of_two", distances.MeanOfMeans(), kTaskLimit);
  const Values points = {static_cast<double>(distances.prediction_points), static_cast<double>(distances.truth_points)};
  entry.Compare("border_voxels", points, kExactly);
  CompareByTolerance(&entry, "nsd_voxel", [&](double tau) { return distances.NormalizedSurfaceDice(tau); });
  const std::vector<double> all = Joined(distances.prediction_to_truth, distances.truth_to_prediction);
  CompareByTolerance(&entry, "nsd_voxel_margin", [&](double tau) { return Margin(all, tau); });
  entry.Finish();
}

// medpy raises an error where a mask is empty; its overlaps are 1 where both are.
void CompareMedpy(Entry* parent, const Overlap& overlap, const SurfaceDistances& spaced, const SurfaceDistances& unit) {
  if (!parent->Has("medpy")) return;
  Entry entry = parent->Sub("medpy");
  entry.Compare("dc", overlap.Dice().value_or(1), kTaskLimit);
  entry.Compare("jc", overlap.Iou().value_or(1), kTaskLimit);
  entry.Compare("hd", spaced.Hausdorff(), kTaskLimit);
  entry.Compare("hd95", spaced.Hd95Pooled(), kTaskLimit);
  entry.Compare("hd95_unit", unit.Hd95Pooled(), kTaskLimit);
  entry.Compare("asd", spaced.MeanPredictionToTruth(), kTaskLimit);
  entry.Compare("assd", spaced.MeanPooled(), kTaskLimit);
  entry.Finish();
}

// MONAI 0.8.1 with one empty mask: every distance is infinite, and a percentile of infinities is NaN.
struct MonaiDistances {
  Value hd95, hd, asd, asd_symmetric;
};

MonaiDistances Monai(const SurfaceDistances& distances) {
  if (distances.defined()) {
    return {distances.Hd95MaxDirected(), distances.Hausdorff(), distances.MeanPredictionToTruth(), distances.MeanOfMeans()};
  }
  if (distances.prediction_points + distances.truth_points == 0) return {};
  return {kNan, kInfinity, kInfinity, kInfinity};
}

void CompareMonai(Entry* parent, const SurfaceDistances& distances) {
  if (!parent->Has("monai_unit")) return;
  Entry entry = parent->Sub("monai_unit");
  const MonaiDistances monai = Monai(distances);
  entry.Compare("hd95", monai.hd95, kTaskLimit);
  entry.Compare("hd", monai.hd, kTaskLimit);
  entry.Compare("asd_pred_to_gt", monai.asd, kTaskLimit);
  entry.Compare("asd_symmetric", monai.asd_symmetric, kTaskLimit);
  entry.Finish();
}

void CompareGoogle(Entry* parent, const MaskView& prediction, const MaskView& truth, const GridSpacing& spacing) {
  if (!parent->Has("google")) return;
  Entry entry = parent->Sub("google");
  const SurfelDistances distances = ComputeSurfelDistances(prediction, truth, spacing);
  entry.Compare("hd95", distances.Hausdorff(95), kTaskLimit);
  entry.Compare("hd", distances.Hausdorff(), kTaskLimit);
  entry.Compare("avg_gt_to_pred__pred_to_gt", Values{distances.MeanTruthToPrediction(), distances.MeanPredictionToTruth()},
                kTaskLimit);
  entry.Compare("area_gt", distances.truth_area(), kTaskLimit);
  entry.Compare("area_pred", distances.prediction_area(), kTaskLimit);
  entry.Compare("n_gt", static_cast<double>(distances.truth_to_prediction.size()), kExactly);
  entry.Compare("n_pred", static_cast<double>(distances.prediction_to_truth.size()), kExactly);
  CompareByTolerance(&entry, "nsd", [&](double tau) { return distances.NormalizedSurfaceDice(tau); });
  CompareByTolerance(&entry, "overlap_gt_pred", [&](double tau) {
    return Values{distances.TruthOverlap(tau), distances.PredictionOverlap(tau)};
  });
  std::vector<double> all;
  for (const auto* surfels : {&distances.truth_to_prediction, &distances.prediction_to_truth}) {
    for (const Surfel& surfel : *surfels) all.push_back(surfel.distance);
  }
  CompareByTolerance(&entry, "nsd_margin", [&](double tau) { return Margin(all, tau); });
  entry.Finish();
}

void CompareCounts(Entry* parent, const Overlap& overlap) {
  if (!parent->Has("counts")) return;
  Entry entry = parent->Sub("counts");
  entry.Compare("pred", static_cast<double>(overlap.prediction), kExactly);
  entry.Compare("gt", static_cast<double>(overlap.truth), kExactly);
  entry.Compare("inter", static_cast<double>(overlap.both), kExactly);
  entry.Compare("union", static_cast<double>(overlap.either()), kExactly);
  entry.Finish();
}

void CompareMasks(const json& object, const std::string& name, Rows* rows) {
  Entry entry(name, object, rows);
  entry.Note("name");
  const GridSize size = Three<int64_t>(entry.Numbers("shape"), name);
  const GridSpacing spacing = Three<double>(entry.Numbers("spacing"), name);
  const std::vector<uint8_t> prediction = Decoded(entry.Integers("pred_rle"), size, name);
  const std::vector<uint8_t> truth = Decoded(entry.Integers("gt_rle"), size, name);
  const MaskView p = {prediction, size}, t = {truth, size};
  const Overlap overlap = OverlapOf(prediction, truth);
  const SurfaceDistances spaced = BorderDistances(p, t, spacing), unit = BorderDistances(p, t, kUnit);
  const SurfaceDistances flat = BorderDistances(p, t, kUnit, {.skip_thin_axes = true});

  CompareCounts(&entry, overlap);
  entry.Compare("dice", overlap.Dice(), kTaskLimit);
  entry.Compare("iou", overlap.Iou(), kTaskLimit);
  entry.Compare("monai_dice", overlap.DiceWhereTruth(), kFloatLimit);
  CompareMedpy(&entry, overlap, spaced, unit);
  CompareMonai(&entry, flat);
  CompareOwn(&entry, "own", spaced);
  CompareOwn(&entry, "own_unit", unit);
  CompareGoogle(&entry, p, t, spacing);

  // The same of the other file, at unit spacing but for one. Its reference scores 0 where the truth is empty.
  entry.Compare("ref_dice", overlap.DiceWhereTruth().value_or(0), kLibraryLimit);
  entry.Compare("medpy_dc", overlap.Dice().value_or(1), kLibraryLimit);
  entry.Compare("medpy_hd95", unit.Hd95Pooled(), kLibraryLimit);
  entry.Compare("medpy_hd95_spacing", spaced.Hd95Pooled(), kLibraryLimit);
  entry.Compare("medpy_hd", unit.Hausdorff(), kLibraryLimit);
  entry.Compare("medpy_asd", unit.MeanPredictionToTruth(), kLibraryLimit);
  const MonaiDistances monai = Monai(flat);
  entry.Compare("monai_hd95", monai.hd95, kFloatLimit);
  entry.Compare("monai_hd", monai.hd, kFloatLimit);
  // calculate_metric_percase: (1, 0, 0) for anything found where there is nothing, zeros where nothing is found.
  Values percase = {overlap.Dice(), unit.Hd95Pooled(), unit.MeanPredictionToTruth()};
  if (!unit.defined()) percase = {overlap.prediction > 0 ? 1.0 : 0.0, 0, 0};
  entry.Compare("ref_percase", percase, kLibraryLimit);
  entry.Finish();
}

// Logits [cases, classes, voxels] and labels [cases, voxels], by the `shape` of the logits.
struct Batch {
  size_t cases = 0, classes = 0, voxels = 0;
  std::vector<double> logits;
  std::vector<int> labels;

  absl::Span<const double> LogitsOf(size_t i) const {
    return absl::MakeConstSpan(logits).subspan(i * classes * voxels, classes * voxels);
  }
  std::vector<uint8_t> LabelsOf(size_t i) const {
    return {labels.begin() + static_cast<ptrdiff_t>(i * voxels), labels.begin() + static_cast<ptrdiff_t>((i + 1) * voxels)};
  }
};

Batch ReadBatch(Entry* entry) {
  const std::vector<int> shape = entry->Integers("shape");
  if (shape.size() < 3) throw std::invalid_argument(absl::StrCat(entry->name(), ": shape: expected [cases, classes, ...]"));
  Batch batch = {static_cast<size_t>(shape[0]), static_cast<size_t>(shape[1]), 1, entry->Numbers("logits"),
                 entry->Integers("label")};
  for (size_t axis = 2; axis < shape.size(); ++axis) batch.voxels *= shape[axis];
  if (batch.logits.size() != batch.cases * batch.classes * batch.voxels || batch.labels.size() != batch.cases * batch.voxels) {
    throw std::invalid_argument(absl::StrCat(entry->name(), ": logits or labels are not of the shape"));
  }
  return batch;
}

std::vector<uint8_t> ArgmaxOf(const Batch& batch, size_t i) {
  const auto logits = batch.LogitsOf(i);
  std::vector<uint8_t> labels(batch.voxels);
  for (size_t v = 0; v < batch.voxels; ++v) {
    for (size_t c = 1; c < batch.classes; ++c) {
      if (logits[c * batch.voxels + v] > logits[labels[v] * batch.voxels + v]) labels[v] = static_cast<uint8_t>(c);
    }
  }
  return labels;
}

// Dice of the classes from 1 on of each case, and the mean over cases of the means over classes that the truth has.
struct DiceOfCases {
  Values per_class;
  double sum = 0, defined = 0;

  void Add(const std::vector<Overlap>& overlaps) {
    for (size_t c = 1; c < overlaps.size(); ++c) per_class.push_back(overlaps[c].DiceWhereTruth());
    if (const auto mean = MeanDice(overlaps)) {
      sum += *mean;
      ++defined;
    }
  }
  double Mean() const { return defined > 0 ? sum / defined : 0; }  // 0 as MONAI has it
};

}  // namespace

void ReplaySegmentation(const std::string& name, const json& part, Rows* rows) {
  for (size_t i = 0; i < part.size(); ++i) {
    const json& object = part.at(i);
    CompareMasks(object, absl::StrCat(name, "/", object.is_object() ? object.value("name", absl::StrCat(i)) : absl::StrCat(i)),
                 rows);
  }
}

void ReplayMeanDice(const std::string& name, const json& part, Rows* rows) {
  Entry entry(name, part, rows);
  const Batch batch = ReadBatch(&entry);
  DiceOfCases dice;
  for (size_t i = 0; i < batch.cases; ++i) {
    dice.Add(OverlapsOf(ArgmaxOf(batch, i), batch.LabelsOf(i), static_cast<int>(batch.classes)));
  }
  entry.Compare("per_case_class", dice.per_class, kFloatLimit);
  entry.Compare("aggregate_mean", dice.Mean(), kFloatLimit);
  entry.Compare("not_nans", dice.defined, kExactly);
  entry.Compare("val_epoch_value", dice.Mean(), kFloatLimit);
  entry.Finish();
}

void ReplayLungRule(const std::string& name, const json& part, Rows* rows) {
  Entry entry(name, part, rows);
  const Batch batch = ReadBatch(&entry);
  if (batch.classes != 4) throw std::invalid_argument("expected four classes");
  Values argmax;
  DiceOfCases dice;
  for (size_t i = 0; i < batch.cases; ++i) {
    const std::vector<uint8_t> labels = LungLabels(batch.LogitsOf(i));
    argmax.insert(argmax.end(), labels.begin(), labels.end());
    dice.Add(OverlapsOf(labels, LungTruth(batch.LabelsOf(i)), 3));
  }
  entry.Compare("argmax", argmax, kExactly);
  entry.Compare("dice", dice.per_class, kFloatLimit);
  entry.Compare("value", dice.Mean(), kFloatLimit);
  entry.Finish();
}

void ReplaySurfaceAreas(const std::string& name, const json& part, Rows* rows) {
  static const std::regex form(R"(\(([0-9.e+-]+), ([0-9.e+-]+), ([0-9.e+-]+)\))");
  Entry entry(name, part, rows);
  for (const auto& [key, value] : part.items()) {
    std::smatch match;
    if (!std::regex_match(key, match, form)) continue;
    const auto areas = SurfelAreas({std::stod(match[1]), std::stod(match[2]), std::stod(match[3])});
    entry.Compare(key, Values(areas.begin(), areas.end()), kTaskLimit);
  }
  entry.Finish();
}

void ReplaySurfaceNormals(const std::string& name, const json& part, Rows* rows) {
  // One row: the codes that differ are named by it. The table writes a zero normal where there is no surface.
  const json object = {{"table", part}};
  Entry entry(name, object, rows);
  Values normals;
  for (int code = 0; code < 256; ++code) {
    auto of_code = SurfaceNormals(static_cast<uint8_t>(code));
    if (of_code.empty()) of_code.push_back({0, 0, 0});
    for (const auto& normal : of_code) normals.insert(normals.end(), normal.begin(), normal.end());
  }
  entry.Compare("table", normals, kExactly);
  entry.Finish();
}

}  // namespace asap::golden
