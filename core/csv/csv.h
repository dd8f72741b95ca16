// CSV by RFC 4180: quotes, line ends within them, CRLF, a byte-order mark, UTF-8 throughout. Cells of a file called .tsv are
// separated by tabs, of any other by commas. Rows stream by; what a row's reader
// keeps is its own affair, and a byte offset is enough to come back to one.
//
//   ASAP_ASSIGN_OR_RETURN(std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
//   ASAP_ASSIGN_OR_RETURN(const size_t volume, csv->Column("volume"));
//   while (true) {
//     ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
//     if (!more) break;
//     Use((*csv)[volume]);
//   }
//
// Messages name the file, the line and the columns, never what cells hold: that may be a report.
#ifndef ASAP_CORE_CSV_CSV_H_
#define ASAP_CORE_CSV_CSV_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace asap {

// One record's cells, unquoted. Views stay valid until the next Parse and as long as the bytes do.
class CsvRecord {
 public:
  explicit CsvRecord(char separator = ',') : separator_(separator) {}

  enum class Outcome { kComplete, kNeedsMore, kUnclosedQuote, kTextAfterQuote };

  // Parses the record at the start of `bytes`. kNeedsMore: they end within it, and more will come (`last` is false).
  // `consumed` and `line_ends` count what the record spans, its own line end included.
  Outcome Parse(absl::string_view bytes, bool last, size_t* consumed, int64_t* line_ends);

  size_t size() const { return cells_.size(); }
  absl::string_view operator[](size_t column) const {
    const Cell& cell = cells_[column];
    return absl::string_view((cell.unescaped ? scratch_.data() : bytes_) + cell.begin, cell.size);
  }
  // A line without anything but white space, which is no record.
  bool IsBlank() const;

 private:
  struct Cell {
    size_t begin = 0;
    size_t size = 0;
    bool unescaped = false;  // in scratch_, because it had doubled quotes
    bool quoted = false;
  };
  char separator_;
  const char* bytes_ = nullptr;
  std::vector<Cell> cells_;
  std::string scratch_;
};

class CsvReader {
 public:
  // Reads the header.
  static absl::StatusOr<std::unique_ptr<CsvReader>> Open(const std::string& path);
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  const std::string& path() const { return path_; }
  const std::vector<std::string>& columns() const { return columns_; }
  // The position of a column, in any letter case, or an error that names the file, the columns there are, and a near match. Two
  // columns whose names differ in letter case alone are an error as well.
  absl::StatusOr<size_t> Column(absl::string_view name) const;
  // The same of a column that is published under several names: the first of them that is there.
  absl::StatusOr<size_t> Column(absl::Span<const absl::string_view> names) const;
  bool HasColumn(absl::string_view name) const;

  // Moves to the next row; false at the end. Blank lines are skipped. Every row has as many cells as the header.
  absl::StatusOr<bool> Next();
  absl::string_view operator[](size_t column) const { return record_[column]; }
  // A digest of these cells of the row, without white space around them: rows that say the same have the same.
  uint64_t Digest(absl::Span<const size_t> columns) const;
  // Where the current row begins: its line, from 1, and its byte.
  int64_t line() const { return line_; }
  int64_t offset() const { return offset_; }

 private:
  CsvReader(std::string path, int file);
  absl::StatusOr<bool> NextRecord();
  absl::Status Fill();
  absl::Status Error(absl::string_view message) const;

  std::string path_;
  int file_;
  std::vector<std::string> columns_;
  std::string buffer_;   // bytes [buffer_start_, ...) of the file
  size_t position_ = 0;  // of the next record in buffer_
  int64_t buffer_start_ = 0;
  bool at_end_ = false;  // buffer_ holds the file's last byte
  int64_t next_line_ = 1;
  int64_t line_ = 0;
  int64_t offset_ = 0;
  CsvRecord record_;
};

// Comes back to single rows. Thread-safe.
class CsvRows {
 public:
  static absl::StatusOr<std::unique_ptr<CsvRows>> Open(const std::string& path);
  ~CsvRows();
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;

  // The cells of the row at CsvReader::offset().
  absl::StatusOr<std::vector<std::string>> Read(int64_t offset) const;

 private:
  CsvRows(std::string path, int file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  int file_;
};

}  // namespace asap

#endif  // ASAP_CORE_CSV_CSV_H_
