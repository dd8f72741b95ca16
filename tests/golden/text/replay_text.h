// Replays the text fixtures: cleaning, tokens, sentence numbers and masking, all of them exact.
#ifndef ASAP_TESTS_GOLDEN_TEXT_REPLAY_TEXT_H_
#define ASAP_TESTS_GOLDEN_TEXT_REPLAY_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "tests/golden/row.h"

namespace asap::golden {

// `golden_path` is a file like text_public.json, with its CSV beside it, or like pretraining_tokenizer_fixtures.json;
// `tokenizer_path` the tokenizer.json that made it. One row per case and key; a row that differs names the first difference.
absl::StatusOr<Rows> ReplayText(const std::string& golden_path, const std::string& tokenizer_path);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_TEXT_REPLAY_TEXT_H_
