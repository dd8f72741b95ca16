#include "datasets/luna16/annotations.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/csv/csv.h"

namespace asap {

absl::StatusOr<absl::flat_hash_map<std::string, std::vector<LunaNodule>>> ReadLunaAnnotations(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  ASAP_ASSIGN_OR_RETURN(const size_t series, csv->Column("seriesuid"));
  constexpr const char* kNumbers[] = {"coordX", "coordY", "coordZ", "diameter_mm"};
  std::array<size_t, 4> columns;
  for (size_t i = 0; i < columns.size(); ++i) {
    ASAP_ASSIGN_OR_RETURN(columns[i], csv->Column(kNumbers[i]));
  }
  absl::flat_hash_map<std::string, std::vector<LunaNodule>> nodules;
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) return nodules;
    const std::string where = absl::StrCat(path, ":", csv->line());
    const std::string id(absl::StripAsciiWhitespace((*csv)[series]));
    if (id.empty()) return absl::InvalidArgumentError(absl::StrCat(where, ": the cell \"seriesuid\" is empty"));
    std::array<double, 4> numbers;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!absl::SimpleAtod(absl::StripAsciiWhitespace((*csv)[columns[i]]), &numbers[i]) || !std::isfinite(numbers[i])) {
        return absl::InvalidArgumentError(absl::StrCat(where, ": the cell \"", kNumbers[i], "\" is no number; expected mm"));
      }
    }
    const auto [x, y, z, diameter] = numbers;
    if (diameter <= 0) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": diameter_mm is ", diameter, "; expected more than 0"));
    }
    const LunaNodule nodule = {.centre = {-x, -y, z}, .diameter = diameter};
    std::vector<LunaNodule>& of_scan = nodules[id];
    const bool repeated = std::any_of(of_scan.begin(), of_scan.end(), [&](const LunaNodule& other) {
      return other.centre == nodule.centre && other.diameter == nodule.diameter;
    });
    if (!repeated) of_scan.push_back(nodule);  // a table that was joined twice has no more nodules
  }
}

}  // namespace asap
