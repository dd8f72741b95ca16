#include "core/base/file.h"
#include "core/base/status.h"
#include "core/text/sentencepiece_tokenizer.h"
#include "core/text/tokenizer.h"
#include "core/text/wordpiece.h"

namespace asap {

absl::StatusOr<std::unique_ptr<Tokenizer>> LoadTokenizer(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  const size_t first = bytes.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": empty; expected a Hugging Face tokenizer.json (WordPiece) or a SentencePiece .model"));
  }
  if (bytes[first] == '{') return ParseWordPiece(bytes, path);
  absl::StatusOr<std::unique_ptr<Tokenizer>> tokenizer = ParseSentencePiece(bytes, path);
  if (tokenizer.ok()) return tokenizer;
  return absl::InvalidArgumentError(
      absl::StrCat(tokenizer.status().message(), "; a Hugging Face tokenizer.json (WordPiece) begins with \"{\""));
}

}  // namespace asap
