// HTML that cannot be broken by what it shows: text becomes Html only by being escaped.
//
//   Table table("Scores", {{"task"}, {.title = "asap", .number = true}});
//   table.AddRow({Text("kind/dataset"), Text("0.81")});
//   Html section = Element("section", {{"id", "scores"}}, table.Render());
#ifndef ASAP_CORE_HTML_HTML_H_
#define ASAP_CORE_HTML_HTML_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace asap {

// Also safe within a quoted attribute, and as XML. Control characters that XML forbids become U+FFFD.
std::string Escaped(absl::string_view text);

// Code, escaped where it had to be.
struct Html {
  std::string code;

  Html& operator+=(const Html& more) {
    code += more.code;
    return *this;
  }
  friend Html operator+(Html first, const Html& second) { return first += second; }
};

Html Text(absl::string_view text);
// The same, which may also be broken into lines after the separators of paths and names.
Html Breakable(absl::string_view text);
using Attributes = std::vector<std::pair<absl::string_view, std::string>>;  // name, value before escaping
Html Element(absl::string_view tag, const Attributes& attributes, const Html& inside);
Html Element(absl::string_view tag, const Html& inside);
Html Element(absl::string_view tag, absl::string_view text);

// A table with a caption and scopes; the first column heads the rows.
class Table {
 public:
  struct Column {
    std::string title;
    bool number = false;  // set to the right
  };
  Table(std::string caption, std::vector<Column> columns) : caption_(std::move(caption)), columns_(std::move(columns)) {}

  // As many cells as columns. A row that continues the group of the row before does not show its head again, but readers of the
  // screen hear it.
  void AddRow(const std::vector<Html>& cells, bool continued = false);
  bool empty() const { return rows_.code.empty(); }
  Html Render() const;

 private:
  std::string caption_;
  std::vector<Column> columns_;
  Html rows_;
};

// A table of two columns without a head: names and values.
Html Facts(absl::string_view caption, const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace asap

#endif  // ASAP_CORE_HTML_HTML_H_
