// How the report writes numbers and names.
#ifndef ASAP_CORE_PAGE_FORMAT_H_
#define ASAP_CORE_PAGE_FORMAT_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "core/score.h"

namespace asap {

std::string Fixed(double value, int digits = 3);        // "0.761", "−0.012"; "undefined" where not finite
std::string Signed(double value);                       // "+0.012", "−0.012"
std::string Fixed(const std::optional<double>& value);  // none: "undefined"
std::string IntervalText(std::optional<double> low,
                         std::optional<double> high);  // "0.712–0.804"; "−0.01 to 0.02" below 0; "" for none
std::string PValue(double p);                          // "0.034", "<0.001"
std::string Percent(double fraction);                  // "10 %", "0.5 %"
std::string WithUnit(const Metric& metric);            // "AUROC", "HD95, mm"
std::string ShortDigest(absl::string_view digest);     // its first 8 characters
// How wide text is on a terminal: code points, not bytes.
size_t TextWidth(absl::string_view text);
std::string Duration(double seconds);  // "12 s", "3.4 min", "1.2 h"

}  // namespace asap

#endif  // ASAP_CORE_PAGE_FORMAT_H_
