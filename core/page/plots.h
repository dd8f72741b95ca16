// The plots of the page: each is a figure with a canvas and a text alternative, and data that page.js draws into it.
#ifndef ASAP_CORE_PAGE_PLOTS_H_
#define ASAP_CORE_PAGE_PLOTS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/html/html.h"

namespace asap {

// Bars of several series side by side, with whiskers.
struct BarPlot {
  std::string axis;  // "AUROC"
  std::vector<std::string> labels;
  struct Series {
    std::string name;
    std::vector<std::optional<double>> values, low, high;  // as many as labels
  };
  std::vector<Series> series;
  std::optional<double> reference;  // a line, as 0.5 for chance
};

struct PlotLine {
  std::vector<double> x, y;
  std::vector<std::optional<double>> low, high;  // whiskers; empty for none
  std::string note;                              // beside the name in the legend: "0.761"
};

// Lines, one a series; where there are several choices (labels), the reader picks one for the figure.
struct LinePlot {
  std::string x_axis, y_axis;
  std::optional<double> x_low, x_high, y_low, y_high;  // of the axes; none: as the data
  bool diagonal = false;                               // where y is x: the line of chance, or of perfect prediction
  // Between points: a straight line; the value of the point before; the value of the point after; nothing, for a scatter plot.
  enum class Between { kLine, kBefore, kAfter, kNothing } between = Between::kLine;
  bool points = false;
  bool log_x = false;
  std::vector<std::pair<double, std::string>> x_ticks;  // empty: chosen
  std::vector<std::string> choices = {""};
  struct Series {
    std::string name;
    std::vector<std::optional<PlotLine>> lines;  // one a choice; none where undefined
  };
  std::vector<Series> series;
};

class Plots {
 public:
  // A figure; `alternative` says in words what the plot shows.
  Html Add(const std::string& title, const std::string& alternative, const BarPlot& plot);
  Html Add(const std::string& title, const std::string& alternative, const LinePlot& plot);
  int64_t size() const { return static_cast<int64_t>(data_.size()); }
  // For a script element: holds no "<".
  std::string Data() const;

 private:
  Html Figure(const std::string& title, const std::string& alternative, std::string data, int64_t height);
  std::vector<std::string> data_;
};

}  // namespace asap

#endif  // ASAP_CORE_PAGE_PLOTS_H_
