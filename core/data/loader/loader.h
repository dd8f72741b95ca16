// Batches of rows, prepared ahead by worker threads: the same batches in the same order on any number of threads, from any
// starting place.
//
//   ASAP_ASSIGN_OR_RETURN(auto loader, Loader::Open(std::move(row_reader), {.batch_size = 14, .threads = 8, .seed = 1}));
//   for (...) {
//     ASAP_ASSIGN_OR_RETURN(LoadedBatch next, loader->Next());  // endless: epoch after epoch
//     ...
//   }
//   state.data = loader->position();  // and, in a later run, loader->Seek(state.data)
//
// An epoch is a random order of all cases, cut into whole batches; the cases that are left over differ from epoch to epoch.
//
// Several processes share an epoch in rounds: of each `world` batches in a row, process `rank` gets the rank-th. Positions count
// all processes' batches, so that a place is the same for any number of them. Where an epoch's last round has fewer batches than
// processes, those without one get the round's first again, marked as repeated.
//
// A case that cannot be read either ends loading with an error that names it (BadCase::kFail), or another case, drawn from the
// same seed, takes its row and the case is counted (BadCase::kSkip). Which one depends only on the row and on the data, so the
// sequence stays the same on any number of threads and after a Seek.
#ifndef ASAP_CORE_DATA_LOADER_LOADER_H_
#define ASAP_CORE_DATA_LOADER_LOADER_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/data/loader/row_reader.h"
#include "core/training_batch.h"

namespace asap {

// A place in the endless sequence of batches.
struct DataPosition {
  int64_t epoch = 0;
  int64_t batch = 0;  // within the epoch

  bool operator==(const DataPosition& other) const { return epoch == other.epoch && batch == other.batch; }
};

struct LoadedBatch {
  std::unique_ptr<TrainingBatch> batch;  // of the reader's kind
  DataPosition position;                 // of this batch
  bool repeated = false;                 // another process has it too, and counts it
};

struct LoaderOptions {
  enum class BadCase { kFail, kSkip };

  int64_t batch_size = 1;
  int threads = 0;  // workers that read ahead; 0: Next() reads in the calling thread
  // Batches that are ready or in the making take at most this much memory, or one batch where one takes more. What a reader
  // needs to decode a file (a compressed volume in full) comes on top, once per thread.
  int64_t max_queue_bytes = int64_t{4} << 30;
  BadCase on_bad_case = BadCase::kFail;
  bool pinned = false;  // batches in page-locked memory, for copies to a GPU
  // Several processes share each epoch; this one is number `rank` of `world`.
  int64_t rank = 0, world = 1;
  uint64_t seed = 0;  // of the order of cases and of all that rows draw
};

// What loading has cost and met so far.
struct LoaderStatistics {
  double wait_seconds = 0;       // the caller's time in Next()
  int64_t batches = 0;           // handed out
  int64_t replaced_samples = 0;  // rows that another case took, in batches handed out
  std::set<std::string> bad_cases;
  int64_t peak_queue_bytes = 0;
};

// Next() and Seek() are for one thread.
class Loader {
 public:
  // InvalidArgument where there is less than one batch of cases, or an option makes no sense.
  static absl::StatusOr<std::unique_ptr<Loader>> Open(std::unique_ptr<const RowReader> rows, LoaderOptions options);
  // Stops the workers: each ends after the sample it is at.
  ~Loader();

  // The next batch, waiting for it where it is not ready. After an error, every later call gives the same error, until Seek.
  absl::StatusOr<LoadedBatch> Next();

  // Goes on from the round at `position`, as a loader that came there by Next() would. InvalidArgument beyond the epoch's end.
  absl::Status Seek(const DataPosition& position);

  // Where the round begins that Next() gives next: at its first batch, which is the next batch where there is one process.
  DataPosition position() const { return position_; }
  int64_t batches_per_epoch() const { return batches_per_epoch_; }
  const LoaderOptions& options() const { return options_; }
  // Names and values of all that decides which batches come, and of nothing else: a run resumes only under the same ones. Threads
  // and memory are not among them, nor the policy for bad cases, which a user may change to get past one.
  std::vector<std::pair<std::string, std::string>> Config() const;
  LoaderStatistics statistics() const;

 private:
  struct Slot;

  Loader(std::unique_ptr<const RowReader> rows, LoaderOptions options);
  void Start();
  void Stop();
  void Work();
  std::unique_ptr<Slot> Begin(const DataPosition& round) const;
  absl::Status FillRow(Slot& slot, int64_t row);
  absl::StatusOr<LoadedBatch> Finish(Slot& slot);
  DataPosition After(const DataPosition& position) const;

  const LoaderOptions options_;
  const std::unique_ptr<const RowReader> reader_;
  const int64_t batches_per_epoch_;
  int64_t max_slots_;

  DataPosition position_;
  absl::Status failure_;  // what Next() keeps returning

  mutable std::mutex mutex_;
  std::condition_variable work_, ready_;     // there may be work; a batch is complete
  std::deque<std::unique_ptr<Slot>> slots_;  // consecutive batches, the first is position_
  DataPosition next_slot_;                   // the batch that is begun after those in slots_
  bool stopping_ = false;
  bool broken_ = false;  // some row failed: begin no further batch
  std::vector<std::thread> workers_;
  LoaderStatistics statistics_;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_LOADER_LOADER_H_
