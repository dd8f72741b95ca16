#include "core/page/benchmark/junit.h"

#include <cstdint>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/html/html.h"
#include "core/page/format.h"

namespace asap {
namespace {

struct Suite {
  std::string name, class_name;
  std::string cases;  // XML
  int64_t tests = 0, failures = 0, skipped = 0;
  double seconds = 0;

  // `inside`: XML of a failure, a skip or the output.
  void Add(const std::string& name, double time, const std::string& inside) {
    absl::StrAppendFormat(&cases, "    <testcase classname=\"%s\" name=\"%s\" time=\"%.3f\">%s</testcase>\n", Escaped(class_name),
                          Escaped(name), time, inside);
    ++tests;
    seconds += time;
  }
  void AddFailure(const std::string& name, const std::string& message) {
    Add(name, 0, absl::StrCat("<failure message=\"", Escaped(message), "\">", Escaped(message), "</failure>"));
    ++failures;
  }
};

// As readers take it: no time zone.
std::string Timestamp(const std::string& created) { return std::string(absl::string_view(created).substr(0, 19)); }

Suite SuiteOf(const BenchmarkResults& results, const std::string& encoder, const std::string& task,
              std::vector<bool>* failure_is_told) {
  Suite suite{.name = absl::StrCat(encoder, " on ", task),
              .class_name = absl::StrCat(encoder, ".", absl::StrReplaceAll(task, {{"/", "."}}))};
  for (const Run& run : results.runs) {
    if (run.key.encoder != encoder || run.key.task != task) continue;
    suite.Add(absl::StrFormat("run with %g %% of the labels, seed %d", run.key.fraction, run.key.seed), run.seconds, "");
  }
  // A failure begins with its run: "encoder, task, ...".
  for (size_t i = 0; i < results.failures.size(); ++i) {
    if (!absl::StartsWith(results.failures[i], absl::StrCat(encoder, ", ", task, ", "))) continue;
    suite.AddFailure(results.failures[i].substr(0, results.failures[i].find(": ")), results.failures[i]);
    (*failure_is_told)[i] = true;
  }
  for (const ScoreRow& score : results.scores) {
    if (!score.headline || score.encoder != encoder || score.task != task) continue;
    const std::string name =
        absl::StrFormat("%s on %s with %g %% of the labels", WithUnit(score.metric), score.cohort, score.fraction);
    if (score.value.has_value()) {
      const std::string interval = IntervalText(score.low, score.high);
      suite.Add(name, 0,
                absl::StrCat("<system-out>", Fixed(score.value), interval.empty() ? "" : " (", interval,
                             interval.empty() ? "" : ")", "</system-out>"));
    } else {
      suite.Add(name, 0, "<skipped message=\"undefined on these cases\"/>");
      ++suite.skipped;
    }
  }
  return suite;
}

std::string ToXml(const Suite& suite, const BenchmarkResults& results) {
  return absl::StrFormat(
      "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\" time=\"%.3f\" timestamp=\"%s\">\n%s"
      "  </testsuite>\n",
      Escaped(suite.name), suite.tests, suite.failures, suite.skipped, suite.seconds, Escaped(Timestamp(results.created)),
      suite.cases);
}

}  // namespace

std::string BenchmarkJunit(const BenchmarkResults& results) {
  std::vector<Suite> suites;
  std::vector<bool> told(results.failures.size(), false);
  for (const Measured& encoder : results.encoders) {
    for (const TaskSpec& task : results.tasks) {
      Suite suite = SuiteOf(results, encoder.name, task.name, &told);
      if (suite.tests > 0) suites.push_back(std::move(suite));
    }
  }
  Suite others{.name = "benchmark", .class_name = "benchmark"};
  for (size_t i = 0; i < told.size(); ++i) {
    if (!told[i]) others.AddFailure(absl::StrCat("failure ", i + 1), results.failures[i]);
  }
  if (others.tests > 0) suites.push_back(std::move(others));

  int64_t tests = 0, failures = 0, skipped = 0;
  double seconds = 0;
  std::string inside;
  for (const Suite& suite : suites) {
    tests += suite.tests;
    failures += suite.failures;
    skipped += suite.skipped;
    seconds += suite.seconds;
    inside += ToXml(suite, results);
  }
  return absl::StrFormat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"benchmark\" tests=\"%d\" failures=\"%d\" errors=\"0\" "
      "skipped=\"%d\" time=\"%.3f\">\n%s</testsuites>\n",
      tests, failures, skipped, seconds, inside);
}

}  // namespace asap
