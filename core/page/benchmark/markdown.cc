#include "core/page/benchmark/markdown.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "core/page/benchmark/headline.h"
#include "core/page/format.h"

namespace asap {
namespace {

// Within a cell: no line breaks, no bars, no HTML and no emphasis. Underscores within words mean nothing.
std::string Cell(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"\\", "\\\\"}, {"|", "\\|"}, {"\n", " "}, {"<", "&lt;"}, {"&", "&amp;"}, {"*", "\\*"}, {"`", "\\`"}, {"[", "\\["}});
}

// The first row is the head. Cells are filled up, so that a terminal shows the table as well.
std::string RenderTable(const std::vector<std::vector<std::string>>& rows, const std::vector<bool>& number) {
  std::vector<size_t> widths(number.size(), 4);
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], TextWidth(row[i]));
  }
  std::string text;
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t i = 0; i < number.size(); ++i) {
      const std::string fill(widths[i] - TextWidth(rows[r][i]), ' ');
      absl::StrAppend(&text, "| ", number[i] ? fill : "", rows[r][i], number[i] ? "" : fill, " ");
    }
    text += "|\n";
    if (r > 0) continue;
    for (size_t i = 0; i < number.size(); ++i) {
      absl::StrAppend(&text, "| ", std::string(widths[i] - 1, '-'), number[i] ? ":" : "-", " ");
    }
    text += "|\n";
  }
  return text;
}

std::string HeadlineCell(const HeadlineRow& row, size_t encoder) {
  const ScoreRow* score = row.cells[encoder];
  if (score == nullptr) return "\u2013";
  std::string cell = Fixed(score->value);
  if (row.significant && row.best == static_cast<int>(encoder)) cell = absl::StrCat("**", cell, "**");
  const std::string interval = IntervalText(score->low, score->high);
  if (!interval.empty()) absl::StrAppend(&cell, " (", interval, ")");
  if (score->sd.has_value()) absl::StrAppend(&cell, " sd ", Fixed(score->sd));
  return cell;
}

}  // namespace

std::string BenchmarkMarkdown(const BenchmarkResults& results) {
  std::string text = absl::StrCat("Protocol ", ProtocolName(results.protocol), ", data ", Cell(results.data), ", ",
                                  results.created, ", ", Cell(results.machine), ".\n\n");
  std::vector<std::vector<std::string>> rows = {{"task", "labels", "metric"}};
  std::vector<bool> number = {false, true, false};
  for (const Measured& encoder : results.encoders) {
    rows[0].push_back(Cell(encoder.name));
    number.push_back(true);
  }
  rows[0].insert(rows[0].end(), {"rows / patients", "split"});
  number.insert(number.end(), {true, false});
  for (const HeadlineRow& row : HeadlineRows(results)) {
    std::vector<std::string> cells = {Cell(TaskAndCohort(row.task->name, row.cohort, row.external)), Percent(row.fraction),
                                      Cell(WithUnit(row.metric))};
    for (size_t e = 0; e < results.encoders.size(); ++e) cells.push_back(HeadlineCell(row, e));
    cells.push_back(absl::StrCat(row.rows, " / ", row.patients));
    std::string split = row.digests.empty() ? "\u2013" : ShortDigest(row.digests.front());
    if (row.digests.size() > 1) absl::StrAppend(&split, " and ", row.digests.size() - 1, " more");
    if (row.unlike_splits) absl::StrAppend(&split, ", **encoders differ**");
    cells.push_back(split);
    rows.push_back(std::move(cells));
  }
  absl::StrAppend(&text, RenderTable(rows, number));
  absl::StrAppend(
      &text,
      "\nMean over seeds, 95\u00a0% bootstrap interval over patients, standard deviation over seeds. Bold: the best, where "
      "it beats each encoder it was compared with (Holm-corrected p < 0.05).\n");
  for (const Measured& encoder : results.encoders) {
    absl::StrAppend(&text, "\n- ", Cell(encoder.name), ": ", Cell(encoder.kind), ", ", ShortDigest(encoder.digest));
  }
  if (!results.encoders.empty()) absl::StrAppend(&text, "\n");
  for (const std::string& sentence : VerdictCounts(results)) absl::StrAppend(&text, "\n", Cell(sentence), ".\n");
  for (const NotApplicable& pair : results.not_applicable) {
    absl::StrAppend(&text, "\nNot applicable: ", Cell(pair.encoder), " on ", Cell(pair.task), ": ", Cell(pair.reason), "\n");
  }
  for (const std::string& failure : results.failures) absl::StrAppend(&text, "\nFailed: ", Cell(failure), "\n");
  return text;
}

}  // namespace asap
