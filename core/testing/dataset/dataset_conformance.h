// The behaviour every dataset shares, as GoogleTest expectations.
//
//   TEST(PairsTest, Conforms) { CheckDatasetConformance(*OpenSmallPairs()); }
#ifndef ASAP_CORE_TESTING_DATASET_DATASET_CONFORMANCE_H_
#define ASAP_CORE_TESTING_DATASET_DATASET_CONFORMANCE_H_

#include <cstdint>

#include "core/dataset.h"

namespace asap {

struct DatasetConformanceOptions {
  int64_t max_cases = 4;     // of which volumes and masks are read: the first ones
  bool verify_clean = true;  // Verify() must find nothing at all
};

// `dataset` must have a case at least. Card complete; ids unique; Info, Report, Volume, Mask, Labels and tables consistent with
// each other and with the card; fingerprints there, of one case each; boxes equal to the same part of a whole read, serially and
// from many threads; boxes outside refused; Verify finds nothing and reports its progress in order.
void CheckDatasetConformance(const Dataset& dataset, const DatasetConformanceOptions& options = {});

}  // namespace asap

#endif  // ASAP_CORE_TESTING_DATASET_DATASET_CONFORMANCE_H_
