// The dataset "phantom": CT scans of procedural patients, made on demand.
//
//   OpenDataset("phantom", {.parameters = {{"cases", "400"}, {"size", "64x64x32"}, {"site", "mixed"}, {"seed", "0"}}})
//
// Case i is the same whatever the number of cases, the thread or the machine. Patients have one to three scans at one site;
// splits (70 / 15 / 15 %) go by patient. The latest rendered cases are kept, so that Volume(i) and then Mask(i) render once; with
// {"cache_mb", "1200"}, epochs after the first render nothing.
#ifndef ASAP_DATASETS_PHANTOM_PHANTOM_H_
#define ASAP_DATASETS_PHANTOM_PHANTOM_H_

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/dataset.h"
#include "datasets/phantom/case.h"

namespace asap::phantom {

// The probability that a scan of the population is in the dataset; drawn by (seed, patient, scan).
using Cohort = std::function<double(const ScanFacts&)>;

struct PhantomOptions {
  int64_t cases = 400;
  Index3 size = {64, 64, 32};
  uint64_t seed = 0;
  std::string site = "mixed";  // a site's name, or "mixed": each patient is scanned at one of all
  int64_t cache_mb = 32;       // rendered cases to keep, at 7 bytes a voxel; two cases at least
  Cohort cohort;               // null keeps every scan
};

// "64x64x32", each 16 ... 1024.
absl::StatusOr<Index3> ParseSize(const std::string& text);

class PhantomDataset : public Dataset {
 public:
  static absl::StatusOr<std::unique_ptr<PhantomDataset>> Open(const DatasetOptions& options);
  static absl::StatusOr<std::unique_ptr<PhantomDataset>> Create(const PhantomOptions& options, const std::string& split = "");

  const DatasetCard& card() const override { return card_; }
  int64_t size() const override { return static_cast<int64_t>(keys_.size()); }
  CaseInfo Info(int64_t index) const override;
  absl::StatusOr<ReportText> Report(int64_t index) const override;
  absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const override;
  absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t index) const override;
  // The parameters that a case is made from, and the version of what makes it.
  std::string Fingerprint(int64_t index) const override;
  std::string MaskFingerprint(int64_t index) const override;
  absl::StatusOr<std::map<std::string, double>> Labels(int64_t index) const override;
  std::vector<DatasetProblem> Verify(const std::function<void(int64_t done)>& progress) const override;

  // What no other dataset has: the truth.
  const CaseKey& Key(int64_t index) const { return keys_[index]; }
  CaseFacts Facts(int64_t index) const { return MakeFacts(keys_[index]); }
  std::shared_ptr<const RenderedCase> Rendered(int64_t index) const;  // volume, fine labels and lesion bits
  const PhantomOptions& options() const { return options_; }

 private:
  explicit PhantomDataset(const PhantomOptions& options);

  PhantomOptions options_;
  DatasetCard card_;
  std::vector<CaseKey> keys_;

  mutable std::mutex mutex_;
  mutable std::list<std::pair<int64_t, std::shared_ptr<const RenderedCase>>> recent_;  // latest first
  size_t recent_capacity_;
};

// "train", "valid" or "test".
const char* SplitOf(uint64_t seed, int64_t patient);
std::string PatientName(int64_t patient);  // "p00042"
std::string CaseName(const CaseKey& key);  // "p00042_s1": the second scan is s2
std::map<std::string, double> LabelsOf(const CaseFacts& facts);
DatasetCard PhantomCard();

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_PHANTOM_H_
