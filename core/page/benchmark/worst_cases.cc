#include "core/page/benchmark/worst_cases.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "core/page/benchmark/case_scores.h"
#include "core/page/format.h"

namespace asap {
namespace {

constexpr size_t kMostLabels = 3;  // that a caption names

struct CostlyCase {
  const CaseResult* result;
  double loss;
};

// What was predicted and what was true, of the labels that cost most.
std::vector<std::string> InWords(const TaskSpec& task, const CaseResult& result) {
  if (task.outcome == Outcome::kMulticlass) {
    std::string truth = "unknown";
    std::vector<std::pair<double, std::string>> predicted;
    for (const std::string& label : task.labels) {
      const auto value = result.truth.find(label);
      if (value != result.truth.end() && value->second > 0.5) truth = label;
      const auto score = result.scores.find(label);
      if (score != result.scores.end()) predicted.push_back({-score->second, label});
    }
    std::sort(predicted.begin(), predicted.end());
    const auto true_score = result.scores.find(truth);
    return {absl::StrCat("predicted ", predicted.front().second, " ", Fixed(-predicted.front().first, 2)),
            absl::StrCat("true ", truth, " ", true_score == result.scores.end() ? "" : Fixed(true_score->second, 2))};
  }
  std::vector<std::pair<double, std::string>> errors;
  for (const std::string& label : task.labels) {
    const auto score = result.scores.find(label);
    const auto truth = result.truth.find(label);
    if (score == result.scores.end() || truth == result.truth.end()) continue;
    const bool positive = truth->second > 0.5;
    errors.push_back({-std::abs(score->second - positive),
                      absl::StrCat(label, ": ", Fixed(score->second, 2), ", true ", positive ? "yes" : "no")});
  }
  std::sort(errors.begin(), errors.end());
  std::vector<std::string> lines;
  for (size_t i = 0; i < std::min(errors.size(), kMostLabels); ++i) lines.push_back(errors[i].second);
  return lines;
}

Html Picture(const std::string& dataset, const std::string& case_id, const PictureOf& picture) {
  const Html none = Element("div", {{"class", "no-picture"}}, Text("no picture"));
  if (picture == nullptr) return {};
  const absl::StatusOr<RgbImage> image = picture(dataset, case_id);
  const absl::StatusOr<std::string> png = image.ok() ? EncodePng(*image) : image.status();
  if (!png.ok()) return none;
  return {absl::StrCat("<img alt=\"slice of case ", Escaped(case_id), "\" width=\"", image->width, "\" height=\"", image->height,
                       "\" src=\"data:image/png;base64,", absl::Base64Escape(*png), "\">")};
}

}  // namespace

Html WorstCases(const BenchmarkResults& results, const TaskSpec& task, int count, const PictureOf& picture) {
  const Run* run = nullptr;
  std::string encoder;
  for (const Measured& measured : results.encoders) {
    encoder = measured.name;
    if ((run = DrawnRun(results, task.name, encoder)) != nullptr) break;
  }
  if (run == nullptr || count <= 0) return {};
  const Cohort cohort = WithProbabilities(task, run->result.test);
  std::vector<CostlyCase> costly;
  for (const CaseResult& result : cohort.cases) {
    if (const std::optional<double> loss = LossOf(task, result)) costly.push_back({&result, *loss});
  }
  std::stable_sort(costly.begin(), costly.end(), [](const CostlyCase& a, const CostlyCase& b) { return a.loss > b.loss; });
  if (costly.size() > static_cast<size_t>(count)) costly.resize(count);
  Html pictures;
  for (const CostlyCase& one : costly) {
    Html caption = Element("b", one.result->case_id) + Text(absl::StrCat("loss ", Fixed(one.loss, 2)));
    for (const std::string& line : InWords(task, *one.result)) caption += Html{"<br>"} + Text(line);
    pictures += Element("figure", Picture(cohort.dataset, one.result->case_id, picture) + Element("figcaption", caption));
  }
  if (pictures.code.empty()) return {};
  return Element("h4", absl::StrCat("Cases of greatest loss for ", encoder, ", with ", Percent(run->key.fraction),
                                    " of the training labels, seed ", run->key.seed, ": predicted probabilities and truth")) +
         Element("div", {{"class", "pictures"}}, pictures);
}

}  // namespace asap
