// What data a run was measured on, as one digest: when it is the same, so are the cases, their files, labels and splits.
#ifndef ASAP_CORE_BENCHMARK_DATA_DIGEST_H_
#define ASAP_CORE_BENCHMARK_DATA_DIGEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// SHA-256 over each case's id, patient, split, site, the state of its files (Dataset::Fingerprint and MaskFingerprint), labels
// and report, and over the rows of all tables, in the dataset's order. Empty where the state of a case's files is not known:
// nothing that was computed of it may then be kept.
std::string DataDigest(const Dataset& dataset);

// SHA-256 over the paths below `folder` and the contents of all .csv files there: the published split lists. An error names the
// file that could not be read.
absl::StatusOr<std::string> ListsDigest(const std::string& folder);

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_DATA_DIGEST_H_
