// The table that says which class of the injection mask each organ belongs to; see totalsegmentator.txt for its form.
//
//   ASAP_ASSIGN_OR_RETURN(const LabelTable table, ReadLabelTable("labels.txt"));
//   ASAP_ASSIGN_OR_RETURN(const int column, table.IdColumn("v2"));
#ifndef ASAP_TOOLS_ANATOMY_LABEL_TABLE_H_
#define ASAP_TOOLS_ANATOMY_LABEL_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

struct LabelRow {
  std::string organ;
  std::vector<int> ids;  // one per id column; -1 where the organ has none
  uint8_t mask_class = 0;
};

struct LabelTable {
  std::string path;
  std::vector<std::string> classes;     // names, index = id, the background first
  std::vector<std::string> id_columns;  // names of the numberings, such as v1 and v2
  std::vector<LabelRow> rows;

  // The row of an organ, -1 where it has none.
  int Find(absl::string_view organ) const;
  std::vector<std::string> Organs() const;
  // The column of a numbering by name; an empty name is the only one there is. The error lists the columns.
  absl::StatusOr<int> IdColumn(const std::string& name) const;
};

// Errors name the file and the line. `path` is only for messages.
absl::StatusOr<LabelTable> ParseLabelTable(absl::string_view text, const std::string& path);
absl::StatusOr<LabelTable> ReadLabelTable(const std::string& path);

// The table of this folder.
absl::StatusOr<std::string> DefaultLabelTablePath();

}  // namespace asap

#endif  // ASAP_TOOLS_ANATOMY_LABEL_TABLE_H_
