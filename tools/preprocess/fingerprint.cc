#include "tools/preprocess/fingerprint.h"

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/imaging/formats/read_volume.h"

namespace asap {

std::string Fingerprint(const std::string& path) {
  if (path.empty()) return "none";
  std::vector<std::string> files = {path};
  // A header that cannot be read names no data file; reading the case says why.
  if (absl::StatusOr<std::vector<std::string>> all = VolumeFiles(path); all.ok()) files = *std::move(all);
  int64_t bytes = 0, newest = 0;
  std::string each;
  for (const std::string& file : files) {
    struct stat info;
    if (stat(file.c_str(), &info) != 0) continue;
    const int64_t changed = info.st_mtim.tv_sec * 1'000'000'000 + info.st_mtim.tv_nsec;
    bytes += info.st_size;
    newest = std::max(newest, changed);
    absl::StrAppend(&each, std::filesystem::path(file).filename().string(), " ", info.st_size, " ", changed, "\n");
  }
  const std::string text = absl::StrCat(files.size(), " files, ", bytes, " bytes, changed ", newest);
  return files.size() == 1 ? text : absl::StrCat(text, ", each ", absl::Hex(Fnv1a64(each), absl::kZeroPad16));
}

}  // namespace asap
