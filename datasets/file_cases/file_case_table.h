// The rows of a table of cases, compactly: about 40 bytes a case and its strings.
#ifndef ASAP_DATASETS_FILE_CASES_FILE_CASE_TABLE_H_
#define ASAP_DATASETS_FILE_CASES_FILE_CASE_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace asap {

// One case. The report stays in the CSV: `report_offset` is where its row begins.
struct FileCase {
  absl::string_view id;
  absl::string_view volume;  // as written in the table
  absl::string_view mask;    // as written, or empty
  absl::string_view patient;
  absl::string_view split;
  absl::string_view site;
  int64_t report_offset = 0;
  // The digest of the cells of its row (CsvReader::Digest); 0 where it is of no row. The table does not keep it.
  uint64_t digest = 0;
};

class FileCaseTable {
 public:
  void Add(const FileCase& row) {
    rows_.push_back({.start = text_.size(),
                     .report_offset = row.report_offset,
                     .id = static_cast<uint32_t>(row.id.size()),
                     .volume = static_cast<uint32_t>(row.volume.size()),
                     .mask = static_cast<uint32_t>(row.mask.size()),
                     .patient = static_cast<uint32_t>(row.patient.size()),
                     .split = Intern(row.split),
                     .site = Intern(row.site)});
    for (absl::string_view part : {row.id, row.volume, row.mask, row.patient}) text_.append(part.data(), part.size());
  }

  int64_t size() const { return static_cast<int64_t>(rows_.size()); }

  // Views stay valid until the next Add.
  FileCase operator[](int64_t index) const {
    const Row& row = rows_[index];
    absl::string_view rest = absl::string_view(text_).substr(row.start);
    const auto take = [&rest](uint32_t size) {
      const absl::string_view part = rest.substr(0, size);
      rest.remove_prefix(size);
      return part;
    };
    FileCase out;
    out.id = take(row.id);
    out.volume = take(row.volume);
    out.mask = take(row.mask);
    out.patient = take(row.patient);
    out.split = words_[row.split];
    out.site = words_[row.site];
    out.report_offset = row.report_offset;
    return out;
  }

 private:
  struct Row {
    uint64_t start = 0;  // in text_: id, volume, mask, patient
    int64_t report_offset = 0;
    uint32_t id = 0, volume = 0, mask = 0, patient = 0;  // lengths
    uint32_t split = 0, site = 0;                        // in words_
  };

  // Few different words, many times over.
  uint32_t Intern(absl::string_view word) {
    const auto found = numbers_.find(word);
    if (found != numbers_.end()) return found->second;
    words_.emplace_back(word);
    return numbers_.emplace(std::string(word), static_cast<uint32_t>(words_.size() - 1)).first->second;
  }

  std::string text_;
  std::vector<Row> rows_;
  std::vector<std::string> words_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;
};

}  // namespace asap

#endif  // ASAP_DATASETS_FILE_CASES_FILE_CASE_TABLE_H_
