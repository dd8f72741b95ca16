#include "core/base/cores.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace asap {
namespace {

// The smaller of two limits, 0 being none.
int Smaller(int a, int b) { return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b); }

// Microseconds of processor time in each period of so many microseconds, as cores; 0 where the text holds no such limit.
int Cores(double quota, double period) { return quota > 0 && period > 0 ? static_cast<int>((quota + period - 1) / period) : 0; }

int LimitOf(const std::string& folder, bool unified) {
  double quota = 0, period = 0;
  if (unified) {
    std::ifstream(folder + "/cpu.max") >> quota >> period;  // "max 100000" leaves 0
  } else {
    std::ifstream(folder + "/cpu.cfs_quota_us") >> quota;  // -1 is no limit
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  return Cores(quota, period);
}

// A limit of a group holds for the groups in it. Inside a container `path` may be the one outside: then only `mount` is there.
int LimitUpTo(const std::string& mount, std::string path, bool unified) {
  int cores = LimitOf(mount, unified);
  while (path.size() > 1) {
    cores = Smaller(cores, LimitOf(mount + path, unified));
    path.resize(path.rfind('/'));
  }
  return cores;
}

}  // namespace

int GroupCores(const std::string& groups, const std::string& root) {
  int cores = 0;
  for (const absl::string_view line : absl::StrSplit(groups, '\n')) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(':', 2));  // number, controllers, path
    if (parts.size() != 3 || !absl::StartsWith(parts[2], "/")) continue;
    if (parts[1].empty()) {
      cores = Smaller(cores, LimitUpTo(root, parts[2], /*unified=*/true));
    } else {
      for (const absl::string_view controller : absl::StrSplit(parts[1], ',')) {
        if (controller == "cpu") cores = Smaller(cores, LimitUpTo(absl::StrCat(root, "/cpu"), parts[2], /*unified=*/false));
      }
    }
  }
  return cores;
}

int UsableCores() {
  cpu_set_t set;
  int cores =
      sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : static_cast<int>(std::thread::hardware_concurrency());
  std::ostringstream groups;
  groups << std::ifstream("/proc/self/cgroup").rdbuf();
  return std::max(1, Smaller(cores, GroupCores(groups.str(), "/sys/fs/cgroup")));
}

}  // namespace asap
