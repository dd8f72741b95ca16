// NRRD: https://teem.sourceforge.net/nrrd/format.html.
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/status.h"
#include "core/imaging/formats/length_unit.h"
#include "core/imaging/formats/text_header.h"

namespace asap {
namespace {

constexpr std::array<double, 3> kFromLps = {-1, -1, 1};
constexpr int kDigits = 12;  // of a length in decimal text

struct StoredType {
  NiftiType type;
  int64_t bytes;
};

absl::StatusOr<StoredType> ElementType(const std::string& name) {
  static const auto* const kTypes = [] {
    auto* types = new std::map<std::string, StoredType>;
    const auto add = [&](NiftiType type, int64_t bytes, std::initializer_list<const char*> names) {
      for (const char* written : names) types->emplace(written, StoredType{type, bytes});
    };
    add(NiftiType::kInt8, 1, {"signed char", "int8", "int8_t"});
    add(NiftiType::kUint8, 1, {"uchar", "unsigned char", "uint8", "uint8_t"});
    add(NiftiType::kInt16, 2, {"short", "short int", "signed short", "signed short int", "int16", "int16_t"});
    add(NiftiType::kUint16, 2, {"ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"});
    add(NiftiType::kInt32, 4, {"int", "signed int", "int32", "int32_t"});
    add(NiftiType::kUint32, 4, {"uint", "unsigned int", "uint32", "uint32_t"});
    add(NiftiType::kInt64, 8,
        {"longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t"});
    add(NiftiType::kUint64, 8, {"ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"});
    add(NiftiType::kFloat32, 4, {"float"});
    add(NiftiType::kFloat64, 8, {"double"});
    return types;
  }();
  const auto found = kTypes->find(absl::AsciiStrToLower(name));
  if (found == kTypes->end()) {
    return absl::UnimplementedError(
        "its element type is none of the integers and floats that are read. Convert it to int16 or float.");
  }
  return found->second;
}

// What a world of the format is: how many axes, and the signs that make the first three RAS+.
struct Space {
  std::array<double, 3> to_ras = kFromLps;
  size_t axes = 3;
  bool named = false;
};

absl::StatusOr<Space> SpaceOf(const HeaderFields& fields) {
  ASAP_RETURN_IF_ERROR(fields.OnlyOnce({"space", "space dimension"}));
  const std::string name = absl::AsciiStrToLower(fields.Or({"space"}, ""));
  if (name.empty()) {
    ASAP_ASSIGN_OR_RETURN(const int64_t dimension, fields.IntegerOr({"space dimension"}, 3));
    if (dimension != 3) {
      return absl::InvalidArgumentError(absl::StrCat("its space has ", dimension, " dimensions, expected 3."));
    }
    return Space{};
  }
  static const auto* const kSpaces = new std::map<std::string, Space>{
      {"right-anterior-superior", {{1, 1, 1}, 3, true}},        {"ras", {{1, 1, 1}, 3, true}},
      {"left-anterior-superior", {{-1, 1, 1}, 3, true}},        {"las", {{-1, 1, 1}, 3, true}},
      {"left-posterior-superior", {{-1, -1, 1}, 3, true}},      {"lps", {{-1, -1, 1}, 3, true}},
      {"right-anterior-superior-time", {{1, 1, 1}, 4, true}},   {"rast", {{1, 1, 1}, 4, true}},
      {"left-anterior-superior-time", {{-1, 1, 1}, 4, true}},   {"last", {{-1, 1, 1}, 4, true}},
      {"left-posterior-superior-time", {{-1, -1, 1}, 4, true}}, {"lpst", {{-1, -1, 1}, 4, true}}};
  const auto found = kSpaces->find(name);
  if (found != kSpaces->end()) return found->second;
  return absl::UnimplementedError(
      "its space does not say which axis runs to the patient's left, front and head, such as scanner-xyz or 3D-right-handed; "
      "expected left-posterior-superior, left-anterior-superior or right-anterior-superior. Look which it is, and write its name "
      "into the header.");
}

// mm of each quoted unit of `text`; 1 where none is told.
absl::StatusOr<std::vector<double>> Units(absl::string_view text, size_t count) {
  static const auto* const kUnits = new std::map<std::string, double>{{"", 1},
                                                                      {"none", 1},
                                                                      {"unknown", 1},
                                                                      {"???", 1},
                                                                      {"mm", 1},
                                                                      {"millimeter", 1},
                                                                      {"millimetre", 1},
                                                                      {"millimeters", 1},
                                                                      {"millimetres", 1},
                                                                      {"cm", 10},
                                                                      {"centimeter", 10},
                                                                      {"centimetre", 10},
                                                                      {"centimeters", 10},
                                                                      {"centimetres", 10},
                                                                      {"m", 1000},
                                                                      {"meter", 1000},
                                                                      {"metre", 1000},
                                                                      {"meters", 1000},
                                                                      {"metres", 1000},
                                                                      {"um", 1e-3},
                                                                      {"\xc2\xb5m", 1e-3},
                                                                      {"\xce\xbcm", 1e-3},
                                                                      {"\xb5m", 1e-3},
                                                                      {"micron", 1e-3},
                                                                      {"microns", 1e-3},
                                                                      {"micrometer", 1e-3},
                                                                      {"micrometre", 1e-3},
                                                                      {"micrometers", 1e-3},
                                                                      {"micrometres", 1e-3},
                                                                      {"nm", 1e-6},
                                                                      {"nanometer", 1e-6},
                                                                      {"nanometre", 1e-6},
                                                                      {"nanometers", 1e-6},
                                                                      {"nanometres", 1e-6}};
  std::vector<double> units;
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '"');
  if (text.empty()) return std::vector<double>(count, 1.0);
  for (size_t i = 1; i < parts.size(); i += 2) {  // the odd ones are within quotes
    const auto found = kUnits->find(absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[i])));
    // A time's unit is none of ours, and its axis is dropped.
    units.push_back(found == kUnits->end() ? std::nan("") : found->second);
  }
  if (units.size() != count) {
    return absl::InvalidArgumentError(
        absl::StrCat("its header gives ", units.size(), " quoted units, expected ", count, ". ", kDamagedHeader));
  }
  return units;
}

constexpr absl::string_view kUnknownUnit =
    "its header gives lengths in a unit that is not known; expected mm, cm, m, um or nm. Write the lengths in mm.";

// "(1,0,0) none (0,0,3)": an empty vector for none, which is also written as NaNs.
absl::StatusOr<std::vector<std::vector<double>>> Vectors(absl::string_view text) {
  const auto damaged = [] {
    return absl::InvalidArgumentError(absl::StrCat("its space directions or origin cannot be read. ", kDamagedHeader));
  };
  std::vector<std::vector<double>> vectors;
  while (!(text = absl::StripLeadingAsciiWhitespace(text)).empty()) {
    if (text[0] != '(') {
      const size_t end = std::min(text.find_first_of(" \t("), text.size());
      if (!absl::EqualsIgnoreCase(text.substr(0, end), "none")) return damaged();
      vectors.emplace_back();
      text.remove_prefix(end);
      continue;
    }
    const size_t end = text.find(')');
    if (end == absl::string_view::npos) return damaged();
    std::vector<double> vector;
    for (absl::string_view number : absl::StrSplit(text.substr(1, end - 1), ',')) {
      if (!absl::SimpleAtod(number, &vector.emplace_back())) return damaged();
    }
    if (std::all_of(vector.begin(), vector.end(), [](double v) { return std::isnan(v); })) vector.clear();
    vectors.push_back(std::move(vector));
    text.remove_prefix(end + 1);
  }
  return vectors;
}

// Steps and origin by "space directions", in mm.
absl::Status FromDirections(const HeaderFields& fields, const Space& space, std::vector<TextAxis>* axes,
                            std::vector<double>* origin) {
  ASAP_ASSIGN_OR_RETURN(std::vector<std::vector<double>> directions, Vectors(fields.Or({"space directions"}, "")));
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::vector<double>> origins, Vectors(fields.Or({"space origin"}, "")));
  if (!origins.empty() && !origins[0].empty()) *origin = origins[0];
  bool fits = directions.size() == axes->size() && origins.size() <= 1 && origin->size() == space.axes;
  for (const std::vector<double>& vector : directions) fits = fits && (vector.empty() || vector.size() == space.axes);
  if (!fits) {
    return absl::InvalidArgumentError(absl::StrCat("its space directions and origin are not ", axes->size(), " and one of ",
                                                   space.axes, " numbers each. ", kDamagedHeader));
  }
  ASAP_ASSIGN_OR_RETURN(const std::vector<double> units, Units(fields.Or({"space units"}, ""), space.axes));
  const auto to_mm = [&](std::vector<double>& vector) {
    for (size_t i = 0; i < 3; ++i) vector[i] = InMillimetres(vector[i], units[i], kDigits);
  };
  if (std::isnan(units[0] + units[1] + units[2])) return absl::InvalidArgumentError(kUnknownUnit);
  to_mm(*origin);
  origin->resize(3);
  for (size_t axis = 0; axis < axes->size(); ++axis) {
    std::vector<double>& vector = directions[axis];
    if (vector.empty()) continue;
    if (vector.size() > 3 && vector[3] != 0 && vector[0] == 0 && vector[1] == 0 && vector[2] == 0) continue;  // time
    to_mm(vector);
    vector.resize(3);
    (*axes)[axis].vector = std::move(vector);
  }
  return absl::OkStatus();
}

// Steps by "spacings", in mm, the axes of space running along those of the world one after the other.
absl::Status FromSpacings(const HeaderFields& fields, std::vector<TextAxis>* axes) {
  ASAP_ASSIGN_OR_RETURN(const std::vector<double> spacings, ParseNumbers(fields.Or({"spacings"}, ""), "spacings"));
  if (spacings.size() != axes->size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("its header gives ", spacings.size(), " spacings, expected ", axes->size(), ". ", kDamagedHeader));
  }
  ASAP_ASSIGN_OR_RETURN(const std::vector<double> units, Units(fields.Or({"units"}, ""), axes->size()));
  // Superfluous axes of length 1 are without a spacing, or else the last.
  size_t known = 0;
  for (const double spacing : spacings) known += !std::isnan(spacing);
  std::vector<bool> of_space(axes->size());
  for (size_t axis = axes->size(); axis-- > 0;) {
    of_space[axis] = !std::isnan(spacings[axis]);
    if (of_space[axis] && known > 3 && (*axes)[axis].size == 1) {
      of_space[axis] = false;
      --known;
    }
  }
  size_t world = 0;
  for (size_t axis = 0; axis < axes->size() && world < 3; ++axis) {
    if (!of_space[axis]) continue;
    if (std::isnan(units[axis])) return absl::InvalidArgumentError(kUnknownUnit);
    std::vector<double>& vector = (*axes)[axis].vector;
    vector = {0, 0, 0};
    vector[world++] = InMillimetres(spacings[axis], units[axis], kDigits);
  }
  return absl::OkStatus();
}

bool TellsASpacing(const std::string& spacings) {
  for (const absl::string_view word : absl::StrSplit(spacings, absl::ByAnyChar(" \t"), absl::SkipEmpty())) {
    if (double value; !absl::SimpleAtod(word, &value) || !std::isnan(value)) return true;
  }
  return false;
}

absl::Status Place(const HeaderFields& fields, TextHeader* header) {
  ASAP_RETURN_IF_ERROR(fields.Required("dimension").status());
  ASAP_ASSIGN_OR_RETURN(const int64_t dimension, fields.IntegerOr({"dimension"}, 3));
  if (dimension < 3 || dimension > 16) {  // the format's limit
    return absl::InvalidArgumentError(absl::StrCat("its dimension is ", dimension, "; expected one scalar 3-D volume."));
  }
  ASAP_ASSIGN_OR_RETURN(const std::string sizes, fields.Required("sizes"));
  ASAP_ASSIGN_OR_RETURN(std::vector<TextAxis> axes, ParseSizes(sizes, dimension));
  ASAP_ASSIGN_OR_RETURN(const Space space, SpaceOf(fields));
  ASAP_RETURN_IF_ERROR(fields.OnlyOnce({"space directions", "space origin", "space units", "spacings", "units"}));
  std::vector<double> origin(space.axes, 0);
  if (!fields.Or({"space directions"}, "").empty()) {
    ASAP_RETURN_IF_ERROR(FromDirections(fields, space, &axes, &origin));
  } else if (TellsASpacing(fields.Or({"spacings"}, ""))) {
    ASAP_RETURN_IF_ERROR(FromSpacings(fields, &axes));
    origin = {0, 0, 0};
  } else {
    return absl::InvalidArgumentError(
        "its header tells no voxel size (space directions or spacings). Restore it from the scan's original files: none is "
        "assumed.");
  }
  header->without_space = !space.named;
  return PlaceAxes(std::move(axes), std::move(origin), space.to_ras, header);
}

// Where the ":" of "field: value" lies; npos for comments and for "key:=value", which are the writer's own and may repeat.
size_t FieldColon(absl::string_view line) {
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos || absl::StartsWith(line, "#")) return absl::string_view::npos;
  return absl::StartsWith(line.substr(colon), ":=") ? absl::string_view::npos : colon;
}

// The byte behind `lines` lines from `start`; -1 where there are fewer.
int64_t BehindLines(absl::string_view bytes, int64_t start, int64_t lines) {
  for (; lines > 0; --lines) {
    const size_t end = bytes.find('\n', start);
    if (end == absl::string_view::npos) return -1;
    start = static_cast<int64_t>(end) + 1;
  }
  return start;
}

}  // namespace

absl::StatusOr<TextHeader> ParseNrrdHeader(const std::string& path, absl::string_view bytes) {
  if (!absl::StartsWith(bytes, "NRRD000")) return absl::InvalidArgumentError("is not NRRD: it does not begin with \"NRRD000\".");
  const HeaderFields fields =
      ParseHeaderLines(bytes, 1, FieldColon, [](absl::string_view line, const std::string&) { return line.empty(); });
  TextHeader header;
  ASAP_RETURN_IF_ERROR(Place(fields, &header));
  ASAP_ASSIGN_OR_RETURN(const std::string type, fields.Required("type"));
  ASAP_ASSIGN_OR_RETURN(const StoredType stored, ElementType(type));
  header.type = stored.type;
  header.bytes_per_voxel = stored.bytes;
  ASAP_ASSIGN_OR_RETURN(std::string encoding, fields.Required("encoding"));
  encoding = absl::AsciiStrToLower(encoding);
  header.compressed = encoding == "gzip" || encoding == "gz";
  if (!header.compressed && encoding != "raw") {
    return absl::UnimplementedError("its encoding is neither raw nor gzip. Save it with one of these.");
  }
  if (header.bytes_per_voxel > 1) {
    ASAP_ASSIGN_OR_RETURN(const std::string endian, fields.Required("endian"));
    header.big_endian = absl::EqualsIgnoreCase(endian, "big");
    if (!header.big_endian && !absl::EqualsIgnoreCase(endian, "little")) {
      return absl::InvalidArgumentError(absl::StrCat("its field \"endian\" is neither little nor big. ", kDamagedHeader));
    }
  }
  header.data_start = fields.data_start;
  int64_t length = static_cast<int64_t>(bytes.size());
  ASAP_RETURN_IF_ERROR(fields.OnlyOnce({"data file", "datafile"}));
  if (const std::string data_file = fields.Or({"data file", "datafile"}, ""); !data_file.empty()) {
    ASAP_ASSIGN_OR_RETURN(length, FindDataFile(path, data_file, &header));
    header.data_start = 0;
  }
  ASAP_ASSIGN_OR_RETURN(const int64_t line_skip, fields.IntegerOr({"line skip", "lineskip"}, 0));
  ASAP_ASSIGN_OR_RETURN(const int64_t byte_skip, fields.IntegerOr({"byte skip", "byteskip"}, 0));
  const int64_t available = length - header.data_start;
  // Byte skip -1 counts from the end of raw data.
  if (byte_skip < (header.compressed ? 0 : -1) || byte_skip > available || line_skip < 0) {
    return absl::InvalidArgumentError(absl::StrCat("its byte or line skip lies outside the file. ", kDamagedHeader));
  }
  if (line_skip > 0 && byte_skip != -1) {
    if (!header.data_file.empty()) {
      return absl::UnimplementedError("skips lines of a detached file. Save the volume as one file, or give a byte skip.");
    }
    header.data_start = BehindLines(bytes, header.data_start, line_skip);
    if (header.data_start < 0) {
      return absl::InvalidArgumentError(absl::StrCat("its byte or line skip lies outside the file. ", kDamagedHeader));
    }
  }
  // In compressed data, bytes are skipped once they are decoded.
  if (byte_skip > 0) (header.compressed ? header.skip_decoded : header.data_start) += byte_skip;
  ASAP_RETURN_IF_ERROR(CheckLength(header, length - header.data_start));
  if (byte_skip == -1) header.data_start = length - header.voxel_bytes();
  return header;
}

}  // namespace asap
