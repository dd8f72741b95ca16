#include "core/io/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace asap::internal {
namespace {

using nlohmann::json;

// Builds the header from parse events, so that a repeated key is seen (a JSON tree would keep only the last) and nothing is
// allocated for what the format does not allow. nlohmann's parser is iterative and validates UTF-8.
class HeaderBuilder : public nlohmann::json_sax<json> {
 public:
  explicit HeaderBuilder(SafetensorsHeader& header) : header_(header) {}
  const std::string& error() const { return error_; }

  bool start_object(std::size_t) override {
    if (depth_ == 0) return ++depth_, true;
    if (depth_ == 1) {
      ++depth_;
      if (name_ != "__metadata__") seen_fields_.clear();
      return true;
    }
    return Fail(absl::StrCat("an object inside \"", Shown(name_), "\": the header is deeper than the format allows"));
  }

  bool key(std::string& key) override {
    if (depth_ == 1) {
      if (!names_.insert(key).second) return Fail(absl::StrCat("duplicate key \"", Shown(key), "\""));
      name_ = key;
      return true;
    }
    if (name_ == "__metadata__") {
      if (header_.metadata.count(key) > 0) return Fail(absl::StrCat("duplicate metadata key \"", Shown(key), "\""));
    } else {
      if (key != "dtype" && key != "shape" && key != "data_offsets") {
        return Fail(absl::StrCat("\"", Shown(name_), "\" has an unknown field \"", Shown(key), "\""));
      }
      if (!seen_fields_.insert(key).second) {
        return Fail(absl::StrCat("duplicate key \"", key, "\" in \"", Shown(name_), "\""));
      }
    }
    field_ = key;
    return true;
  }

  bool string(std::string& value) override {
    if (depth_ == 2 && name_ == "__metadata__") return header_.metadata[field_] = value, true;
    if (depth_ == 2 && field_ == "dtype") return header_.entries[name_].dtype = value, true;
    return Unexpected("a string");
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || name_ == "__metadata__" || field_ == "dtype") return Unexpected("an array");
    ++depth_;
    numbers_.clear();
    return true;
  }

  bool number_unsigned(json::number_unsigned_t value) override {
    if (depth_ != 3) return Unexpected("a number");
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Fail(absl::StrCat("overflow: ", value, " in the ", field_, " of \"", Shown(name_), "\""));
    }
    numbers_.push_back(value);
    return true;
  }

  bool end_array() override {
    --depth_;
    SafetensorsEntry& entry = header_.entries[name_];
    if (field_ == "shape") {
      entry.shape.assign(numbers_.begin(), numbers_.end());
      return true;
    }
    if (numbers_.size() != 2) {
      return Fail(absl::StrCat("data_offsets of \"", Shown(name_), "\" has ", numbers_.size(), " numbers, expected 2"));
    }
    entry.begin = numbers_[0];
    entry.end = numbers_[1];
    return true;
  }

  bool end_object() override {
    if (depth_ == 2 && name_ != "__metadata__" && seen_fields_.size() != 3) {
      return Fail(absl::StrCat("\"", Shown(name_), "\" lacks one of dtype, shape and data_offsets"));
    }
    --depth_;
    return true;
  }

  bool null() override { return Unexpected("null"); }
  bool boolean(bool) override { return Unexpected("a boolean"); }
  bool number_integer(json::number_integer_t value) override { return Unexpected(absl::StrCat("the number ", value)); }
  bool number_float(json::number_float_t, const std::string& text) override {
    return Unexpected(absl::StrCat("the number ", text));
  }
  bool binary(json::binary_t&) override { return Unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return Fail(absl::StrCat("not valid UTF-8 JSON at byte ", position));
  }

 private:
  // Names come from the file: keep messages short and printable.
  static std::string Shown(const std::string& name) { return absl::CHexEscape(name.substr(0, 120)); }
  bool Fail(std::string error) { return error_ = std::move(error), false; }
  bool Unexpected(absl::string_view what) {
    if (depth_ == 0) return Fail(absl::StrCat(what, " where the header's object was expected"));
    return Fail(absl::StrCat("unexpected ", what, " in \"", Shown(name_), "\""));
  }

  SafetensorsHeader& header_;
  std::string error_;
  int depth_ = 0;  // 1 in the root object, 2 in an entry, 3 in one of its arrays
  std::set<std::string> names_;
  std::set<std::string> seen_fields_;
  std::string name_;
  std::string field_;
  std::vector<uint64_t> numbers_;
};

// Shape times type must be the range, without overflow.
absl::Status CheckEntry(const std::string& name, const SafetensorsEntry& entry, uint64_t data_size) {
  uint64_t bytes = SafetensorsElementSize(entry.dtype);
  if (bytes == 0) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" has the type ", absl::CHexEscape(entry.dtype.substr(0, 20)),
                                                   ", expected F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL"));
  }
  for (const int64_t extent : entry.shape) {
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes)) {
      return absl::InvalidArgumentError(
          absl::StrCat("overflow: the shape [", absl::StrJoin(entry.shape, ", "), "] of \"", name, "\" times its type"));
    }
  }
  if (entry.end < entry.begin || entry.end > data_size) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" has the range [", entry.begin, ", ", entry.end,
                                                   "), outside of the file's ", data_size, " bytes of data",
                                                   entry.end > data_size ? ": the file is cut short." : ""));
  }
  if (entry.end - entry.begin != bytes) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" of shape [", absl::StrJoin(entry.shape, ", "), "] and type ",
                                                   entry.dtype, " needs ", bytes, " bytes, its range has ",
                                                   entry.end - entry.begin));
  }
  return absl::OkStatus();
}

}  // namespace

uint64_t SafetensorsElementSize(absl::string_view dtype) {
  if (dtype == "F64" || dtype == "I64") return 8;
  if (dtype == "F32" || dtype == "I32") return 4;
  if (dtype == "F16" || dtype == "BF16" || dtype == "I16") return 2;
  if (dtype == "I8" || dtype == "U8" || dtype == "BOOL") return 1;
  return 0;
}

absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(absl::string_view text, uint64_t data_size) {
  if (text.empty() || text.front() != '{') return absl::InvalidArgumentError("the header does not start with '{'");
  SafetensorsHeader header;
  HeaderBuilder builder(header);
  if (!json::sax_parse(text.begin(), text.end(), &builder)) return absl::InvalidArgumentError(builder.error());

  std::vector<std::pair<std::pair<uint64_t, uint64_t>, const std::string*>> ranges;
  for (const auto& [name, entry] : header.entries) {
    if (absl::Status status = CheckEntry(name, entry, data_size); !status.ok()) return status;
    ranges.push_back({{entry.begin, entry.end}, &name});
  }
  std::sort(ranges.begin(), ranges.end());
  uint64_t covered = 0;
  for (const auto& [range, name] : ranges) {
    if (range.first != covered) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", *name, "\" begins at byte ", range.first, " of the data, expected ", covered,
                       range.first < covered ? ": it overlaps another tensor" : ": there is a hole before it"));
    }
    covered = range.second;
  }
  if (covered != data_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("the tensors cover ", covered, " bytes, the file has ", data_size, " after its header"));
  }
  return header;
}

}  // namespace asap::internal
