#include "tests/golden/text/replay_text.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"
#include "core/csv/csv.h"
#include "core/text/tokenizer.h"
#include "modules/pretraining/report.h"
#include "modules/pretraining/report_encoder.h"

namespace asap::golden {
namespace {

using nlohmann::json;
using Ids = std::vector<int64_t>;

// Collects the rows of one case; its name is the prefix of their keys.
class Case {
 public:
  Case(std::string name, Rows* rows) : name_(std::move(name)), rows_(rows) {}

  void Texts(const std::string& key, const std::string& expected, const std::string& found) {
    const size_t at = std::mismatch(expected.begin(), expected.end(), found.begin(), found.end()).first - expected.begin();
    Add(key, expected == found, expected == found ? "" : absl::StrCat(" (first difference at byte ", at, ")"));
  }

  // Rows of a fixture stop at the real length; what we computed must be `padding` from there on.
  void Numbers(const std::string& key, const Ids& expected, const Ids& found, int64_t padding = 0) {
    double largest = 0, most = 0;
    int64_t first = -1;
    for (size_t i = 0; i < std::max(expected.size(), found.size()); ++i) {
      const int64_t want = i < expected.size() ? expected[i] : padding;
      const int64_t have = i < found.size() ? found[i] : -1;
      largest = std::max(largest, std::abs(static_cast<double>(want)));
      most = std::max(most, std::abs(static_cast<double>(want - have)));
      if (want != have && first < 0) first = static_cast<int64_t>(i);
    }
    const bool same = first < 0 && found.size() >= expected.size();
    std::string detail;
    if (!same) {
      detail =
          absl::StrCat(" (first difference at ", first, ": expected ",
                       first < static_cast<int64_t>(expected.size()) ? expected[first] : padding, ", found ",
                       first >= 0 && first < static_cast<int64_t>(found.size()) ? absl::StrCat(found[first]) : "nothing", ")");
    }
    Add(key, same, detail);
    rows_->back().max_abs = most;
    rows_->back().max_rel = largest > 0 ? most / largest : most;
  }

  void Number(const std::string& key, int64_t expected, int64_t found) { Numbers(key, {expected}, {found}); }

 private:
  void Add(const std::string& key, bool same, const std::string& detail) {
    rows_->push_back({.key = absl::StrCat(name_, "/", key, detail),
                      .max_abs = same ? 0.0 : 1.0,
                      .max_rel = same ? 0.0 : 1.0,
                      .tolerance = "exact",
                      .ok = same});
  }

  std::string name_;
  Rows* rows_;
};

std::vector<std::string> Pieces(const Tokenizer& tokenizer, const Ids& ids, int64_t length) {
  std::vector<std::string> pieces;
  for (int64_t i = 0; i < length; ++i) pieces.push_back(tokenizer.Piece(ids[i]));
  return pieces;
}

// [sentence number, start, end) of the runs among the real tokens, as "segments_f" has them.
Ids Segments(const Ids& sentence, int64_t length) {
  Ids segments;
  for (int64_t start = 0; start < length;) {
    int64_t end = start;
    while (end < length && sentence[end] == sentence[start]) ++end;
    segments.insert(segments.end(), {sentence[start], start, end});
    start = end;
  }
  return segments;
}

std::string Joined(const std::vector<std::string>& pieces) {
  std::string out;
  for (const std::string& piece : pieces) absl::StrAppend(&out, piece, "\n");
  return out;
}

// A draw for the encoder that the replay does not look at: the fixture's own stream goes through RandomMask.
EncodedReport EncodeUpstream(const ReportEncoder& encoder, const ReportText& cells) {
  CounterRng rng(0);
  return encoder.Encode(cells, /*mirrored=*/false, rng);
}

void ReplayReport(const json& row, const ReportText& cells, const ReportEncoder& encoder, Case* out) {
  const Tokenizer& tokenizer = encoder.tokenizer();
  const ReportTexts texts = JoinReport(cells, /*upstream_compat=*/true);
  out->Texts("findings_str", row.at("findings_str").get<std::string>(), texts.findings);
  out->Texts("report_used", row.at("report_used").get<std::string>(), texts.report);
  out->Texts("findings_clean", row.at("findings_clean").get<std::string>(), CleanText(texts.findings));
  out->Texts("report_clean", row.at("report_clean").get<std::string>(), CleanText(texts.report));

  const EncodedReport report = EncodeUpstream(encoder, cells);
  const EncodedText& findings = report.findings;
  out->Number("n_f", row.at("n_f").get<int64_t>(), findings.length);
  out->Numbers("ids_f", row.at("ids_f").get<Ids>(), findings.ids);
  out->Numbers("attention_mask_f", Ids(row.at("n_f").get<size_t>(), 1), findings.attention);
  out->Texts("findings_tokens", Joined(row.at("findings_tokens").get<std::vector<std::string>>()),
             Joined(Pieces(tokenizer, findings.ids, findings.length)));
  out->Numbers("sentence_mask_f", row.at("sentence_mask_f").get<Ids>(), findings.sentence);
  Ids segments;
  for (const json& segment : row.at("segments_f")) {
    for (const json& number : segment) segments.push_back(number.get<int64_t>());
  }
  out->Numbers("segments_f", segments, Segments(findings.sentence, findings.length), -1);
  out->Number("n_sentences", row.at("n_sentences").get<int64_t>(), findings.sentences);
  out->Number("n", row.at("n").get<int64_t>(), report.report.length);
  out->Numbers("ids", row.at("ids").get<Ids>(), report.report.ids);
  out->Numbers("attention_mask", Ids(row.at("n").get<size_t>(), 1), report.report.attention);
  if (row.contains("masked_ids")) {
    const std::vector<double> stream = row.at("rand_stream").get<std::vector<double>>();
    size_t drawn = 0;
    const Ids masked =
        RandomMask(report.report.ids, report.report.length, tokenizer.special(), encoder.options().mask_probability,
                   /*upstream_compat=*/true, [&] { return drawn < stream.size() ? stream[drawn++] : (++drawn, 1.0); });
    out->Numbers("masked_ids", row.at("masked_ids").get<Ids>(), masked);
    out->Number("draws", static_cast<int64_t>(stream.size()), static_cast<int64_t>(drawn));
  }
}

absl::Status ReplayReports(const json& file, const std::string& folder, std::shared_ptr<const Tokenizer> tokenizer, Rows* rows) {
  const std::string csv_path = absl::StrCat(folder, file.at("csv").get<std::string>());
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<CsvReader> csv, CsvReader::Open(csv_path));
  if (csv->columns().size() < 3) {
    return absl::InvalidArgumentError(absl::StrCat(csv_path, ": expected the columns volume, findings, impression"));
  }
  Case header("csv", rows);
  header.Texts("columns", Joined(file.at("columns").get<std::vector<std::string>>()),
               Joined({csv->columns()[0], csv->columns()[1], csv->columns()[2]}));
  std::vector<std::pair<std::string, ReportText>> table;
  while (true) {
    ASAP_ASSIGN_OR_RETURN(const bool more, csv->Next());
    if (!more) break;
    table.emplace_back(std::string((*csv)[0]), ReportText{std::string((*csv)[1]), std::string((*csv)[2])});
  }
  for (const auto& [length, cases] : file.at("cases").items()) {
    const ReportEncoder encoder(tokenizer, {.max_length = std::stoll(length), .upstream_compat = true});
    for (const json& row : cases) {
      const size_t index = row.at("index").get<size_t>();
      if (index >= table.size()) return absl::InvalidArgumentError(absl::StrCat(csv_path, ": has no row ", index));
      Case out(absl::StrCat(length, "/", index), rows);
      out.Texts("volume", row.at("volume").get<std::string>(), table[index].first);
      ReplayReport(row, table[index].second, encoder, &out);
    }
  }
  return absl::OkStatus();
}

void ReplayTokenizer(const json& file, std::shared_ptr<const Tokenizer> tokenizer, Rows* rows) {
  constexpr int64_t kLength = 512;
  int64_t index = 0;
  for (const json& row : file) {
    Case out(absl::StrCat("fixture/", index++), rows);
    const std::string clean = CleanText(row.at("raw").get<std::string>());
    out.Texts("cleaned", row.at("cleaned").get<std::string>(), clean);
    Ids ids = tokenizer->Encode(clean);
    const int64_t length = std::min<int64_t>(static_cast<int64_t>(ids.size()), kLength);
    ids.resize(length);
    ids.resize(kLength, tokenizer->special().pad);
    out.Number("n_real", row.at("n_real").get<int64_t>(), length);
    out.Numbers("ids", row.at("ids").get<Ids>(), ids);
    out.Texts("tokens", Joined(row.at("tokens").get<std::vector<std::string>>()), Joined(Pieces(*tokenizer, ids, length)));
    int64_t sentences = 0;
    out.Numbers("sentence_mask", row.at("sentence_mask").get<Ids>(),
                SentenceIndex(ids, length, *tokenizer, /*upstream_compat=*/true, &sentences));
    out.Number("sentences", row.at("sentences").get<int64_t>(), sentences);
  }
}

}  // namespace

absl::StatusOr<Rows> ReplayText(const std::string& golden_path, const std::string& tokenizer_path) {
  ASAP_ASSIGN_OR_RETURN(const std::string text, ReadFile(golden_path));
  const json file = json::parse(text, nullptr, /*allow_exceptions=*/false);
  ASAP_ASSIGN_OR_RETURN(std::shared_ptr<const Tokenizer> tokenizer, LoadTokenizer(tokenizer_path));
  ASAP_RETURN_IF_ERROR(Annotate(ReportEncoder::Check(*tokenizer), tokenizer_path));
  const bool reports = file.is_object() && file.contains("cases") && file.contains("csv");
  if (!reports && !file.is_array()) {
    return absl::InvalidArgumentError(
        absl::StrCat(golden_path, ": expected a list of tokenizer fixtures, or an object with \"csv\" and \"cases\""));
  }
  Rows rows;
  // The accessors of the JSON library throw where a file of this format lacks a key.
  try {
    if (reports) {
      const std::string folder = golden_path.substr(0, golden_path.find_last_of('/') + 1);
      ASAP_RETURN_IF_ERROR(ReplayReports(file, folder, std::move(tokenizer), &rows));
    } else {
      ReplayTokenizer(file, std::move(tokenizer), &rows);
    }
  } catch (const std::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(golden_path, ": not of the expected format: ", error.what()));
  }
  if (rows.empty()) return absl::InvalidArgumentError(absl::StrCat(golden_path, ": holds no case"));
  return rows;
}

}  // namespace asap::golden
