// Comparisons that make rows.
#ifndef ASAP_TESTS_GOLDEN_MODEL_COMPARE_H_
#define ASAP_TESTS_GOLDEN_MODEL_COMPARE_H_

#include <ATen/core/TensorBody.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/golden/row.h"

namespace asap::golden {

// |actual - expected| <= relative * max |expected| + absolute, of every element; shapes equal, all finite.
struct Tolerance {
  double relative = 0;
  double absolute = 0;
  std::string Text() const;
};
inline const Tolerance kExact = {};

Row Compare(const std::string& key, const at::Tensor& actual, const at::Tensor& expected, const Tolerance& tolerance);
Row Compare(const std::string& key, double actual, double expected, const Tolerance& tolerance);

// Nested arrays of numbers as a float64 tensor; throws nlohmann's exceptions where they are not.
at::Tensor FromJson(const nlohmann::json& json);

// A checksum {"shape", "sum", "l2", "absmax", "first", "last"} (each optional but the l2) of a tensor, as one row: the worst of
// its parts relative to what a difference of `relative` in the L2 norm could make of it, plus `absolute`.
Row CompareChecksum(const std::string& key, const at::Tensor& actual, const nlohmann::json& expected, const Tolerance& tolerance);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_MODEL_COMPARE_H_
