// Which cases a task trains on, chooses on, and is tested on.
#ifndef ASAP_CORE_BENCHMARK_SPLITS_H_
#define ASAP_CORE_BENCHMARK_SPLITS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/dataset.h"
#include "core/task.h"

namespace asap {

struct CaseSplits {
  std::vector<int64_t> train, valid, test;  // indices of the dataset, in the lists' order
  SplitFacts facts;
  std::vector<std::string> warnings;
};

// The documented rule, for a dataset without published lists:
//   train, valid and test cases   as the dataset says
//   no test cases                 its valid cases are the test; 10 % of the train patients become valid
//   no valid cases                10 % of the train patients become valid
//   none of them                  70 / 10 / 20 % of the patients
// Patients are drawn by hash of their id with a fixed seed, so that a case's place does not depend on which others are there.
absl::StatusOr<CaseSplits> SplitByRule(const Dataset& dataset);

// Lists of case ids as published. `strict`: where the valid list is the test list, valid becomes 10 % of the train patients
// instead. NotFound where the dataset lacks listed cases, naming some.
struct IdLists {
  std::vector<std::string> train, valid, test;
};
absl::StatusOr<CaseSplits> SplitByLists(const Dataset& dataset, const IdLists& lists, bool strict);

// FailedPrecondition where a patient has cases in two of the splits, naming a case of each and what to do. valid and test may be
// the same list, as some published ones are.
absl::Status CheckPatients(const Dataset& dataset, const CaseSplits& splits);

// Cases and patients of each split, and the SHA-256 of "train\nID\n...valid\n...test\n...".
SplitFacts FactsOf(const Dataset& dataset, const CaseSplits& splits, const std::string& origin);

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_SPLITS_H_
