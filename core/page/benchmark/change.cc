#include "core/page/benchmark/change.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/page/benchmark/headline.h"
#include "core/page/format.h"

namespace asap {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "asap-benchmark-baseline";
constexpr int kVersion = 1;

Json Optional(const std::optional<double>& value) { return value.has_value() ? Json(*value) : Json(); }

std::optional<double> ToOptional(const Json& value) {
  return value.is_null() ? std::nullopt : std::optional<double>(value.get<double>());
}

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

bool SamePlace(const ScoreRow& a, const ScoreRow& b) {
  return a.task == b.task && a.cohort == b.cohort && a.fraction == b.fraction && a.encoder == b.encoder &&
         a.metric.name == b.metric.name;
}

struct Baseline {
  std::string created, machine, protocol, data;
  std::vector<ScoreRow> scores;
};

absl::StatusOr<Baseline> ParseBaseline(absl::string_view text) {
  try {
    const Json json = Json::parse(text.begin(), text.end());
    if (json.at("format") != kFormat || json.at("version") != kVersion) {
      return absl::InvalidArgumentError(absl::StrCat("the baseline is not of format \"", kFormat, "\", version ", kVersion,
                                                     "; write it again from a benchmark"));
    }
    Baseline baseline{
        json.at("created"), json.value("machine", "a machine that it does not name"), json.at("protocol"), json.at("data"), {}};
    for (const Json& score : json.at("scores")) {
      ScoreRow row;
      row.task = score.at("task");
      row.cohort = score.at("cohort");
      row.fraction = score.at("fraction");
      row.encoder = score.at("encoder");
      row.metric.name = score.at("metric");
      row.metric.title = score.value("title", row.metric.name);
      row.metric.higher_is_better = score.at("higher_is_better");
      row.value = ToOptional(score.at("value"));
      row.low = ToOptional(score.at("low"));
      row.high = ToOptional(score.at("high"));
      baseline.scores.push_back(std::move(row));
    }
    return baseline;
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("the baseline cannot be read: ", error.what(), "; write it again from a benchmark"));
  }
}

// "worse, outside", "better", "same", "only now".
std::string ChangeInWords(const ScoreRow* before, const ScoreRow* after) {
  if (before == nullptr) return "new";
  if (after == nullptr) return "gone";
  if (before->value.has_value() != after->value.has_value()) return after->value.has_value() ? "defined now" : "undefined now";
  if (!before->value.has_value()) return "undefined";
  const double change = *after->value - *before->value;
  const bool outside =
      before->low.has_value() && before->high.has_value() && (*after->value < *before->low || *after->value > *before->high);
  if (!outside && Fixed(*after->value) == Fixed(*before->value)) return "same";
  const std::string direction = (change > 0) == after->metric.higher_is_better ? "better" : "worse";
  return outside ? absl::StrCat(direction, ", outside the interval") : direction;
}

std::string Aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], TextWidth(row[i]));
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&text, row[i]);
      if (i + 1 < row.size()) text.append(widths[i] - TextWidth(row[i]) + 2, ' ');
    }
    text += "\n";
  }
  return text;
}

std::vector<std::string> TableRow(const BenchmarkResults& results, const ScoreRow* before, const ScoreRow* after) {
  const ScoreRow& any = before != nullptr ? *before : *after;
  const bool both = before != nullptr && after != nullptr && before->value.has_value() && after->value.has_value();
  const TaskSpec* task = FindTask(results, any.task);
  return {TaskAndCohort(any.task, any.cohort, task == nullptr || IsExternal(*task, any.cohort)),
          absl::StrCat(any.fraction, " %"),
          any.encoder,
          any.metric.title,
          before == nullptr ? "-" : Fixed(before->value),
          before == nullptr ? "" : IntervalText(before->low, before->high),
          after == nullptr ? "-" : Fixed(after->value),
          both ? Signed(*after->value - *before->value) : "",
          ChangeInWords(before, after)};
}

}  // namespace

std::string BaselineJson(const BenchmarkResults& results) {
  std::string text =
      absl::StrCat("{\"format\": \"", kFormat, "\", \"version\": ", kVersion, ",\n \"created\": ", Dump(results.created),
                   ", \"machine\": ", Dump(results.machine), ", \"protocol\": ", Dump(ProtocolName(results.protocol)),
                   ", \"data\": ", Dump(results.data), ",\n \"scores\": [");
  bool first = true;
  for (const ScoreRow& score : results.scores) {
    if (!score.headline) continue;
    absl::StrAppend(&text, first ? "\n  " : ",\n  ",
                    Dump({{"task", score.task},
                          {"cohort", score.cohort},
                          {"fraction", score.fraction},
                          {"encoder", score.encoder},
                          {"metric", score.metric.name},
                          {"title", score.metric.title},
                          {"higher_is_better", score.metric.higher_is_better},
                          {"value", Optional(score.value)},
                          {"low", Optional(score.low)},
                          {"high", Optional(score.high)}}));
    first = false;
  }
  return absl::StrCat(text, "\n]}\n");
}

absl::StatusOr<std::string> ChangeAgainstBaseline(const BenchmarkResults& results, absl::string_view baseline_json) {
  const absl::StatusOr<Baseline> baseline = ParseBaseline(baseline_json);
  if (!baseline.ok()) return baseline.status();
  if (baseline->protocol != ProtocolName(results.protocol) || baseline->data != results.data) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the baseline is of protocol ", baseline->protocol, " on data ", baseline->data, ", this benchmark of protocol ",
        ProtocolName(results.protocol), " on data ", results.data, "; their scores do not compare"));
  }
  std::vector<std::vector<std::string>> rows = {
      {"task", "labels", "encoder", "metric", "old", "95 % interval", "new", "difference", "change"}};
  int64_t outside = 0, moved = 0, same = 0, one_sided = 0;
  const auto add = [&](const ScoreRow* before, const ScoreRow* after) {
    rows.push_back(TableRow(results, before, after));
    const std::string& words = rows.back().back();
    if (words == "same" || words == "undefined") {
      ++same;
    } else if (words == "new" || words == "gone") {
      ++one_sided;
    } else {
      ++moved;
      outside += words.find("outside") != std::string::npos;
    }
  };
  for (const ScoreRow& before : baseline->scores) {
    const auto found = std::find_if(results.scores.begin(), results.scores.end(),
                                    [&](const ScoreRow& score) { return score.headline && SamePlace(score, before); });
    add(&before, found == results.scores.end() ? nullptr : &*found);
  }
  for (const ScoreRow& after : results.scores) {
    if (!after.headline) continue;
    const auto same_place = [&](const ScoreRow& score) { return SamePlace(score, after); };
    if (std::none_of(baseline->scores.begin(), baseline->scores.end(), same_place)) add(nullptr, &after);
  }
  return absl::StrFormat(
      "%sagainst the baseline of %s, made on %s: %d same, %d changed, of which %d outside the old interval; %d on one side "
      "only\n",
      Aligned(rows), baseline->created, baseline->machine, same, moved, outside, one_sided);
}

}  // namespace asap
