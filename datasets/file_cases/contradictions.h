// Labels of one case that cannot be true together.
#ifndef ASAP_DATASETS_FILE_CASES_CONTRADICTIONS_H_
#define ASAP_DATASETS_FILE_CASES_CONTRADICTIONS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "datasets/file_cases/file_dataset.h"

namespace asap {

// Where the first label holds, the second one does: who is dead at one month is dead at six.
struct Implication {
  absl::string_view label, implied;
};

// Looks through the parts' labels, by the names on their card; rules about labels that are not there are passed over. A case
// that breaks one has one warning, which names the labels, and those of the broken rules become unknown: one of them is wrong,
// and nothing says which. `table` is where they are from.
void ExcludeContradictions(absl::Span<const Implication> rules, const std::string& table, FileDatasetParts* parts);

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_CONTRADICTIONS_H_
