// Files: whole reads, atomic writes, and the paths that users type.
#ifndef ASAP_CORE_BASE_FILE_H_
#define ASAP_CORE_BASE_FILE_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

// The path as typed by the user, absolute: relative paths count from the folder in which the command was typed, also under
// `bazel run`, which starts programs elsewhere and names that folder in BUILD_WORKING_DIRECTORY. "~/" is the home folder.
std::string UserPath(absl::string_view typed);

// A file of the source tree or of an external repository among the program's runfiles, e.g. "asap/tools/configs/demo.flags".
absl::StatusOr<std::string> Runfile(absl::string_view path);

absl::StatusOr<std::string> ReadFile(const std::string& path);

// Writes all of `contents` or nothing: a temporary name in the same folder, fsync, rename, fsync of the folder.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view contents);
// The same for what is private: only the file's owner may read it, from the first byte on.
absl::Status WritePrivateFileAtomically(const std::string& path, absl::string_view contents);

// The same for writers of their own: `write` is given the temporary path and must leave a complete file there.
absl::Status WriteAtomically(const std::string& path, const std::function<absl::Status(const std::string& temporary)>& write);

// Makes the folder and its parents; fails with the reason and the remedy where it cannot be written to.
absl::Status MakeWritableFolder(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_BASE_FILE_H_
