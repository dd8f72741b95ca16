#include "tests/golden/model/guarded.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"

namespace asap::golden {

std::vector<NamedPrecision> Precisions(Precision precision) {
  std::vector<NamedPrecision> precisions;
  if (precision != Precision::kFloat64) precisions.push_back({"f32", c10::kFloat});
  if (precision != Precision::kFloat32) precisions.push_back({"f64", c10::kDouble});
  return precisions;
}

absl::StatusOr<Rows> Guarded(const std::string& path, const std::function<absl::StatusOr<Rows>()>& replay) {
  try {
    absl::StatusOr<Rows> rows = replay();
    if (rows.ok()) return rows;
    return Annotate(rows.status(), path);
  } catch (const nlohmann::json::exception& error) {
    return Annotate(Damaged(error.what()), path);
  } catch (const std::exception& error) {
    return Annotate(Damaged(std::string(error.what()).substr(0, 300)), path);
  }
}

absl::Status Damaged(const std::string& what) { return absl::DataLossError(absl::StrCat("the fixture is damaged: ", what)); }

}  // namespace asap::golden
