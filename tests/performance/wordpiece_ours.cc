// Reports a second of the WordPiece tokenizer, on one thread.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/text/tokenizer.h"
#include "gflags/gflags.h"
#include "tools/cli/run_tool.h"

DEFINE_string(tokenizer, "", "A Hugging Face tokenizer.json.");
DEFINE_string(texts, "", "One report a line.");
DEFINE_int32(repeats, 5, "Passes over all reports; the median counts.");

namespace asap {
namespace {

absl::Status Main() {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<Tokenizer> tokenizer, LoadTokenizer(UserPath(FLAGS_tokenizer)));
  ASAP_ASSIGN_OR_RETURN(const std::string contents, ReadFile(UserPath(FLAGS_texts)));
  const std::vector<absl::string_view> texts = absl::StrSplit(contents, '\n', absl::SkipEmpty());
  std::vector<double> rates;
  size_t tokens = 0;
  for (int i = 0; i < std::max(1, FLAGS_repeats); ++i) {
    const auto begin = std::chrono::steady_clock::now();
    tokens = 0;
    for (const absl::string_view text : texts) tokens += tokenizer->Encode(text).size();
    rates.push_back(static_cast<double>(texts.size()) /
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(rates.begin(), rates.end());
  std::printf("{\"texts_per_s\": %.1f, \"tokens\": %zu}\n", rates[rates.size() / 2], tokens);
  return absl::OkStatus();
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) {
  return asap::RunTool(argc, argv, {.name = "wordpiece_ours", .summary = "Times the WordPiece tokenizer; prints JSON."},
                       asap::Main);
}
