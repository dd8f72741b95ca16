#include "core/page/section.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace asap {
namespace {

// Width or height as a PNG's first chunk has it, big-endian; 0 where the bytes are no PNG.
uint32_t PngLength(absl::string_view png, size_t offset) {
  if (png.size() < 24 || !absl::StartsWith(png, "\x89PNG")) return 0;
  uint32_t length = 0;
  for (size_t i = 0; i < 4; ++i) length = length << 8 | static_cast<uint8_t>(png[offset + i]);
  return length;
}

Html Picture(const PagePicture& picture) {
  if (!picture.png.has_value()) return {};
  const uint32_t width = PngLength(*picture.png, 16), height = PngLength(*picture.png, 20);
  if (width == 0 || height == 0) return Element("div", {{"class", "no-picture"}}, Text("no picture"));
  return {absl::StrCat("<img alt=\"", Escaped(picture.alternative), "\" width=\"", width, "\" height=\"", height,
                       "\" src=\"data:image/png;base64,", absl::Base64Escape(*picture.png), "\">")};
}

}  // namespace

Html PageSection::Figures() const {
  return figures_.code.empty() ? Html{} : Element("div", {{"class", "figures"}}, figures_) + Html{"\n"};
}

void PageSection::AddBlock(const Html& block) {
  if (block.code.empty()) return;
  blocks_ += Figures() + block + Html{"\n"};
  figures_ = {};
}

void PageSection::AddHeading(absl::string_view text) { AddBlock(Element("h4", text)); }

void PageSection::AddText(absl::string_view paragraph) { AddBlock(Element("p", paragraph)); }

void PageSection::AddBars(const std::string& title, const std::string& alternative, const BarPlot& plot) {
  figures_ += plots_->Add(title, alternative, plot);
}

void PageSection::AddLines(const std::string& title, const std::string& alternative, const LinePlot& plot) {
  figures_ += plots_->Add(title, alternative, plot);
  has_choices_ |= plot.choices.size() > 1;
}

void PageSection::AddTable(const Table& table) {
  if (!table.empty()) AddBlock(Element("div", {{"class", "wide"}}, table.Render()));
}

void PageSection::AddTablesSideBySide(const std::vector<Table>& tables) {
  Html all;
  for (const Table& table : tables) {
    if (!table.empty()) all += table.Render();
  }
  if (!all.code.empty()) AddBlock(Element("div", {{"class", "columns"}}, all));
}

void PageSection::AddPictures(const std::vector<PagePicture>& pictures) {
  Html all;
  for (const PagePicture& picture : pictures) {
    Html caption = Element("b", picture.title);
    for (size_t i = 0; i < picture.lines.size(); ++i) {
      if (i > 0) caption += Html{"<br>"};
      caption += Text(picture.lines[i]);
    }
    all += Element("figure", Picture(picture) + Element("figcaption", caption));
  }
  if (!all.code.empty()) AddBlock(Element("div", {{"class", "pictures"}}, all));
}

void PageSection::AddFolded(absl::string_view title, const std::function<void(PageSection& inside)>& fill) {
  PageSection inside(plots_);
  fill(inside);
  has_choices_ |= inside.has_choices_;
  if (!inside.empty()) AddBlock(Element("details", Element("summary", title) + inside.Render()));
}

Html PageSection::Render() const { return blocks_ + Figures(); }

}  // namespace asap
