#include "core/io/finite.h"

#include <ATen/ops/isfinite.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace asap {

absl::Status CheckFinite(const NamedTensors& tensors) {
  constexpr size_t kShown = 5;
  std::string named;
  size_t bad = 0;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.is_floating_point() || tensor.numel() == 0) continue;
    const at::Tensor finite = at::isfinite(tensor);
    if (finite.all().item<bool>()) continue;
    if (++bad > kShown) continue;
    absl::StrAppend(&named, bad > 1 ? ", " : "", name, " (", tensor.numel() - finite.sum().item<int64_t>(), " of ",
                    tensor.numel(), ")");
  }
  if (bad == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      bad == 1 ? "a tensor has" : absl::StrCat(bad, " tensors have"), " values that are not finite (NaN or infinite): ", named,
      bad > kShown ? ", ..." : "", "; its training diverged, or the file is damaged: take an earlier checkpoint"));
}

}  // namespace asap
