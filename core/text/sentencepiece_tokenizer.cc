#include "core/text/sentencepiece_tokenizer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/file.h"
#include "core/base/random.h"
#include "core/base/utf8.h"
#include "core/text/sentencepiece_bridge.h"
#include "core/text/special_pieces.h"

namespace asap {
namespace {

// The special ids, and room for one letter at least.
constexpr int64_t kFewestPieces = 17;
constexpr int64_t kMostPieces = 1'000'000;

class SentencePieceTokenizer : public Tokenizer {
 public:
  SentencePieceTokenizer(std::unique_ptr<sentencepiece_bridge::Model> model, uint64_t hash)
      : model_(std::move(model)), hash_(hash) {
    const auto named = [&](const char* piece, int64_t otherwise) -> int64_t {
      const int id = model_->Find(piece);
      if (id < 0) return otherwise;
      special_pieces_.Add(piece, id);
      return id;
    };
    special_.pad = named("[PAD]", model_->pad());
    special_.unk = named("[UNK]", model_->unk());
    special_.cls = named("[CLS]", model_->bos());
    special_.sep = named("[SEP]", model_->eos());
    special_.mask = named("[MASK]", -1);
    period_ = model_->Find(".");
    for (int digit = 0; digit < 10; ++digit) digits_[digit] = model_->Find(absl::StrCat(digit));
  }

  std::vector<int64_t> Encode(absl::string_view text) const override {
    std::vector<int64_t> ids;
    const auto plain = [&](absl::string_view part) {
      const std::vector<int> pieces = model_->Encode(part.data(), part.size());
      ids.insert(ids.end(), pieces.begin(), pieces.end());
    };
    special_pieces_.Cut(text, plain, [&](int64_t id) { ids.push_back(id); });
    return ids;
  }

  std::string Decode(absl::Span<const int64_t> ids) const override {
    std::string out;
    std::vector<int> run;
    const auto flush = [&] {
      if (run.empty()) return;
      absl::StrAppend(&out, out.empty() ? "" : " ", model_->Decode(run));
      run.clear();
    };
    for (int64_t id : ids) {
      if (id >= 0 && id < vocabulary_size() && !IsSpecial(id)) {
        run.push_back(static_cast<int>(id));
      } else {
        flush();
        absl::StrAppend(&out, out.empty() ? "" : " ", Piece(id));
      }
    }
    flush();
    return out;
  }

  std::string Piece(int64_t id) const override {
    return id >= 0 && id < vocabulary_size() ? model_->Piece(static_cast<int>(id)) : std::string("\xEF\xBF\xBD");
  }
  int64_t vocabulary_size() const override { return model_->size(); }
  const SpecialIds& special() const override { return special_; }
  int64_t period() const override { return period_; }
  bool IsDigit(int64_t id) const override { return id >= 0 && std::find(digits_.begin(), digits_.end(), id) != digits_.end(); }
  std::string kind() const override { return "sentencepiece"; }
  std::string fingerprint() const override { return absl::StrFormat("sentencepiece:%016x", hash_); }

 private:
  bool IsSpecial(int64_t id) const {
    return id == special_.pad || id == special_.unk || id == special_.cls || id == special_.sep || id == special_.mask;
  }

  std::unique_ptr<sentencepiece_bridge::Model> model_;
  SpecialPieces special_pieces_;
  SpecialIds special_;
  int64_t period_ = -1;
  std::array<int64_t, 10> digits_ = {};
  uint64_t hash_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Tokenizer>> ParseSentencePiece(const std::string& bytes, const std::string& name) {
  std::string error;
  std::unique_ptr<sentencepiece_bridge::Model> model = sentencepiece_bridge::Load(bytes, &error);
  if (model == nullptr) return absl::InvalidArgumentError(absl::StrCat(name, ": not a SentencePiece model (", error, ")"));
  return std::unique_ptr<Tokenizer>(std::make_unique<SentencePieceTokenizer>(std::move(model), Fnv1a64(bytes)));
}

absl::Status TrainSentencePiece(const std::vector<std::string>& reports, int64_t vocabulary_size, const std::string& path) {
  if (vocabulary_size < kFewestPieces || vocabulary_size > kMostPieces) {
    return absl::InvalidArgumentError(absl::StrCat("a vocabulary of ", vocabulary_size, " pieces was asked for; expected ",
                                                   kFewestPieces, " to ", kMostPieces));
  }
  // An iterator's text is one line, and an invalid byte would end the training.
  std::vector<std::string> lines;
  for (const std::string& report : reports) {
    std::string line;
    for (size_t i = 0; i < report.size();) {
      const char32_t c = NextCodePoint(report, &i);
      AppendUtf8(c == U'\n' || c == U'\r' || c == 0 ? U' ' : c, &line);
    }
    if (line.find_first_not_of(" \t") != std::string::npos) lines.push_back(std::move(line));
  }
  if (lines.empty()) return absl::InvalidArgumentError("no report has any text to learn a vocabulary from");
  std::string error;
  const std::string bytes = sentencepiece_bridge::Train(lines, vocabulary_size, &error);
  if (bytes.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("SentencePiece could not learn ", vocabulary_size, " pieces from ", lines.size(), " reports: ", error));
  }
  return WriteFileAtomically(path, bytes);
}

}  // namespace asap
