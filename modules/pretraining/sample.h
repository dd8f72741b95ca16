// One case of a dataset as one row of a batch: augmented volume and mask, patch noise, tokenised report. What a Loader reads for
// pre-training:
//
//   ASAP_ASSIGN_OR_RETURN(auto rows, SampleReader::Open(dataset.get(), {.augment = {...}, .patches = 512, .text = encoder}));
//   ASAP_ASSIGN_OR_RETURN(auto loader, Loader::Open(std::move(rows), {.batch_size = 14, .seed = 1}));
//   ASAP_ASSIGN_OR_RETURN(LoadedBatch loaded, loader->Next());  // *loaded.batch is a Batch
#ifndef ASAP_MODULES_PRETRAINING_SAMPLE_H_
#define ASAP_MODULES_PRETRAINING_SAMPLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/data/loader/row_reader.h"
#include "core/dataset.h"
#include "core/imaging/augment.h"
#include "modules/pretraining/batch.h"
#include "modules/pretraining/report_encoder.h"

namespace asap {

struct SampleOptions {
  AugmentOptions augment;                     // augment.roi is the size of the network's input
  int64_t patches = 0;                        // L: values of patch noise a sample
  std::shared_ptr<const ReportEncoder> text;  // null: batches carry no text, its tensors stay undefined
  // Whether a left-right mirror image exchanges the mask ids that the dataset's card lists (left and right lung). The published
  // code does not. What happens to the text is the report encoder's choice.
  bool mirror_masks = true;
};

// Batches are Batch.
class SampleReader : public RowReader {
 public:
  // The dataset must outlive the reader. InvalidArgument for sizes that make no volume, and for a card that mirrors mask ids
  // beyond 0 ... 255.
  static absl::StatusOr<std::unique_ptr<SampleReader>> Open(const Dataset* dataset, SampleOptions options);

  std::string dataset() const override { return dataset_->card().name; }
  int64_t size() const override { return dataset_->size(); }
  std::string CaseId(int64_t index) const override { return dataset_->Info(index).id; }
  std::unique_ptr<TrainingBatch> Allocate(int64_t rows, bool pinned) const override;
  int64_t Bytes(int64_t rows) const override;
  absl::Status Fill(const RowDraw& draw, int64_t row, TrainingBatch& batch) const override;
  // Describes the texts, see Batch::facts.
  void Finish(TrainingBatch& batch) const override;
  std::vector<std::pair<std::string, std::string>> Config() const override;

 private:
  SampleReader(const Dataset* dataset, SampleOptions options);
  absl::Status FillImage(int64_t index, const CaseInfo& info, CounterRng rng, int64_t row, Batch& batch, bool& mirrored) const;

  const Dataset* dataset_;
  SampleOptions options_;
  int64_t voxels_;
  std::array<uint8_t, 256> mirror_;  // mask id -> its id in the mirror image
};

}  // namespace asap

#endif  // ASAP_MODULES_PRETRAINING_SAMPLE_H_
