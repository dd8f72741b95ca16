#include "core/base/log.h"

#include <glog/logging.h>

namespace asap {

void LogInfo(absl::string_view message) { LOG(INFO) << message; }
void LogWarning(absl::string_view message) { LOG(WARNING) << message; }
void LogError(absl::string_view message) { LOG(ERROR) << message; }

}  // namespace asap
