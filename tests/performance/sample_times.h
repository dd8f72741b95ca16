// Wall and processor time of repeated work, printed as the line of JSON that tests/performance compares with a peer's.
#ifndef ASAP_TESTS_PERFORMANCE_SAMPLE_TIMES_H_
#define ASAP_TESTS_PERFORMANCE_SAMPLE_TIMES_H_

#include <stdlib.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace asap {

class SampleTimes {
 public:
  void Start() {
    cpu_start_ = CpuSeconds();
    start_ = Clock::now();
  }
  void Stop() {
    wall_.push_back(std::chrono::duration<double>(Clock::now() - start_).count());
    cpu_.push_back(CpuSeconds() - cpu_start_);
  }
  // The first sample, which fills the caches, is not counted.
  void Print(absl::string_view name) const {
    const std::vector<double> wall = Counted(wall_), cpu = Counted(cpu_);
    std::printf("{\"name\": \"%s\", \"median_s\": %.6f, \"min_s\": %.6f, \"cpu_median_s\": %.6f, \"cpu_min_s\": %.6f}\n",
                std::string(name).c_str(), wall[wall.size() / 2], wall[0], cpu[cpu.size() / 2], cpu[0]);
  }

 private:
  using Clock = std::chrono::steady_clock;

  static double CpuSeconds() {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  static std::vector<double> Counted(std::vector<double> values) {
    values.erase(values.begin());
    std::sort(values.begin(), values.end());
    return values;
  }

  Clock::time_point start_;
  double cpu_start_ = 0;
  std::vector<double> wall_, cpu_;
};

// Runs `work` in a new folder below `base` (empty: that for temporary files), which goes afterwards. The exit status.
inline int RunInFolder(const std::string& base, const std::function<absl::Status(const std::string& folder)>& work) {
  std::error_code error;
  if (!base.empty()) std::filesystem::create_directories(base, error);
  std::string folder = (base.empty() ? std::filesystem::temp_directory_path().string() : base) + "/asap_performance_XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    std::fprintf(stderr, "cannot make a folder %s\n", folder.c_str());
    return 1;
  }
  const absl::Status status = work(folder);
  std::filesystem::remove_all(folder);
  if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}

}  // namespace asap

#endif  // ASAP_TESTS_PERFORMANCE_SAMPLE_TIMES_H_
