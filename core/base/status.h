// Early returns for absl::Status and absl::StatusOr.
//
//   ASAP_RETURN_IF_ERROR(WriteVolume(path, volume));
//   ASAP_ASSIGN_OR_RETURN(Volume<int16_t> volume, ReadVolume(path));
#ifndef ASAP_CORE_BASE_STATUS_H_
#define ASAP_CORE_BASE_STATUS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#define ASAP_RETURN_IF_ERROR(expression)                                                \
  do {                                                                                  \
    if (absl::Status asap_status = (expression); !asap_status.ok()) return asap_status; \
  } while (false)

#define ASAP_CONCAT_INNER(a, b) a##b
#define ASAP_CONCAT(a, b) ASAP_CONCAT_INNER(a, b)
#define ASAP_ASSIGN_OR_RETURN(lhs, expression) ASAP_ASSIGN_OR_RETURN_IMPL(ASAP_CONCAT(asap_status_or_, __LINE__), lhs, expression)
#define ASAP_ASSIGN_OR_RETURN_IMPL(result, lhs, expression) \
  auto result = (expression);                               \
  if (!result.ok()) return std::move(result).status();      \
  lhs = std::move(result).value()

namespace asap {

// The same status with "context: " before its message: name the file or the case nearest to the failure, once.
inline absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(context, ": ", status.message()));
}

}  // namespace asap

#endif  // ASAP_CORE_BASE_STATUS_H_
