#include "core/text/wordpiece_steps.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/base/utf8.h"
#include "core/text/unicode.h"

namespace asap {
namespace {

using nlohmann::json;

std::string TypeOf(const json& section) {
  const auto type = section.find("type");
  return section.is_object() && type != section.end() && type->is_string() ? type->get<std::string>() : "";
}

// A member that may be absent or null.
absl::StatusOr<bool> Boolean(const json& section, const char* name, bool otherwise) {
  const auto member = section.find(name);
  if (member == section.end() || member->is_null()) return otherwise;
  if (!member->is_boolean()) return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" must be true or false"));
  return member->get<bool>();
}

absl::StatusOr<const json*> List(const json& section, const char* name) {
  const auto member = section.find(name);
  if (member == section.end() || !member->is_array()) {
    return absl::InvalidArgumentError(absl::StrCat("a Sequence needs the list \"", name, "\""));
  }
  return &*member;
}

std::u32string Without(uint8_t classes, std::u32string text) {
  text.erase(std::remove_if(text.begin(), text.end(), [&](char32_t c) { return (CharacterClass(c) & classes) != 0; }),
             text.end());
  return text;
}

// The CJK ideographs that BERT sets apart: not Kana, not Hangul.
bool IsIdeograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

}  // namespace

absl::StatusOr<TextNormalizer> TextNormalizer::Parse(const json& section) {
  TextNormalizer normalizer;
  if (!section.is_null()) ASAP_RETURN_IF_ERROR(normalizer.Append(section));
  for (int16_t c = 0; c < 128; ++c) {
    const std::u32string one = normalizer.ApplySteps(std::u32string(1, static_cast<char32_t>(c)));
    normalizer.ascii_[c] = one.empty() ? -1 : static_cast<int16_t>(one[0]);
  }
  return normalizer;
}

absl::Status TextNormalizer::Append(const json& section) {
  const std::string type = TypeOf(section);
  const auto form = [this](NormalForm form) {
    steps_.push_back([form](const std::u32string& text) { return Normalize(text, form); });
    return absl::OkStatus();
  };
  if (type == "Sequence") {
    ASAP_ASSIGN_OR_RETURN(const json* parts, List(section, "normalizers"));
    for (const json& part : *parts) ASAP_RETURN_IF_ERROR(Append(part));
    return absl::OkStatus();
  }
  if (type == "Lowercase") {
    steps_.push_back([](const std::u32string& text) { return LowerCase(text); });
    return absl::OkStatus();
  }
  if (type == "StripAccents") {
    steps_.push_back([](std::u32string text) { return Without(kMark, std::move(text)); });
    return absl::OkStatus();
  }
  if (type == "NFC") return form(NormalForm::kNfc);
  if (type == "NFD") return form(NormalForm::kNfd);
  if (type == "NFKC") return form(NormalForm::kNfkc);
  if (type == "NFKD") return form(NormalForm::kNfkd);
  if (type == "BertNormalizer") {
    Bert options;
    ASAP_ASSIGN_OR_RETURN(options.clean_text, Boolean(section, "clean_text", true));
    ASAP_ASSIGN_OR_RETURN(options.handle_chinese_chars, Boolean(section, "handle_chinese_chars", true));
    ASAP_ASSIGN_OR_RETURN(options.lowercase, Boolean(section, "lowercase", true));
    ASAP_ASSIGN_OR_RETURN(options.strip_accents, Boolean(section, "strip_accents", options.lowercase));
    steps_.push_back([options](std::u32string text) { return ApplyBert(options, std::move(text)); });
    return absl::OkStatus();
  }
  return absl::UnimplementedError(
      absl::StrCat("normalizer \"", type,
                   "\" is not supported; supported: Sequence, Lowercase, StripAccents, NFC, NFD, NFKC, "
                   "NFKD, BertNormalizer"));
}

std::u32string TextNormalizer::ApplyBert(const Bert& options, std::u32string text) {
  if (options.clean_text) {
    std::u32string clean;
    clean.reserve(text.size());
    for (char32_t c : text) {
      if (c == U'\t' || c == U'\n' || c == U'\r') {
        clean.push_back(U' ');
      } else if (c != 0xFFFD && (CharacterClass(c) & kControl) == 0) {
        clean.push_back((CharacterClass(c) & kSpace) != 0 ? U' ' : c);
      }
    }
    text = std::move(clean);
  }
  if (options.handle_chinese_chars) {
    std::u32string apart;
    apart.reserve(text.size());
    for (char32_t c : text) {
      if (IsIdeograph(c)) {
        apart += {U' ', c, U' '};
      } else {
        apart.push_back(c);
      }
    }
    text = std::move(apart);
  }
  if (options.strip_accents) text = Without(kNonspacing, Normalize(text, NormalForm::kNfd));
  return options.lowercase ? LowerCase(text) : text;
}

std::u32string TextNormalizer::ApplySteps(std::u32string text) const {
  for (const Step& step : steps_) text = step(std::move(text));
  return text;
}

std::string TextNormalizer::operator()(absl::string_view text) const {
  if (!IsAscii(text)) return ToUtf8(ApplySteps(ToCodePoints(text)));
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (const int16_t mapped = ascii_[static_cast<unsigned char>(c)]; mapped >= 0) out.push_back(static_cast<char>(mapped));
  }
  return out;
}

absl::StatusOr<PreTokenizer> PreTokenizer::Parse(const json& section) {
  PreTokenizer pre_tokenizer;
  if (!section.is_null()) ASAP_RETURN_IF_ERROR(pre_tokenizer.Append(section));
  return pre_tokenizer;
}

absl::Status PreTokenizer::Append(const json& section) {
  const std::string type = TypeOf(section);
  if (type == "Sequence") {
    ASAP_ASSIGN_OR_RETURN(const json* parts, List(section, "pretokenizers"));
    for (const json& part : *parts) ASAP_RETURN_IF_ERROR(Append(part));
  } else if (type == "Whitespace") {
    steps_.push_back(Step::kWordRuns);
  } else if (type == "WhitespaceSplit") {
    steps_.push_back(Step::kSpaces);
  } else if (type == "Digits") {
    ASAP_ASSIGN_OR_RETURN(const bool singly, Boolean(section, "individual_digits", false));
    steps_.push_back(singly ? Step::kNumericSingly : Step::kNumericRuns);
  } else if (type == "BertPreTokenizer") {
    steps_.push_back(Step::kBert);
  } else if (type == "Punctuation") {
    const auto behaviour = section.find("behavior");
    if (behaviour != section.end() && *behaviour != "Isolated") {
      return absl::UnimplementedError(absl::StrCat("pre-tokenizer \"Punctuation\" with behavior ", behaviour->dump(),
                                                   " is not supported; supported: \"Isolated\""));
    }
    steps_.push_back(Step::kPunctuation);
  } else {
    return absl::UnimplementedError(absl::StrCat("pre-tokenizer \"", type,
                                                 "\" is not supported; supported: Sequence, Whitespace, WhitespaceSplit, Digits, "
                                                 "BertPreTokenizer, Punctuation"));
  }
  return absl::OkStatus();
}

void PreTokenizer::Split(Step step, absl::string_view text, std::vector<absl::string_view>* out) {
  // A character's group: neighbours of one group share a word. kDrop belongs to no word; kAlone is a word of its own.
  enum Group { kDrop, kAlone, kFirst, kSecond };
  const auto group_of = [step](uint8_t bits) -> Group {
    switch (step) {
      case Step::kWordRuns:
        return (bits & kWord) != 0 ? kFirst : (bits & kSpace) != 0 ? kDrop : kSecond;
      case Step::kSpaces:
        return (bits & kSpace) != 0 ? kDrop : kFirst;
      case Step::kNumericRuns:
        return (bits & kNumeric) != 0 ? kFirst : kSecond;
      case Step::kNumericSingly:
        return (bits & kNumeric) != 0 ? kAlone : kSecond;
      case Step::kBert:
        return (bits & kSpace) != 0 ? kDrop : (bits & kPunctuation) != 0 ? kAlone : kFirst;
      case Step::kPunctuation:
        return (bits & kPunctuation) != 0 ? kAlone : kFirst;
    }
    return kDrop;
  };
  size_t start = 0;
  Group current = kDrop;
  for (size_t i = 0; i < text.size();) {
    const size_t at = i;
    const Group group = group_of(CharacterClass(NextCodePoint(text, &i)));
    if (group == current && group != kAlone) continue;
    if (current != kDrop) out->push_back(text.substr(start, at - start));
    start = at;
    current = group;
  }
  if (current != kDrop) out->push_back(text.substr(start));
}

std::vector<absl::string_view> PreTokenizer::operator()(absl::string_view text) const {
  std::vector<absl::string_view> words;
  if (text.empty()) return words;
  words.push_back(text);
  for (Step step : steps_) {
    std::vector<absl::string_view> finer;
    finer.reserve(step == Step::kNumericRuns ? words.size() + 8 : text.size() / 5 + 8);
    for (absl::string_view word : words) Split(step, word, &finer);
    words = std::move(finer);
  }
  return words;
}

}  // namespace asap
