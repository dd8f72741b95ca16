// Reading weights in whatever form they are published: one call for a file or folder of PyTorch's, of safetensors, or of a
// Hugging Face model.
//
//   ASAP_ASSIGN_OR_RETURN(Weights weights, ReadWeights("checkpoint-199.pth"));
//   const at::Tensor& token = weights.tensors.at("cls_token");
#ifndef ASAP_CORE_IO_WEIGHTS_H_
#define ASAP_CORE_IO_WEIGHTS_H_

#include <ATen/core/TensorBody.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace asap {

struct Weights {
  // The weights: of a checkpoint that has more, the part under "model", "state_dict" or "model_state_dict" alone; without
  // what wrappers put into names, see core/io/weight_names.h. Tensors may lie in a mapped file: they must not be written to.
  std::map<std::string, at::Tensor> tensors;
  std::map<std::string, std::string> metadata;  // of safetensors; of a PyTorch file the texts of a dict "metadata", if it has one
  std::map<std::string, std::string> settings;  // a PyTorch file's other numbers and short texts: "epoch", "args.lr"
  std::string form;                             // "PyTorch zip", "PyTorch without zip", "safetensors", "sharded safetensors", ...
  std::vector<std::string> files;               // that were read; of a folder, the ones in it
  size_t others = 0;                            // tensors of the checkpoint that are not weights: an optimiser's
  std::vector<std::string> renamed;             // what was done to names, to be told: "_orig_mod. taken off"
};

// `path` is a file (told apart by its first bytes, not by its name), a model.safetensors.index.json or
// pytorch_model.bin.index.json, or a folder with one of these, model.safetensors or pytorch_model.bin. Errors name the file and
// the defect, and where a file is none of weights what it is instead: a Git LFS pointer, a web page, a part of one.
absl::StatusOr<Weights> ReadWeights(const std::string& path);

// The files that ReadWeights(path) reads, by their names alone: of a folder the one in it, and an index with its shards.
absl::StatusOr<std::vector<std::string>> FilesOfWeights(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IO_WEIGHTS_H_
