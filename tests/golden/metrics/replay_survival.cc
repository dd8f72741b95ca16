// Concordance and the discrete-time likelihood.
#include <cmath>
#include <memory>
#include <regex>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/metrics/cindex.h"
#include "core/metrics/survival.h"
#include "tests/golden/metrics/entry.h"
#include "tests/golden/metrics/parts.h"
#include "tests/golden/metrics/recipe_numbers.h"

namespace asap::golden {
namespace {

using nlohmann::json;

struct Survival {
  std::vector<double> times, predicted;  // predicted: higher lives longer
  std::vector<char> events;

  absl::Span<const bool> event() const {
    return absl::MakeConstSpan(reinterpret_cast<const bool*>(events.data()), events.size());  // 0 or 1, one byte each
  }
};

// "seed 701: event = u('eL')<0.25; time = event? floor(3*u('tL')) : 2; predicted = floor(500*u('sL'))/500", with `n` beside it.
bool SurvivalByRecipe(const std::string& recipe, int64_t n, Survival* out) {
  static const std::regex form(
      R"(seed (\d+): event = u\('(\w+)'\)<([0-9.]+); time = event\? floor\(([0-9.]+)\*u\('(\w+)'\)\) : ([0-9.]+); )"
      R"(predicted = floor\(([0-9.]+)\*u\('(\w+)'\)\)/([0-9.]+))");
  std::smatch match;
  if (!std::regex_match(recipe, match, form)) return false;
  const uint64_t seed = std::stoull(match[1]);
  for (int64_t i = 0; i < n; ++i) {
    out->events.push_back(RecipeNumber(seed, match[2], i) < std::stod(match[3]));
    out->times.push_back(out->events.back() ? std::floor(std::stod(match[4]) * RecipeNumber(seed, match[5], i))
                                            : std::stod(match[6]));
    out->predicted.push_back(std::floor(std::stod(match[7]) * RecipeNumber(seed, match[8], i)) / std::stod(match[9]));
  }
  return true;
}

}  // namespace

void ReplayCIndex(const std::string& name, const json& part, Rows* rows) {
  for (size_t i = 0; i < part.size(); ++i) {
    const json& object = part.at(i);
    Entry entry(absl::StrCat(name, "/", object.is_object() ? object.value("name", absl::StrCat(i)) : absl::StrCat(i)), object,
                rows);
    entry.Note("name");
    Survival data;
    if (entry.Has("recipe")) {
      if (!SurvivalByRecipe(entry.Input("recipe").get<std::string>(), entry.Input("n").get<int64_t>(), &data)) {
        entry.Fail("recipe", "not understood");
        continue;
      }
    } else {
      data = {entry.Numbers("time"), entry.Numbers("predicted"), entry.Flags("event")};
    }
    std::vector<double> risks;
    for (const double predicted : data.predicted) risks.push_back(-predicted);
    const ConcordancePairs pairs = WeightedCIndex(data.times, risks, data.event()).Pairs();
    entry.Compare("lifelines_cindex", pairs.Index(), kLibraryLimit);
    entry.Compare("lifelines", pairs.Index(), kTaskLimit);
    entry.Compare("value", pairs.Index(), kTaskLimit);
    entry.Compare("n", static_cast<double>(data.times.size()), kExactly);
    entry.Compare("concordant", pairs.concordant, kExactly);
    entry.Compare("tied", pairs.tied, kExactly);
    entry.Compare("comparable", pairs.comparable, kExactly);
    entry.Finish();
  }
}

void ReplayPrognosis(const std::string& name, const json& part, Rows* rows) {
  Entry entry(name, part, rows);
  entry.Note("note");
  const std::vector<double> logits = entry.Numbers("logits");
  const std::vector<int> time = entry.Integers("time_idx");
  Survival data = {{time.begin(), time.end()}, {}, entry.Flags("event")};
  const size_t bins = time.empty() ? 0 : logits.size() / time.size();
  std::vector<double> risks(time.size());
  for (size_t i = 0; i < time.size(); ++i) {
    for (size_t bin = 0; bin < bins; ++bin) risks[i] += logits[i * bins + bin];
  }
  entry.Compare("c_index", WeightedCIndex(data.times, risks, data.event())(), kLibraryLimit);
  const double nll = DiscreteHazardNll(logits, static_cast<int>(bins), time, data.event());
  entry.Compare("cox_nll", nll, kLibraryLimit);
  entry.Compare("cox_nll_f32", nll, kFloatLimit);
  entry.Finish();
}

}  // namespace asap::golden
