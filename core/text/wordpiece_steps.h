// The steps before a Hugging Face WordPiece model: normalisers and pre-tokenizers of a tokenizer.json.
#ifndef ASAP_CORE_TEXT_WORDPIECE_STEPS_H_
#define ASAP_CORE_TEXT_WORDPIECE_STEPS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

// Thread-safe, immutable once parsed.
class TextNormalizer {
 public:
  // The "normalizer" section; null is the identity. An unsupported component is an error that names it.
  static absl::StatusOr<TextNormalizer> Parse(const nlohmann::json& section);
  std::string operator()(absl::string_view text) const;

 private:
  struct Bert {
    bool clean_text = true;
    bool handle_chinese_chars = true;
    bool strip_accents = true;
    bool lowercase = true;
  };
  using Step = std::function<std::u32string(std::u32string)>;

  absl::Status Append(const nlohmann::json& section);
  static std::u32string ApplyBert(const Bert& options, std::u32string text);
  std::u32string ApplySteps(std::u32string text) const;

  std::vector<Step> steps_;
  // What the steps make of each ASCII character alone: the character, or -1 where they drop it. Characters of a text that is
  // ASCII throughout do not influence each other in any of the steps.
  std::array<int16_t, 128> ascii_ = {};
};

// Cuts a normalised text into words.
class PreTokenizer {
 public:
  static absl::StatusOr<PreTokenizer> Parse(const nlohmann::json& section);
  std::vector<absl::string_view> operator()(absl::string_view text) const;

 private:
  enum class Step {
    kWordRuns,       // \w+ | [^\w\s]+
    kSpaces,         // runs of anything but white space
    kNumericRuns,    // runs of numeric characters, and of others
    kNumericSingly,  // each numeric character alone, and runs of others
    kBert,           // white space cuts; each punctuation character alone
    kPunctuation,    // each punctuation character alone, and runs of others
  };
  absl::Status Append(const nlohmann::json& section);
  static void Split(Step step, absl::string_view text, std::vector<absl::string_view>* out);

  std::vector<Step> steps_;
};

}  // namespace asap

#endif  // ASAP_CORE_TEXT_WORDPIECE_STEPS_H_
