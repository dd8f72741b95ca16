// What a task adds to the page: tables, plots, pictures, folded parts, one below the other. All text is escaped; consecutive
// plots stand side by side where there is room.
//
//   void MyTask::Show(const ShownTask& shown, PageSection& section) const {
//     section.AddLines("Dice by size of the lesion", "asap 0.71 below 10 mm, ...", plot);
//     section.AddFolded("Cases", [&](PageSection& inside) { inside.AddTable(table); });
//   }
#ifndef ASAP_CORE_PAGE_SECTION_H_
#define ASAP_CORE_PAGE_SECTION_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/html/html.h"
#include "core/page/plots.h"

namespace asap {

struct PagePicture {
  std::optional<std::string>
      png;                  // its bytes; an empty text where there should be a picture and is none; none: the caption alone
  std::string alternative;  // says in words what is seen
  std::string title;
  std::vector<std::string> lines;  // of the caption, below the title
};

class PageSection {
 public:
  // Plots are numbered over the whole page, so that its sections share `plots`, which must outlive them.
  explicit PageSection(Plots* plots) : plots_(plots) {}

  void AddHeading(absl::string_view text);
  void AddText(absl::string_view paragraph);
  // `alternative` says in words what the plot shows.
  void AddBars(const std::string& title, const std::string& alternative, const BarPlot& plot);
  void AddLines(const std::string& title, const std::string& alternative, const LinePlot& plot);
  // Nothing where the table has no rows.
  void AddTable(const Table& table);
  void AddTablesSideBySide(const std::vector<Table>& tables);
  void AddPictures(const std::vector<PagePicture>& pictures);
  // Nothing where `inside` adds nothing.
  void AddFolded(absl::string_view title, const std::function<void(PageSection& inside)>& fill);

  bool empty() const { return blocks_.code.empty() && figures_.code.empty(); }
  // Whether a plot leaves the reader a choice of what to draw.
  bool has_choices() const { return has_choices_; }
  Html Render() const;

 private:
  void AddBlock(const Html& block);
  Html Figures() const;

  Plots* const plots_;
  Html blocks_;
  Html figures_;  // plots after the last block
  bool has_choices_ = false;
};

}  // namespace asap

#endif  // ASAP_CORE_PAGE_SECTION_H_
