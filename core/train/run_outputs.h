// What a training run leaves for people: log.jsonl, TensorBoard events, the page of curves, and the progress line.
#ifndef ASAP_CORE_TRAIN_RUN_OUTPUTS_H_
#define ASAP_CORE_TRAIN_RUN_OUTPUTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/train/jsonl_log.h"
#include "core/train/progress.h"
#include "core/train/step_record.h"
#include "core/train/tensorboard.h"

namespace asap {

struct RunOutputsOptions {
  std::string output_dir;                                     // absolute
  std::string title;                                          // of the page
  std::vector<std::pair<std::string, std::string>> settings;  // shown on the page
  ProgressOptions progress;
  int64_t first_step = 0;  // steps done before this run: what the log holds beyond them is dropped
  int64_t total_steps = 0;
};

class RunOutputs {
 public:
  static absl::StatusOr<std::unique_ptr<RunOutputs>> Open(RunOutputsOptions options);

  absl::Status Record(const StepRecord& record);
  // Everything recorded reaches the disk.
  absl::Status Sync();
  // Writes OUTPUT_DIR/index.html from the whole log, earlier runs' part included.
  absl::Status WritePage(const std::string& summary, const std::vector<std::pair<std::string, std::string>>& results);
  void FinishProgress() { progress_.Finish(); }

 private:
  RunOutputs(RunOutputsOptions options, std::unique_ptr<JsonlLog> log, std::unique_ptr<EventWriter> events);

  const RunOutputsOptions options_;
  std::unique_ptr<JsonlLog> log_;
  std::unique_ptr<EventWriter> events_;
  Progress progress_;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_RUN_OUTPUTS_H_
