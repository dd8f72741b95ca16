// How many cores a program may use.
#ifndef ASAP_CORE_BASE_CORES_H_
#define ASAP_CORE_BASE_CORES_H_

#include <string>

namespace asap {

// The cores that the scheduler gives this process (taskset, cpusets), and at most the processor time that the control groups of a
// container or a batch system allow it, rounded up to whole cores. At least 1.
int UsableCores();

// The limit of control groups alone, in cores rounded up; 0 where they set none. `groups` is the text of /proc/self/cgroup, and
// `root` the folder where the control groups are mounted. Versions 1 and 2 are read.
int GroupCores(const std::string& groups, const std::string& root);

}  // namespace asap

#endif  // ASAP_CORE_BASE_CORES_H_
