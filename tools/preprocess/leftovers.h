// What a run that was killed leaves of the file it was writing.
#ifndef ASAP_TOOLS_PREPROCESS_LEFTOVERS_H_
#define ASAP_TOOLS_PREPROCESS_LEFTOVERS_H_

#include <string>

#include "absl/container/flat_hash_set.h"

namespace asap {

// Removes the temporary files (WriteAtomically of core/base/file.h) below `output` that were to become one of `own`, paths below
// it. Those of other shards, which may be running, stay.
void RemoveLeftovers(const std::string& output, const absl::flat_hash_set<std::string>& own);

}  // namespace asap

#endif  // ASAP_TOOLS_PREPROCESS_LEFTOVERS_H_
