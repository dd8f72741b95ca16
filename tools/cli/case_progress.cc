#include "tools/cli/case_progress.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace asap {

void CaseProgress::Count(bool skipped, bool fresh) {
  const std::lock_guard<std::mutex> lock(mutex_);
  ++counted_;
  skipped_ += skipped;
  fresh_ += fresh;
  Show();
}

void CaseProgress::Reach(int64_t done) {
  const std::lock_guard<std::mutex> lock(mutex_);
  counted_ = fresh_ = done;
  Show();
}

void CaseProgress::Show() {
  std::string text = absl::StrCat(words_, counted_, " of ", total_, " cases");
  if (skipped_ > 0) absl::StrAppend(&text, ", ", skipped_, " skipped");
  const Pace pace = line_.PaceOf(fresh_, total_ - counted_);
  if (pace.per_second >= 1) {
    absl::StrAppendFormat(&text, ", %.1f cases/s", pace.per_second);
  } else if (pace.per_second > 0) {
    absl::StrAppendFormat(&text, ", %.1f cases/min", 60 * pace.per_second);
  }
  if (counted_ < total_ && pace.per_second > 0) absl::StrAppend(&text, ", ", ShortDuration(pace.seconds_left), " left");
  line_.Show(text);
}

}  // namespace asap
