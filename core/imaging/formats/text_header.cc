#include "core/imaging/formats/text_header.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status.h"
#include "core/bytes/gzip.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxHeaderBytes = 1 << 20;

// The axis to do without: one that is not of space, or else the last of length 1, or else the last.
std::vector<TextAxis>::iterator Superfluous(std::vector<TextAxis>& axes) {
  for (auto axis = axes.begin(); axis != axes.end(); ++axis) {
    if (axis->vector.empty()) return axis;
  }
  for (auto axis = axes.end(); axis != axes.begin();) {
    if ((--axis)->size == 1) return axis;
  }
  return std::prev(axes.end());
}

size_t LargestComponent(const std::vector<double>& vector) {
  size_t largest = 0;
  for (size_t i = 1; i < vector.size(); ++i) {
    if (std::abs(vector[i]) > std::abs(vector[largest])) largest = i;
  }
  return largest;
}

}  // namespace

std::string HeaderFields::Or(const std::vector<std::string>& keys, const std::string& otherwise) const {
  for (const std::string& key : keys) {
    if (const auto found = values.find(key); found != values.end()) return found->second;
  }
  return otherwise;
}

absl::StatusOr<std::string> HeaderFields::Required(const std::string& key) const {
  const auto found = values.find(key);
  if (found == values.end()) {
    return absl::InvalidArgumentError(absl::StrCat("its header lacks the field \"", key, "\". ", kDamagedHeader));
  }
  ASAP_RETURN_IF_ERROR(OnlyOnce({key}));
  return found->second;
}

absl::StatusOr<int64_t> HeaderFields::IntegerOr(const std::vector<std::string>& keys, int64_t otherwise) const {
  ASAP_RETURN_IF_ERROR(OnlyOnce(keys));
  const std::string text = Or(keys, absl::StrCat(otherwise));
  int64_t value;
  if (!absl::SimpleAtoi(text, &value)) {
    return absl::InvalidArgumentError(absl::StrCat("its field \"", keys.front(), "\" is no integer. ", kDamagedHeader));
  }
  return value;
}

absl::Status HeaderFields::OnlyOnce(const std::vector<std::string>& keys) const {
  for (const std::string& key : keys) {
    if (repeated.count(key) == 0) continue;
    return absl::InvalidArgumentError(absl::StrCat("its header repeats the field \"", key, "\". ", kDamagedHeader));
  }
  return absl::OkStatus();
}

HeaderFields ParseHeaderLines(absl::string_view bytes, size_t separator_size,
                              absl::FunctionRef<size_t(absl::string_view line)> split,
                              absl::FunctionRef<bool(absl::string_view line, const std::string& key)> last) {
  HeaderFields fields;
  const absl::string_view all = bytes.substr(0, kMaxHeaderBytes);
  absl::string_view rest = all;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const absl::string_view line = absl::StripAsciiWhitespace(rest.substr(0, end));
    rest = end == absl::string_view::npos ? absl::string_view() : rest.substr(end + 1);
    fields.data_start = static_cast<int64_t>(all.size() - rest.size());
    std::string key;
    if (const size_t at = split(line); at != absl::string_view::npos) {
      key = absl::AsciiStrToLower(absl::StripAsciiWhitespace(line.substr(0, at)));
      const bool added =
          fields.values.emplace(key, std::string(absl::StripAsciiWhitespace(line.substr(at + separator_size)))).second;
      if (!added) ++fields.repeated[key];
    }
    if (last(line, key)) break;
  }
  return fields;
}

absl::StatusOr<std::vector<double>> ParseNumbers(absl::string_view text, absl::string_view what) {
  std::vector<double> numbers;
  for (absl::string_view word : absl::StrSplit(text, absl::ByAnyChar(" \t\r"), absl::SkipEmpty())) {
    if (!absl::SimpleAtod(word, &numbers.emplace_back())) {
      return absl::InvalidArgumentError(absl::StrCat("its field \"", what, "\" holds what is no number. ", kDamagedHeader));
    }
  }
  return numbers;
}

absl::StatusOr<std::vector<TextAxis>> ParseSizes(absl::string_view text, int64_t axes) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (static_cast<int64_t>(parts.size()) != axes) {
    return absl::InvalidArgumentError(
        absl::StrCat("its header gives ", parts.size(), " sizes, expected ", axes, ". ", kDamagedHeader));
  }
  std::vector<TextAxis> result(axes);
  int64_t voxels = 1;
  for (int64_t axis = 0; axis < axes; ++axis) {
    int64_t& size = result[axis].size;
    if (!absl::SimpleAtoi(parts[axis], &size) || size < 1 || size > kMaxVoxels) {
      return absl::InvalidArgumentError(
          absl::StrCat("its size along axis ", axis, " is not between 1 and ", kMaxVoxels, ". ", kDamagedHeader));
    }
    voxels *= size;  // both factors are at most 2^30
    if (voxels > kMaxVoxels) {
      return absl::InvalidArgumentError(
          absl::StrCat("its header asks for more than the ", kMaxVoxels, " voxels that are allowed. ", kDamagedHeader));
    }
  }
  return result;
}

absl::Status PlaceAxes(std::vector<TextAxis> axes, std::vector<double> origin, const std::array<double, 3>& to_ras,
                       TextHeader* header) {
  while (axes.size() > 3) {
    const auto superfluous = Superfluous(axes);
    if (superfluous->size != 1) {
      return absl::InvalidArgumentError(absl::StrCat("has ", superfluous->size, " entries along axis ",
                                                     superfluous - axes.begin(),
                                                     ", expected one scalar 3-D volume. Split it first."));
    }
    if (origin.size() > 3 && !superfluous->vector.empty()) {
      const size_t world = LargestComponent(superfluous->vector);
      for (TextAxis& axis : axes) {
        if (!axis.vector.empty() && &axis != &*superfluous) axis.vector.erase(axis.vector.begin() + world);
      }
      origin.erase(origin.begin() + world);
    }
    axes.erase(superfluous);
  }
  if (axes.size() < 3 || origin.size() < 3) {
    return absl::InvalidArgumentError("has fewer than three axes in space; expected one scalar 3-D volume.");
  }
  for (int axis = 0; axis < 3; ++axis) {
    header->size[axis] = axes[axis].size;
    if (axes[axis].vector.size() < 3) {
      return absl::InvalidArgumentError(
          absl::StrCat("has an axis ", axis, " that is not one of space; expected one scalar 3-D volume. Split it first."));
    }
    for (int row = 0; row < 3; ++row) header->affine[4 * row + axis] = to_ras[row] * axes[axis].vector[row];
  }
  for (int row = 0; row < 3; ++row) header->affine[4 * row + 3] = to_ras[row] * origin[row];
  return absl::OkStatus();
}

absl::StatusOr<int64_t> FindDataFile(const std::string& path, const std::string& name, TextHeader* header) {
  const fs::path relative(name);
  bool inside = !relative.is_absolute() && !name.empty();
  for (const fs::path& part : relative) inside = inside && part != "..";
  const fs::path file = fs::path(path).parent_path() / relative;
  std::error_code error;
  if (inside && fs::is_regular_file(file, error)) {
    const auto bytes = fs::file_size(file, error);
    if (!error) {
      header->data_file = file.string();
      return static_cast<int64_t>(bytes);
    }
  }
  if (!inside || absl::StrContains(name, '%') || absl::EqualsIgnoreCase(name, "LIST") ||
      absl::StartsWithIgnoreCase(name, "LIST ")) {
    return absl::InvalidArgumentError(
        "its header names a data file outside its folder, or several; expected one beside it. Save the volume as one file.");
  }
  return absl::NotFoundError(absl::StrCat("its data file ", file.string(), " cannot be read: ",
                                          error ? error.message() : "it is no file", ". Copy it beside its header."));
}

absl::Status CheckLength(const TextHeader& header, int64_t available) {
  const int64_t needed = header.voxel_bytes() + header.skip_decoded;
  if (available < 0 || needed > (header.compressed ? MaxGunzipped(available) : available)) {
    return absl::DataLossError(absl::StrCat("its header asks for ", SizeText(header.size), " voxels of ", header.bytes_per_voxel,
                                            " bytes, but only ", std::max<int64_t>(available, 0),
                                            header.compressed ? " compressed" : "",
                                            " bytes follow: it is truncated or damaged. Copy or download it again."));
  }
  return absl::OkStatus();
}

}  // namespace asap
