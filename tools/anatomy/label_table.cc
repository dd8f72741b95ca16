#include "tools/anatomy/label_table.h"

#include <map>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/base/suggest.h"

namespace asap {
namespace {

constexpr int kMostId = 65535;  // of a label map

class Parser {
 public:
  explicit Parser(const std::string& path) { table_.path = path; }

  absl::Status Line(absl::string_view line) {
    ++number_;
    const absl::string_view text = line.substr(0, line.find('#'));
    const std::vector<absl::string_view> words = absl::StrSplit(text, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty()) return absl::OkStatus();
    if (table_.id_columns.empty() && !header_ && words[0] == "class") return Class(words);
    if (!header_) return Header(words);
    return Organ(words);
  }

  absl::StatusOr<LabelTable> Finish() {
    if (!header_) return Error("has no header: expected a line \"organ v1 v2 class\" (the names of the id columns are yours)");
    if (table_.rows.empty()) return Error("names no organ after the header");
    return std::move(table_);
  }

 private:
  absl::Status Error(absl::string_view message) const {
    return absl::InvalidArgumentError(absl::StrCat(table_.path, ", line ", number_, ": ", message));
  }

  absl::Status Class(const std::vector<absl::string_view>& words) {
    int id;
    if (words.size() < 3 || !absl::SimpleAtoi(words[1], &id))
      return Error("expected \"class ID NAME\", such as \"class 1 lung\"");
    if (id != static_cast<int>(table_.classes.size()) || id > 255) {
      return Error(absl::StrCat("class ", id, " here, expected ", table_.classes.size(), ": ids run from 0 to 255 without gaps"));
    }
    const std::string name = absl::StrJoin(words.begin() + 2, words.end(), " ");
    for (const std::string& other : table_.classes) {
      if (other == name) return Error(absl::StrCat("a second class of the name \"", name, "\""));
    }
    table_.classes.push_back(name);
    return absl::OkStatus();
  }

  absl::Status Header(const std::vector<absl::string_view>& words) {
    if (words.front() != "organ" || words.back() != "class" || words.size() < 3) {
      return Error(absl::StrCat("expected a class (\"class 1 lung\") or the header (\"organ v1 v2 class\"), found \"",
                                words.front(), "\" and ", words.size() - 1, " more words"));
    }
    if (table_.classes.size() < 2) return Error("the header comes before any class: name the background and one class at least");
    for (size_t i = 1; i + 1 < words.size(); ++i) table_.id_columns.emplace_back(words[i]);
    if (std::set<std::string>(table_.id_columns.begin(), table_.id_columns.end()).size() != table_.id_columns.size()) {
      return Error("two id columns have the same name");
    }
    organs_of_.resize(table_.id_columns.size());
    header_ = true;
    return absl::OkStatus();
  }

  absl::Status Organ(const std::vector<absl::string_view>& words) {
    if (words.size() != table_.id_columns.size() + 2) {
      return Error(absl::StrCat("holds ", words.size(), " words, expected ", table_.id_columns.size() + 2, ": organ, ",
                                absl::StrJoin(table_.id_columns, ", "), ", class"));
    }
    LabelRow row;
    row.organ = std::string(words.front());
    if (table_.Find(row.organ) >= 0) return Error(absl::StrCat("the organ ", row.organ, " a second time"));
    for (size_t column = 0; column < table_.id_columns.size(); ++column) {
      const absl::string_view word = words[column + 1];
      int id = -1;
      if (word != "-" && (!absl::SimpleAtoi(word, &id) || id < 1 || id > kMostId)) {
        return Error(
            absl::StrCat("the id \"", word, "\" in column ", table_.id_columns[column], ", expected 1 to ", kMostId, " or -"));
      }
      if (id > 0 && !organs_of_[column].emplace(id, row.organ).second) {
        return Error(absl::StrCat("the id ", id, " in column ", table_.id_columns[column], " belongs to ", organs_of_[column][id],
                                  " already"));
      }
      row.ids.push_back(id);
    }
    int mask_class;
    if (!absl::SimpleAtoi(words.back(), &mask_class) || mask_class < 0 || mask_class >= static_cast<int>(table_.classes.size())) {
      return Error(absl::StrCat("the class \"", words.back(), "\", expected 0 to ", table_.classes.size() - 1));
    }
    row.mask_class = static_cast<uint8_t>(mask_class);
    table_.rows.push_back(std::move(row));
    return absl::OkStatus();
  }

  LabelTable table_;
  bool header_ = false;
  int number_ = 0;
  std::vector<std::map<int, std::string>> organs_of_;  // per id column
};

}  // namespace

int LabelTable::Find(absl::string_view organ) const {
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].organ == organ) return static_cast<int>(i);
  }
  return -1;
}

std::vector<std::string> LabelTable::Organs() const {
  std::vector<std::string> names;
  for (const LabelRow& row : rows) names.push_back(row.organ);
  return names;
}

absl::StatusOr<int> LabelTable::IdColumn(const std::string& name) const {
  if (name.empty() && id_columns.size() == 1) return 0;
  for (size_t i = 0; i < id_columns.size(); ++i) {
    if (id_columns[i] == name) return static_cast<int>(i);
  }
  if (name.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " has ids in several numberings (", absl::StrJoin(id_columns, ", "),
        "), and the label map does not say which is its own. Name it, such as --label_ids=", id_columns.front(), "."));
  }
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", UnknownName("column of ids", name, id_columns)));
}

absl::StatusOr<LabelTable> ParseLabelTable(absl::string_view text, const std::string& path) {
  Parser parser(path);
  for (const absl::string_view line : absl::StrSplit(text, '\n')) ASAP_RETURN_IF_ERROR(parser.Line(line));
  return parser.Finish();
}

absl::StatusOr<LabelTable> ReadLabelTable(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  // A table that cannot be read is a wrong call.
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  return ParseLabelTable(*text, path);
}

absl::StatusOr<std::string> DefaultLabelTablePath() { return Runfile("asap/tools/anatomy/totalsegmentator.txt"); }

}  // namespace asap
