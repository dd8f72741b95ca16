// A fixture of the downstream tasks, and the comparison of all that it holds.
#ifndef ASAP_TESTS_GOLDEN_HEADS_TASK_FILE_H_
#define ASAP_TESTS_GOLDEN_HEADS_TASK_FILE_H_

#include <ATen/core/TensorBody.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "core/io/tensor.h"
#include "tests/golden/model/compare.h"
#include "tests/golden/model/guarded.h"
#include "tests/golden/row.h"

namespace asap {
class VisionTransformer;
}

namespace asap::golden {

using TensorMap = std::map<std::string, at::Tensor>;

struct TaskFile {
  nlohmann::json meta;
  TensorMap weights;   // w/NAME as NAME
  TensorMap inputs;    // in/NAME as NAME
  TensorMap integers;  // int/NAME as NAME
  TensorMap values;    // mid*/, loss*/, grad*/, out*/ under their full keys
};
absl::StatusOr<TaskFile> ReadTaskFile(const std::string& path);

// The input of that name; DataLoss where there is none.
absl::StatusOr<at::Tensor> Input(const TaskFile& file, const std::string& name);

// The weights that a head's names choose: NAME.weight and NAME.bias.
NamedTensors WeightsOf(const TaskFile& file);

// The README's limits: of a key that begins with mid, loss, grad or out, in that precision.
Tolerance TaskTolerance(const std::string& key, const NamedPrecision& run);

// All of the file's values whose reference is at least as precise as the run, against `computed`: "mid/NAME", "loss/NAME",
// "grad/NAME". A value that was not computed does not hold.
void CompareValues(const TaskFile& file, const TensorMap& computed, const NamedPrecision& run, Rows& rows);

// Weights, position table and image against their recipes, independent of the precision.
void CompareRecipes(const TaskFile& file, const std::string& encoder_prefix, bool identity_norm, Rows& rows);

// The frozen encoder of the file, with its weights under `prefix`, and what it makes of in/image.
struct FrozenEncoder {
  std::shared_ptr<VisionTransformer> model;
  at::Tensor norm_weight, norm_bias;  // of fc_norm

  at::Tensor Features(const at::Tensor& pooled) const;  // [B, C] -> [B, C]
};
absl::StatusOr<FrozenEncoder> EncoderOf(const TaskFile& file, const std::string& prefix, at::ScalarType type);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_HEADS_TASK_FILE_H_
