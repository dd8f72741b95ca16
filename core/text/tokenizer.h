// Text to token ids and back.
//
//   ASAP_ASSIGN_OR_RETURN(std::unique_ptr<Tokenizer> tokenizer, LoadTokenizer("cxrbert_wordpiece.json"));
//   std::vector<int64_t> ids = tokenizer->Encode("[CLS] No nodule.");
//
// Implementations are immutable and thread-safe.
#ifndef ASAP_CORE_TEXT_TOKENIZER_H_
#define ASAP_CORE_TEXT_TOKENIZER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace asap {

// Ids that have a meaning of their own; -1 where the vocabulary has none.
struct SpecialIds {
  int64_t pad = -1;
  int64_t unk = -1;
  int64_t cls = -1;
  int64_t sep = -1;
  int64_t mask = -1;
};

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  // Adds no token to those of the text. Special tokens written out in the text ("[CLS]", verbatim) become their ids. Total: a
  // byte that is not UTF-8 counts as U+FFFD.
  virtual std::vector<int64_t> Encode(absl::string_view text) const = 0;
  // Readable text of the ids, special tokens included; for logs and tables, not always the text that was encoded.
  virtual std::string Decode(absl::Span<const int64_t> ids) const = 0;
  // The piece of an id in [0, vocabulary_size()), as in the vocabulary file: "##sis", "[MASK]".
  virtual std::string Piece(int64_t id) const = 0;

  virtual int64_t vocabulary_size() const = 0;
  virtual const SpecialIds& special() const = 0;
  // The id of ".", which ends sentences; -1 where the vocabulary has none.
  virtual int64_t period() const = 0;
  // Whether the id is one of the ten pieces "0" ... "9". A period beside one is not the end of a sentence.
  virtual bool IsDigit(int64_t id) const = 0;

  // "wordpiece" or "sentencepiece".
  virtual std::string kind() const = 0;
  // Kind and a hash of the vocabulary file, e.g. "wordpiece:1f0c...": a checkpoint made with another vocabulary is of no use.
  virtual std::string fingerprint() const = 0;
};

// By content, not by name: a Hugging Face tokenizer.json whose model is WordPiece, or a SentencePiece model.
absl::StatusOr<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_TEXT_TOKENIZER_H_
