#include "core/benchmark/splits.h"

#include <algorithm>
#include <map>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/base/sha256.h"
#include "core/base/status.h"

namespace asap {
namespace {

constexpr uint64_t kSplitSeed = 2026;
constexpr double kValidShare = 0.1, kTestShare = 0.2;

double PlaceOf(const std::string& patient) { return CounterRng(kSplitSeed, "benchmark split", Fnv1a64(patient)).Uniform(); }

// Moves the cases of about a tenth of the patients from train to valid: at least one patient, where there are two or more.
void CarveValid(const Dataset& dataset, CaseSplits& splits) {
  std::map<std::string, double> places;
  for (const int64_t index : splits.train) {
    const std::string patient = dataset.Info(index).patient;
    places.emplace(patient, PlaceOf(patient));
  }
  std::vector<std::pair<double, std::string>> order;
  order.reserve(places.size());
  for (const auto& [patient, place] : places) order.emplace_back(place, patient);
  std::sort(order.begin(), order.end());
  size_t chosen = 0;
  while (chosen < order.size() && order[chosen].first < kValidShare) ++chosen;
  chosen = std::min(std::max<size_t>(chosen, 1), order.empty() ? 0 : order.size() - 1);
  absl::flat_hash_set<std::string> valid;
  for (size_t i = 0; i < chosen; ++i) valid.insert(order[i].second);
  std::vector<int64_t> train;
  splits.valid.clear();
  for (const int64_t index : splits.train) (valid.contains(dataset.Info(index).patient) ? splits.valid : train).push_back(index);
  splits.train = std::move(train);
}

absl::Status RefuseEmpty(const Dataset& dataset, const CaseSplits& splits) {
  for (const auto& [name, cases] : {std::pair("train", &splits.train), {"valid", &splits.valid}, {"test", &splits.test}}) {
    if (cases->empty()) {
      return absl::FailedPreconditionError(absl::StrCat("dataset ", dataset.card().name, ": no ", name, " case among its ",
                                                        dataset.size(), "; a task needs some of each of train, valid and test"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

SplitFacts FactsOf(const Dataset& dataset, const CaseSplits& splits, const std::string& origin) {
  SplitFacts facts;
  facts.origin = origin;
  Sha256 digest;
  const auto add = [&](const char* name, const std::vector<int64_t>& cases, int64_t& count, int64_t& patients) {
    digest.Update(absl::StrCat(name, "\n"));
    absl::flat_hash_set<std::string> seen;
    for (const int64_t index : cases) {
      const CaseInfo info = dataset.Info(index);
      digest.Update(absl::StrCat(info.id, "\n"));
      seen.insert(info.patient);
    }
    count = static_cast<int64_t>(cases.size());
    patients = static_cast<int64_t>(seen.size());
  };
  add("train", splits.train, facts.train_cases, facts.train_patients);
  add("valid", splits.valid, facts.valid_cases, facts.valid_patients);
  add("test", splits.test, facts.test_cases, facts.test_patients);
  facts.digest = digest.Hex();
  return facts;
}

absl::Status CheckPatients(const Dataset& dataset, const CaseSplits& splits) {
  struct Seen {
    const char* split;
    std::string case_id;
  };
  absl::flat_hash_map<std::string, Seen> first;
  const bool valid_is_test = splits.valid == splits.test;
  for (const auto& [name, cases] : {std::pair("train", &splits.train), {"valid", &splits.valid}, {"test", &splits.test}}) {
    if (valid_is_test && cases == &splits.valid) continue;
    for (const int64_t index : *cases) {
      const CaseInfo info = dataset.Info(index);
      const auto [seen, is_new] = first.emplace(info.patient, Seen{name, info.id});
      if (!is_new && std::string(seen->second.split) != name) {
        return absl::FailedPreconditionError(absl::StrCat(
            "dataset ", dataset.card().name, ": one patient has the case ", seen->second.case_id, " in ", seen->second.split,
            " and ", info.id, " in ", name,
            ", so scores would be of patients that were trained on; put all cases of a patient into one split, or leave the "
            "splits out and they are drawn by patient"));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<CaseSplits> SplitByRule(const Dataset& dataset) {
  CaseSplits splits;
  std::vector<int64_t> unassigned;
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const std::string split = dataset.Info(i).split;
    (split == "train" ? splits.train : split == "valid" ? splits.valid : split == "test" ? splits.test : unassigned).push_back(i);
  }
  std::string origin = "the dataset's own split";
  if (unassigned.size() == static_cast<size_t>(dataset.size())) {
    for (const int64_t index : unassigned) {
      const double place = PlaceOf(dataset.Info(index).patient);
      (place < kValidShare ? splits.valid : place < kValidShare + kTestShare ? splits.test : splits.train).push_back(index);
    }
    origin = absl::StrCat("70/10/20 % by patient, seed ", kSplitSeed);
  } else {
    if (!unassigned.empty()) {
      splits.warnings.push_back(
          absl::StrCat("dataset ", dataset.card().name, ": ", unassigned.size(), " cases are in no split and were left out"));
    }
    if (splits.test.empty()) {
      splits.test = std::move(splits.valid);
      splits.valid.clear();
      absl::StrAppend(&origin, ", its validation cases being the test");
    }
    if (splits.valid.empty()) {
      CarveValid(dataset, splits);
      absl::StrAppend(&origin, ", validation 10 % of the train patients, seed ", kSplitSeed);
    }
  }
  ASAP_RETURN_IF_ERROR(RefuseEmpty(dataset, splits));
  ASAP_RETURN_IF_ERROR(CheckPatients(dataset, splits));
  splits.facts = FactsOf(dataset, splits, origin);
  return splits;
}

absl::StatusOr<CaseSplits> SplitByLists(const Dataset& dataset, const IdLists& lists, bool strict) {
  absl::flat_hash_map<std::string, int64_t> index_of;
  for (int64_t i = 0; i < dataset.size(); ++i) index_of.emplace(dataset.Info(i).id, i);
  CaseSplits splits;
  int64_t missing = 0, listed = 0;
  std::string examples;
  const auto find = [&](const std::vector<std::string>& ids, std::vector<int64_t>& cases) {
    for (const std::string& id : ids) {
      ++listed;
      if (const auto found = index_of.find(id); found != index_of.end()) {
        cases.push_back(found->second);
      } else if (++missing <= 3) {
        absl::StrAppend(&examples, missing > 1 ? ", " : "", id);
      }
    }
  };
  find(lists.train, splits.train);
  find(lists.valid, splits.valid);
  find(lists.test, splits.test);
  if (missing > 0) {
    return absl::NotFoundError(
        absl::StrCat("dataset ", dataset.card().name, ": ", missing, " of ", listed,
                     " cases of the split lists are not in the data (", examples, missing > 3 ? ", ..." : "",
                     "); complete the data, or do without published lists, and the documented rule splits what is there"));
  }
  std::string origin = "published lists";
  if (splits.valid == splits.test) {
    if (strict) {
      CarveValid(dataset, splits);
      absl::StrAppend(&origin, ", validation 10 % of the train patients, seed ", kSplitSeed,
                      ", because the published one is the test");
    } else {
      splits.warnings.push_back(absl::StrCat("dataset ", dataset.card().name,
                                             ": the published validation list is the test list: what is chosen is chosen on test "
                                             "data, and scores are optimistic"));
    }
  }
  ASAP_RETURN_IF_ERROR(RefuseEmpty(dataset, splits));
  ASAP_RETURN_IF_ERROR(CheckPatients(dataset, splits));
  splits.facts = FactsOf(dataset, splits, origin);
  return splits;
}

}  // namespace asap
