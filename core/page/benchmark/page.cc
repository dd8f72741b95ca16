#include "core/page/benchmark/page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/html/html.h"
#include "core/html/style.h"
#include "core/page/benchmark/headline.h"
#include "core/page/benchmark/page_files.h"
#include "core/page/benchmark/task_section.h"
#include "core/page/format.h"
#include "core/page/plots.h"

namespace asap {
namespace {

constexpr size_t kOpenTasks = 1;  // the others are unfolded by the reader

const Task* FindTask(const std::vector<const Task*>& tasks, const std::string& name) {
  const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const Task* task) { return task->spec().name == name; });
  return found == tasks.end() ? nullptr : *found;
}

Html Link(const std::string& to, const std::string& text) { return Element("a", {{"href", "#" + to}}, Text(text)); }

Html Section(const std::string& id, const std::string& title, const Html& inside) {
  if (inside.code.empty()) return {};
  return Element("section", {{"id", id}}, Element("h2", title) + inside) + Html{"\n"};
}

Html List(const std::vector<std::string>& items) {
  Html list;
  for (const std::string& item : items) list += Element("li", item);
  return items.empty() ? list : Element("ul", list);
}

// "2026-11-26 19:40 UTC" of 2026-11-26T19:40:00Z.
std::string Date(const std::string& created) {
  return created.size() == 20 ? absl::StrCat(created.substr(0, 10), " ", created.substr(11, 5), " UTC") : created;
}

Html Header(const BenchmarkResults& results) {
  double seconds = 0;
  for (const Run& run : results.runs) seconds += run.seconds;
  Html header = Element("h1", "Benchmark of chest-CT encoders");
  std::vector<std::string> names;
  for (const Measured& encoder : results.encoders) names.push_back(encoder.name);
  header +=
      Element("p", {{"class", "lead"}},
              Text(absl::StrFormat("%s on %d task%s, protocol %s, data %s.", absl::StrJoin(names, ", "), results.tasks.size(),
                                   results.tasks.size() == 1 ? "" : "s", ProtocolName(results.protocol), results.data)));
  if (!results.failures.empty()) {
    header += Element("div", {{"class", "failures"}, {"role", "note"}},
                      Element("b", absl::StrCat(results.failures.size(), results.failures.size() == 1 ? " run" : " runs",
                                                " failed; scores below are of those that did not.")) +
                          List(results.failures));
  }
  const std::vector<std::string> verdicts = VerdictCounts(results);
  if (!verdicts.empty()) {
    header += Element("p", absl::StrCat(absl::StrJoin(verdicts, "; "), "."));
  }
  Table encoders("Encoders", {{"name"}, {"kind"}, {"digest"}});
  for (const Measured& encoder : results.encoders) {
    encoders.AddRow({Text(encoder.name), Text(encoder.kind),
                     Element("code", {{"title", encoder.digest}}, Text(encoder.digest.substr(0, 16)))});
  }
  header +=
      Element("div", {{"class", "columns"}},
              Facts("Measurement", {{"date", Date(results.created)},
                                    {"machine", results.machine},
                                    {"build", absl::StrCat(results.release, results.release.empty() ? "" : ", ", results.commit)},
                                    {"data", results.data},
                                    {"protocol", ProtocolName(results.protocol)},
                                    {"time", absl::StrCat(Duration(seconds), " in ", results.runs.size(), " runs")}}) +
                  (encoders.empty() ? Html{} : encoders.Render()));
  return Element("header", header) + Html{"\n"};
}

Html HeadlineCell(const HeadlineRow& row, size_t encoder) {
  const ScoreRow* score = row.cells[encoder];
  if (score == nullptr) return Text("\u2013");
  Html cell = Text(Fixed(score->value));
  if (row.significant && row.best == static_cast<int>(encoder)) cell = Element("b", cell);
  const std::string interval = IntervalText(score->low, score->high);
  if (!interval.empty()) cell += Html{"<br>"} + Element("small", interval);
  if (score->sd.has_value()) cell += Text(" ") + Element("small", absl::StrCat("sd ", Fixed(score->sd)));
  return cell;
}

// Cases and patients, the split, and what was undefined.
Html MeasuredOn(const HeadlineRow& row) {
  Html cell = Text(absl::StrCat(row.rows, " / ", row.patients));
  if (!row.digests.empty()) {
    const std::string more = row.digests.size() > 1 ? absl::StrCat(" and ", row.digests.size() - 1, " more") : "";
    cell += Html{"<br>"} + Element("small", Text("split ") +
                                                Element("code", {{"title", absl::StrJoin(row.digests, ", ")}},
                                                        Text(ShortDigest(row.digests.front()))) +
                                                Text(more));
  }
  if (row.unlike_splits) cell += Html{"<br>"} + Element("strong", "encoders differ");
  if (row.undefined_labels.empty() && row.undefined_resamples == 0) return cell;
  cell += Html{"<br>"} + Element("small", "undefined:");
  if (const size_t labels = row.undefined_labels.size(); labels > 0) {
    const std::string count = absl::StrCat(labels, labels == 1 ? " label" : " labels", row.undefined_resamples > 0 ? "," : "");
    cell += Text(" ") + Element("small", {{"title", absl::StrJoin(row.undefined_labels, ", ")}}, Text(count));
  }
  if (row.undefined_resamples > 0) cell += Text(" ") + Element("small", absl::StrCat(row.undefined_resamples, " resamples"));
  return cell;
}

Html HeadlineTable(const BenchmarkResults& results) {
  std::vector<Table::Column> columns = {{"task"}, {.title = "labels", .number = true}, {"metric"}};
  for (const Measured& encoder : results.encoders) columns.push_back({.title = encoder.name, .number = true});
  columns.push_back({.title = "rows / patients", .number = true});
  Table table(
      "Headline scores: mean over seeds, 95\u00a0% bootstrap interval over patients, standard deviation over seeds. Bold: the "
      "best, where it beats each encoder it was compared with (Holm-corrected p < 0.05). Labels: share of the training labels. "
      "Split: digest of the lists of cases. Undefined: labels without a value for any encoder, and bootstrap resamples without "
      "one, over all encoders.",
      columns);
  std::string before;
  for (const HeadlineRow& row : HeadlineRows(results)) {
    const std::string place = TaskAndCohort(row.task->name, row.cohort, row.external);
    std::vector<Html> cells = {Link(TaskId(row.task->name), place), Text(Percent(row.fraction)), Text(WithUnit(row.metric))};
    for (size_t e = 0; e < results.encoders.size(); ++e) cells.push_back(HeadlineCell(row, e));
    cells.push_back(MeasuredOn(row));
    table.AddRow(cells, /*continued=*/place == before);
    before = place;
  }
  return table.empty() ? Element("p", "No scores.") : Element("div", {{"class", "wide"}}, table.Render());
}

Html ComparisonTable(const BenchmarkResults& results) {
  Table table(
      "Paired comparisons of the headline metric on the same patients. Effect: the difference over its bootstrap standard error. "
      "p: two-sided; "
      "Holm: corrected over the tasks of one fraction. A tie is a difference that was not shown, not one shown to be none.",
      {{"task"},
       {.title = "labels", .number = true},
       {"compared"},
       {.title = "difference", .number = true},
       {.title = "95\u00a0% interval", .number = true},
       {.title = "effect", .number = true},
       {.title = "p", .number = true},
       {.title = "Holm", .number = true},
       {"verdict"}});
  static constexpr absl::string_view kClasses[] = {"win", "tie", "loss"};
  std::string before;
  for (const ComparisonRow& row : ComparisonsInOrder(results)) {
    const TaskSpec* task = FindTask(results, row.task);
    const std::string place = TaskAndCohort(row.task, row.cohort, task != nullptr && IsExternal(*task, row.cohort));
    table.AddRow(
        {Link(TaskId(row.task), place), Text(Percent(row.fraction)), Text(absl::StrCat(row.encoder, " \u2212 ", row.baseline)),
         Text(Signed(row.difference)), Text(absl::StrCat(Signed(row.low), " to ", Signed(row.high))), Text(Fixed(row.effect, 1)),
         Text(PValue(row.p)), Text(PValue(row.p_holm)),
         Element("span", {{"class", std::string(kClasses[static_cast<int>(VerdictOf(row))])}}, Text(VerdictInWords(row)))},
        /*continued=*/place == before);
    before = place;
  }
  if (table.empty()) return Element("p", "One encoder alone was measured, or none on the same cases: nothing to compare.");
  return Element("div", {{"class", "wide"}}, table.Render());
}

Html ShiftTable(const BenchmarkResults& results) {
  Table table(
      "How far each dataset lies from the reference: Wasserstein distance of intensities, Fr\u00e9chet distance of features, "
      "median voxel spacing along R, A, S",
      {{"dataset"},
       {"reference"},
       {.title = "intensity, HU", .number = true},
       {.title = "features", .number = true},
       {.title = "spacing, mm", .number = true}});
  const auto value = [](const std::optional<double>& number) {
    return Text(number.has_value() ? absl::StrFormat("%.4g", *number) : "\u2013");
  };
  for (const ShiftRow& row : results.shift) {
    const auto spacing = [](std::string* out, double mm) { absl::StrAppendFormat(out, "%.3g", mm); };
    table.AddRow({Text(row.dataset), Text(row.reference), value(row.hu_wasserstein), value(row.frechet),
                  Text(absl::StrJoin(row.spacing_mm, " \u00d7 ", spacing))});
  }
  return table.empty() ? Html{} : Element("div", {{"class", "wide"}}, table.Render());
}

Html Cards(const BenchmarkResults& results) {
  Html cards;
  for (const DatasetCard& card : results.cards) {
    std::vector<std::pair<std::string, std::string>> facts;
    const auto add = [&facts](const std::string& name, const std::string& value) {
      if (!value.empty()) facts.push_back({name, value});
    };
    add("population", card.population);
    add("acquisition", card.acquisition);
    add("source", card.source);
    add("licence", card.licence);
    for (const std::string& defect : card.known_defects) add("known defect", defect);
    cards += Facts(card.title.empty() ? card.name : absl::StrCat(card.name, ": ", card.title), facts);
  }
  return cards;
}

Html Methods(const BenchmarkResults& results) {
  std::string text =
      "Scores are means over seeds. Intervals are percentiles of a bootstrap over patients, never over cases; comparisons "
      "resample "
      "the same patients for both encoders. Scores that cannot be computed, as an AUROC without positive cases, are counted as "
      "undefined and left out of means. Curves and calibration are of the first seed with the largest share of training labels. ";
  absl::StrAppend(&text, results.protocol == Protocol::kStrict
                             ? "Protocol strict: nothing is chosen on test data, and patients never cross splits."
                             : "Protocol paper: splits, hyper-parameters and quirks as published; where the published validation "
                               "cases are the test cases, choices were made on test data.");
  Html methods = Element("p", text);
  if (!results.command.empty()) {
    methods += Element("details", Element("summary", "Flags that reproduce this page") + Element("pre", results.command));
  }
  return methods;
}

}  // namespace

std::string BenchmarkPage(const BenchmarkResults& results, const BenchmarkPageOptions& options) {
  Plots plots;
  Html tasks;
  for (size_t t = 0; t < results.tasks.size(); ++t) {
    tasks +=
        TaskSection(results, results.tasks[t], FindTask(options.tasks, results.tasks[t].name), t < kOpenTasks, options, &plots);
  }
  const Html unfold = Element("p", {{"class", "unfold"}, {"hidden", ""}},
                              Element("button", {{"type", "button"}, {"data-unfold", "true"}}, Text("Unfold all")) + Text(" ") +
                                  Element("button", {{"type", "button"}, {"data-unfold", "false"}}, Text("Fold all")));
  const Html body = Header(results) + Section("scores", "Scores", HeadlineTable(results)) +
                    Section("comparisons", "Comparisons", ComparisonTable(results)) +
                    Section("tasks", "Tasks", tasks.code.empty() ? tasks : unfold + tasks) +
                    Section("shift", "Distribution shift", ShiftTable(results)) +
                    Section("datasets", "Datasets", Cards(results)) + Section("warnings", "Warnings", List(results.warnings)) +
                    Section("methods", "Methods", Methods(results));
  return absl::StrReplaceAll(PageHtml(), {{"{{title}}", "Benchmark of chest-CT encoders"},
                                          {"{{style}}", absl::StrCat(StyleCss(), PageCss())},
                                          {"{{body}}", body.code},
                                          {"{{data}}", plots.Data()},
                                          {"{{chart}}", ChartJs()},
                                          {"{{script}}", PageJs()}});
}

}  // namespace asap
