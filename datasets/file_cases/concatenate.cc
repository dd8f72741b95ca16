#include "datasets/file_cases/concatenate.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "core/base/status.h"

namespace asap {
namespace {

class Concatenated : public Dataset {
 public:
  explicit Concatenated(std::vector<std::unique_ptr<Dataset>> parts) : parts_(std::move(parts)) {
    for (const auto& part : parts_) ends_.push_back((ends_.empty() ? 0 : ends_.back()) + part->size());
  }

  const DatasetCard& card() const override { return parts_[0]->card(); }
  int64_t size() const override { return ends_.back(); }
  CaseInfo Info(int64_t index) const override { return Part(index).Info(Within(index)); }
  absl::StatusOr<ReportText> Report(int64_t index) const override { return Part(index).Report(Within(index)); }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const override { return Part(index).Volume(Within(index)); }
  absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t index) const override { return Part(index).Mask(Within(index)); }
  std::string Fingerprint(int64_t index) const override { return Part(index).Fingerprint(Within(index)); }
  std::string MaskFingerprint(int64_t index) const override { return Part(index).MaskFingerprint(Within(index)); }
  absl::StatusOr<std::map<std::string, double>> Labels(int64_t index) const override { return Part(index).Labels(Within(index)); }
  // A table that only some parts have is theirs.
  std::vector<std::string> TableNames() const override {
    std::set<std::string> names;
    for (const auto& part : parts_) {
      for (std::string& name : part->TableNames()) names.insert(std::move(name));
    }
    return {names.begin(), names.end()};
  }
  absl::StatusOr<std::vector<DatasetRow>> Table(absl::string_view name) const override {
    std::vector<DatasetRow> rows;
    int64_t before = 0;
    bool there = false;
    for (const auto& part : parts_) {
      const std::vector<std::string> names = part->TableNames();
      if (std::find(names.begin(), names.end(), name) != names.end()) {
        ASAP_ASSIGN_OR_RETURN(std::vector<DatasetRow> found, part->Table(name));
        for (DatasetRow& row : found) rows.push_back({.index = before + row.index, .fields = std::move(row.fields)});
        there = true;
      }
      before += part->size();
    }
    if (!there) return Dataset::Table(name);
    return rows;
  }
  std::vector<DatasetProblem> Verify(const std::function<void(int64_t done)>& progress) const override {
    std::vector<DatasetProblem> problems;
    int64_t before = 0;
    for (const auto& part : parts_) {
      std::vector<DatasetProblem> found = part->Verify([&](int64_t done) {
        if (progress) progress(before + done);
      });
      problems.insert(problems.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
      before += part->size();
    }
    return problems;
  }

 private:
  size_t NumberOf(int64_t index) const { return std::upper_bound(ends_.begin(), ends_.end(), index) - ends_.begin(); }
  const Dataset& Part(int64_t index) const { return *parts_[NumberOf(index)]; }
  int64_t Within(int64_t index) const {
    const size_t number = NumberOf(index);
    return index - (number == 0 ? 0 : ends_[number - 1]);
  }

  const std::vector<std::unique_ptr<Dataset>> parts_;
  std::vector<int64_t> ends_;  // of each part: the first index beyond it
};

}  // namespace

std::unique_ptr<Dataset> Concatenate(std::vector<std::unique_ptr<Dataset>> parts) {
  if (parts.size() == 1) return std::move(parts[0]);
  return std::make_unique<Concatenated>(std::move(parts));
}

}  // namespace asap
