// The folder that a run owns: what it leaves there is found again by a later call that measures the same, and by nobody else.
#ifndef ASAP_CORE_BENCHMARK_RUN_FOLDER_H_
#define ASAP_CORE_BENCHMARK_RUN_FOLDER_H_

#include <string>

#include "absl/status/status.h"
#include "core/benchmark/run.h"

namespace asap {

// Makes the folder, with run.key in it. One that is there is kept where its run.key says the same measurement on data whose state
// is known; otherwise what it holds is deleted. A folder without run.key is not the benchmark's: it is renamed, and that is said.
absl::Status OpenRunFolder(const std::string& folder, const RunKey& key);

// Removes the folder where the run left nothing in it.
void DropEmptyRunFolder(const std::string& folder);

}  // namespace asap

#endif  // ASAP_CORE_BENCHMARK_RUN_FOLDER_H_
