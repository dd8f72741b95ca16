// Which version of the project this program is, and from which commit it was built.
#ifndef ASAP_TOOLS_BUILD_INFO_BUILD_INFO_H_
#define ASAP_TOOLS_BUILD_INFO_BUILD_INFO_H_

#include "absl/strings/string_view.h"

namespace asap {

// "db61246a9f65", with "-changed" behind it where files differed from the commit; "unknown" outside a git checkout.
absl::string_view BuildCommit();

// "0.13.0": what stands in the file VERSION, which is the only place that says it.
absl::string_view BuildVersion();

}  // namespace asap

#endif  // ASAP_TOOLS_BUILD_INFO_BUILD_INFO_H_
