#include "core/csv/cell.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "core/csv/missing.h"

namespace asap {
namespace {

constexpr size_t kLongestMissing = 8;  // "#N/A N/A"

bool IsAll(absl::string_view text, bool (*of)(unsigned char)) {
  return !text.empty() && std::all_of(text.begin(), text.end(), of);
}

}  // namespace

bool IsUnknownCell(absl::string_view cell) {
  cell = absl::StripAsciiWhitespace(cell);
  if (cell.size() > kLongestMissing) return false;  // reports are not copied
  return IsMissingCell(cell) || IsMissingCell(absl::AsciiStrToUpper(cell)) || IsMissingCell(absl::AsciiStrToLower(cell)) ||
         absl::EqualsIgnoreCase(cell, "none");
}

std::optional<double> NumberCell(absl::string_view cell) {
  cell = absl::StripAsciiWhitespace(cell);
  if (IsUnknownCell(cell)) return std::numeric_limits<double>::quiet_NaN();
  if (absl::EqualsIgnoreCase(cell, "true") || absl::EqualsIgnoreCase(cell, "yes")) return 1;
  if (absl::EqualsIgnoreCase(cell, "false") || absl::EqualsIgnoreCase(cell, "no")) return 0;
  double value = 0;
  if (!absl::SimpleAtod(cell, &value) || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string IdCell(absl::string_view cell) {
  cell = absl::StripAsciiWhitespace(cell);
  const size_t point = cell.find('.');
  if (point == absl::string_view::npos || !IsAll(cell.substr(0, point), absl::ascii_isdigit) ||
      !IsAll(cell.substr(point + 1), [](unsigned char c) { return c == '0'; })) {
    return std::string(cell);
  }
  return std::string(cell.substr(0, point));
}

}  // namespace asap
