#include "core/text/wordpiece.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/text/special_pieces.h"
#include "core/text/wordpiece_steps.h"

namespace asap {
namespace {

using nlohmann::json;

// Beyond any vocabulary in use, and far below what would exhaust memory.
constexpr int64_t kMostPieces = 10'000'000;

class WordPiece : public Tokenizer {
 public:
  static absl::StatusOr<std::unique_ptr<Tokenizer>> Parse(const json& file, uint64_t hash);

  std::vector<int64_t> Encode(absl::string_view text) const override {
    std::vector<int64_t> ids;
    ids.reserve(text.size() / 4 + 4);
    special_pieces_.Cut(
        text, [&](absl::string_view plain) { EncodePlain(plain, &ids); }, [&](int64_t id) { ids.push_back(id); });
    return ids;
  }

  std::string Decode(absl::Span<const int64_t> ids) const override {
    std::string out;
    for (int64_t id : ids) {
      const std::string piece = Piece(id);
      if (absl::StartsWith(piece, prefix_) && !out.empty()) {
        out += piece.substr(prefix_.size());
      } else {
        static constexpr absl::string_view kClosing = ".,;:!?)%]";
        const bool closes = piece.size() == 1 && absl::StrContains(kClosing, piece);
        absl::StrAppend(&out, out.empty() || closes ? "" : " ", piece);
      }
    }
    return out;
  }

  std::string Piece(int64_t id) const override {
    return id >= 0 && id < vocabulary_size() ? pieces_[id] : std::string("\xEF\xBF\xBD");
  }
  int64_t vocabulary_size() const override { return static_cast<int64_t>(pieces_.size()); }
  const SpecialIds& special() const override { return special_; }
  int64_t period() const override { return period_; }
  bool IsDigit(int64_t id) const override { return id >= 0 && std::find(digits_.begin(), digits_.end(), id) != digits_.end(); }
  std::string kind() const override { return "wordpiece"; }
  std::string fingerprint() const override { return absl::StrFormat("wordpiece:%016x", hash_); }

 private:
  absl::Status ReadVocabulary(const json& model);
  absl::Status ReadAddedTokens(const json& tokens);

  void EncodePlain(absl::string_view text, std::vector<int64_t>* ids) const {
    const std::string normal = normalize_(text);
    for (absl::string_view word : split_(normal)) EncodeWord(word, ids);
  }

  // Greedy: the longest piece from the left, again and again; one [UNK] where any part has none.
  void EncodeWord(absl::string_view word, std::vector<int64_t>* ids) const {
    if (word.size() <= longest_initial_) {
      if (const auto whole = initial_.find(word); whole != initial_.end()) {
        // A word over the limit can be no piece, unless the vocabulary is odd: then the limit counts.
        if (word.size() <= max_characters_ || Characters(word) <= max_characters_) {
          ids->push_back(whole->second);
          return;
        }
      }
    }
    if (word.size() > max_characters_ && Characters(word) > max_characters_) {
      ids->push_back(special_.unk);
      return;
    }
    const size_t before = ids->size();
    for (size_t start = 0; start < word.size();) {
      const auto& pieces = start == 0 ? initial_ : continuing_;
      size_t length = std::min(word.size() - start, start == 0 ? longest_initial_ : longest_continuing_);
      auto piece = pieces.end();
      for (; length > 0; --length) {
        piece = pieces.find(word.substr(start, length));
        if (piece != pieces.end()) break;
      }
      if (length == 0) {
        ids->resize(before);
        ids->push_back(special_.unk);
        return;
      }
      ids->push_back(piece->second);
      start += length;
    }
  }

  static size_t Characters(absl::string_view text) {
    return std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  }

  TextNormalizer normalize_;
  PreTokenizer split_;
  SpecialPieces special_pieces_;
  std::vector<std::string> pieces_;
  absl::flat_hash_map<std::string, int32_t> initial_;
  absl::flat_hash_map<std::string, int32_t> continuing_;  // without their prefix
  size_t longest_initial_ = 0;                            // bytes
  size_t longest_continuing_ = 0;
  std::string prefix_ = "##";
  size_t max_characters_ = 100;
  SpecialIds special_;
  int64_t period_ = -1;
  std::array<int64_t, 10> digits_ = {};
  uint64_t hash_ = 0;
};

absl::Status WordPiece::ReadVocabulary(const json& model) {
  const auto vocabulary = model.find("vocab");
  if (vocabulary == model.end() || !vocabulary->is_object() || vocabulary->empty()) {
    return absl::InvalidArgumentError("model.vocab must be an object of pieces and ids");
  }
  if (const auto prefix = model.find("continuing_subword_prefix"); prefix != model.end() && prefix->is_string()) {
    prefix_ = prefix->get<std::string>();
  }
  if (prefix_.empty())
    return absl::InvalidArgumentError("model.continuing_subword_prefix is empty; WordPiece needs one, as \"##\"");
  if (const auto most = model.find("max_input_chars_per_word"); most != model.end() && most->is_number_unsigned()) {
    max_characters_ = most->get<size_t>();
  }
  for (const auto& [piece, id] : vocabulary->items()) {
    if (!id.is_number_integer() || id.get<int64_t>() < 0 || id.get<int64_t>() >= kMostPieces) {
      return absl::InvalidArgumentError(absl::StrCat("model.vocab: the id of \"", piece, "\" is ", id.dump(),
                                                     "; expected an integer in 0 ... ", kMostPieces - 1));
    }
    const int64_t index = id.get<int64_t>();
    if (index >= vocabulary_size()) pieces_.resize(index + 1);
    if (!pieces_[index].empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("model.vocab: \"", pieces_[index], "\" and \"", piece, "\" share the id ", index));
    }
    pieces_[index] = piece;
    initial_.emplace(piece, static_cast<int32_t>(index));
    longest_initial_ = std::max(longest_initial_, piece.size());
    if (absl::StartsWith(piece, prefix_) && piece.size() > prefix_.size()) {
      continuing_.emplace(piece.substr(prefix_.size()), static_cast<int32_t>(index));
      longest_continuing_ = std::max(longest_continuing_, piece.size() - prefix_.size());
    }
  }
  const auto unknown = model.find("unk_token");
  const std::string unk = unknown != model.end() && unknown->is_string() ? unknown->get<std::string>() : "[UNK]";
  const auto unk_id = initial_.find(unk);
  if (unk_id == initial_.end())
    return absl::InvalidArgumentError(absl::StrCat("model.unk_token \"", unk, "\" is not in the vocabulary"));
  special_.unk = unk_id->second;
  return absl::OkStatus();
}

absl::Status WordPiece::ReadAddedTokens(const json& tokens) {
  if (tokens.is_null()) return absl::OkStatus();
  if (!tokens.is_array()) return absl::InvalidArgumentError("added_tokens must be a list");
  for (const json& token : tokens) {
    const auto content = token.find("content");
    const auto id = token.find("id");
    if (!token.is_object() || content == token.end() || !content->is_string() || content->get_ref<const std::string&>().empty() ||
        id == token.end() || !id->is_number_integer() || id->get<int64_t>() < 0 || id->get<int64_t>() >= kMostPieces) {
      return absl::InvalidArgumentError("each of added_tokens needs a \"content\" and an \"id\"");
    }
    const std::string text = content->get<std::string>();
    for (const char* option : {"single_word", "lstrip", "rstrip", "normalized"}) {
      if (const auto value = token.find(option); value != token.end() && *value == true) {
        return absl::UnimplementedError(absl::StrCat("added token \"", text, "\" with ", option, " = true is not supported"));
      }
    }
    const int64_t index = id->get<int64_t>();
    if (index >= vocabulary_size()) pieces_.resize(index + 1);
    pieces_[index] = text;
    special_pieces_.Add(text, index);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Tokenizer>> WordPiece::Parse(const json& file, uint64_t hash) {
  if (!file.is_object()) return absl::InvalidArgumentError("not a JSON object");
  const auto section = [&](const char* name) { return file.contains(name) ? file[name] : json(); };
  const auto model = file.find("model");
  if (model == file.end() || !model->is_object()) return absl::InvalidArgumentError("the section \"model\" is missing");
  if (const auto type = model->find("type"); type == model->end() || *type != "WordPiece") {
    return absl::UnimplementedError(absl::StrCat("model type ", type == model->end() ? "(missing)" : type->dump(),
                                                 " is not supported; expected \"WordPiece\""));
  }
  auto tokenizer = std::make_unique<WordPiece>();
  ASAP_ASSIGN_OR_RETURN(tokenizer->normalize_, TextNormalizer::Parse(section("normalizer")));
  ASAP_ASSIGN_OR_RETURN(tokenizer->split_, PreTokenizer::Parse(section("pre_tokenizer")));
  ASAP_RETURN_IF_ERROR(tokenizer->ReadVocabulary(*model));
  ASAP_RETURN_IF_ERROR(tokenizer->ReadAddedTokens(section("added_tokens")));
  const auto find = [&](const std::string& piece) -> int64_t {
    if (const int64_t added = tokenizer->special_pieces_.Find(piece); added >= 0) return added;
    const auto entry = tokenizer->initial_.find(piece);
    return entry == tokenizer->initial_.end() ? -1 : entry->second;
  };
  tokenizer->special_.pad = find("[PAD]");
  tokenizer->special_.cls = find("[CLS]");
  tokenizer->special_.sep = find("[SEP]");
  tokenizer->special_.mask = find("[MASK]");
  tokenizer->period_ = find(".");
  for (int digit = 0; digit < 10; ++digit) tokenizer->digits_[digit] = find(absl::StrCat(digit));
  tokenizer->hash_ = hash;
  return std::unique_ptr<Tokenizer>(std::move(tokenizer));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Tokenizer>> ParseWordPiece(absl::string_view text, const std::string& name) {
  const json file = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (file.is_discarded()) return absl::InvalidArgumentError(absl::StrCat(name, ": not valid JSON"));
  absl::StatusOr<std::unique_ptr<Tokenizer>> tokenizer = WordPiece::Parse(file, Fnv1a64(text));
  if (!tokenizer.ok()) return Annotate(tokenizer.status(), name);
  return tokenizer;
}

}  // namespace asap
