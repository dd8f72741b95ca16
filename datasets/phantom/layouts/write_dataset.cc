#include "datasets/phantom/layouts/write_dataset.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/status.h"

namespace asap {

absl::Status WriteDataset(const phantom::PhantomDataset& dataset, const Layout& layout, int threads,
                          const std::function<void(int64_t done)>& progress) {
  std::atomic<int64_t> next = 0;
  std::atomic<bool> stop = false;
  std::mutex mutex;
  absl::Status first_failure;  // guarded by mutex, as is done
  int64_t done = 0;
  const auto work = [&] {
    while (!stop) {
      const int64_t index = next++;
      if (index >= dataset.size()) return;
      const absl::Status status = layout.WriteCase(dataset, index);
      std::lock_guard<std::mutex> lock(mutex);
      if (!status.ok()) {
        if (first_failure.ok()) first_failure = Annotate(status, dataset.Info(index).id);
        stop = true;
        return;
      }
      ++done;
      if (progress) progress(done);
    }
  };
  std::vector<std::thread> workers;
  const int64_t useful = std::min<int64_t>(threads, dataset.size());
  for (int64_t t = 1; t < useful; ++t) workers.emplace_back(work);
  work();
  for (std::thread& worker : workers) worker.join();
  ASAP_RETURN_IF_ERROR(first_failure);
  return layout.WriteTables(dataset);
}

absl::StatusOr<std::unique_ptr<phantom::PhantomDataset>> WritePhantom(const std::string& layout, const LayoutOptions& options,
                                                                      phantom::PhantomOptions phantom, int threads) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Layout> writer, MakeLayout(layout, options));
  phantom.cohort = writer->Cohort();
  ASAP_ASSIGN_OR_RETURN(std::unique_ptr<phantom::PhantomDataset> dataset, phantom::PhantomDataset::Create(phantom));
  ASAP_RETURN_IF_ERROR(WriteDataset(*dataset, *writer, threads, nullptr));
  return dataset;
}

}  // namespace asap
