// From the values of a pickle that torch.save wrote to named tensors. Internal to core/io.
#ifndef ASAP_CORE_IO_TORCH_TREE_H_
#define ASAP_CORE_IO_TORCH_TREE_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/io/pickle.h"
#include "core/io/torch_file.h"

namespace asap::internal {

// What pickles of torch.save call, and calls that settings stored beside weights need. None of them is run.
const PickleOptions& TorchPickleOptions();

// A storage, as its persistent id describes it: ("storage", torch.FloatStorage, key, device, elements[, view]).
struct StorageId {
  std::string key;
  at::ScalarType type = at::kByte;  // of an untyped storage: bytes
  int64_t elements = 0;
  int64_t first = 0;  // a view of the storage `key` begins at this element; only in the legacy form
};
absl::StatusOr<StorageId> ParseStorageId(const PickleValue& persistent);

// The bytes of the whole storage `id.key`.
using StorageBytes = std::function<absl::StatusOr<absl::string_view>(const StorageId& id)>;

struct TreeOptions {
  StorageBytes storage;
  std::shared_ptr<const void> keep_alive;  // what the storages' bytes lie in
  int64_t max_elements = 0;                // of one tensor
};
absl::StatusOr<TorchFile> FlattenTree(const PickleValue& root, const TreeOptions& options);

}  // namespace asap::internal

#endif  // ASAP_CORE_IO_TORCH_TREE_H_
