#include "core/train/progress.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace asap {
namespace {

constexpr int kBarWidth = 30;

}  // namespace

std::string StepLine(const StepRecord& record, int64_t total_steps, double eta_seconds) {
  const double done = total_steps > 0 ? std::clamp(static_cast<double>(record.step) / total_steps, 0.0, 1.0) : 1.0;
  const int filled = static_cast<int>(done * kBarWidth);
  std::vector<std::string> terms;
  for (const auto& [name, value] : record.terms) terms.push_back(absl::StrFormat("%s %.4g", name, value));
  const int width = static_cast<int>(absl::StrCat(total_steps).size());
  std::string line = absl::StrFormat(
      "step %*d/%d [%s%s] %3.0f%%  eta %s  loss %.4g = %s  lr %.2e  %.3g samples/s  wait %.0f%%  mem %.2gG", width, record.step,
      total_steps, std::string(filled, '#'), std::string(kBarWidth - filled, '-'), std::floor(100 * done),
      ShortDuration(eta_seconds), record.loss, absl::StrJoin(terms, " + "), record.learning_rate, record.samples_per_second,
      100 * record.wait_share, static_cast<double>(record.peak_memory) / (int64_t{1} << 30));
  if (record.peak_device_memory > 0) {
    absl::StrAppendFormat(&line, " + %.3gG on the GPU", static_cast<double>(record.peak_device_memory) / (int64_t{1} << 30));
  }
  if (record.skipped > 0) absl::StrAppend(&line, "  skipped ", record.skipped);
  return line;
}

void Progress::Update(const StepRecord& record) {
  StepRecord shown = record;
  // A single step's speed jumps about; what is shown follows it over some ten steps.
  samples_per_second_ += (samples_per_second_ == 0 ? 1.0 : 0.1) * (record.samples_per_second - samples_per_second_);
  shown.samples_per_second = samples_per_second_;
  const Pace pace = line_.PaceOf(record.step - first_step_, total_steps_ - record.step);
  line_.Show(StepLine(shown, total_steps_, pace.seconds_left));
}

}  // namespace asap
