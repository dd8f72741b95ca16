// What the page shows of volumes beyond all tasks' tables: predicted against true, and the cases of the largest errors.
#include "core/page/section.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/file.h"
#include "core/page/format.h"
#include "core/page/shown_task.h"
#include "volumetry.h"

namespace asap::volumetry {
namespace {

// Places in `known`, the largest error first.
std::vector<size_t> LargestErrors(const KnownRows& known, size_t most) {
  std::vector<size_t> places(known.rows.size());
  for (size_t i = 0; i < places.size(); ++i) places[i] = i;
  const auto error = [&known](size_t i) { return std::abs(known.predicted[i] - known.truth[i]); };
  std::stable_sort(places.begin(), places.end(), [&](size_t a, size_t b) { return error(a) > error(b); });
  places.resize(std::min(places.size(), most));
  return places;
}

void AddLargestErrors(const ShownRun& run, size_t most, PageSection& section) {
  const KnownRows known = KnownRowsOf(*run.cohort);
  Table table(
      absl::StrCat("Largest errors of ", run.encoder, ", litres"),
      {{"case"}, {.title = "true", .number = true}, {.title = "predicted", .number = true}, {.title = "error", .number = true}});
  std::vector<PagePicture> pictures;
  for (const size_t place : LargestErrors(known, most)) {
    const size_t row = known.rows[place];
    const std::string& id = run.cohort->rows[row].case_id;
    const std::string error = Signed(known.predicted[place] - known.truth[place]);
    table.AddRow({Text(id), Text(Fixed(known.truth[place])), Text(Fixed(known.predicted[place])), Text(error)});
    if (run.place.empty()) continue;
    pictures.push_back({.png = ReadFile(PicturePath(run.place, row)).value_or(""),
                        .alternative = absl::StrCat("the middle coronal slice of ", id),
                        .title = id,
                        .lines = {absl::StrCat(error, " litres")}});
  }
  section.AddTable(table);
  section.AddPictures(pictures);
}

}  // namespace

void VolumetryTask::Show(const ShownTask& shown, PageSection& section) const {
  LinePlot plot{.x_axis = "true volume, litres",
                .y_axis = "predicted volume, litres",
                .diagonal = true,
                .between = LinePlot::Between::kNothing,
                .points = true};
  double largest = 0;
  std::vector<std::string> words;
  for (const ShownRun& run : shown.runs) {
    const KnownRows known = KnownRowsOf(*run.cohort);
    if (known.rows.empty()) continue;
    largest = std::max({largest, *std::max_element(known.truth.begin(), known.truth.end()),
                        *std::max_element(known.predicted.begin(), known.predicted.end())});
    plot.series.push_back({.name = run.encoder, .lines = {PlotLine{.x = known.truth, .y = known.predicted}}});
    words.push_back(absl::StrCat(run.encoder, ": ", known.rows.size(), " cases"));
  }
  if (plot.series.empty()) return;
  plot.x_low = plot.y_low = 0;
  plot.x_high = plot.y_high = std::ceil(largest);
  section.AddLines("Predicted against true volume", absl::StrJoin(words, ", "), plot);
  if (!shown.external) AddLargestErrors(shown.runs.front(), static_cast<size_t>(std::max(0, shown.most_pictures)), section);
}

}  // namespace asap::volumetry
