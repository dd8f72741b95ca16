#include "core/train/precision.h"

#include <ATen/autocast_mode.h>

#include "absl/strings/str_cat.h"
#include "core/base/suggest.h"

namespace asap {

absl::StatusOr<Precision> ParsePrecision(absl::string_view name) {
  if (name == "f32") return Precision::kFloat32;
  if (name == "bf16") return Precision::kBfloat16;
  return absl::InvalidArgumentError(UnknownName("precision", name, {"f32", "bf16"}));
}

absl::string_view PrecisionName(Precision precision) { return precision == Precision::kFloat32 ? "f32" : "bf16"; }

AutocastGuard::AutocastGuard(Precision precision, c10::DeviceType device)
    : device_(device),
      was_enabled_(at::autocast::is_autocast_enabled(device)),
      was_type_(at::autocast::get_autocast_dtype(device)) {
  at::autocast::set_autocast_enabled(device, precision == Precision::kBfloat16);
  if (precision == Precision::kBfloat16) at::autocast::set_autocast_dtype(device, at::kBFloat16);
  at::autocast::increment_nesting();
}

AutocastGuard::~AutocastGuard() {
  // The cache holds bfloat16 copies of weights, which the optimiser is about to change.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, was_enabled_);
  at::autocast::set_autocast_dtype(device_, was_type_);
}

}  // namespace asap
