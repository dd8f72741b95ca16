#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"

namespace asap {
namespace fs = std::filesystem;
namespace {

absl::Status Errno(absl::string_view action, const std::string& path) {
  const int error = errno;
  absl::StatusCode code = absl::StatusCode::kInternal;
  if (error == ENOENT) code = absl::StatusCode::kNotFound;
  if (error == EACCES || error == EPERM || error == EROFS) code = absl::StatusCode::kPermissionDenied;
  if (error == ENOSPC || error == EDQUOT) code = absl::StatusCode::kResourceExhausted;
  return absl::Status(code, absl::StrCat("cannot ", action, " ", path, ": ", strerror(error)));
}

absl::Status Sync(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), flags);
  if (descriptor < 0) return Errno("open", path);
  const int result = fsync(descriptor);
  absl::Status status = result == 0 ? absl::OkStatus() : Errno("flush", path);
  close(descriptor);
  return status;
}

}  // namespace

std::string UserPath(absl::string_view typed) {
  if (typed.empty()) return "";
  const char* home = getenv("HOME");
  if (absl::StartsWith(typed, "~/") && home != nullptr) return absl::StrCat(home, typed.substr(1));
  const fs::path path{std::string(typed)};
  if (path.is_absolute()) return path.lexically_normal().string();
  const char* typed_in = getenv("BUILD_WORKING_DIRECTORY");
  const fs::path base = typed_in != nullptr ? fs::path(typed_in) : fs::current_path();
  return (base / path).lexically_normal().string();
}

absl::StatusOr<std::string> Runfile(absl::string_view path) {
  std::vector<fs::path> roots;
  if (const char* root = getenv("RUNFILES_DIR")) roots.push_back(root);
  if (const char* root = getenv("TEST_SRCDIR")) roots.push_back(root);
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (!error) roots.push_back(self.string() + ".runfiles");
  roots.push_back(fs::current_path(error).parent_path());  // `bazel run` and tests start in <runfiles>/asap
  for (const fs::path& root : roots) {
    const fs::path candidate = root / std::string(path);
    if (fs::exists(candidate, error)) return candidate.string();
  }
  return absl::NotFoundError(
      absl::StrCat(path, " is not among this program's runfiles; start it with `bazel run`, or from its bazel-bin folder"));
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return absl::InvalidArgumentError(absl::StrCat(path, " is a folder, expected a file"));
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return Errno("open", path);
  std::string contents;
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  if (size > 0) {
    contents.resize(size);
    file.seekg(0);
    file.read(contents.data(), size);
    if (file.gcount() != size) return absl::DataLossError(absl::StrCat(path, ": read ", file.gcount(), " of ", size, " bytes"));
  }
  return contents;
}

absl::Status WriteAtomically(const std::string& path, const std::function<absl::Status(const std::string&)>& write) {
  static std::atomic<uint64_t> counter{0};
  const fs::path target(path);
  // The extension stays last, since image writers choose their format by it.
  const std::string temporary =
      (target.parent_path() / absl::StrCat(".partial-", getpid(), "-", counter++, "-", target.filename().string())).string();
  absl::Status status = write(temporary);
  if (status.ok()) status = Sync(temporary, O_RDONLY);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) status = Errno("rename a finished file to", path);
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return Sync(target.parent_path().empty() ? "." : target.parent_path().string(), O_RDONLY | O_DIRECTORY);
}

namespace {

absl::Status WriteWithMode(const std::string& path, absl::string_view contents, mode_t mode) {
  return WriteAtomically(path, [&](const std::string& temporary) -> absl::Status {
    const int descriptor = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (descriptor < 0) return Errno("write", path);
    for (size_t done = 0; done < contents.size();) {
      const ssize_t count = ::write(descriptor, contents.data() + done, contents.size() - done);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) {
        absl::Status status = Errno("write", path);
        close(descriptor);
        return status;
      }
      done += count;
    }
    if (close(descriptor) != 0) return Errno("write", path);
    return absl::OkStatus();
  });
}

}  // namespace

absl::Status WriteFileAtomically(const std::string& path, absl::string_view contents) {
  return WriteWithMode(path, contents, 0644);
}

absl::Status WritePrivateFileAtomically(const std::string& path, absl::string_view contents) {
  return WriteWithMode(path, contents, 0600);
}

absl::Status MakeWritableFolder(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path)) {
    return absl::PermissionDeniedError(absl::StrCat("cannot make the folder ", path, ": ",
                                                    error ? error.message() : "a file of that name exists",
                                                    ". Choose another folder, or change its permissions."));
  }
  const std::string probe = absl::StrCat(path, "/.writable-", getpid());
  const int descriptor = open(probe.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    absl::Status status = Errno("write into the folder", path);
    return absl::Status(status.code(), absl::StrCat(status.message(), ". Choose another folder, or change its permissions."));
  }
  close(descriptor);
  unlink(probe.c_str());
  return absl::OkStatus();
}

}  // namespace asap
