// What every replay shares: in which precisions it runs, and what becomes of a damaged fixture.
#ifndef ASAP_TESTS_GOLDEN_MODEL_GUARDED_H_
#define ASAP_TESTS_GOLDEN_MODEL_GUARDED_H_

#include <c10/core/ScalarType.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/golden/row.h"

namespace asap::golden {

enum class Precision { kFloat32, kFloat64, kBoth };

// "f32" and "f64", with the type each stands for.
struct NamedPrecision {
  std::string name;
  c10::ScalarType type;
};
std::vector<NamedPrecision> Precisions(Precision precision);

// Runs `replay`, which may throw on damaged data, and turns what it throws into a status that names the file.
absl::StatusOr<Rows> Guarded(const std::string& path, const std::function<absl::StatusOr<Rows>()>& replay);

absl::Status Damaged(const std::string& what);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_MODEL_GUARDED_H_
