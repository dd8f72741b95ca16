#include "core/html/html.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace asap {

std::string Escaped(absl::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
          escaped += "\xEF\xBF\xBD";
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

Html Text(absl::string_view text) { return {Escaped(text)}; }

Html Breakable(absl::string_view text) {
  return {absl::StrReplaceAll(Escaped(text), {{"/", "/<wbr>"}, {"_", "_<wbr>"}, {".", ".<wbr>"}, {"-", "-<wbr>"}})};
}

Html Element(absl::string_view tag, const Attributes& attributes, const Html& inside) {
  std::string code = absl::StrCat("<", tag);
  for (const auto& [name, value] : attributes) absl::StrAppend(&code, " ", name, "=\"", Escaped(value), "\"");
  absl::StrAppend(&code, ">", inside.code, "</", tag, ">");
  return {std::move(code)};
}

Html Element(absl::string_view tag, const Html& inside) { return Element(tag, {}, inside); }
Html Element(absl::string_view tag, absl::string_view text) { return Element(tag, {}, Text(text)); }

void Table::AddRow(const std::vector<Html>& cells, bool continued) {
  Html row;
  for (size_t i = 0; i < cells.size(); ++i) {
    Attributes attributes;
    if (i == 0) attributes.push_back({"scope", "row"});
    if (i < columns_.size() && columns_[i].number) attributes.push_back({"class", "number"});
    row += Element(i == 0 ? "th" : "td", attributes, cells[i]);
  }
  rows_ += Element("tr", continued ? Attributes{{"class", "continued"}} : Attributes{}, row) + Html{"\n"};
}

Html Table::Render() const {
  Html head;
  for (const Column& column : columns_) {
    Attributes attributes = {{"scope", "col"}};
    if (column.number) attributes.push_back({"class", "number"});
    head += Element("th", attributes, Breakable(column.title));
  }
  return Element("table",
                 Element("caption", caption_) + Element("thead", Element("tr", head)) + Html{"\n"} + Element("tbody", rows_)) +
         Html{"\n"};
}

Html Facts(absl::string_view caption, const std::vector<std::pair<std::string, std::string>>& facts) {
  Html rows;
  for (const auto& [name, value] : facts) {
    rows += Element("tr", Element("th", {{"scope", "row"}}, Text(name)) + Element("td", value)) + Html{"\n"};
  }
  if (rows.code.empty()) return {};
  return Element("table", {{"class", "facts"}}, Element("caption", caption) + Element("tbody", rows)) + Html{"\n"};
}

}  // namespace asap
