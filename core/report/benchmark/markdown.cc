#include "core/report/benchmark/markdown.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "core/report/benchmark/format.h"
#include "core/report/benchmark/headline.h"

namespace asap {
namespace {

// Within a cell: no line breaks, no bars, no HTML and no emphasis.
std::string Cell(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"},
                                    {"|", "\\|"},
                                    {"\n", " "},
                                    {"<", "&lt;"},
                                    {"&", "&amp;"},
                                    {"*", "\\*"},
                                    {"_", "\\_"},
                                    {"`", "\\`"},
                                    {"[", "\\["}});
}

std::string Row(const std::vector<std::string>& cells) { return absl::StrCat("| ", absl::StrJoin(cells, " | "), " |\n"); }

std::string HeadlineCell(const HeadlineRow& row, size_t encoder) {
  const ScoreRow* score = row.cells[encoder];
  if (score == nullptr) return "\u2013";
  std::string cell = Fixed(score->value);
  if (row.significant && row.best == static_cast<int>(encoder)) cell = absl::StrCat("**", cell, "**");
  const std::string interval = Interval(score->low, score->high);
  if (!interval.empty()) absl::StrAppend(&cell, " (", interval, ")");
  if (score->sd.has_value()) absl::StrAppend(&cell, " sd ", Fixed(score->sd));
  return cell;
}

}  // namespace

std::string BenchmarkMarkdown(const BenchmarkResults& results) {
  std::string text = absl::StrCat("Protocol ", ProtocolName(results.protocol), ", data ", Cell(results.data), ", ",
                                  results.created, ", ", Cell(results.machine), ".\n\n");
  std::vector<std::string> head = {"task", "labels", "metric"}, rule = {"---", "---:", "---"};
  for (const Measured& encoder : results.encoders) {
    head.push_back(Cell(encoder.name));
    rule.push_back("---:");
  }
  head.insert(head.end(), {"cases / patients", "split"});
  rule.insert(rule.end(), {"---:", "---"});
  absl::StrAppend(&text, Row(head), Row(rule));
  for (const HeadlineRow& row : HeadlineRows(results)) {
    std::vector<std::string> cells = {Cell(TaskAndCohort(row.task->name, row.cohort, row.external)), Percent(row.fraction),
                                      Cell(MetricName(row.metric))};
    for (size_t e = 0; e < results.encoders.size(); ++e) cells.push_back(HeadlineCell(row, e));
    cells.push_back(absl::StrCat(row.cases, " / ", row.patients));
    std::string split = row.digests.empty() ? "\u2013" : ShortDigest(row.digests.front());
    if (row.digests.size() > 1) absl::StrAppend(&split, " and ", row.digests.size() - 1, " more");
    if (row.unlike_splits) absl::StrAppend(&split, ", **encoders differ**");
    cells.push_back(split);
    absl::StrAppend(&text, Row(cells));
  }
  absl::StrAppend(
      &text,
      "\nMean over seeds, 95\u00a0% bootstrap interval over patients, standard deviation over seeds. Bold: the best, where "
      "it beats each encoder it was compared with (Holm-corrected p < 0.05).\n");
  for (const Measured& encoder : results.encoders) {
    absl::StrAppend(&text, "\n- ", Cell(encoder.name), ": ", Cell(encoder.kind), ", ", encoder.frozen ? "frozen" : "fine-tuned",
                    ", ", ShortDigest(encoder.digest));
  }
  if (!results.encoders.empty()) absl::StrAppend(&text, "\n");
  for (const std::string& sentence : VerdictCounts(results)) absl::StrAppend(&text, "\n", Cell(sentence), ".\n");
  for (const std::string& failure : results.failures) absl::StrAppend(&text, "\nFailed: ", Cell(failure), "\n");
  return text;
}

}  // namespace asap
