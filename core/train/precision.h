// Arithmetic of the forward pass: float32 throughout, or matrix products in bfloat16 while weights stay float32. bfloat16 has
// float32's range of exponents, so losses need no scaling.
#ifndef ASAP_CORE_TRAIN_PRECISION_H_
#define ASAP_CORE_TRAIN_PRECISION_H_

#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

enum class Precision { kFloat32, kBfloat16 };

// "f32" or "bf16"; InvalidArgument, listing both, for anything else.
absl::StatusOr<Precision> ParsePrecision(absl::string_view name);
absl::string_view PrecisionName(Precision precision);

// Applies to the operations of the calling thread on that device for the length of a scope, which ends before the backward pass:
// gradients take the type of the forward operation. Scopes may nest; kFloat32 turns an outer scope's bfloat16 off.
class AutocastGuard {
 public:
  AutocastGuard(Precision precision, c10::DeviceType device);
  ~AutocastGuard();
  AutocastGuard(const AutocastGuard&) = delete;
  AutocastGuard& operator=(const AutocastGuard&) = delete;

 private:
  c10::DeviceType device_;
  bool was_enabled_;
  c10::ScalarType was_type_;
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_PRECISION_H_
