#include "core/page/benchmark/made_up_results.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/html/html.h"
#include "core/page/plots.h"
#include "core/page/section.h"
#include "core/page/shown_task.h"

namespace asap {
namespace {

constexpr char kSplit[] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
constexpr char kUndefined[] = "never seen";
constexpr char kRenamed[] = "another name";

struct Shape {
  TaskSpec spec;
  Metric headline, of_labels;
  int64_t rows;
};

// 18 labels, some with long names.
std::vector<std::string> ManyLabels() {
  std::vector<std::string> labels;
  for (int i = 1; i <= 18; ++i) {
    labels.push_back(i == 6 ? kUndefined : absl::StrCat(i % 4 == 0 ? "finding with quite a long name " : "finding ", i));
  }
  return labels;
}

const std::vector<Shape>& Shapes() {
  static const auto& shapes = *new std::vector<Shape>([] {
    const Metric area{.name = "area", .title = "Area", .chance = 0.5};
    const Metric overlap{.name = "overlap", .title = "Overlap"};
    const Metric distance{.name = "distance", .title = "Distance", .unit = "mm", .higher_is_better = false, .high = std::nullopt};
    const Metric fit{.name = "fit", .title = "Fit", .low = std::nullopt, .high = std::nullopt};
    return std::vector<Shape>{{{.name = "made_up/many",
                                .title = "18 findings",
                                .dataset = "north",
                                .outcome = "several labels, yes or no",
                                .labels = ManyLabels(),
                                .fractions = {1, 10, 100},
                                .headline = "area",
                                .external_datasets = {"south"}},
                               area,
                               area,
                               300},
                              {{.name = "made_up/one",
                                .title = kAwkward,
                                .dataset = "east",
                                .outcome = "yes or no",
                                .labels = {kAwkward},
                                .fractions = {1, 10, 100},
                                .headline = "area",
                                .external_datasets = {"elsewhere"},
                                .parameters = {{"size", SizeParameter()}}},
                               area,
                               overlap,
                               120},
                              {{.name = "made_up/distance",
                                .title = "how far masks lie apart",
                                .dataset = "west",
                                .outcome = "a mask of three parts",
                                .labels = {"upper", "middle", "lower"},
                                .fractions = {10, 100},
                                .headline = "distance"},
                               distance,
                               distance,
                               150},
                              {{.name = "made_up/none",
                                .title = "how well answers fit questions",
                                .dataset = "north",
                                .outcome = "an answer in words",
                                .headline = "fit",
                                .external_datasets = {"south"},
                                .encoder = EncoderUse::kFrozenNetwork},
                               fit,
                               fit,
                               240}};
  }());
  return shapes;
}

// A value that a score of the metric may have, of a level between 0 and 1 that is higher for a better encoder.
double ValueOf(const Metric& metric, double level) {
  if (metric.name == "distance") return 20 - 15 * level;
  if (metric.name == "fit") return level - 1;
  return level;
}

class MadeUpTask : public Task {
 public:
  explicit MadeUpTask(TaskSpec spec) : spec_(std::move(spec)) {}
  const TaskSpec& spec() const override { return spec_; }
  absl::StatusOr<TaskResult> Run(MeasuredEncoder&, const TaskContext&) const override {
    return absl::UnimplementedError("a made-up task does not run");
  }
  std::vector<Score> Scores(const Cohort&) const override { return {}; }

  void Show(const ShownTask& shown, PageSection& section) const override {
    section.AddLines(absl::StrCat("Curves ", kAwkward), "rising curves", Curves(shown));
    section.AddBars("Rows of each encoder", "as many of each", Bars(shown));
    section.AddHeading(absl::StrCat("Heading ", kAwkward));
    section.AddText(absl::StrCat("Paragraph ", kAwkward));
    section.AddTable(RowsTable(shown, "Rows by encoder"));
    std::vector<Table> side_by_side;
    for (const ShownRun& run : shown.runs) side_by_side.push_back(FirstRows(run));
    section.AddTablesSideBySide(side_by_side);
    section.AddFolded("Folded part", [&](PageSection& inside) {
      inside.AddBars("Folded bars", "bars that wait until the part is unfolded", Bars(shown));
      inside.AddTable(RowsTable(shown, "Folded table"));
      inside.AddFolded("Nothing in it", [](PageSection&) {});
    });
    if (!shown.external) section.AddPictures(Pictures(shown));
  }

 private:
  // The mean and a curve for each label, of different lengths so that a choice changes what is drawn.
  static LinePlot Curves(const ShownTask& shown) {
    LinePlot plot{.x_axis = kAwkward, .y_axis = "share"};
    if (shown.spec.labels.size() > 1) {
      plot.choices = shown.spec.labels;
      plot.choices.insert(plot.choices.begin(), "all of them");
    }
    for (const ShownRun& run : shown.runs) {
      LinePlot::Series series{.name = run.encoder};
      for (const std::string& choice : plot.choices) {
        if (choice == kUndefined) {
          series.lines.push_back(std::nullopt);
          continue;
        }
        PlotLine line{.note = "0.5"};
        const int points = 52 - static_cast<int>(series.lines.size());
        for (int i = 0; i < points; ++i) {
          line.x.push_back(i / 60.0);
          line.y.push_back(std::sqrt(i / 60.0));
        }
        series.lines.push_back(std::move(line));
      }
      plot.series.push_back(std::move(series));
    }
    return plot;
  }
  static BarPlot Bars(const ShownTask& shown) {
    BarPlot plot{.axis = "rows", .labels = {shown.cohort}};
    for (const ShownRun& run : shown.runs) {
      plot.series.push_back({run.encoder, {static_cast<double>(run.cohort->rows.size())}, {std::nullopt}, {std::nullopt}});
    }
    return plot;
  }
  static Table RowsTable(const ShownTask& shown, const std::string& caption) {
    Table table(caption, {{"encoder"}, {.title = "rows", .number = true}, {.title = "labels", .number = true}, {"seed"}});
    for (const ShownRun& run : shown.runs) {
      table.AddRow({Text(run.encoder), Text(absl::StrCat(run.cohort->rows.size())), Text(absl::StrCat(run.run->key.fraction)),
                    Text(absl::StrCat(run.run->key.seed))});
    }
    return table;
  }
  static Table FirstRows(const ShownRun& run) {
    Table table(absl::StrCat("First rows of ", run.encoder), {{"case"}, {"item"}, {.title = "value", .number = true}});
    const std::vector<double>& values = *FindNumbers(*run.cohort, "value");
    for (size_t row = 0; row < std::min<size_t>(3, values.size()); ++row) {
      const RowId& id = run.cohort->rows[row];
      table.AddRow({Text(id.case_id), Text(id.item), Text(absl::StrCat(std::lround(1000 * values[row])))});
    }
    return table;
  }
  static std::vector<PagePicture> Pictures(const ShownTask& shown) {
    std::vector<PagePicture> pictures;
    const std::vector<RowId>& rows = shown.runs.front().cohort->rows;
    for (size_t row = 0; row < std::min<size_t>(shown.most_pictures, rows.size()); ++row) {
      pictures.push_back({.png = CasePicturePng(shown, rows[row].case_id),
                          .alternative = absl::StrCat("case ", rows[row].case_id, " ", kAwkward),
                          .title = rows[row].case_id,
                          .lines = {kAwkward, rows[row].item}});
    }
    return pictures;
  }

  const TaskSpec spec_;
};

// Rows of a case come one after the other; two cases are of one patient.
Cohort MadeUpCohort(const TaskSpec& spec, const std::string& dataset, int64_t rows, double skill, std::mt19937* random) {
  const bool has_items = spec.name == "made_up/distance" || spec.name == "made_up/none";
  const int64_t rows_of_case = has_items ? 3 : 1;
  std::normal_distribution<double> normal;
  Cohort cohort{.dataset = dataset};
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t index = i / rows_of_case;
    cohort.rows.push_back({.case_id = absl::StrCat(dataset, "_", index),
                           .item = has_items ? absl::StrCat("item ", i % rows_of_case) : "",
                           .patient = absl::StrCat("patient-", index / 2)});
    cohort.numbers["value"].push_back(i % 11 == 3 ? NAN : skill + normal(*random));
  }
  return cohort;
}

void AddScores(const Shape& shape, const std::string& encoder, const std::string& cohort, double fraction, double level,
               std::mt19937* random, std::vector<ScoreRow>* scores) {
  std::normal_distribution<double> normal;
  const auto row = [&](const Metric& metric, const std::string& label, double value) {
    ScoreRow score{
        .encoder = encoder, .task = shape.spec.name, .cohort = cohort, .fraction = fraction, .metric = metric, .label = label};
    score.value = value;
    score.low = value - 0.03;
    score.high = value + 0.025;
    score.sd = std::abs(normal(*random)) * 0.008;
    score.by_seed = {value - 0.004, value, value + 0.004};
    score.rows = shape.rows;
    score.cases = shape.rows;
    score.patients = shape.rows / 2;
    return score;
  };
  ScoreRow headline = row(shape.headline, "", ValueOf(shape.headline, level));
  headline.headline = true;
  headline.undefined_resamples = fraction == 1 ? 12 : 0;
  if (shape.headline.name == "area") headline.closed_form = Interval{level - 0.028, level + 0.027};
  scores->push_back(headline);
  scores->push_back(row({.name = "error", .title = "Error", .higher_is_better = false}, "", 0.4 - level / 3));
  for (const std::string& each : shape.spec.labels) {
    const std::string label = cohort == "elsewhere" ? kRenamed : each;
    ScoreRow score = row(shape.of_labels, label, ValueOf(shape.of_labels, std::min(0.97, level + normal(*random) * 0.05)));
    if (label == kUndefined) {
      score.value = score.low = score.high = score.sd = std::nullopt;
      score.by_seed.assign(3, std::nullopt);
    }
    scores->push_back(score);
  }
}

Run MadeUpRun(const Shape& shape, const std::string& encoder, double fraction, uint64_t seed, double skill,
              std::mt19937* random) {
  const TaskSpec& spec = shape.spec;
  Run run{.key = {.encoder = encoder, .task = spec.name, .fraction = fraction, .seed = seed, .data = "d474", .commit = "c033"},
          .seconds = 42.5 + seed};
  if (!spec.parameters.empty()) run.key.parameters = {{"size", "quick"}};
  run.result.split = {"by patient, seed 2026", kSplit, 800, 400, 100, 50, shape.rows, shape.rows / 2};
  run.result.choices = {{"learning_rate", "0.003"}, {"pooling", "mean"}, {"epoch", "17"}};
  if (spec.name == "made_up/many") run.result.warnings = {absl::StrCat(kUndefined, " has no positive case")};
  // Reports draw rows of the first seed alone.
  run.result.test.dataset = spec.dataset;
  if (seed == 0) run.result.test = MadeUpCohort(spec, spec.dataset, shape.rows, skill, random);
  for (const std::string& external : spec.external_datasets) {
    if (seed == 0) run.result.external.push_back(MadeUpCohort(spec, external, shape.rows / 2, skill - 0.3, random));
  }
  return run;
}

}  // namespace

BenchmarkResults MadeUpResults() {
  std::mt19937 random(1);
  BenchmarkResults results{.created = "2026-11-26T19:40:00Z",
                           .machine = "Intel(R) Xeon(R), 2 threads",
                           .release = "0.13.0",
                           .commit = "0123abc",
                           .command = "--encoder=ours\n--tasks=*\n--data=phantom\n--seeds=0,1,2\n",
                           .protocol = Protocol::kStrict,
                           .data = "phantom"};
  results.encoders = {{"ours", "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", "network"},
                      {"random", "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", "random"},
                      {"theirs & <co>", "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35", "features"}};
  for (const Shape& shape : Shapes()) {
    const TaskSpec& spec = shape.spec;
    results.tasks.push_back(spec);
    std::vector<std::string> cohorts = spec.external_datasets;
    cohorts.insert(cohorts.begin(), spec.dataset);
    for (size_t e = 0; e < results.encoders.size(); ++e) {
      const double skill = e == 0 ? 1.6 : e == 1 ? 0.6 : 0.9;
      const std::string& encoder = results.encoders[e].name;
      if (e == 2 && spec.encoder != EncoderUse::kFeatures) {
        results.not_applicable.push_back({encoder, spec.name, "the task needs a frozen network; a file of features has none"});
        continue;
      }
      for (const double fraction : spec.fractions) {
        if (e == 2 && spec.name == "made_up/one" && fraction == 1) continue;  // it failed
        const double level = 0.55 + 0.12 * skill + 0.03 * std::log10(fraction);
        for (const std::string& cohort : cohorts) {
          AddScores(shape, encoder, cohort, fraction, level - (cohort == spec.dataset ? 0 : 0.05), &random, &results.scores);
        }
        for (const uint64_t seed : {0, 1, 2}) {
          results.runs.push_back(MadeUpRun(shape, encoder, fraction, seed, skill, &random));
        }
        if (e == 0) continue;
        for (const std::string& cohort : cohorts) {
          const double p = spec.name == "made_up/none" ? 0.21 : 0.0004;
          const double sign = shape.headline.higher_is_better ? 1 : -1;
          results.comparisons.push_back({.task = spec.name,
                                         .cohort = cohort,
                                         .metric = shape.headline,
                                         .fraction = fraction,
                                         .encoder = "ours",
                                         .baseline = encoder,
                                         .difference = sign * 0.12 * (1.6 - skill),
                                         .low = sign > 0 ? 0.004 : -0.21,
                                         .high = sign > 0 ? 0.21 : -0.004,
                                         .effect = sign * 3.1,
                                         .p = p,
                                         .p_holm = p * 4});
        }
      }
    }
  }
  results.comparisons.back().difference = -0.02;
  results.comparisons.back().p_holm = 0.01;
  results.cards = {{.name = "south",
                    .title = "The southern scans",
                    .source = "Somebody et al., 2021; zenodo.org/record/6406114",
                    .licence = "CC BY-NC-ND 4.0",
                    .population = "a hospital in the south, 2012 to 2017, adults without intravenous contrast",
                    .acquisition = "two vendors, 0.6 to 1.25 mm",
                    .known_defects = {"the effusion column is there twice", "axes of the files are flipped"}},
                   {.name = "east", .title = kAwkward, .population = kAwkward}};
  results.shift = {{"south", "north", 34.2, 12.75, {0.7, 0.7, 1.0}}, {"east", "north", std::nullopt, std::nullopt, {}}};
  results.failures = {"theirs & <co>, made_up/one, 1 %, seed 0: 3 cases of 1 class: no fit", kAwkward};
  results.warnings = {kAwkward, "east: 4 cases are shorter than the encoder's window and were padded"};
  return results;
}

const std::vector<const Task*>& MadeUpTasks() {
  static const auto& tasks = *new std::vector<const Task*>([] {
    std::vector<const Task*> made;
    for (const Shape& shape : Shapes()) made.push_back(new MadeUpTask(shape.spec));
    return made;
  }());
  return tasks;
}

BenchmarkResults LeastResults() {
  BenchmarkResults results{.created = "2026-11-26T19:40:00Z", .protocol = Protocol::kPaper, .data = "CT"};
  results.encoders = {{.name = "features"}};
  results.tasks = {{.name = "made_up/least", .dataset = "north", .labels = {"finding"}, .headline = "area"}};
  results.scores = {{.encoder = "features",
                     .task = "made_up/least",
                     .cohort = "north",
                     .metric = {.name = "area", .title = "Area"},
                     .headline = true}};
  return results;
}

}  // namespace asap
