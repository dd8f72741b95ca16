// The words of a report before tokens, and the rules on tokens: sentence numbers and masking. Written from the published
// reference's behaviour (arXiv 2606.00602); what differs by default is said at each function.
#ifndef ASAP_MODULES_PRETRAINING_REPORT_H_
#define ASAP_MODULES_PRETRAINING_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/dataset.h"
#include "core/text/tokenizer.h"

namespace asap {

// What a tokenizer is given: "[CLS] " and the text; "?" deleted, "(" -> "( ", ")" -> " ) ", two spaces -> one in a single pass,
// ":" and ";" -> ",".
std::string CleanText(absl::string_view text);

// The two texts of a case.
struct ReportTexts {
  std::string findings;
  std::string report;
};

// upstream_compat: a missing cell (what pandas reads as NaN) is the word "nan"; the cells are joined without a space; a joint
// text that ends in "Not given." or "Not given" is the findings alone. Otherwise: a missing cell, and one that says "Not given",
// is empty; the cells are joined by a space.
ReportTexts JoinReport(const ReportText& cells, bool upstream_compat);

// Numbers the sentences of `ids`, of which the first `length` are real, from 1; the result has ids.size() elements. A period at
// index < ids.size() - 1 whose neighbours are both no single digits closes a sentence; position 0, [CLS], belongs to the first.
// upstream_compat: what follows the last such period keeps 0. Otherwise it is a sentence of its own, if it has a token besides
// [CLS].
std::vector<int64_t> SentenceIndex(absl::Span<const int64_t> ids, int64_t length, const Tokenizer& tokenizer,
                                   bool upstream_compat, int64_t* sentences);

// Replaces tokens by [MASK] where draw(), uniform in [0, 1), is below `probability`; drawn once for each position that could be
// masked in turn, whatever its token, so a recorded stream can be replayed.
// upstream_compat: positions 1 ... ids.size() - 2, padding among them, unless [SEP]. Otherwise: positions 1 ... length - 1 but
// [PAD], [CLS] and [SEP].
std::vector<int64_t> RandomMask(absl::Span<const int64_t> ids, int64_t length, const SpecialIds& special, double probability,
                                bool upstream_compat, absl::FunctionRef<double()> draw);

}  // namespace asap

#endif  // ASAP_MODULES_PRETRAINING_REPORT_H_
