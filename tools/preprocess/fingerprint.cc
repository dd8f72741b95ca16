#include "tools/preprocess/fingerprint.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"

namespace asap {

namespace fs = std::filesystem;

std::string Fingerprint(const std::string& path) {
  if (path.empty()) return "none";
  std::error_code error;
  std::vector<std::string> files;
  if (fs::is_directory(path, error)) {
    for (const fs::directory_entry& entry : fs::directory_iterator(path, error)) files.push_back(entry.path().string());
  } else {
    files.push_back(path);
  }
  int64_t bytes = 0, newest = 0;
  for (const std::string& file : files) {
    struct stat info;
    if (stat(file.c_str(), &info) != 0) continue;
    bytes += info.st_size;
    newest = std::max<int64_t>(newest, info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec);
  }
  return absl::StrCat(files.size(), " files, ", bytes, " bytes, changed ", newest);
}

}  // namespace asap
