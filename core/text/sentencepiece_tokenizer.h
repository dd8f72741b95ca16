// SentencePiece (Kudo and Richardson, EMNLP 2018): byte-pair vocabularies learnt from a user's own reports, and published .model
// files.
#ifndef ASAP_CORE_TEXT_SENTENCEPIECE_TOKENIZER_H_
#define ASAP_CORE_TEXT_SENTENCEPIECE_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/text/tokenizer.h"

namespace asap {

// `bytes` is the content of a .model; `name` stands for it in messages. The special ids are the pieces [PAD], [UNK], [CLS],
// [SEP], [MASK] where the model has them, otherwise its own pad, unknown, begin and end.
absl::StatusOr<std::unique_ptr<Tokenizer>> ParseSentencePiece(const std::string& bytes, const std::string& name);

// Learns a vocabulary of at most `vocabulary_size` pieces from the reports and writes the model to `path`. Ids: [PAD] 0, [UNK] 1,
// [CLS] 2, [SEP] 3, [MASK] 4, "." 5, "0" ... "9" 6 ... 15. Lower case; a number is a row of single digits. The same reports give
// the same file, byte for byte. The pieces are parts of words of the reports: share the file as you would share the reports.
absl::Status TrainSentencePiece(const std::vector<std::string>& reports, int64_t vocabulary_size, const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_TEXT_SENTENCEPIECE_TOKENIZER_H_
