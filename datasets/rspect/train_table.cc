#include "datasets/rspect/train_table.h"

#include <cmath>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/csv/csv.h"
#include "datasets/file_cases/label_cell.h"

namespace asap {
namespace {

using Severity = DatasetProblem::Severity;

constexpr const char kNegative[] = "negative_exam_for_pe", kIndeterminate[] = "indeterminate";

// A column of 0 and 1, or none.
class Flag {
 public:
  static absl::StatusOr<Flag> Find(const CsvReader& csv, const char* name, bool required) {
    Flag flag;
    if (!required && !csv.HasColumn(name)) return flag;
    ASAP_ASSIGN_OR_RETURN(const size_t column, csv.Column(name));
    flag.column_ = static_cast<int64_t>(column);
    return flag;
  }
  // -1 where the cell says nothing, or there is no column.
  absl::StatusOr<int> Value(const CsvReader& csv) const {
    if (column_ < 0) return -1;
    ASAP_ASSIGN_OR_RETURN(const double value, LabelCell(csv, column_));
    return std::isnan(value) ? -1 : static_cast<int>(value);
  }

 private:
  int64_t column_ = -1;
};

void CheckSeries(const std::string& path, const RspectSeries& series, RspectTable* table) {
  const auto warn = [&](const std::string& message) {
    table->problems.push_back({.severity = Severity::kWarning,
                               .case_id = series.series,
                               .message = absl::StrCat(path, ": ", message),
                               .remedy = "the label is that of the images; look at the series before relying on it"});
  };
  if (series.negative == 1 && series.images_with_pe > 0) {
    warn(absl::StrCat("embolism is marked on ", series.images_with_pe, " images of a study called negative"));
  } else if (series.negative == 1 && series.indeterminate == 1) {
    warn("the study is called negative and indeterminate");
  } else if (series.negative == 0 && series.indeterminate == 0 && series.images_with_pe == 0 && series.images_unknown == 0) {
    warn("no image has embolism, but the study is neither negative nor indeterminate");
  }
}

}  // namespace

absl::StatusOr<RspectTable> ReadRspectTable(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(path));
  ASAP_ASSIGN_OR_RETURN(const size_t study_column, csv->Column("StudyInstanceUID"));
  ASAP_ASSIGN_OR_RETURN(const size_t series_column, csv->Column("SeriesInstanceUID"));
  ASAP_ASSIGN_OR_RETURN(const size_t image_column, csv->Column("SOPInstanceUID"));
  ASAP_ASSIGN_OR_RETURN(const Flag pe, Flag::Find(*csv, "pe_present_on_image", /*required=*/true));
  ASAP_ASSIGN_OR_RETURN(const Flag negative, Flag::Find(*csv, kNegative, /*required=*/false));
  ASAP_ASSIGN_OR_RETURN(const Flag indeterminate, Flag::Find(*csv, kIndeterminate, /*required=*/false));
  RspectTable table;
  struct Image {
    int64_t line = 0;
    int pe = -1;
  };
  absl::flat_hash_map<uint64_t, Image> images;  // by hash of series and image
  int64_t repeated = 0, first_repeated = 0;
  absl::flat_hash_map<std::string, bool> uneven;  // series with rows that differ in what holds for the study
  int64_t at = -1;
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) break;
    const absl::string_view study = absl::StripAsciiWhitespace((*csv)[study_column]);
    const absl::string_view series = absl::StripAsciiWhitespace((*csv)[series_column]);
    if (study.empty() || series.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", csv->line(), ": the cell \"",
                                                     study.empty() ? "StudyInstanceUID" : "SeriesInstanceUID", "\" is empty"));
    }
    ASAP_ASSIGN_OR_RETURN(const int has_pe, pe.Value(*csv));
    ASAP_ASSIGN_OR_RETURN(const int is_negative, negative.Value(*csv));
    ASAP_ASSIGN_OR_RETURN(const int is_indeterminate, indeterminate.Value(*csv));
    if (at < 0 || table.series[at].series != series) {  // mostly, a series' rows follow each other
      const auto [known, is_new] = table.index_of.emplace(std::string(series), static_cast<int64_t>(table.series.size()));
      at = known->second;
      if (is_new) {
        table.series.push_back({.study = std::string(study),
                                .series = std::string(series),
                                .negative = is_negative,
                                .indeterminate = is_indeterminate});
      }
    }
    RspectSeries& row = table.series[at];
    if (row.study != study) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", csv->line(), ": the series ", series, " is in the study ", study,
                                                     " here and in ", row.study, " before"));
    }
    const absl::string_view image = absl::StripAsciiWhitespace((*csv)[image_column]);
    const auto [earlier, is_new] = images.emplace(Mix64(Mix64(Fnv1a64(series)) + Fnv1a64(image)), Image{csv->line(), has_pe});
    if (!is_new && earlier->second.pe != has_pe) {
      return absl::InvalidArgumentError(absl::StrCat(path, ":", csv->line(), ": the image ", image, " of the series ", series,
                                                     " is on line ", earlier->second.line,
                                                     " already, with another pe_present_on_image; keep the row that is right"));
    }
    if (is_new) {
      ++row.images;
      row.images_with_pe += has_pe == 1;
      row.images_unknown += has_pe < 0;
    } else if (repeated++ == 0) {
      first_repeated = csv->line();
    }
    if (row.negative != is_negative || row.indeterminate != is_indeterminate) uneven[row.series] = true;
  }
  if (table.series.empty()) return absl::InvalidArgumentError(absl::StrCat(path, ": lists no image; expected a row for each"));
  if (repeated > 0) {
    table.problems.push_back(
        {.severity = Severity::kWarning,
         .message = absl::StrCat(path, ": ", repeated, repeated == 1 ? " row repeats" : " rows repeat",
                                 " an image, the first on line ", first_repeated, "; each image counts once"),
         .remedy = "remove the rows that repeat"});
  }
  for (const RspectSeries& series : table.series) {
    if (uneven.contains(series.series)) {
      table.problems.push_back({.severity = Severity::kError,
                                .case_id = series.series,
                                .message = absl::StrCat(path, ": the rows of its images differ in ", kNegative, " or ",
                                                        kIndeterminate, ", which hold for the study"),
                                .remedy = "download the table again"});
    } else {
      CheckSeries(path, series, &table);
    }
  }
  return table;
}

}  // namespace asap
