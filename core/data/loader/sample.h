// One case of a dataset as one row of a batch: augmented volume and mask, patch noise, tokenised report.
#ifndef ASAP_CORE_DATA_LOADER_SAMPLE_H_
#define ASAP_CORE_DATA_LOADER_SAMPLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "core/batch.h"
#include "core/dataset.h"
#include "core/imaging/augment.h"
#include "core/text/report_encoder.h"

namespace asap {

struct SampleOptions {
  AugmentOptions augment;                     // augment.roi is the size of the network's input
  int64_t patches = 0;                        // L: values of patch noise a sample
  std::shared_ptr<const ReportEncoder> text;  // null: batches carry no text, its tensors stay undefined
  // Whether a left-right mirror image exchanges the mask ids that the dataset's card lists (left and right lung). The published
  // code does not. What happens to the text is the report encoder's choice.
  bool mirror_masks = true;
  uint64_t seed = 0;
};

// Every random draw comes from (seed, purpose, epoch, case, attempt), so a row does not depend on who reads it, nor when.
// Thread-safe: rows of one batch may be filled at the same time.
class SampleReader {
 public:
  // The dataset must outlive the reader.
  SampleReader(const Dataset* dataset, SampleOptions options);

  // A batch of `rows` to fill. Its contents are undefined until then. `pinned`: in page-locked memory, which a GPU copies from
  // without anyone waiting.
  Batch Allocate(int64_t rows, bool pinned = false) const;
  // What Allocate(rows) takes.
  int64_t Bytes(int64_t rows) const;

  // Fills one row with the case of that index. Errors begin with the case id and name the file where the dataset does.
  absl::Status Fill(int64_t index, int64_t epoch, int64_t attempt, int64_t row, Batch& batch) const;

  const Dataset& dataset() const { return *dataset_; }

 private:
  absl::Status FillImage(int64_t index, const CaseInfo& info, CounterRng rng, int64_t row, Batch& batch, bool& mirrored) const;

  const Dataset* dataset_;
  SampleOptions options_;
  int64_t voxels_;
  std::array<uint8_t, 256> mirror_;  // mask id -> its id in the mirror image
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_LOADER_SAMPLE_H_
