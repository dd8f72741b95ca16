// A Hugging Face folder of a BERT, which --text_encoder of tools:pretrain and the transformers library both read.
#ifndef ASAP_TOOLS_IMPORT_BERT_FOLDER_H_
#define ASAP_TOOLS_IMPORT_BERT_FOLDER_H_

#include <ATen/core/TensorBody.h>

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace asap {

// Writes model.safetensors with what stands under "bert_encoder." of `tensors`, config.json (that of `source_folder`, or made
// from the tensors) and the tokenizer's files that `source_folder` has. Returns the names of the files written.
absl::StatusOr<std::vector<std::string>> WriteBertFolder(const std::string& folder,
                                                         const std::map<std::string, at::Tensor>& tensors,
                                                         const std::string& source_folder);

}  // namespace asap

#endif  // ASAP_TOOLS_IMPORT_BERT_FOLDER_H_
