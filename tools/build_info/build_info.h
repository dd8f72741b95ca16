// Which commit this program was built from.
#ifndef ASAP_TOOLS_BUILD_INFO_BUILD_INFO_H_
#define ASAP_TOOLS_BUILD_INFO_BUILD_INFO_H_

#include "absl/strings/string_view.h"

namespace asap {

// "db61246a9f65", with "-changed" behind it where files differed from the commit; "unknown" outside a git checkout.
absl::string_view BuildCommit();

}  // namespace asap

#endif  // ASAP_TOOLS_BUILD_INFO_BUILD_INFO_H_
