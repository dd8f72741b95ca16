// WordPiece (Wu et al., arXiv 1609.08144) as Hugging Face's tokenizers runs it: BERT, CXR-BERT, MiniLM.
#ifndef ASAP_CORE_TEXT_WORDPIECE_H_
#define ASAP_CORE_TEXT_WORDPIECE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/text/tokenizer.h"

namespace asap {

// `json` is the text of a tokenizer.json; `name` stands for it in messages. Its truncation, padding and post-processor are not
// applied: Encode adds and cuts nothing. A component that WordPiece files use and this class does not know is an error that names
// it.
absl::StatusOr<std::unique_ptr<Tokenizer>> ParseWordPiece(absl::string_view json, const std::string& name);

}  // namespace asap

#endif  // ASAP_CORE_TEXT_WORDPIECE_H_
