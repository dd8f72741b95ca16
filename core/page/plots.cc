#include "core/page/plots.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace asap {
namespace {

using Json = nlohmann::ordered_json;

// Four decimals are finer than a pixel.
Json Number(double value) {
  if (!std::isfinite(value)) return Json();
  return std::abs(value) < 1000 ? std::round(value * 1e4) / 1e4 : value;
}

Json Number(const std::optional<double>& value) { return value.has_value() ? Number(*value) : Json(); }

template <typename T>
Json Numbers(const std::vector<T>& values) {
  Json json = Json::array();
  for (const T& value : values) json.push_back(Number(value));
  return json;
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Html Plots::Figure(const std::string& title, const std::string& alternative, std::string data, int64_t height) {
  const std::string index = absl::StrCat(data_.size());
  data_.push_back(std::move(data));
  const Attributes canvas = {{"data-plot", index}, {"role", "img"}, {"aria-label", absl::StrCat(title, ". ", alternative)}};
  const Attributes kind = height > 400 ? Attributes{{"class", "tall"}} : Attributes{};
  return Element(
             "figure", kind,
             Element("figcaption", title) + Element("div", {{"class", "plot"}, {"style", absl::StrCat("height:", height, "px")}},
                                                    Element("canvas", canvas, Text(alternative)))) +
         Html{"\n"};
}

Html Plots::Add(const std::string& title, const std::string& alternative, const BarPlot& plot) {
  Json series = Json::array();
  for (const BarPlot::Series& bars : plot.series) {
    series.push_back(
        {{"name", bars.name}, {"values", Numbers(bars.values)}, {"low", Numbers(bars.low)}, {"high", Numbers(bars.high)}});
  }
  const Json json = {
      {"kind", "bars"}, {"axis", plot.axis}, {"labels", plot.labels}, {"reference", Number(plot.reference)}, {"series", series}};
  const int64_t bars = static_cast<int64_t>(plot.labels.size() * plot.series.size());
  const int64_t height = 90 + 11 * bars + 8 * static_cast<int64_t>(plot.labels.size());
  return Figure(title, alternative, Dump(json), std::max<int64_t>(height, 280));
}

Html Plots::Add(const std::string& title, const std::string& alternative, const LinePlot& plot) {
  Json series = Json::array();
  for (const LinePlot::Series& of : plot.series) {
    Json lines = Json::array();
    for (const std::optional<PlotLine>& line : of.lines) {
      Json one;
      if (line.has_value()) {
        one = {{"x", Numbers(line->x)}, {"y", Numbers(line->y)}};
        if (!line->note.empty()) one["note"] = line->note;
        if (!line->low.empty()) one["low"] = Numbers(line->low);
        if (!line->high.empty()) one["high"] = Numbers(line->high);
      }
      lines.push_back(one);
    }
    series.push_back({{"name", of.name}, {"lines", lines}});
  }
  Json ticks = Json::array();
  for (const auto& [value, name] : plot.x_ticks) ticks.push_back({value, name});
  static constexpr const char* kSteps[] = {"", "before", "after", "none"};
  const Json json = {{"kind", "lines"},
                     {"x", {{"title", plot.x_axis}, {"low", Number(plot.x_low)}, {"high", Number(plot.x_high)}}},
                     {"y", {{"title", plot.y_axis}, {"low", Number(plot.y_low)}, {"high", Number(plot.y_high)}}},
                     {"ticks", ticks},
                     {"diagonal", plot.diagonal},
                     {"steps", kSteps[static_cast<int>(plot.between)]},
                     {"points", plot.points},
                     {"log", plot.log_x},
                     {"choices", plot.choices},
                     {"series", series}};
  return Figure(title, alternative, Dump(json), 280);
}

std::string Plots::Data() const {
  return absl::StrReplaceAll(absl::StrCat("[", absl::StrJoin(data_, ",\n"), "]"), {{"<", "\\u003c"}});
}

}  // namespace asap
