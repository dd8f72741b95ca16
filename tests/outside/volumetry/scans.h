// The scans that the network is trained on: volumes in, litres out.
#ifndef VOLUMETRY_SCANS_H_
#define VOLUMETRY_SCANS_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/data/loader/row_reader.h"
#include "core/dataset.h"
#include "core/encoder.h"
#include "core/task.h"

namespace asap::volumetry {

struct Scans {
  std::vector<int64_t> cases;  // indices of the dataset
  std::vector<double> litres;  // of each; NaN where the case has no mask

  Scans Known() const;  // those with litres
};

// Reads the masks of the cases and adds up the volumes of `classes`. Errors begin with the case's id; Cancelled where the context
// says so.
absl::StatusOr<Scans> ReadScans(const Dataset& dataset, const std::vector<int64_t>& cases,
                                const std::vector<std::string>& classes, const TaskContext& context);

// [1, 1, H, W, D], as the network takes it.
absl::StatusOr<at::Tensor> NetworkInputOf(const Dataset& dataset, int64_t index, const EncoderSpec& encoder);

struct ScanBatch final : TrainingBatch {
  at::Tensor volumes;  // [B, 1, H, W, D] float32
  at::Tensor litres;   // [B] float32
  std::vector<at::Tensor*> DeviceTensors() override { return {&volumes, &litres}; }
};

// What a Loader fills batches by.
class ScanReader : public RowReader {
 public:
  // The dataset must outlive the reader. `scans` are known ones.
  ScanReader(const Dataset* dataset, Scans scans, EncoderSpec encoder)
      : dataset_(dataset), scans_(std::move(scans)), encoder_(std::move(encoder)) {}

  std::string dataset() const override { return dataset_->card().name; }
  int64_t size() const override { return static_cast<int64_t>(scans_.cases.size()); }
  std::string CaseId(int64_t index) const override { return dataset_->Info(scans_.cases[index]).id; }
  std::unique_ptr<TrainingBatch> Allocate(int64_t rows, bool pinned) const override;
  int64_t Bytes(int64_t rows) const override;
  absl::Status Fill(const RowDraw& draw, int64_t row, TrainingBatch& batch) const override;
  // The run's folder is of one dataset, split and classes already: nothing else decides what is in a row.
  std::vector<std::pair<std::string, std::string>> Config() const override { return {}; }

 private:
  const Dataset* const dataset_;
  const Scans scans_;
  const EncoderSpec encoder_;
};

}  // namespace asap::volumetry

#endif  // VOLUMETRY_SCANS_H_
