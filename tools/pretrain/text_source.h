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
  std::string tokenizer_path;                  // where it was read from, or learnt to, and gone from after a trial
  std::string encoder_weights;                 // of a frozen BERT; empty for one that is learned along
};

// What is known of the run that asks for a vocabulary.
struct VocabularyPlace {
  std::string folder;     // its output folder
  bool going_on = false;  // from checkpoints in the folder, whose vocabulary then stays: the run compares it, and its cases
  bool trial = false;     // keeps nothing
};

// `text_encoder` and `tokenizer` as the flags of those names. A vocabulary that is to be learnt is taken from the reports of
// `dataset`, at most 20,000 of them spread evenly, and kept as tokenizer.model, with a digest of these reports beside it in
// tokenizer.reports. A later run of that folder reads it where its reports are the same; else it is set aside, and learnt anew.
absl::StatusOr<TextSource> ChooseText(const std::string& text_encoder, const std::string& tokenizer, int64_t vocabulary,
                                      const Dataset& dataset, const VocabularyPlace& place);

// The same for the processes of a group (null: this one): rank 0 chooses, and all take its vocabulary, whose file only rank 0
// needs to have.
absl::StatusOr<TextSource> ChooseText(ProcessGroup* group, const std::string& text_encoder, const std::string& tokenizer,
                                      int64_t vocabulary, const Dataset& dataset, const VocabularyPlace& place);

}  // namespace asap

#endif  // ASAP_TOOLS_PRETRAIN_TEXT_SOURCE_H_
