#include <ATen/ops/tensor.h>

#include <cstdio>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/sha256.h"
#include "core/base/status.h"
#include "core/data/fractions/fractions.h"
#include "core/data/fractions/mersenne.h"
#include "core/train/warmup_cosine.h"
#include "tests/golden/heads/kinds.h"
#include "tests/golden/model/compare.h"

namespace asap::golden {
namespace {

using nlohmann::json;

at::Tensor Tensor(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

absl::StatusOr<int64_t> Number(const std::string& text) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(text, &number) || number < 0) return Damaged(absl::StrCat("\"", text, "\" is not a number of rows"));
  return number;
}

absl::Status ComparePermutations(const json& file, Rows& rows) {
  unsigned seed = 0;
  const std::string rule = file.at("rule").get<std::string>();
  if (std::sscanf(rule.c_str(), "pi = numpy.random.RandomState(%u).permutation(N)", &seed) != 1) {
    return Damaged(absl::StrCat("unknown rule ", rule));
  }
  for (const auto& [key, expected] : file.at("full").items()) {
    ASAP_ASSIGN_OR_RETURN(const int64_t size, Number(key));
    rows.push_back(Compare("full/" + key, Tensor(NumpyPermutation(seed, size)), FromJson(expected), kExact));
  }
  for (const auto& [key, expected] : file.at("digest").items()) {
    ASAP_ASSIGN_OR_RETURN(const int64_t size, Number(key));
    const std::vector<int64_t> order = NumpyPermutation(seed, size);
    const at::Tensor first = FromJson(expected.at("first")), last = FromJson(expected.at("last"));
    rows.push_back(Compare(absl::StrCat("digest/", key, " first"), Tensor(order).slice(0, 0, first.numel()), first, kExact));
    rows.push_back(Compare(absl::StrCat("digest/", key, " last"), Tensor(order).slice(0, size - last.numel()), last, kExact));
    const bool equal = Sha256Hex(absl::StrJoin(order, ",")) == expected.at("sha256_of_ascii_comma_joined").get<std::string>();
    rows.push_back(Compare(absl::StrCat("digest/", key, " sha256"), equal, 1, kExact));
  }
  return absl::OkStatus();
}

// "LUNA16/train_list_10.csv": the published subset of a list of N rows.
absl::Status CompareSubsets(const json& derived, Rows& rows) {
  const std::map<std::string, PublishedFraction> rules = {{"LUNA16", kFirstNearest},
                                                          {"RadChestCT", kFirstNearest},
                                                          {"INSPECT", kLastDown},
                                                          {"Stoic", kLastDown},
                                                          {"COVID-19-20", kLastUp},
                                                          {"MSD", kLastUp},
                                                          {"SegThor", kLastUp},
                                                          {"ACDC", kLastUp},
                                                          {"PleThora", kLastNearestSorted}};
  for (const auto& [key, expected] : derived.items()) {
    const auto rule = rules.find(key.substr(0, key.find('/')));
    if (rule == rules.end()) return Damaged(absl::StrCat("derived: no rule is known for ", key));
    const double percent = absl::StrContains(key, "_10.") ? 10 : absl::StrContains(key, "_1.") ? 1 : 100;
    ASAP_ASSIGN_OR_RETURN(const std::vector<int64_t> chosen,
                          PublishedFractionRows(expected.at("N").get<int64_t>(), percent, rule->second));
    rows.push_back(
        Compare(absl::StrCat("derived/", key, " n"), static_cast<double>(chosen.size()), expected.at("n").get<double>(), kExact));
    if (!expected.contains("indices") || expected.at("indices").is_null()) continue;
    rows.push_back(Compare(absl::StrCat("derived/", key, " indices"), Tensor(chosen), FromJson(expected.at("indices")), kExact));
  }
  return absl::OkStatus();
}

// "cls_w150_T6000" and "seg_w50_E1000_lr0.0001": [step, rate] pairs, or the rates from 0 on.
absl::Status CompareSchedules(const json& schedules, Rows& rows) {
  for (const auto& [key, expected] : schedules.items()) {
    long long warmup = 0, end = 0;
    double peak = 1;
    const bool of_steps = std::sscanf(key.c_str(), "cls_w%lld_T%lld", &warmup, &end) == 2;
    if (!of_steps && std::sscanf(key.c_str(), "seg_w%lld_E%lld_lr%lf", &warmup, &end, &peak) != 3) {
      return Damaged(absl::StrCat("schedule: unknown name ", key));
    }
    std::vector<double> actual, wanted;
    for (size_t i = 0; i < expected.size(); ++i) {
      const json& entry = expected.at(i);
      const int64_t time = entry.is_array() ? entry.at(0).get<int64_t>() : static_cast<int64_t>(i);
      wanted.push_back((entry.is_array() ? entry.at(1) : entry).get<double>());
      actual.push_back(peak * (of_steps ? WarmupCosine(time, warmup, end) : WarmupCosineOfEpoch(time, warmup, end)));
    }
    rows.push_back(
        Compare("schedule/" + key, at::tensor(actual, at::kDouble), at::tensor(wanted, at::kDouble), {.relative = 1e-10}));
  }
  return absl::OkStatus();
}

absl::Status CompareSeeds(const json& seeds, Rows& rows) {
  for (const auto& [key, expected] : seeds.items()) {
    unsigned seed = 0;
    long long population = 0, count = 0;
    if (std::sscanf(key.c_str(), "random.seed(%u); random.sample(range(%lld),%lld)", &seed, &population, &count) != 3 ||
        count < 0 || count > population) {
      return Damaged(absl::StrCat("seeds: unknown recipe ", key));
    }
    rows.push_back(Compare("seeds/" + key, Tensor(PythonSample(seed, population, count)), FromJson(expected), kExact));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Rows> ReplayFractions(const json& file) {
  Rows rows;
  ASAP_RETURN_IF_ERROR(ComparePermutations(file, rows));
  ASAP_RETURN_IF_ERROR(CompareSubsets(file.at("derived"), rows));
  ASAP_RETURN_IF_ERROR(CompareSchedules(file.at("schedule"), rows));
  ASAP_RETURN_IF_ERROR(CompareSeeds(file.at("seeds"), rows));
  return rows;
}

}  // namespace asap::golden
