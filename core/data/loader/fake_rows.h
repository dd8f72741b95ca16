// Rows in memory for tests of the loader and of the training loop: each tells its case's index and what it drew. Cases can be
// made to fail, throw or be slow.
#ifndef ASAP_CORE_DATA_LOADER_FAKE_ROWS_H_
#define ASAP_CORE_DATA_LOADER_FAKE_ROWS_H_

#include <ATen/ops/empty.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/data/loader/row_reader.h"

namespace asap {

struct FakeBatch final : TrainingBatch {
  at::Tensor values;  // [B, N] float32 in [-0.5, 0.5)
  std::vector<at::Tensor*> DeviceTensors() override { return {&values}; }
};

// What a FakeRows reads: a test changes it while a loader of no threads runs.
struct FakeCases {
  explicit FakeCases(int64_t cases, int64_t width = 120) : count(cases), values(width) {}

  int64_t count;
  int64_t values;  // N
  std::set<int64_t> unreadable, throwing;
  std::chrono::microseconds delay{0};
  mutable std::atomic<int64_t> reads{0};
};

class FakeRows : public RowReader {
 public:
  // The cases must outlive the reader.
  explicit FakeRows(const FakeCases* cases) : cases_(cases) {}

  std::string dataset() const override { return "fake"; }
  int64_t size() const override { return cases_->count; }
  std::string CaseId(int64_t index) const override { return absl::StrCat("case-", index); }
  int64_t Bytes(int64_t rows) const override { return rows * cases_->values * static_cast<int64_t>(sizeof(float)); }
  std::unique_ptr<TrainingBatch> Allocate(int64_t rows, bool pinned) const override {
    auto batch = std::make_unique<FakeBatch>();
    batch->case_ids.resize(rows);
    batch->values = at::empty({rows, cases_->values}, at::TensorOptions().dtype(at::kFloat).pinned_memory(pinned));
    return batch;
  }
  absl::Status Fill(const RowDraw& draw, int64_t row, TrainingBatch& batch) const override {
    ++cases_->reads;
    // Late cases take longest, so that threads finish out of order.
    if (cases_->delay.count() > 0) std::this_thread::sleep_for(cases_->delay * (1 + draw.index % 3));
    const std::string id = CaseId(draw.index);
    if (cases_->unreadable.count(draw.index) > 0) {
      return absl::DataLossError(
          absl::StrCat("case ", id, ": /data/", draw.index, ".nii.gz: unexpected end of file at byte 812"));
    }
    if (cases_->throwing.count(draw.index) > 0) throw std::runtime_error("a library's exception");
    const int64_t shift = draw.Generator("shift").UniformInt(0, 40);
    float* values = dynamic_cast<FakeBatch&>(batch).values.data_ptr<float>() + row * cases_->values;
    for (int64_t i = 0; i < cases_->values; ++i) {
      values[i] = static_cast<float>((draw.index * 37 + i * 5 + shift) % 1000) / 1000 - 0.5f;
    }
    batch.case_ids[row] = id;
    return absl::OkStatus();
  }
  std::vector<std::pair<std::string, std::string>> Config() const override { return {{"values", absl::StrCat(cases_->values)}}; }

 private:
  const FakeCases* const cases_;
};

}  // namespace asap

#endif  // ASAP_CORE_DATA_LOADER_FAKE_ROWS_H_
