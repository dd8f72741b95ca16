// BERTs in files of weights.
#ifndef ASAP_MODULES_BERT_LOAD_BERT_H_
#define ASAP_MODULES_BERT_LOAD_BERT_H_

#include <ATen/core/TensorBody.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "modules/bert/bert_options.h"

namespace asap {

class Bert;

// The sizes of the BERT in `tensors` under `prefix`; its number of heads is not in them: width / 64, unless `heads` > 0.
absl::StatusOr<BertOptions> BertOptionsOf(const std::map<std::string, at::Tensor>& tensors, const std::string& prefix,
                                          int64_t heads);

// The prefix of a BERT's names in `tensors`: "bert_encoder.bert." (a full ASAP state), "bert." (Hugging Face's models with a
// head) or "" (bare). NotFound where there is no BERT.
absl::StatusOr<std::string> FindBertPrefix(const std::map<std::string, at::Tensor>& tensors);

// Loads weights of any form that core/io/weights.h reads, from a file or folder [and the sizes that config.json beside them
// states, if there is one]: BiomedVLP-CXR-BERT, any Hugging Face BERT, or a full ASAP state. Heads of language modelling, poolers
// and projections are ignored. `options` gives dropout and seed only.
struct LoadBertOptions {
  double hidden_dropout = 0.1;
  double attention_dropout = 0.1;
};
absl::StatusOr<std::shared_ptr<Bert>> LoadBert(const std::string& path, const LoadBertOptions& options);

}  // namespace asap

#endif  // ASAP_MODULES_BERT_LOAD_BERT_H_
