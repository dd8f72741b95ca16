#include "tools/preprocess/tables.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"
#include "core/base/utf8.h"

namespace asap {
namespace {

constexpr const char* kManifestColumns[] = {"volume", "findings", "impression", "patient", "mask", "split", "case"};

// RFC 4180: quoted where a comma, a quote or a line end would be taken for structure.
std::string Cell(const std::string& raw) {
  const std::string text = Readable(raw);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string Readable(absl::string_view text) {
  std::string readable;
  while (!text.empty()) {
    size_t good = ValidUtf8Prefix(text);
    good = std::min(good, text.find('\0'));
    absl::StrAppend(&readable, text.substr(0, good));
    text.remove_prefix(good);
    if (text.empty()) break;
    absl::StrAppendFormat(&readable, "\\x%02X", static_cast<unsigned char>(text[0]));
    text.remove_prefix(1);
  }
  return readable;
}

std::string CsvLine(const std::vector<std::string>& cells) {
  return absl::StrCat(absl::StrJoin(cells, ",", [](std::string* out, const std::string& cell) { out->append(Cell(cell)); }),
                      "\n");
}

bool IsManifestColumn(absl::string_view name) {
  return std::find(std::begin(kManifestColumns), std::end(kManifestColumns), name) != std::end(kManifestColumns);
}

absl::Status WriteManifest(const std::string& path, const std::vector<std::string>& further_columns,
                           const std::vector<ManifestRow>& rows) {
  std::vector<std::string> cells(std::begin(kManifestColumns), std::end(kManifestColumns));
  const size_t own_columns = cells.size();
  cells.insert(cells.end(), further_columns.begin(), further_columns.end());
  std::string text = CsvLine(cells);
  for (const ManifestRow& row : rows) {
    cells = {row.volume, row.findings, row.impression, row.patient, row.mask, row.split, row.case_id};
    cells.insert(cells.end(), row.further.begin(), row.further.end());
    cells.resize(own_columns + further_columns.size());
    absl::StrAppend(&text, CsvLine(cells));
  }
  return WriteFileAtomically(path, text);
}

absl::Status WriteSkipped(const std::string& path, const std::vector<SkippedRow>& rows) {
  std::string text = "case,reason,remedy\n";
  for (const SkippedRow& row : rows) absl::StrAppend(&text, CsvLine({row.case_id, row.reason, row.remedy}));
  return WriteFileAtomically(path, text);
}

SkippedRow SplitMessage(const std::string& case_id, const std::string& message) {
  const size_t split = message.rfind(". ");
  if (split == std::string::npos) return {case_id, message, "See the reason; correct the file, or leave it out."};
  return {case_id, message.substr(0, split), message.substr(split + 2)};
}

}  // namespace asap
