#include "core/train/curves/curves.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "core/html/html.h"
#include "core/html/style.h"
#include "core/train/curves/curves_style.h"

namespace asap {
namespace {

// Of a chart, in the units of its viewBox.
constexpr double kWidth = 420, kHeight = 220;
constexpr double kLeft = 58, kRight = 12, kTop = 10, kBottom = 34;
constexpr size_t kColumns = 350;  // the plot is about this wide

std::string Number(double value) { return absl::StrFormat("%.4g", value); }

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  // Not empty and not a point, so that values can be placed in it.
  Range Widened() const {
    if (!(low <= high)) return {0, 1};
    const double margin = low == high ? std::max(std::abs(low) * 0.1, 1e-12) : 0;
    return {low - margin, high + margin};
  }
  double Place(double value) const { return (value - low) / (high - low); }
};

struct Chart {
  Range x, y;
  double X(double value) const { return kLeft + x.Place(value) * (kWidth - kLeft - kRight); }
  double Y(double value) const { return kHeight - kBottom - y.Place(value) * (kHeight - kTop - kBottom); }
};

// An SVG path through the points, with a gap at each that is not finite.
std::string Path(const Chart& chart, const std::vector<double>& x, const std::vector<double>& y) {
  std::string path;
  bool pen_down = false;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isfinite(y[i])) absl::StrAppendFormat(&path, "%c%.1f %.1f", pen_down ? 'L' : 'M', chart.X(x[i]), chart.Y(y[i]));
    pen_down = std::isfinite(y[i]);
  }
  return path;
}

// At most two points a column of pixels: its extremes, in their order.
Curve Thinned(const Curve& curve) {
  if (curve.x.size() <= 2 * kColumns) return curve;
  Curve thinned{.name = curve.name};
  for (size_t column = 0; column < kColumns; ++column) {
    const size_t begin = column * curve.x.size() / kColumns, end = (column + 1) * curve.x.size() / kColumns;
    size_t least = end, greatest = end, gap = end;
    for (size_t i = begin; i < end; ++i) {
      if (!std::isfinite(curve.y[i])) {
        gap = i;
        continue;
      }
      if (least == end || curve.y[i] < curve.y[least]) least = i;
      if (greatest == end || curve.y[i] > curve.y[greatest]) greatest = i;
    }
    std::vector<size_t> picked = {least, greatest, gap};
    std::sort(picked.begin(), picked.end());
    picked.erase(std::unique(picked.begin(), picked.end()), picked.end());
    for (const size_t i : picked) {
      if (i == end) continue;
      thinned.x.push_back(curve.x[i]);
      thinned.y.push_back(curve.y[i]);
    }
  }
  return thinned;
}

// The mean over a window of a fortieth of the points around each.
std::vector<double> RunningMean(const std::vector<double>& values) {
  const int64_t size = static_cast<int64_t>(values.size()), reach = size / 80;
  std::vector<double> sums(size + 1, 0.0), counts(size + 1, 0.0), means(size);
  for (int64_t i = 0; i < size; ++i) {
    const bool finite = std::isfinite(values[i]);
    sums[i + 1] = sums[i] + (finite ? values[i] : 0);
    counts[i + 1] = counts[i] + finite;
  }
  for (int64_t i = 0; i < size; ++i) {
    const int64_t begin = std::max<int64_t>(0, i - reach), end = std::min(size, i + reach + 1);
    means[i] = std::isfinite(values[i]) ? (sums[end] - sums[begin]) / (counts[end] - counts[begin])
                                        : std::numeric_limits<double>::quiet_NaN();
  }
  return means;
}

std::string RenderChart(const Curve& curve, absl::string_view x_name) {
  Chart chart;
  double last = std::numeric_limits<double>::quiet_NaN();
  int64_t finite = 0;
  for (size_t i = 0; i < curve.x.size(); ++i) {
    chart.x.Include(curve.x[i]);
    if (!std::isfinite(curve.y[i])) continue;
    chart.y.Include(curve.y[i]);
    last = curve.y[i];
    ++finite;
  }
  chart.x = chart.x.Widened();
  chart.y = chart.y.Widened();

  const std::string name = Escaped(curve.name);
  const std::string value = finite == 0 ? "no data" : Number(last);
  std::string html = absl::StrCat("<figure><h2>", name, " <span>", value, "</span></h2>\n");
  absl::StrAppendFormat(&html, "<svg viewBox=\"0 0 %g %g\" role=\"img\" aria-label=\"%s over %s, last value %s\">\n", kWidth,
                        kHeight, name, Escaped(x_name), value);
  for (const double tick : AxisTicks(chart.y.low, chart.y.high, 4)) {
    absl::StrAppendFormat(&html,
                          "<line class=\"grid\" x1=\"%g\" x2=\"%g\" y1=\"%.1f\" y2=\"%.1f\"/>"
                          "<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
                          kLeft, kWidth - kRight, chart.Y(tick), chart.Y(tick), kLeft - 6, chart.Y(tick) + 4, Number(tick));
  }
  for (const double tick : AxisTicks(chart.x.low, chart.x.high, 5)) {
    absl::StrAppendFormat(&html, "<text x=\"%.1f\" y=\"%g\" text-anchor=\"middle\">%s</text>\n", chart.X(tick),
                          kHeight - kBottom + 16, absl::StrFormat("%.6g", tick));
  }
  absl::StrAppendFormat(&html, "<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%s</text>\n", kWidth - kRight, kHeight - 4,
                        Escaped(x_name));
  const Curve drawn = Thinned(curve);
  const Curve mean = Thinned({.name = curve.name, .x = curve.x, .y = RunningMean(curve.y)});
  if (finite == 1) {
    for (size_t i = 0; i < curve.x.size(); ++i) {
      if (!std::isfinite(curve.y[i])) continue;
      absl::StrAppendFormat(&html, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", chart.X(curve.x[i]),
                            chart.Y(curve.y[i]));
    }
  } else if (finite > 1) {
    absl::StrAppend(&html, "<path class=\"raw\" d=\"", Path(chart, drawn.x, drawn.y), "\"/>\n", "<path class=\"mean\" d=\"",
                    Path(chart, mean.x, mean.y), "\"/>\n");
  }
  return absl::StrCat(html, "</svg></figure>\n");
}

}  // namespace

std::vector<double> AxisTicks(double low, double high, int count) {
  const double rough = (high - low) / std::max(count, 1);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double multiple : {1.0, 2.0, 5.0}) {
    if (multiple * power >= rough) {
      step = multiple * power;
      break;
    }
  }
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9);
  for (int i = 0; (first + i) * step <= high + 1e-9 * step && i <= 4 * count; ++i) ticks.push_back((first + i) * step + 0.0);
  return ticks;
}

std::string RenderCurves(const CurvePage& page) {
  std::string html = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
      Escaped(page.title), "</title>\n<style>", StyleCss(), CurvesCss(), "</style>\n</head>\n<body>\n<main>\n<h1>",
      Escaped(page.title), "</h1>\n<p class=\"lead\">", Escaped(page.summary), "</p>\n<div class=\"charts\">\n");
  for (const Curve& curve : page.curves) absl::StrAppend(&html, RenderChart(curve, page.x_name));
  absl::StrAppend(&html, "</div>\n", Facts("Results", page.results).code, Facts("Settings", page.settings).code,
                  "</main>\n</body>\n</html>\n");
  return html;
}

}  // namespace asap
