// A page of training curves: one HTML file that needs nothing else, no script, no network. Charts are inline SVG; colours follow
// the reader's light or dark setting.
//
//   CurvePage page{.title = "Pre-training", .x_name = "step", .curves = {{.name = "loss", .x = {1, 2}, .y = {9.1, 8.7}}}};
//   ASAP_RETURN_IF_ERROR(WriteFileAtomically(output_dir + "/index.html", RenderCurves(page)));
#ifndef ASAP_CORE_TRAIN_CURVES_CURVES_H_
#define ASAP_CORE_TRAIN_CURVES_CURVES_H_

#include <string>
#include <utility>
#include <vector>

namespace asap {

struct Curve {
  std::string name;
  std::vector<double> x;  // ascending
  std::vector<double> y;  // as many; a value that is not finite is a gap
};

struct CurvePage {
  std::string title;
  std::string summary;  // a sentence under the title
  std::string x_name;
  std::vector<Curve> curves;                                           // a chart each, in this order
  std::vector<std::pair<std::string, std::string>> results, settings;  // tables of two columns
};

// All text is escaped. A curve of more points than a chart has pixels is drawn by the least and the greatest value in each column
// of pixels, so no spike is lost; a running mean is drawn over it.
std::string RenderCurves(const CurvePage& page);

// Round numbers at even steps (1, 2 or 5 times a power of ten) inside [low, high], about `count` of them. low < high.
std::vector<double> AxisTicks(double low, double high, int count);

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_CURVES_CURVES_H_
