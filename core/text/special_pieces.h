// Special tokens written out in a text: cut out verbatim before anything else looks at it.
#ifndef ASAP_CORE_TEXT_SPECIAL_PIECES_H_
#define ASAP_CORE_TEXT_SPECIAL_PIECES_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace asap {

class SpecialPieces {
 public:
  void Add(std::string piece, int64_t id) {
    starts_[static_cast<unsigned char>(piece[0])] = true;
    pieces_.emplace_back(std::move(piece), id);
    // The longest first: at one place in the text the longest match counts.
    std::stable_sort(pieces_.begin(), pieces_.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  }

  // -1 where there is none.
  int64_t Find(absl::string_view piece) const {
    for (const auto& [text, id] : pieces_) {
      if (text == piece) return id;
    }
    return -1;
  }

  // Calls plain(absl::string_view) for the stretches between special tokens, never empty, and special(id) for each of these, in
  // the order of the text.
  template <typename Plain, typename Special>
  void Cut(absl::string_view text, Plain plain, Special special) const {
    size_t start = 0;
    for (size_t i = 0; i < text.size();) {
      const std::pair<std::string, int64_t>* match =
          starts_[static_cast<unsigned char>(text[i])] ? MatchAt(text.substr(i)) : nullptr;
      if (match == nullptr) {
        ++i;
        continue;
      }
      if (i > start) plain(text.substr(start, i - start));
      special(match->second);
      i += match->first.size();
      start = i;
    }
    if (start < text.size()) plain(text.substr(start));
  }

 private:
  const std::pair<std::string, int64_t>* MatchAt(absl::string_view text) const {
    for (const auto& piece : pieces_) {
      if (absl::StartsWith(text, piece.first)) return &piece;
    }
    return nullptr;
  }

  std::vector<std::pair<std::string, int64_t>> pieces_;
  bool starts_[256] = {};
};

}  // namespace asap

#endif  // ASAP_CORE_TEXT_SPECIAL_PIECES_H_
