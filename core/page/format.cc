#include "core/page/format.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace asap {

std::string Fixed(double value, int digits) {
  if (!std::isfinite(value)) return "undefined";
  const std::string text = absl::StrFormat("%.*f", digits, std::abs(value));
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return value < 0 && !zero ? absl::StrCat("\u2212", text) : text;
}

std::string Signed(double value) {
  const std::string text = Fixed(value);
  return value > 0 && text != Fixed(0.0) && std::isfinite(value) ? absl::StrCat("+", text) : text;
}

std::string Fixed(const std::optional<double>& value) { return value.has_value() ? Fixed(*value) : "undefined"; }

std::string IntervalText(std::optional<double> low, std::optional<double> high) {
  if (!low.has_value() || !high.has_value()) return "";
  return absl::StrCat(Fixed(*low), *low < 0 || *high < 0 ? " to " : "\u2013", Fixed(*high));
}

std::string PValue(double p) {
  if (!std::isfinite(p)) return "undefined";
  return p < 0.001 ? "<0.001" : Fixed(p);
}

std::string Percent(double fraction) { return absl::StrFormat("%g\u00a0%%", fraction); }

std::string WithUnit(const Metric& metric) {
  return metric.unit.empty() ? metric.title : absl::StrCat(metric.title, ", ", metric.unit);
}

std::string ShortDigest(absl::string_view digest) { return std::string(digest.substr(0, 8)); }

size_t TextWidth(absl::string_view text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

std::string Duration(double seconds) {
  if (seconds < 90) return absl::StrFormat("%.0f s", seconds);
  if (seconds < 5400) return absl::StrFormat("%.1f min", seconds / 60);
  return absl::StrFormat("%.1f h", seconds / 3600);
}

}  // namespace asap
