#include "tools/verify/describe.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/status.h"

namespace asap {
namespace {

constexpr size_t kColumn = 16, kWidth = 110;
constexpr size_t kMostValues = 8;  // more different ones are told by their range

// "  name        text", wrapped.
void AddRow(const std::string& name, const std::string& text, std::string* out) {
  if (text.empty()) return;
  std::string line = absl::StrFormat("  %-*s", static_cast<int>(kColumn) - 2, name);
  if (line.back() != ' ') line += ' ';
  bool first = true;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!first && line.size() + 1 + word.size() > kWidth) {
      absl::StrAppend(out, line, "\n");
      line = std::string(kColumn, ' ');
      first = true;
    }
    absl::StrAppend(&line, first ? "" : " ", word);
    first = false;
  }
  absl::StrAppend(out, line, "\n");
}

std::string Counts(const std::map<std::string, int64_t>& counts) {
  std::vector<std::string> parts;
  for (const auto& [name, count] : counts) parts.push_back(absl::StrCat(name.empty() ? "(none)" : name, " ", count));
  return absl::StrJoin(parts, ", ");
}

// How often a label has each value.
class LabelCounter {
 public:
  void Add(double value) {
    ++known_;
    ++counts_[value];
    sum_ += value;
  }
  std::string Text(int64_t cases) const {
    if (known_ == 0) return "unknown in all cases";
    std::string text;
    const bool binary = std::all_of(counts_.begin(), counts_.end(), [](const auto& c) { return c.first == 0 || c.first == 1; });
    if (binary) {
      const auto found = counts_.find(1);
      const int64_t positive = found == counts_.end() ? 0 : found->second;
      text = absl::StrFormat("%d of %d (%.1f %%)", positive, known_,
                             100.0 * static_cast<double>(positive) / static_cast<double>(known_));
    } else if (counts_.size() <= kMostValues) {
      std::vector<std::string> parts;
      for (const auto& [value, count] : counts_) {
        parts.push_back(
            absl::StrFormat("%g: %d (%.1f %%)", value, count, 100.0 * static_cast<double>(count) / static_cast<double>(known_)));
      }
      text = absl::StrJoin(parts, ", ");
    } else {
      text = absl::StrFormat("%g to %g, mean %.4g", counts_.begin()->first, counts_.rbegin()->first,
                             sum_ / static_cast<double>(known_));
    }
    if (known_ < cases) absl::StrAppend(&text, ", unknown in ", cases - known_);
    return text;
  }

 private:
  int64_t known_ = 0;
  double sum_ = 0;
  std::map<double, int64_t> counts_;
};

}  // namespace

std::string DescribeCard(const DatasetCard& card) {
  std::string out = absl::StrCat(card.name, ": ", card.title, "\n");
  AddRow("source", card.source, &out);
  AddRow("licence", card.licence, &out);
  AddRow("access", card.access, &out);
  AddRow("population", card.population, &out);
  AddRow("acquisition", card.acquisition, &out);
  AddRow("intensities",
         absl::StrFormat("%s, of which models are shown %g to %g", card.hounsfield ? "Hounsfield units" : "stored values",
                         card.intensity_window[0], card.intensity_window[1]),
         &out);
  for (size_t l = 0; l < card.label_definitions.size(); ++l) {
    AddRow(l == 0 ? "labels" : "", absl::StrCat(card.label_names[l], ": ", card.label_definitions[l]), &out);
  }
  for (size_t d = 0; d < card.known_defects.size(); ++d)
    AddRow(d == 0 ? "known defects" : "", "- " + card.known_defects[d], &out);
  return out;
}

absl::StatusOr<std::string> DescribeCases(const Dataset& dataset) {
  const DatasetCard& card = dataset.card();
  std::set<std::string> patients;
  std::map<std::string, int64_t> splits, sites;
  std::vector<LabelCounter> labels(card.label_names.size());
  int64_t masks = 0;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const CaseInfo info = dataset.Info(i);
    patients.insert(info.patient);
    ++splits[info.split];
    ++sites[info.site];
    masks += info.has_mask;
    const auto of_case = dataset.Labels(i);
    if (!of_case.ok()) return Annotate(of_case.status(), absl::StrCat("case ", info.id));
    for (size_t l = 0; l < labels.size(); ++l) {
      if (const auto value = of_case->find(card.label_names[l]); value != of_case->end()) labels[l].Add(value->second);
    }
  }
  std::string out;
  AddRow("cases", absl::StrCat(dataset.size(), ", of ", patients.size(), " patients"), &out);
  const bool no_splits = splits.size() == 1 && splits.begin()->first.empty();
  AddRow("splits", no_splits ? "none of its own" : Counts(splits), &out);
  if (sites.size() > 1 || !sites.begin()->first.empty()) AddRow("sites", Counts(sites), &out);
  AddRow("masks", masks == 0 ? "none" : absl::StrCat(masks, " of ", dataset.size(), "; ", absl::StrJoin(card.mask_classes, ", ")),
         &out);
  for (size_t l = 0; l < labels.size(); ++l) {
    AddRow(l == 0 ? "labels" : "", absl::StrCat(card.label_names[l], ": ", labels[l].Text(dataset.size())), &out);
  }
  return out;
}

}  // namespace asap
