// train.csv of RSPECT: a row for each image, gathered by series.
#ifndef ASAP_DATASETS_RSPECT_TRAIN_TABLE_H_
#define ASAP_DATASETS_RSPECT_TRAIN_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "core/dataset.h"

namespace asap {

struct RspectSeries {
  std::string study;
  std::string series;
  int64_t images = 0;  // each once, however often its row is repeated
  int64_t images_with_pe = 0;
  int64_t images_unknown = 0;  // whose cell is empty
  // What the table says of the study; -1 where it does not say.
  int negative = -1;
  int indeterminate = -1;
};

struct RspectTable {
  std::vector<RspectSeries> series;  // in the order of their first rows
  absl::flat_hash_map<std::string, int64_t> index_of;
  // Rows that repeat; series whose rows differ in what holds for the study, and whose images do not fit it.
  std::vector<DatasetProblem> problems;
};

// Needs the columns StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID and pe_present_on_image; negative_exam_for_pe and
// indeterminate are read where they are there. An image that is listed twice must say the same twice. The published table has 1.8
// million rows.
absl::StatusOr<RspectTable> ReadRspectTable(const std::string& path);

}  // namespace asap

#endif  // ASAP_DATASETS_RSPECT_TRAIN_TABLE_H_
