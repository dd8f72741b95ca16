// log.jsonl: one JSON object a logged step, for reading by line (pandas.read_json(path, lines=True)).
//
//   {"step":12,"epoch":0.24,"learning_rate":1e-05,"loss":9.1,"loss/image":1.2,...,"gradient_norm":0.8,"skipped":0,
//    "samples_per_second":31.0,"wait_share":0.02,"peak_memory":812646400,"seconds":3.9}
//
// Numbers are written so that they read back to the same bits; one that is not finite is null.
#ifndef ASAP_CORE_TRAIN_JSONL_LOG_H_
#define ASAP_CORE_TRAIN_JSONL_LOG_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/train/append_file.h"
#include "core/train/step_record.h"

namespace asap {

class JsonlLog {
 public:
  // Appends to `path`. Of a log that is there, the lines up to `keep_step` stay: those after it a resumed run writes anew, and a
  // line that a crash tore is dropped.
  static absl::StatusOr<std::unique_ptr<JsonlLog>> Open(const std::string& path, int64_t keep_step);

  // The whole line reaches the operating system, so that it outlives this process.
  absl::Status Append(const StepRecord& record);
  // Everything appended reaches the disk.
  absl::Status Sync() { return file_.Sync(); }

 private:
  explicit JsonlLog(AppendFile file) : file_(std::move(file)) {}

  AppendFile file_;
};

// The records of a log; lines that are none are left out.
absl::StatusOr<std::vector<StepRecord>> ReadJsonlLog(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_JSONL_LOG_H_
