#include "tests/golden/metrics/entry.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace asap::golden {
namespace {

using nlohmann::json;

std::string Text(const Value& value) { return value.has_value() ? absl::StrFormat("%.17g", *value) : "undefined"; }

// The difference that counts against the limit; infinite where the two are of different kinds.
struct Difference {
  double absolute = 0, relative = 0;
};

Difference Between(const json& expected, const Value& found) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Difference none = {0, 0}, other_kind = {kInfinity, kInfinity};
  const bool defined = found.has_value() && !std::isnan(*found);
  if (expected.is_string() && (expected == "inf" || expected == "-inf")) {
    return defined && *found == (expected == "inf" ? kInfinity : -kInfinity) ? none : other_kind;
  }
  if (!expected.is_number() && !expected.is_boolean()) return defined ? other_kind : none;
  if (!defined || std::isinf(*found)) return other_kind;
  const double want = expected.is_boolean() ? expected.get<bool>() : expected.get<double>();
  const double difference = std::abs(*found - want);
  return {difference, want != 0 ? difference / std::abs(want) : difference};
}

bool Holds(const json& expected, const Value& found, double limit) {
  const double scale = expected.is_number() ? std::max(1.0, std::abs(expected.get<double>())) : 1.0;
  return Between(expected, found).absolute <= limit * scale;
}

std::string LimitText(double limit) { return limit == 0 ? "exact" : absl::StrFormat("%g", limit); }

// An error's entry is one value, not an object of values.
bool IsLeaf(const json& value) { return !value.is_structured() || (value.is_object() && value.contains("error")); }

}  // namespace

void Flatten(const json& value, std::vector<json>* leaves) {
  if (IsLeaf(value)) {
    leaves->push_back(value);
    return;
  }
  for (const json& item : value) Flatten(item, leaves);
}

Entry::Entry(std::string name, const json& object, Rows* rows) : name_(std::move(name)), object_(object), rows_(rows) {
  if (!object.is_object()) throw std::invalid_argument(absl::StrCat(name_, ": expected an object"));
}

const json& Entry::Input(const std::string& key) {
  used_.insert(key);
  const auto found = object_.find(key);
  if (found == object_.end()) throw std::invalid_argument(absl::StrCat(name_, ": has no \"", key, "\""));
  return *found;
}

std::vector<double> Entry::Numbers(const std::string& key) {
  std::vector<json> leaves;
  Flatten(Input(key), &leaves);
  std::vector<double> numbers;
  for (const json& leaf : leaves) numbers.push_back(leaf.get<double>());
  return numbers;
}

std::vector<int> Entry::Integers(const std::string& key) {
  std::vector<int> integers;
  for (const double number : Numbers(key)) integers.push_back(static_cast<int>(number));
  return integers;
}

std::vector<char> Entry::Flags(const std::string& key) {
  std::vector<char> flags;
  for (const double number : Numbers(key)) flags.push_back(number != 0);
  return flags;
}

void Entry::Compare(const std::string& key, const Value& found, double limit) {
  used_.insert(key);
  const auto expected = object_.find(key);
  if (expected == object_.end()) return;
  const Difference difference = Between(*expected, found);
  const bool ok = IsLeaf(*expected) && Holds(*expected, found, limit);
  rows_->push_back({.key = absl::StrCat(name_, "/", key,
                                        ok ? "" : absl::StrCat(" (expected ", expected->dump(), ", found ", Text(found), ")")),
                    .max_abs = difference.absolute,
                    .max_rel = difference.relative,
                    .tolerance = LimitText(limit),
                    .ok = ok});
}

void Entry::Compare(const std::string& key, const Values& found, double limit) {
  used_.insert(key);
  const auto expected = object_.find(key);
  if (expected == object_.end()) return;
  std::vector<json> leaves;
  Flatten(*expected, &leaves);
  Row row = {.key = absl::StrCat(name_, "/", key), .tolerance = LimitText(limit), .ok = leaves.size() == found.size()};
  if (!row.ok) absl::StrAppend(&row.key, " (expected ", leaves.size(), " values, found ", found.size(), ")");
  for (size_t i = 0; i < std::min(leaves.size(), found.size()); ++i) {
    const Difference difference = Between(leaves[i], found[i]);
    row.max_abs = std::max(row.max_abs, difference.absolute);
    row.max_rel = std::max(row.max_rel, difference.relative);
    if (row.ok && !Holds(leaves[i], found[i], limit)) {
      row.ok = false;
      absl::StrAppend(&row.key, " (value ", i, ": expected ", leaves[i].dump(), ", found ", Text(found[i]), ")");
    }
  }
  rows_->push_back(row);
}

Entry Entry::Sub(const std::string& key) { return Entry(absl::StrCat(name_, "/", key), Input(key), rows_); }

void Entry::Fail(const std::string& key, const std::string& why) {
  used_.insert(key);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  rows_->push_back({.key = absl::StrCat(name_, "/", key, " (", why, ")"),
                    .max_abs = kInfinity,
                    .max_rel = kInfinity,
                    .tolerance = "exact",
                    .ok = false});
}

void Entry::Finish() {
  std::vector<std::string> unknown;
  for (const auto& [key, value] : object_.items()) {
    if (used_.count(key) == 0) unknown.push_back(key);
  }
  for (const std::string& key : unknown) Fail(key, "a key that this replay does not know");
}

}  // namespace asap::golden
