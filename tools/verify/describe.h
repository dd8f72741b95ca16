// What a dataset is and holds, as text of about 110 columns.
#ifndef ASAP_TOOLS_VERIFY_DESCRIBE_H_
#define ASAP_TOOLS_VERIFY_DESCRIBE_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

// Where the data come from, whom they show, and what is known to be wrong with them.
std::string DescribeCard(const DatasetCard& card);

// Cases, patients, splits and sites, masks, and how often each label has each value. Reads tables alone, no volume.
absl::StatusOr<std::string> DescribeCases(const Dataset& dataset);

}  // namespace asap

#endif  // ASAP_TOOLS_VERIFY_DESCRIBE_H_
