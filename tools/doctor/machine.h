// What this machine has: cores, memory, disk, installed packages, a CUDA driver.
#ifndef ASAP_TOOLS_DOCTOR_MACHINE_H_
#define ASAP_TOOLS_DOCTOR_MACHINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace asap {

struct Machine {
  int cores = 0;
  int64_t memory_bytes = 0;
  int64_t available_bytes = 0;
  std::string processor;
  std::optional<std::string> cuda_driver;  // where the driver's library was found
};

Machine InspectMachine();

// Free bytes of the file system that holds `path`; -1 where that cannot be told.
int64_t FreeDiskBytes(const std::string& path);

struct PackageVersion {
  std::string package;
  std::string version;  // empty where it is not installed, or dpkg is not here
};

// The names in the text of third_party/packages.txt: a line each, without comments (#) and empty lines.
std::vector<std::string> PackagesOf(const std::string& list);

// Versions of Debian packages, in the order asked for.
std::vector<PackageVersion> InstalledPackages(const std::vector<std::string>& packages);

}  // namespace asap

#endif  // ASAP_TOOLS_DOCTOR_MACHINE_H_
