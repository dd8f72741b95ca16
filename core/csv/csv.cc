#include "core/csv/csv.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "core/base/utf8.h"

namespace asap {
namespace {

constexpr size_t kChunk = 1 << 20;
constexpr size_t kRowChunk = 16 << 10;
// A record beyond this is a quote that was never closed, or no CSV.
constexpr size_t kLongestRecord = 64 << 20;

char SeparatorOf(absl::string_view path) { return absl::EndsWithIgnoreCase(path, ".tsv") ? '\t' : ','; }

absl::StatusOr<int> OpenFile(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || ::fstat(file, &status) != 0) {
    const std::string reason = std::strerror(errno);
    if (file >= 0) ::close(file);
    return absl::NotFoundError(absl::StrCat(path, ": cannot be opened (", reason, "); expected a CSV file"));
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(file);
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a file; expected a CSV file"));
  }
  return file;
}

// Reads up to `size` bytes at `offset`; fewer only at the end of the file.
absl::StatusOr<size_t> ReadAt(int file, const std::string& path, int64_t offset, size_t size, char* out) {
  size_t done = 0;
  while (done < size) {
    const ssize_t got = ::pread(file, out + done, size - done, offset + static_cast<int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::InternalError(absl::StrCat(path, ": cannot be read (", std::strerror(errno), ")"));
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

}  // namespace

CsvRecord::Outcome CsvRecord::Parse(absl::string_view bytes, bool last, size_t* consumed, int64_t* line_ends) {
  bytes_ = bytes.data();
  cells_.clear();
  scratch_.clear();
  *line_ends = 0;
  const size_t size = bytes.size();
  const Outcome cut = last ? Outcome::kComplete : Outcome::kNeedsMore;
  size_t i = 0;
  while (true) {
    Cell cell;
    if (i < size && bytes[i] == '"') {
      cell.quoted = true;
      size_t start = ++i;
      cell.begin = start;
      while (true) {
        const void* found = i < size ? std::memchr(bytes.data() + i, '"', size - i) : nullptr;
        if (found == nullptr) return last ? Outcome::kUnclosedQuote : Outcome::kNeedsMore;
        const size_t quote = static_cast<const char*>(found) - bytes.data();
        if (quote + 1 == size && !last) return Outcome::kNeedsMore;
        if (quote + 1 < size && bytes[quote + 1] == '"') {  // a doubled quote stands for one
          if (!cell.unescaped) {
            cell.unescaped = true;
            cell.begin = scratch_.size();
          }
          scratch_.append(bytes.data() + start, quote + 1 - start);
          start = i = quote + 2;
          continue;
        }
        if (cell.unescaped) {
          scratch_.append(bytes.data() + start, quote - start);
          cell.size = scratch_.size() - cell.begin;
        } else {
          cell.size = quote - cell.begin;
        }
        i = quote + 1;
        break;
      }
      const absl::string_view whole =
          cell.unescaped ? absl::string_view(scratch_).substr(cell.begin) : bytes.substr(cell.begin, cell.size);
      *line_ends += std::count(whole.begin(), whole.end(), '\n');
    } else {
      cell.begin = i;
      while (i < size && bytes[i] != separator_ && bytes[i] != '\n' && bytes[i] != '\r') ++i;
      cell.size = i - cell.begin;
    }
    cells_.push_back(cell);
    if (i == size) {
      *consumed = size;
      return cut;
    }
    if (bytes[i] == separator_) {
      ++i;
      continue;
    }
    if (bytes[i] == '\r') {
      if (i + 1 == size && !last) return Outcome::kNeedsMore;
      i += i + 1 < size && bytes[i + 1] == '\n' ? 2 : 1;
    } else if (bytes[i] == '\n') {
      ++i;
    } else {
      return Outcome::kTextAfterQuote;
    }
    ++*line_ends;
    *consumed = i;
    return Outcome::kComplete;
  }
}

bool CsvRecord::IsBlank() const {
  if (cells_.size() != 1 || cells_[0].quoted) return false;
  const absl::string_view cell = (*this)[0];
  return std::all_of(cell.begin(), cell.end(), [](char c) { return absl::ascii_isspace(c); });
}

CsvReader::CsvReader(std::string path, int file) : path_(std::move(path)), file_(file), record_(SeparatorOf(path_)) {}

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Open(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const int file, OpenFile(path));
  std::unique_ptr<CsvReader> reader(new CsvReader(path, file));
  ASAP_RETURN_IF_ERROR(reader->Fill());
  if (absl::StartsWith(reader->buffer_, "\xFF\xFE") || absl::StartsWith(reader->buffer_, "\xFE\xFF")) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": encoded in UTF-16; expected UTF-8: save it as \"CSV UTF-8\""));
  }
  if (absl::StartsWith(reader->buffer_, "\xEF\xBB\xBF")) reader->position_ = 3;
  bool more = true;
  do {
    ASAP_ASSIGN_OR_RETURN(more, reader->NextRecord());
  } while (more && reader->record_.IsBlank());
  if (!more)
    return absl::InvalidArgumentError(absl::StrCat(path, ": empty; expected a header row with the names of the columns"));
  for (size_t i = 0; i < reader->record_.size(); ++i) {
    reader->columns_.emplace_back(absl::StripAsciiWhitespace(reader->record_[i]));
  }
  return reader;
}

CsvReader::~CsvReader() { ::close(file_); }

absl::Status CsvReader::Error(absl::string_view message) const {
  return absl::InvalidArgumentError(absl::StrCat(path_, ":", line_, ": ", message));
}

absl::Status CsvReader::Fill() {
  buffer_.erase(0, position_);
  buffer_start_ += static_cast<int64_t>(position_);
  position_ = 0;
  const size_t had = buffer_.size();
  const size_t wanted = std::max(kChunk, had);  // doubles while one record does not fit
  buffer_.resize(had + wanted);
  ASAP_ASSIGN_OR_RETURN(const size_t got,
                        ReadAt(file_, path_, buffer_start_ + static_cast<int64_t>(had), wanted, buffer_.data() + had));
  buffer_.resize(had + got);
  at_end_ = got < wanted;
  return absl::OkStatus();
}

absl::StatusOr<bool> CsvReader::NextRecord() {
  line_ = next_line_;
  while (true) {
    if (position_ == buffer_.size() && at_end_) return false;
    size_t consumed = 0;
    int64_t line_ends = 0;
    const absl::string_view rest = absl::string_view(buffer_).substr(position_);
    const CsvRecord::Outcome outcome = record_.Parse(rest, at_end_, &consumed, &line_ends);
    if (outcome == CsvRecord::Outcome::kTextAfterQuote) {
      return Error("text follows a closing quote; a quote within a quoted cell is written twice (\"\")");
    }
    if (outcome == CsvRecord::Outcome::kUnclosedQuote ||
        (outcome == CsvRecord::Outcome::kNeedsMore && rest.size() > kLongestRecord)) {
      return Error("a quote in the row that begins here is never closed");
    }
    if (outcome == CsvRecord::Outcome::kNeedsMore) {
      ASAP_RETURN_IF_ERROR(Fill());
      continue;
    }
    const absl::string_view record = rest.substr(0, consumed);
    if (const size_t valid = ValidUtf8Prefix(record); valid < record.size()) {
      line_ += std::count(record.begin(), record.begin() + valid, '\n');
      return Error("not UTF-8; save the file as UTF-8 (in Excel: \"CSV UTF-8\")");
    }
    if (record.find('\0') != absl::string_view::npos) return Error("holds a zero byte; expected UTF-8 text");
    offset_ = buffer_start_ + static_cast<int64_t>(position_);
    position_ += consumed;
    next_line_ += line_ends;
    return true;
  }
}

absl::StatusOr<bool> CsvReader::Next() {
  do {
    ASAP_ASSIGN_OR_RETURN(const bool more, NextRecord());
    if (!more) return false;
  } while (record_.IsBlank() && columns_.size() > 1);
  if (record_.size() != columns_.size()) {
    return Error(absl::StrCat("the row has ", record_.size(), " cells, the header has ", columns_.size(),
                              "; put a cell that holds commas in quotes"));
  }
  return true;
}

bool CsvReader::HasColumn(absl::string_view name) const {
  return std::any_of(columns_.begin(), columns_.end(),
                     [name](const std::string& column) { return absl::EqualsIgnoreCase(column, name); });
}

absl::StatusOr<size_t> CsvReader::Column(absl::string_view name) const {
  const auto is_it = [name](const std::string& column) { return absl::EqualsIgnoreCase(column, name); };
  const auto column = std::find_if(columns_.begin(), columns_.end(), is_it);
  if (column == columns_.end()) {
    const bool other_separator = columns_.size() == 1 && columns_[0].find_first_of(";\t|") != std::string::npos;
    return absl::InvalidArgumentError(absl::StrCat(
        path_, ": the column is missing: ", UnknownName("column", name, columns_),
        other_separator ? " The header has one column with another separator in it: separate the cells by commas." : ""));
  }
  const auto again = std::find_if(column + 1, columns_.end(), is_it);
  if (again != columns_.end() && *again == *column) {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": the column \"", *column, "\" appears twice; keep one"));
  }
  if (again != columns_.end()) {
    return absl::InvalidArgumentError(absl::StrCat(path_, ": the columns \"", *column, "\" and \"", *again,
                                                   "\" differ in letter case alone, and either may be meant; keep one"));
  }
  return static_cast<size_t>(column - columns_.begin());
}

absl::StatusOr<size_t> CsvReader::Column(absl::Span<const absl::string_view> names) const {
  for (const absl::string_view name : names) {
    if (HasColumn(name)) return Column(name);
  }
  absl::Status missing = Column(names[0]).status();
  if (names.size() == 1) return missing;
  return Annotate(missing, absl::StrCat("none of the columns ", absl::StrJoin(names, ", "), " is there"));
}

uint64_t CsvReader::Digest(absl::Span<const size_t> columns) const {
  uint64_t digest = 0;
  for (const size_t column : columns) digest = Mix64(digest + Fnv1a64(absl::StripAsciiWhitespace(record_[column])));
  return digest;
}

absl::StatusOr<std::unique_ptr<CsvRows>> CsvRows::Open(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const int file, OpenFile(path));
  return std::unique_ptr<CsvRows>(new CsvRows(path, file));
}

CsvRows::~CsvRows() { ::close(file_); }

absl::StatusOr<std::vector<std::string>> CsvRows::Read(int64_t offset) const {
  std::string bytes;
  CsvRecord record(SeparatorOf(path_));
  for (size_t wanted = kRowChunk; wanted <= 2 * kLongestRecord; wanted *= 2) {
    const size_t had = bytes.size();
    bytes.resize(wanted);
    ASAP_ASSIGN_OR_RETURN(const size_t got,
                          ReadAt(file_, path_, offset + static_cast<int64_t>(had), wanted - had, bytes.data() + had));
    bytes.resize(had + got);
    size_t consumed = 0;
    int64_t line_ends = 0;
    const CsvRecord::Outcome outcome = record.Parse(bytes, /*last=*/bytes.size() < wanted, &consumed, &line_ends);
    if (outcome == CsvRecord::Outcome::kNeedsMore) continue;
    if (outcome != CsvRecord::Outcome::kComplete) break;
    std::vector<std::string> cells;
    for (size_t i = 0; i < record.size(); ++i) cells.emplace_back(record[i]);
    return cells;
  }
  return absl::FailedPreconditionError(absl::StrCat(path_, ": changed since it was opened; open the dataset again"));
}

}  // namespace asap
