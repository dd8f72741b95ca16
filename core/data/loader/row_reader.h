// What a Loader fills batches by: the cases of some data as rows of some kind of batch. Each kind of training has a reader of its
// own; the loader knows nothing of what is in a row.
#ifndef ASAP_CORE_DATA_LOADER_ROW_READER_H_
#define ASAP_CORE_DATA_LOADER_ROW_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/base/random.h"
#include "core/training_batch.h"

namespace asap {

// Which case a row is of, and all that its random draws may depend on: so a row is the same whoever reads it, and whenever.
struct RowDraw {
  uint64_t seed = 0;
  int64_t epoch = 0;
  int64_t index = 0;    // of the case, in [0, size())
  int64_t attempt = 0;  // above 0 where other cases of this row could not be read

  // `purpose` keeps a row's draws apart: crop, noise, masking.
  CounterRng Generator(absl::string_view purpose) const {
    return CounterRng(seed, purpose, static_cast<uint64_t>(epoch), static_cast<uint64_t>(index), static_cast<uint64_t>(attempt));
  }
};

// Thread-safe: rows of one batch may be filled at the same time.
class RowReader {
 public:
  virtual ~RowReader() = default;

  virtual std::string dataset() const = 0;  // its name, for messages and Config()
  virtual int64_t size() const = 0;         // cases
  virtual std::string CaseId(int64_t index) const = 0;

  // A batch of `rows` to fill, whose contents are undefined until then. `pinned`: in page-locked memory, from which a GPU copies
  // without anyone waiting.
  virtual std::unique_ptr<TrainingBatch> Allocate(int64_t rows, bool pinned) const = 0;
  // What Allocate(rows) takes.
  virtual int64_t Bytes(int64_t rows) const = 0;

  // Fills one row of what Allocate gave, its case id included. Errors begin with the case id and name the file where the data do.
  virtual absl::Status Fill(const RowDraw& draw, int64_t row, TrainingBatch& batch) const = 0;
  // Called once all rows of a batch are filled.
  virtual void Finish(TrainingBatch& batch) const {}

  // Names and values of all that decides what is in a row, besides RowDraw.
  virtual std::vector<std::pair<std::string, std::string>> Config() const = 0;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_LOADER_ROW_READER_H_
