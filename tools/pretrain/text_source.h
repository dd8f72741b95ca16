// The choice of a text encoder and its vocabulary.
#ifndef ASAP_TOOLS_PRETRAIN_TEXT_SOURCE_H_
#define ASAP_TOOLS_PRETRAIN_TEXT_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "core/dataset.h"
#include "core/distributed/process_group.h"
#include "core/text/tokenizer.h"

namespace asap {

struct TextSource {
  std::shared_ptr<const Tokenizer> tokenizer;  // null where no loss reads text
  std::string tokenizer_path;                  // where it was read from, or learnt to
  std::string encoder_weights;                 // of a frozen BERT; empty for one that is learned along
};

// `text_encoder` and `tokenizer` as the flags of those names. A vocabulary that is to be learnt is taken from the reports of
// `dataset`, at most 20,000 of them spread evenly, and kept as `folder`/tokenizer.model: a later run of that folder reads it.
absl::StatusOr<TextSource> ChooseText(const std::string& text_encoder, const std::string& tokenizer, int64_t vocabulary,
                                      const Dataset& dataset, const std::string& folder);

// The same for the processes of a group (null: this one): rank 0 chooses, and all take its vocabulary, whose file only rank 0
// needs to have.
absl::StatusOr<TextSource> ChooseText(ProcessGroup* group, const std::string& text_encoder, const std::string& tokenizer,
                                      int64_t vocabulary, const Dataset& dataset, const std::string& folder);

}  // namespace asap

#endif  // ASAP_TOOLS_PRETRAIN_TEXT_SOURCE_H_
