#include "modules/pretraining/report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/csv/missing.h"

namespace asap {
namespace {

bool EndsNotGiven(absl::string_view text) { return absl::EndsWith(text, "Not given.") || absl::EndsWith(text, "Not given"); }

bool IsNotGiven(absl::string_view cell) {
  const absl::string_view text = absl::StripAsciiWhitespace(cell);
  return text == "Not given." || text == "Not given";
}

}  // namespace

std::string CleanText(absl::string_view text) {
  std::string clean = absl::StrCat("[CLS] ", text);
  absl::StrReplaceAll({{"?", ""}}, &clean);
  absl::StrReplaceAll({{"(", "( "}, {")", " ) "}}, &clean);
  absl::StrReplaceAll({{"  ", " "}}, &clean);
  absl::StrReplaceAll({{":", ","}, {";", ","}}, &clean);
  return clean;
}

ReportTexts JoinReport(const ReportText& cells, bool upstream_compat) {
  ReportTexts out;
  if (upstream_compat) {
    const auto cell = [](const std::string& text) { return IsMissingCell(text) ? std::string("nan") : text; };
    out.findings = cell(cells.findings);
    out.report = absl::StrCat(out.findings, cell(cells.impression));
    if (EndsNotGiven(out.report)) out.report = out.findings;
    return out;
  }
  const auto cell = [](const std::string& text) { return IsMissingCell(text) || IsNotGiven(text) ? std::string() : text; };
  out.findings = cell(cells.findings);
  const std::string impression = cell(cells.impression);
  out.report = absl::StrCat(out.findings, out.findings.empty() || impression.empty() ? "" : " ", impression);
  return out;
}

std::vector<int64_t> SentenceIndex(absl::Span<const int64_t> ids, int64_t length, const Tokenizer& tokenizer,
                                   bool upstream_compat, int64_t* sentences) {
  const int64_t size = static_cast<int64_t>(ids.size());
  std::vector<int64_t> index(size, 0);
  int64_t closed = 0;
  int64_t start = 0;
  for (int64_t i = 1; i + 1 < size; ++i) {
    if (ids[i] != tokenizer.period() || tokenizer.IsDigit(ids[i - 1]) || tokenizer.IsDigit(ids[i + 1])) continue;
    std::fill(index.begin() + start, index.begin() + i + 1, ++closed);
    start = i + 1;
  }
  if (!upstream_compat && start < length && length > 1) std::fill(index.begin() + start, index.begin() + length, ++closed);
  if (sentences != nullptr) *sentences = closed;
  return index;
}

std::vector<int64_t> RandomMask(absl::Span<const int64_t> ids, int64_t length, const SpecialIds& special, double probability,
                                bool upstream_compat, absl::FunctionRef<double()> draw) {
  std::vector<int64_t> masked(ids.begin(), ids.end());
  const int64_t end = upstream_compat ? static_cast<int64_t>(ids.size()) - 1 : length;
  for (int64_t i = 1; i < end; ++i) {
    const bool drawn = draw() < probability;
    const bool kept = ids[i] == special.sep || (!upstream_compat && (ids[i] == special.pad || ids[i] == special.cls));
    if (drawn && !kept) masked[i] = special.mask;
  }
  return masked;
}

}  // namespace asap
