// The sizes of a BERT, and its dropout.
#ifndef ASAP_MODULES_BERT_BERT_OPTIONS_H_
#define ASAP_MODULES_BERT_BERT_OPTIONS_H_

#include <cstdint>

#include "absl/status/status.h"

namespace asap {

struct BertOptions {
  int64_t vocabulary = 30522;
  int64_t width = 768;
  int64_t layers = 12;
  int64_t heads = 12;
  int64_t intermediate = 3072;
  int64_t max_positions = 512;
  double hidden_dropout = 0.1;
  double attention_dropout = 0.1;
  bool checkpoint = false;  // layers keep their inputs alone, see checkpointing.h
  uint64_t seed = 0;

  absl::Status Validate() const;  // InvalidArgument, naming the number
};

}  // namespace asap

#endif  // ASAP_MODULES_BERT_BERT_OPTIONS_H_
