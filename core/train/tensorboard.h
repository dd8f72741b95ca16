// Scalars for TensorBoard: an event file, a TFRecord of `Event` protocol buffers (tensorflow/core/util/event.proto), written
// without TensorFlow.
//
//   ASAP_ASSIGN_OR_RETURN(auto events, EventWriter::Open(output_dir + "/tensorboard", /*start_step=*/0));
//   ASAP_RETURN_IF_ERROR(events->AddScalars(step, {{"loss/image", 0.8}, {"learning_rate", 1e-4}}));
#ifndef ASAP_CORE_TRAIN_TENSORBOARD_H_
#define ASAP_CORE_TRAIN_TENSORBOARD_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/train/append_file.h"

namespace asap {

class EventWriter {
 public:
  // Starts a new event file in the folder, which is made where it is missing. TensorBoard is told to forget what earlier files
  // hold from `start_step` on: a resumed run writes those steps anew.
  static absl::StatusOr<std::unique_ptr<EventWriter>> Open(const std::string& folder, int64_t start_step);

  absl::Status AddScalars(int64_t step, const std::vector<std::pair<std::string, double>>& scalars);
  absl::Status Sync() { return file_.Sync(); }

 private:
  explicit EventWriter(AppendFile file) : file_(std::move(file)) {}
  absl::Status WriteRecord(absl::string_view event);

  AppendFile file_;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_TENSORBOARD_H_
