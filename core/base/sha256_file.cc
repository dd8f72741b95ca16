#include "core/base/sha256_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"

namespace asap {

absl::Status UpdateFromFile(const std::string& path, Sha256& digest) {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                   [](FILE* f) { return f == nullptr ? 0 : std::fclose(f); });
  if (file == nullptr) {
    const std::string message = absl::StrCat("cannot open ", path, ": ", strerror(errno));
    return errno == ENOENT ? absl::NotFoundError(message) : absl::PermissionDeniedError(message);
  }
  std::string chunk(1 << 20, '\0');
  while (const size_t count = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
    digest.Update(absl::string_view(chunk.data(), count));
  }
  if (std::ferror(file.get()) != 0) return absl::DataLossError(absl::StrCat("cannot read ", path, ": ", strerror(errno)));
  return absl::OkStatus();
}

}  // namespace asap
