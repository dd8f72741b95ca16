// Writes a phantom dataset through a layout, many cases at once.
#ifndef ASAP_TOOLS_PHANTOM_WRITE_DATASET_H_
#define ASAP_TOOLS_PHANTOM_WRITE_DATASET_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "datasets/phantom/phantom.h"
#include "tools/phantom/layout.h"

namespace asap {

// Cases, then tables. `progress` is called with the number of cases done, from one thread at a time, and may be null. The first
// failure stops the run and is returned.
absl::Status WriteDataset(const phantom::PhantomDataset& dataset, const Layout& layout, int threads,
                          const std::function<void(int64_t done)>& progress);

}  // namespace asap

#endif  // ASAP_TOOLS_PHANTOM_WRITE_DATASET_H_
