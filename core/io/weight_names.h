// Names of tensors as training wrappers and older programs leave them, brought back to the model's own.
#ifndef ASAP_CORE_IO_WEIGHT_NAMES_H_
#define ASAP_CORE_IO_WEIGHT_NAMES_H_

#include <ATen/core/TensorBody.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace asap {

// Takes off what wrappers of PyTorch put into names: "module." where all names begin so (DistributedDataParallel, and
// AveragedModel, whose n_averaged is dropped), "_orig_mod." (torch.compile) and the names of fully sharded and checkpointed
// modules wherever they stand; and renames LayerNorm.gamma and .beta to .weight and .bias, as transformers does. A name that
// would then stand twice keeps its own. Returns what was done, to be told: {"_orig_mod. taken off", "26 LayerNorm.gamma and .beta
// renamed"}.
std::vector<std::string> UnwrapNames(std::map<std::string, at::Tensor>& tensors);

// Takes off what stands before the names of a known kind of model, as "model." of Lightning. A kind is known by one of the names
// `anchors`, e.g. "patch_embed.proj.weight". Nothing is done, and "" returned, where one of them stands bare; otherwise the first
// anchor that stands behind a beginning (one that ends in a dot) decides, and the beginning is returned. Names that begin
// otherwise stay. InvalidArgument where two beginnings are possible, or a name without the beginning is there already.
absl::StatusOr<std::string> TakeOffBeginning(std::map<std::string, at::Tensor>& tensors, absl::Span<const char* const> anchors);

}  // namespace asap

#endif  // ASAP_CORE_IO_WEIGHT_NAMES_H_
