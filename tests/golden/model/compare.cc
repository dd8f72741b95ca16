#include "tests/golden/model/compare.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace asap::golden {

std::string Tolerance::Text() const {
  if (relative == 0 && absolute == 0) return "exact";
  if (absolute == 0) return absl::StrCat(relative, " x max");
  if (relative == 0) return absl::StrCat(absolute);
  return absl::StrCat(relative, " x max + ", absolute);
}

Row Compare(const std::string& key, const at::Tensor& actual, const at::Tensor& expected, const Tolerance& tolerance) {
  Row row;
  row.key = key;
  row.tolerance = tolerance.Text();
  row.max_abs = row.max_rel = std::numeric_limits<double>::infinity();
  if (!actual.defined() || actual.numel() != expected.numel()) return row;
  if (actual.dim() > 0 && expected.dim() > 1 && actual.sizes() != expected.sizes()) return row;  // scalars are stored as [1]
  if (expected.numel() == 0) {
    row.max_abs = row.max_rel = 0;
    row.ok = true;
    return row;
  }
  const at::Tensor a = actual.detach().to(at::kDouble).flatten(), e = expected.detach().to(at::kDouble).flatten();
  const double largest = e.abs().max().item<double>();
  row.max_abs = (a - e).abs().max().item<double>();
  row.max_rel = largest > 0 ? row.max_abs / largest : row.max_abs;
  row.ok = row.max_abs <= tolerance.relative * largest + tolerance.absolute;  // false for NaN
  return row;
}

Row Compare(const std::string& key, double actual, double expected, const Tolerance& tolerance) {
  return Compare(key, at::scalar_tensor(actual, at::kDouble), at::scalar_tensor(expected, at::kDouble), tolerance);
}

at::Tensor FromJson(const nlohmann::json& json) {
  std::vector<int64_t> shape;
  for (const nlohmann::json* level = &json; level->is_array(); level = &level->at(0)) {
    shape.push_back(static_cast<int64_t>(level->size()));
    if (level->empty()) break;
  }
  std::vector<double> values;
  const auto flatten = [&](const auto& self, const nlohmann::json& node) -> void {
    if (!node.is_array()) return values.push_back(node.get<double>());
    for (const nlohmann::json& child : node) self(self, child);
  };
  flatten(flatten, json);
  return at::tensor(values, at::kDouble).reshape(shape);  // throws where rows differ in length
}

Row CompareChecksum(const std::string& key, const at::Tensor& actual, const nlohmann::json& expected,
                    const Tolerance& tolerance) {
  Row row;
  row.key = key;
  row.tolerance =
      absl::StrCat(tolerance.relative, " x l2", tolerance.absolute > 0 ? absl::StrCat(" + ", tolerance.absolute) : "");
  row.max_abs = row.max_rel = std::numeric_limits<double>::infinity();
  if (!actual.defined()) return row;
  const at::Tensor flat = actual.detach().to(at::kDouble).flatten();
  if (const auto shape = expected.find("shape"); shape != expected.end()) {
    const std::vector<int64_t> sizes = shape->get<std::vector<int64_t>>();
    int64_t product = 1;
    for (const int64_t size : sizes) product *= size;
    if (product != flat.numel() || (actual.dim() > 0 && actual.sizes() != at::IntArrayRef(sizes))) return row;
  }
  const double l2 = expected.at("l2").get<double>();
  const double allowed = tolerance.relative * l2 + tolerance.absolute;  // of the difference's L2 norm
  row.max_abs = 0;
  double worst = 0;  // in units of what is allowed
  const auto part = [&](double found, double wanted, double limit) {
    const double difference = std::abs(found - wanted);
    row.max_abs = difference <= row.max_abs ? row.max_abs : difference;
    const double share = difference == 0 ? 0 : difference / limit;
    worst = share <= worst ? worst : share;  // takes NaN
  };
  part(flat.norm().item<double>(), l2, allowed);
  if (const auto sum = expected.find("sum"); sum != expected.end()) {
    part(flat.sum().item<double>(), sum->get<double>(), 10 * allowed);  // rounding makes up to 1.7 of what is allowed
  }
  // Single elements are compared to the largest one, as in the full dumps.
  const double largest = expected.contains("absmax") ? expected["absmax"].get<double>() : l2;
  const double element = 2 * tolerance.relative * largest + tolerance.absolute;
  if (expected.contains("absmax")) part(flat.abs().max().item<double>(), largest, element);
  for (const char* end : {"first", "last"}) {
    const auto values = expected.find(end);
    if (values == expected.end()) continue;
    const int64_t n = static_cast<int64_t>(values->size());
    if (n > flat.numel()) return row.max_abs = std::numeric_limits<double>::infinity(), row;
    for (int64_t i = 0; i < n; ++i) {
      const int64_t at = end[0] == 'f' ? i : flat.numel() - n + i;
      part(flat[at].item<double>(), values->at(i).get<double>(), element);
    }
  }
  row.max_rel = largest > 0 ? row.max_abs / std::max(largest, l2) : row.max_abs;
  row.ok = worst <= 1;
  return row;
}

}  // namespace asap::golden
