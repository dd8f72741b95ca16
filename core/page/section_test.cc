#include "core/page/section.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/io/png.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kAwkward[] = "a<b & \"c\" 'd' </script><i>";
constexpr char kEscaped[] = "a&lt;b &amp; &quot;c&quot; &#39;d&#39; &lt;/script&gt;&lt;i&gt;";

int Count(const std::string& text, const std::string& part) {
  int count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

Table OneRow(const std::string& caption) {
  Table table(caption, {{"name"}, {.title = "value", .number = true}});
  table.AddRow({Text("one"), Text("1")});
  return table;
}

BarPlot Bars() { return {.axis = "share", .labels = {"a"}, .series = {{"e", {0.5}, {std::nullopt}, {std::nullopt}}}}; }

LinePlot Lines(std::vector<std::string> choices = {""}) {
  LinePlot plot{.x_axis = "x", .y_axis = "y", .choices = choices};
  plot.series.push_back({"e", std::vector<std::optional<PlotLine>>(choices.size(), PlotLine{.x = {0, 1}, .y = {0, 1}})});
  return plot;
}

std::string Png(int width, int height) { return EncodePng(RgbImage(width, height, {200, 100, 0})).value(); }

class PageSectionTest : public ::testing::Test {
 protected:
  std::string Code() const { return section_.Render().code; }

  Plots plots_;
  PageSection section_{&plots_};
};

TEST_F(PageSectionTest, PartsStandInTheOrderInWhichTheyWereAdded) {
  section_.AddText("part 0");
  section_.AddBars("part 1", "in words", Bars());
  section_.AddHeading("part 2");
  section_.AddTable(OneRow("part 3"));
  section_.AddLines("part 4", "in words", Lines());
  section_.AddFolded("part 5", [](PageSection& inside) {
    inside.AddLines("part 6", "in words", Lines());
    inside.AddText("part 7");
  });
  section_.AddTablesSideBySide({OneRow("part 8"), OneRow("part 9")});
  section_.AddPictures({{.png = Png(4, 3), .title = "part 10"}});
  section_.AddLines("part 11", "in words", Lines());
  const std::string code = Code();
  size_t before = 0;
  for (int part = 0; part <= 11; ++part) {
    const size_t at = code.find(absl::StrCat(">part ", part, "<"));
    ASSERT_NE(at, std::string::npos) << part << " in " << code;
    EXPECT_GT(at, before) << part;
    before = at;
  }
  EXPECT_THAT(code, HasSubstr("<h4>part 2</h4>"));
  EXPECT_THAT(code, HasSubstr("<details><summary>part 5</summary>"));
  EXPECT_LT(code.find("part 7"), code.find("</details>")) << "inside the folded part";
}

TEST_F(PageSectionTest, PlotsNextToEachOtherStandSideBySide) {
  section_.AddBars("first", "in words", Bars());
  section_.AddLines("second", "in words", Lines());
  section_.AddText("between");
  section_.AddLines("third", "in words", Lines());
  const std::string code = Code();
  EXPECT_EQ(Count(code, "<div class=\"figures\">"), 2) << "those before and those after the paragraph";
  EXPECT_THAT(code.substr(0, code.find("between")), HasSubstr("second"));
  EXPECT_EQ(Count(code.substr(0, code.find("second")), "class=\"figures\""), 1);
  EXPECT_EQ(code, Code()) << "the same when it is rendered again";
}

TEST_F(PageSectionTest, PlotsAreNumberedOverAllSections) {
  PageSection other(&plots_);
  section_.AddBars("first", "in words", Bars());
  other.AddLines("second", "in words", Lines());
  section_.AddFolded("folded", [](PageSection& inside) { inside.AddBars("third", "in words", Bars()); });
  EXPECT_THAT(Code(), HasSubstr("data-plot=\"0\""));
  EXPECT_THAT(other.Render().code, HasSubstr("data-plot=\"1\""));
  EXPECT_THAT(Code(), HasSubstr("data-plot=\"2\""));
  EXPECT_EQ(plots_.size(), 3);
}

TEST_F(PageSectionTest, WhatIsEmptyLeavesNoTrace) {
  EXPECT_TRUE(section_.empty());
  const Table none("no rows", {{"name"}});
  section_.AddTable(none);
  section_.AddTablesSideBySide({});
  section_.AddTablesSideBySide({none, none});
  section_.AddPictures({});
  section_.AddFolded("folded", [&](PageSection& inside) { inside.AddTable(none); });
  EXPECT_TRUE(section_.empty());
  EXPECT_EQ(Code(), "");
  section_.AddTablesSideBySide({none, OneRow("one row")});
  EXPECT_THAT(Code(), Not(HasSubstr("no rows")));
  EXPECT_FALSE(section_.empty());
  PageSection plot_alone(&plots_);
  plot_alone.AddBars("bars", "in words", Bars());
  EXPECT_FALSE(plot_alone.empty());
}

TEST_F(PageSectionTest, PicturesHaveTheSizeOfTheirPng) {
  section_.AddPictures({{.png = Png(300, 7), .alternative = "a slice", .title = "case 1", .lines = {"loss 2", "true yes"}}});
  EXPECT_THAT(Code(), HasSubstr("<img alt=\"a slice\" width=\"300\" height=\"7\" src=\"data:image/png;base64,iVBOR"));
  EXPECT_THAT(Code(), HasSubstr("<figcaption><b>case 1</b>loss 2<br>true yes</figcaption>"));
  EXPECT_THAT(Code(), HasSubstr("<div class=\"pictures\">"));
}

TEST_F(PageSectionTest, APictureThatCouldNotBeMadeIsSaidToBeMissing) {
  std::string no_width = Png(4, 3);
  no_width.replace(16, 4, std::string(4, '\0'));
  const std::vector<std::string> broken = {"", "\x89PNG", "GIF89a, and long enough to have a size", no_width};
  std::vector<PagePicture> pictures;
  for (const std::string& png : broken) pictures.push_back({.png = png, .title = "case"});
  section_.AddPictures(pictures);
  EXPECT_EQ(Count(Code(), "<div class=\"no-picture\">no picture</div>"), 4);
  EXPECT_EQ(Count(Code(), "<img"), 0);
  EXPECT_EQ(Count(Code(), "<b>case</b>"), 4) << "captions stay";
}

TEST_F(PageSectionTest, ACaptionMayStandAlone) {
  section_.AddPictures({{.title = "case", .lines = {"loss 2"}}});
  EXPECT_THAT(Code(), HasSubstr("<figure><figcaption><b>case</b>loss 2</figcaption></figure>"));
}

TEST_F(PageSectionTest, AllTextIsEscaped) {
  section_.AddHeading(kAwkward);
  section_.AddText(kAwkward);
  section_.AddBars(kAwkward, kAwkward, Bars());
  section_.AddLines(kAwkward, kAwkward, Lines());
  section_.AddTable(OneRow(kAwkward));
  section_.AddTablesSideBySide({OneRow(kAwkward)});
  section_.AddFolded(kAwkward, [](PageSection& inside) { inside.AddText(kAwkward); });
  section_.AddPictures({{.png = Png(4, 3), .alternative = kAwkward, .title = kAwkward, .lines = {kAwkward}}});
  const std::string code = Code();
  // A plot has its title as a caption and in the label, and its alternative in the label and within the canvas.
  EXPECT_EQ(Count(code, kEscaped), 2 + 4 + 4 + 2 + 2 + 3);
  EXPECT_FALSE(absl::StrContains(code, "<i>"));
  EXPECT_FALSE(absl::StrContains(code, "\"c\""));
  EXPECT_FALSE(absl::StrContains(code, "</script>"));
}

TEST_F(PageSectionTest, TellsWhetherAPlotLeavesAChoice) {
  section_.AddLines("no choice", "in words", Lines());
  section_.AddLines("one choice", "in words", Lines({"only"}));
  EXPECT_FALSE(section_.has_choices());
  section_.AddFolded("folded", [](PageSection& inside) { inside.AddLines("choices", "in words", Lines({"a", "b"})); });
  EXPECT_TRUE(section_.has_choices()) << "within a folded part as well";
  PageSection open(&plots_);
  open.AddLines("choices", "in words", Lines({"a", "b"}));
  EXPECT_TRUE(open.has_choices());
}

}  // namespace
}  // namespace asap
