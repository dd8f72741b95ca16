#include "core/train/curves/curves.h"

#include <cmath>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

// The "d" of the n-th path of that class.
std::string PathOf(const std::string& html, const std::string& kind) {
  const size_t begin = html.find("class=\"" + kind + "\" d=\"");
  if (begin == std::string::npos) return "";
  const size_t path = html.find("d=\"", begin) + 3;
  return html.substr(path, html.find('"', path) - path);
}

TEST(AxisTicksTest, AreRoundAndInside) {
  EXPECT_EQ(AxisTicks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(AxisTicks(-0.3, 0.3, 4), (std::vector<double>{-0.2, 0, 0.2}));
  EXPECT_EQ(AxisTicks(1, 3, 4), (std::vector<double>{1, 1.5, 2, 2.5, 3}));
  for (const double scale : {1e-9, 1e-3, 1.0, 1e7}) {
    const std::vector<double> ticks = AxisTicks(1.3 * scale, 8.9 * scale, 4);
    EXPECT_GE(ticks.size(), 2);
    EXPECT_LE(ticks.size(), 8);
    EXPECT_GE(ticks.front(), 1.3 * scale);
    EXPECT_LE(ticks.back(), 8.9 * scale * (1 + 1e-9));
  }
}

TEST(RenderCurvesTest, DrawsEachCurveWhereItsValuesAre) {
  const std::string html = RenderCurves(
      {.title = "Run",
       .x_name = "step",
       .curves = {{.name = "loss", .x = {0, 5, 10}, .y = {2, 1, 0}}, {.name = "rate", .x = {0, 10}, .y = {1e-4, 1e-4}}}});
  EXPECT_EQ(Count(html, "<svg "), 2);
  // The plot spans x 58 ... 408 and y 186 (least) ... 10 (greatest).
  EXPECT_EQ(PathOf(html, "raw"), "M58.0 10.0L233.0 98.0L408.0 186.0");
  EXPECT_TRUE(absl::StrContains(html, "aria-label=\"loss over step, last value 0\""));
  EXPECT_TRUE(absl::StrContains(html, "prefers-color-scheme: dark"));
  EXPECT_FALSE(absl::StrContains(html, "http")) << "self-contained";
  EXPECT_FALSE(absl::StrContains(html, "<script"));
}

TEST(RenderCurvesTest, GapsEmptyCurvesAndSinglePoints) {
  const std::string html = RenderCurves({.x_name = "step",
                                         .curves = {{.name = "gap", .x = {0, 1, 2, 3, 4}, .y = {0, 1, kNan, 1, 0}},
                                                    {.name = "empty"},
                                                    {.name = "nothing finite", .x = {1, 2}, .y = {kNan, kNan}},
                                                    {.name = "point", .x = {3}, .y = {7}}}});
  EXPECT_EQ(Count(PathOf(html, "raw"), "M"), 2) << "the line is lifted over the gap";
  EXPECT_EQ(Count(html, "no data"), 4) << "heading and label of two charts";
  EXPECT_EQ(Count(html, "<circle"), 1);
  EXPECT_FALSE(absl::StrContains(html, "nan"));
  EXPECT_FALSE(absl::StrContains(html, "inf"));
}

TEST(RenderCurvesTest, LongCurvesKeepTheirSpikes) {
  Curve curve{.name = "loss"};
  for (int i = 0; i < 100000; ++i) {
    curve.x.push_back(i);
    curve.y.push_back(i == 41234 ? 50 : std::sin(i * 0.01));
  }
  const std::string html = RenderCurves({.x_name = "step", .curves = {curve}});
  EXPECT_LT(html.size(), 40000);
  EXPECT_TRUE(absl::StrContains(PathOf(html, "raw"), " 10.0")) << "the spike reaches the top";
  EXPECT_FALSE(absl::StrContains(PathOf(html, "mean"), " 10.0")) << "the mean does not";
}

TEST(RenderCurvesTest, TextIsEscaped) {
  const std::string html = RenderCurves({.title = "<b>",
                                         .summary = "a & b",
                                         .x_name = "\"step\"",
                                         .curves = {{.name = "<script>alert(1)</script>", .x = {1, 2}, .y = {1, 2}}},
                                         .results = {{"loss", "1 < 2"}},
                                         .settings = {{"--losses", "'image'"}}});
  EXPECT_FALSE(absl::StrContains(html, "<script"));
  EXPECT_FALSE(absl::StrContains(html, "<b>"));
  EXPECT_TRUE(absl::StrContains(html, "a &amp; b"));
  EXPECT_TRUE(absl::StrContains(html, "<th scope=\"row\">loss</th><td>1 &lt; 2</td>"));
  EXPECT_TRUE(absl::StrContains(html, "&#39;image&#39;"));
}

}  // namespace
}  // namespace asap
