#include "tools/doctor/machine.h"

#include <dlfcn.h>
#include <sys/statvfs.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/cores.h"

namespace asap {
namespace {

// The value of the first "key: value" line of a file in /proc.
std::string ProcValue(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (absl::StartsWith(line, key)) {
      const size_t colon = line.find(':');
      return std::string(absl::StripAsciiWhitespace(absl::string_view(line).substr(colon + 1)));
    }
  }
  return "";
}

int64_t KibibytesOf(const std::string& key) {
  int64_t kibibytes = 0;
  (void)absl::SimpleAtoi(absl::StripSuffix(ProcValue("/proc/meminfo", key), " kB"), &kibibytes);
  return kibibytes * 1024;
}

}  // namespace

Machine InspectMachine() {
  Machine machine;
  machine.cores = UsableCores();
  machine.memory_bytes = KibibytesOf("MemTotal");
  machine.available_bytes = KibibytesOf("MemAvailable");
  machine.processor = ProcValue("/proc/cpuinfo", "model name");
  if (void* driver = dlopen("libcuda.so.1", RTLD_LAZY)) {
    machine.cuda_driver = "libcuda.so.1";
    dlclose(driver);
  }
  return machine;
}

int64_t FreeDiskBytes(const std::string& path) {
  struct statvfs stat;
  if (statvfs(path.c_str(), &stat) != 0) return -1;
  return static_cast<int64_t>(stat.f_bavail) * static_cast<int64_t>(stat.f_frsize);
}

std::vector<std::string> PackagesOf(const std::string& list) {
  std::vector<std::string> packages;
  for (absl::string_view line : absl::StrSplit(list, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty() && line[0] != '#') packages.emplace_back(line);
  }
  return packages;
}

std::vector<PackageVersion> InstalledPackages(const std::vector<std::string>& packages) {
  std::map<std::string, std::string> versions;
  const std::string command = absl::StrCat("dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\\n' ",
                                           absl::StrJoin(packages, " "), " 2>/dev/null");
  if (FILE* pipe = popen(command.c_str(), "r")) {
    std::array<char, 512> line;
    while (fgets(line.data(), line.size(), pipe) != nullptr) {
      const std::vector<std::string> words = absl::StrSplit(absl::StripAsciiWhitespace(line.data()), ' ');
      if (words.size() == 3 && words[2] == "installed") versions[words[0]] = words[1];
    }
    pclose(pipe);
  }
  std::vector<PackageVersion> result;
  for (const std::string& package : packages) result.push_back({package, versions[package]});
  return result;
}

}  // namespace asap
