// Reading what PyTorch's torch.save writes, in the zip form and in the older form without one. Nothing in the file is run.
//
//   ASAP_ASSIGN_OR_RETURN(TorchFile file, ReadTorchFile("checkpoint-199.pth"));
//   file.tensors: "model.cls_token", ..., "optimizer.state.0.exp_avg", ...;  file.scalars: {"epoch", "199"}, {"args.lr",
//   "0.00015"}
#ifndef ASAP_CORE_IO_TORCH_FILE_H_
#define ASAP_CORE_IO_TORCH_FILE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/io/tensor.h"

namespace asap {

struct TorchFile {
  // Names are the keys of nested dicts, lists (by number) and objects (by attribute), joined by '.', in the file's order. The
  // tensors lie in the mapped file, those that share a storage share it here: they must not be written to.
  NamedTensors tensors;
  // Numbers, booleans and texts of up to 200 bytes, by the same names.
  std::vector<std::pair<std::string, std::string>> scalars;
  // Where the weights stand in a checkpoint that has more: "model.", "state_dict." or "model_state_dict.", or empty.
  std::string state_prefix;
  bool zip = true;  // the form
};

// Whether a file that begins so may be one of torch.save's.
bool BeginsLikeTorchFile(absl::string_view first_bytes);

// Types: float64, float32, float16, bfloat16, int64, int32, int16, int8, uint8, bool. InvalidArgument, naming the file and the
// defect, for one that is damaged or has something else in it (sparse, quantised, complex); PermissionDenied, naming the
// function, for one that calls what weights do not need.
absl::StatusOr<TorchFile> ReadTorchFile(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IO_TORCH_FILE_H_
