// Published weights under the names and shapes of this project: what tools:import does between reading and writing.
//
//   ASAP_ASSIGN_OR_RETURN(ImportedWeights imported, ImportWeights({{"mae.pth", WeightsKind::kMae}, {"bert.bin", ...}}, {}));
#ifndef ASAP_TOOLS_IMPORT_IMPORT_WEIGHTS_H_
#define ASAP_TOOLS_IMPORT_IMPORT_WEIGHTS_H_

#include <ATen/core/TensorBody.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/io/weights.h"
#include "tools/import/key_report.h"

namespace asap {

enum class WeightsKind {
  kAuto,     // told by the names in the file
  kAsap,     // a checkpoint or encoder of the published code, or of this project
  kMae,      // a masked autoencoder of 2-D images: its blocks and final norm, as the published merge step takes them
  kCxrBert,  // BiomedVLP-CXR-BERT, or another Hugging Face BERT: the text encoder
  kMerged,   // what that merge step wrote: blocks and norm of the one, and the other
};

struct ImportInput {
  std::string path;  // a file or a folder
  WeightsKind kind = WeightsKind::kAuto;
};

struct ImportOptions {
  std::vector<std::string> allow_missing;         // beginnings of names that may be missing; "all" for any
  std::map<std::string, std::string> parameters;  // of the encoder, where the files do not tell: heads, volume, spacing_mm, ...
  std::string form;                               // a word that Weights::form must have; empty for any form
};

struct ImportedWeights {
  std::map<std::string, at::Tensor> tensors;    // under current published names; may lie in mapped files
  std::map<std::string, std::string> metadata;  // of an encoder.safetensors, where the encoder is whole; else empty
  std::vector<WeightsKind> kinds;               // of the inputs
  std::vector<std::string> files;               // that were read, of the first input first
  KeyReport report;
  bool complete = false;  // nothing is missing that is not allowed to be
};

// FailedPrecondition, naming the file and the tensor: a file that cannot be read, none of the kind asked for, a shape that does
// not fit the others, or two inputs that have the same tensor. A tensor that is missing is no error: see `complete`.
absl::StatusOr<ImportedWeights> ImportWeights(const std::vector<ImportInput>& inputs, const ImportOptions& options);

// "asap" ...; InvalidArgument with the near matches.
absl::StatusOr<WeightsKind> ParseWeightsKind(const std::string& name);

}  // namespace asap

#endif  // ASAP_TOOLS_IMPORT_IMPORT_WEIGHTS_H_
