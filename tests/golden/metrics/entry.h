// One object of a metrics fixture: what is read from it, what is compared with it, and which of its keys nobody looked at.
#ifndef ASAP_TESTS_GOLDEN_METRICS_ENTRY_H_
#define ASAP_TESTS_GOLDEN_METRICS_ENTRY_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/golden/row.h"

namespace asap::golden {

using Value = std::optional<double>;  // nullopt and NaN: undefined
using Values = std::vector<Value>;

// |found - expected| <= limit * max(1, |expected|).
inline constexpr double kLibraryLimit = 1e-12;  // of metrics_public.json
inline constexpr double kTaskLimit = 1e-10;     // of pub_task_metrics.json
inline constexpr double kFloatLimit = 1e-6;     // values that the library made in float32
inline constexpr double kExactly = 0;

// The accessors throw std::exception where a key is missing or of another type; ReplayMetrics turns that into a status.
class Entry {
 public:
  // `name` is the prefix of the keys of its rows.
  Entry(std::string name, const nlohmann::json& object, Rows* rows);

  const std::string& name() const { return name_; }
  bool Has(const std::string& key) const { return object_.contains(key); }
  // An input; present or not.
  const nlohmann::json& Input(const std::string& key);
  void Note(const std::string& key) { used_.insert(key); }
  std::vector<double> Numbers(const std::string& key);  // an input of any nesting, flat
  std::vector<int> Integers(const std::string& key);
  std::vector<char> Flags(const std::string& key);  // non-zero is 1

  // Compares if the fixture has the key. What it may hold: a number; "nan"; "inf"; {"error": ...} or a word, where we must find
  // nothing defined.
  void Compare(const std::string& key, const Value& found, double limit);
  void Compare(const std::string& key, const Values& found, double limit);  // an array of any nesting, flat
  // A sub-object, whose keys count as its own.
  Entry Sub(const std::string& key);
  // A part that was not understood.
  void Fail(const std::string& key, const std::string& why);

  // Keys that were neither read nor compared become failing rows: nothing is left out silently. Call it last.
  void Finish();

 private:
  std::string name_;
  const nlohmann::json& object_;
  Rows* rows_;
  std::set<std::string> used_;
};

// Numbers of any nesting, flat; words and nulls are undefined values.
void Flatten(const nlohmann::json& json, std::vector<nlohmann::json>* leaves);

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_METRICS_ENTRY_H_
