// Datasets whose cases are files: a volume, perhaps a mask, and perhaps a report in the row of the CSV that lists them. What
// differs between published layouts is in FileDatasetParts.
#ifndef ASAP_DATASETS_FILE_CASES_FILE_DATASET_H_
#define ASAP_DATASETS_FILE_CASES_FILE_DATASET_H_

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/csv/csv.h"
#include "core/data/volume_cache/transform.h"
#include "core/data/volume_cache/volume_cache.h"
#include "core/dataset.h"
#include "datasets/file_cases/file_case_table.h"

namespace asap {

// A patient with cases in two splits.
struct SplitConflict {
  std::string case_id, split;
  std::string other_case_id, other_split;
};

struct FileDatasetParts;

// Rows that say once more what an earlier row said of the same case: counted, so that Verify can tell of them.
class RepeatedRows {
 public:
  void Add(int64_t line) {
    if (count_++ == 0) first_line_ = line;
  }
  // A warning in parts->problems where there were any.
  void Tell(absl::string_view table, FileDatasetParts* parts) const;

 private:
  int64_t count_ = 0, first_line_ = 0;
};

// Gathers the cases of a dataset while its table is read, and checks what only the whole table can show. Needs about 60 bytes a
// case besides the table itself, until Finish.
class FileCaseCollector {
 public:
  // `split`: only its cases are kept; empty for all.
  FileCaseCollector(std::string table_path, std::string split) : path_(std::move(table_path)), split_(std::move(split)) {}

  // `line` is the row's in the table, for messages. `kept` tells whether the case is a new one in the wanted split. A row that
  // repeats an earlier one's case is left out where their digests are equal, and is an error where they are not, or unknown.
  absl::Status Add(const FileCase& row, int64_t line, bool* kept);
  // Fills parts->cases, other_cases, conflicts and the problem of rows that repeat. An error where no case was kept.
  absl::Status Finish(FileDatasetParts* parts);

 private:
  struct Row {
    int64_t line = 0;
    uint64_t digest = 0;
  };
  struct Seen {
    uint32_t case_number = 0;
    uint32_t split = 0;
  };

  std::string path_;
  std::string split_;
  FileCaseTable table_;
  FileCaseTable others_;                          // of other splits
  absl::flat_hash_map<uint64_t, Row> row_of_id_;  // by hash
  RepeatedRows repeated_;
  absl::flat_hash_map<uint64_t, Seen> patients_;  // by hash: its first case
  std::vector<std::string> splits_;
  FileCaseTable first_cases_;  // ids of the patients' first cases, for conflicts
  std::vector<SplitConflict> conflicts_;
};

// "train", "valid" and "test", also written "val" and "validation"; empty stays empty. Anything else is an error.
absl::StatusOr<std::string> SplitName(absl::string_view written);

struct FileDatasetParts {
  DatasetCard card;
  // The CSV with a report a case, and its columns. Without reports, Report gives empty text and nothing is read from these.
  bool reports = true;
  std::string table_path;
  size_t volume_column = 0;
  size_t findings_column = 0;
  size_t impression_column = 0;
  FileCaseTable cases;
  FileCaseTable other_cases;  // of other splits than the one that is open: a volume must not be in both
  // labels[l][case] of card.label_names[l]; NaN is unknown.
  std::vector<std::vector<double>> labels;
  std::vector<SplitConflict> conflicts;
  std::vector<DatasetProblem> problems;  // what was found while the tables were read: Verify tells them first
  // From what the table says to a path. The volume's may look at the disk, and says what it looked for when nothing is there.
  std::function<absl::StatusOr<std::string>(absl::string_view volume)> volume_path;
  std::function<std::string(absl::string_view mask)> mask_path;
  // Null, or what a source goes through last: a mask whose stored values are not the card's classes; a volume whose file does not
  // know its voxels' size (no masks then: their grid is held against the file's).
  std::function<std::unique_ptr<VoxelSource>(const std::string&path, std::unique_ptr<VoxelSource>)> adapt_volume, adapt_mask;
  // Null, or Verify's first look at what volume_path gave; problems without a case id. After an error the volume is not opened.
  std::function<std::vector<DatasetProblem>(const std::string& path)> verify_volume;
  std::shared_ptr<VolumeCache> cache;  // null: files are decoded each time
  // mm: volumes and masks are resampled to it as tools:preprocess does. None: they are taken as they are stored.
  std::optional<std::array<double, 3>> spacing;
  // Volumes and masks with their axes in RAS+ order, however they are stored, for all but files whose published protocol takes
  // their order as it is. Resampled ones are.
  bool ras = false;
  // What else volumes depend on: parameters whose values the fingerprints tell.
  std::string assumed;
};

class FileDataset : public Dataset {
 public:
  static absl::StatusOr<std::unique_ptr<Dataset>> Create(FileDatasetParts parts);

  const DatasetCard& card() const override { return parts_.card; }
  int64_t size() const override { return parts_.cases.size(); }
  CaseInfo Info(int64_t index) const override;
  absl::StatusOr<ReportText> Report(int64_t index) const override;
  absl::StatusOr<std::unique_ptr<VoxelSource>> Volume(int64_t index) const override;
  // Also fails where size or spacing differ from the volume's.
  absl::StatusOr<std::unique_ptr<VoxelSource>> Mask(int64_t index) const override;
  // Path, size and time of modification of the volume's file or folder, the same of the file that a header names, and what is
  // done to it. A folder's time tells of files that came, went or were replaced, not of one that was written over in place.
  std::string Fingerprint(int64_t index) const override;
  std::string MaskFingerprint(int64_t index) const override;
  absl::StatusOr<std::map<std::string, double>> Labels(int64_t index) const override;
  std::vector<DatasetProblem> Verify(const std::function<void(int64_t done)>& progress) const override;

 private:
  FileDataset(FileDatasetParts parts, std::unique_ptr<CsvRows> rows) : parts_(std::move(parts)), rows_(std::move(rows)) {}
  std::vector<DatasetProblem> VerifyCase(int64_t index) const;
  // `kind` is kImage or kLabels, and stands back where nothing is resampled.
  VolumeTransform TransformOf(VolumeTransform::Kind kind) const;
  absl::StatusOr<std::unique_ptr<VoxelSource>> OpenFile(const std::string& path, VolumeTransform::Kind kind,
                                                        std::optional<Index3> size = {}) const;
  std::string StateOf(const std::string& path, VolumeTransform::Kind kind) const;
  absl::StatusOr<Geometry> VolumeGrid(const std::string& path) const;

  FileDatasetParts parts_;
  std::unique_ptr<CsvRows> rows_;
};

// An error for each of `parameters` that is not among `known`.
absl::Status CheckParameters(const std::map<std::string, std::string>& parameters, const std::vector<std::string>& known,
                             absl::string_view dataset);

// The parameter "spacing", three numbers in mm as 1.5x1.5x3.0; none where it is not given.
absl::StatusOr<std::optional<std::array<double, 3>>> SpacingParameter(const std::map<std::string, std::string>& parameters);

// "a/b" below `folder`; an absolute path stays.
std::string PathBelow(absl::string_view folder, absl::string_view path);

// Names of mask classes, one a line, the first being the background's; "" gives background, class 1 ... class 8, the nine ids of
// the published masks. Fills card->mask_classes, and card->mirrored_classes with the pairs whose names differ in left and right
// alone.
absl::Status SetMaskClasses(const std::string& names_file, DatasetCard* card);

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_FILE_DATASET_H_
