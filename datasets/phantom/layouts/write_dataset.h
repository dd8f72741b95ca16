// Writes a phantom dataset through a layout, many cases at once.
#ifndef ASAP_DATASETS_PHANTOM_LAYOUTS_WRITE_DATASET_H_
#define ASAP_DATASETS_PHANTOM_LAYOUTS_WRITE_DATASET_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "datasets/phantom/layouts/layout.h"
#include "datasets/phantom/phantom.h"

namespace asap {

// Cases, then tables. `progress` is called with the number of cases done, from one thread at a time, and may be null. The first
// failure stops the run and is returned.
absl::Status WriteDataset(const phantom::PhantomDataset& dataset, const Layout& layout, int threads,
                          const std::function<void(int64_t done)>& progress);

// The layout's cohort of the phantom's population, written: for tests of readers and tasks.
//
//   ASAP_ASSIGN_OR_RETURN(auto truth, WritePhantom("stoic", {.root = folder}, {.cases = 40, .size = {32, 32, 32}}));
//
// Case i of the returned dataset is the i-th written.
absl::StatusOr<std::unique_ptr<phantom::PhantomDataset>> WritePhantom(const std::string& layout, const LayoutOptions& options,
                                                                      phantom::PhantomOptions phantom, int threads = 1);

}  // namespace asap

#endif  // ASAP_DATASETS_PHANTOM_LAYOUTS_WRITE_DATASET_H_
