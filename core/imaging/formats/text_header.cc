#include "core/imaging/formats/text_header.h"

#include <filesystem>
#include <map>
#include <system_error>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/base/status.h"
#include "core/bytes/gzip.h"
#include "core/bytes/mapped_file.h"
#include "core/imaging/formats/nifti_header.h"
#include "core/imaging/geometry.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxHeaderBytes = 1 << 20;
constexpr absl::string_view kDamaged = "The header is damaged; copy or download the file again.";

using FieldMap = std::map<std::string, std::string>;  // lower-case keys

struct ParsedHeader {
  FieldMap fields;
  int64_t data_start = 0;  // byte after the header
};

absl::StatusOr<std::string> Field(const FieldMap& fields, const std::string& key) {
  const auto found = fields.find(key);
  if (found == fields.end())
    return absl::InvalidArgumentError(absl::StrCat("its header lacks the field \"", key, "\". ", kDamaged));
  return found->second;
}

std::string FieldOr(const FieldMap& fields, const std::string& key, const std::string& otherwise) {
  const auto found = fields.find(key);
  return found == fields.end() ? otherwise : found->second;
}

absl::StatusOr<int64_t> IntegerFieldOr(const FieldMap& fields, const std::string& key, int64_t otherwise) {
  const auto found = fields.find(key);
  if (found == fields.end()) return otherwise;
  int64_t value;
  if (!absl::SimpleAtoi(found->second, &value)) {
    return absl::InvalidArgumentError(absl::StrCat("its field \"", key, "\" is no integer. ", kDamaged));
  }
  return value;
}

absl::StatusOr<Index3> ParseSizes(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (parts.size() != 3) {
    return absl::InvalidArgumentError(absl::StrCat("its header gives ", parts.size(), " sizes, expected 3. ", kDamaged));
  }
  Index3 size;
  int64_t voxels = 1;
  for (int axis = 0; axis < 3; ++axis) {
    if (!absl::SimpleAtoi(parts[axis], &size[axis]) || size[axis] < 1 || size[axis] > kMaxVoxels) {
      return absl::InvalidArgumentError(
          absl::StrCat("its size along axis ", axis, " is not between 1 and ", kMaxVoxels, ". ", kDamaged));
    }
    voxels *= size[axis];  // both factors are at most 2^30
    if (voxels > kMaxVoxels) {
      return absl::InvalidArgumentError(
          absl::StrCat("its header asks for more than the ", kMaxVoxels, " voxels that are allowed. ", kDamaged));
    }
  }
  return size;
}

absl::StatusOr<int64_t> ElementBytes(const std::map<std::string, int64_t>& table, const std::string& type) {
  const auto found = table.find(type);
  if (found == table.end()) {
    return absl::UnimplementedError(
        "its element type is none of the integers and floats that are read. Convert it to int16 or float.");
  }
  return found->second;
}

// The bytes of the data file named by a header, which must lie in the header's folder or below: a header from elsewhere must not
// choose which of the user's files are read.
absl::StatusOr<int64_t> DetachedBytes(const std::string& header_path, const std::string& name) {
  const fs::path relative(name);
  bool inside = !relative.is_absolute() && !name.empty();
  for (const fs::path& part : relative) inside = inside && part != "..";
  if (!inside || absl::StrContains(name, '%') || absl::EqualsIgnoreCase(name, "LIST") ||
      absl::StartsWithIgnoreCase(name, "LIST ")) {
    return absl::InvalidArgumentError(
        "its header names a data file outside its folder, or several; expected one beside it. Save the volume as one file.");
  }
  const fs::path path = fs::path(header_path).parent_path() / relative;
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrCat("its data file ", path.string(), " cannot be read: ", error.message(), ". Copy it beside its header."));
  }
  return static_cast<int64_t>(bytes);
}

absl::Status CheckLength(const TextHeader& header, int64_t available, bool compressed) {
  const int64_t needed = header.size[0] * header.size[1] * header.size[2] * header.bytes_per_voxel;
  if (available < 0 || needed > (compressed ? MaxGunzipped(available) : available)) {
    return absl::DataLossError(absl::StrCat("its header asks for ", SizeText(header.size), " voxels of ", header.bytes_per_voxel,
                                            " bytes, but only ", std::max<int64_t>(available, 0), compressed ? " compressed" : "",
                                            " bytes follow: it is truncated or damaged. Copy or download it again."));
  }
  return absl::OkStatus();
}

// Lines up to `stop`, split at the first `separator` into fields.
template <typename Stop>
absl::StatusOr<ParsedHeader> ParseLines(absl::string_view bytes, absl::string_view separator, const Stop& stop) {
  ParsedHeader parsed;
  absl::string_view rest = bytes.substr(0, kMaxHeaderBytes);
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const absl::string_view line = absl::StripAsciiWhitespace(rest.substr(0, end));
    rest = end == absl::string_view::npos ? absl::string_view() : rest.substr(end + 1);
    parsed.data_start = bytes.substr(0, kMaxHeaderBytes).size() - rest.size();
    const size_t split = line.find(separator);
    std::string key;
    if (split != absl::string_view::npos && !absl::StartsWith(line, "#")) {
      key = absl::AsciiStrToLower(absl::StripAsciiWhitespace(line.substr(0, split)));
      const bool added =
          parsed.fields.emplace(key, std::string(absl::StripAsciiWhitespace(line.substr(split + separator.size())))).second;
      if (!added) return absl::InvalidArgumentError(absl::StrCat("its header repeats a field. ", kDamaged));
    }
    if (stop(line, key)) return parsed;
  }
  return parsed;
}

absl::StatusOr<TextHeader> CheckNrrd(const std::string& path, absl::string_view bytes) {
  if (!absl::StartsWith(bytes, "NRRD000")) return absl::InvalidArgumentError("is not NRRD: it does not begin with \"NRRD000\".");
  ASAP_ASSIGN_OR_RETURN(const ParsedHeader parsed,
                        ParseLines(bytes, ":", [](absl::string_view line, const std::string&) { return line.empty(); }));
  const FieldMap& fields = parsed.fields;
  ASAP_ASSIGN_OR_RETURN(const std::string dimension, Field(fields, "dimension"));
  if (dimension != "3") return absl::InvalidArgumentError("its dimension is not 3; expected one scalar volume. Split it first.");
  TextHeader header;
  ASAP_ASSIGN_OR_RETURN(const std::string sizes, Field(fields, "sizes"));
  ASAP_ASSIGN_OR_RETURN(header.size, ParseSizes(sizes));
  static const auto* const kTypes = new std::map<std::string, int64_t>{{"signed char", 1},
                                                                       {"int8", 1},
                                                                       {"int8_t", 1},
                                                                       {"uchar", 1},
                                                                       {"unsigned char", 1},
                                                                       {"uint8", 1},
                                                                       {"uint8_t", 1},
                                                                       {"short", 2},
                                                                       {"short int", 2},
                                                                       {"signed short", 2},
                                                                       {"signed short int", 2},
                                                                       {"int16", 2},
                                                                       {"int16_t", 2},
                                                                       {"ushort", 2},
                                                                       {"unsigned short", 2},
                                                                       {"unsigned short int", 2},
                                                                       {"uint16", 2},
                                                                       {"uint16_t", 2},
                                                                       {"int", 4},
                                                                       {"signed int", 4},
                                                                       {"int32", 4},
                                                                       {"int32_t", 4},
                                                                       {"uint", 4},
                                                                       {"unsigned int", 4},
                                                                       {"uint32", 4},
                                                                       {"uint32_t", 4},
                                                                       {"longlong", 8},
                                                                       {"long long", 8},
                                                                       {"int64", 8},
                                                                       {"int64_t", 8},
                                                                       {"ulonglong", 8},
                                                                       {"unsigned long long", 8},
                                                                       {"uint64", 8},
                                                                       {"uint64_t", 8},
                                                                       {"float", 4},
                                                                       {"double", 8}};
  ASAP_ASSIGN_OR_RETURN(const std::string type, Field(fields, "type"));
  ASAP_ASSIGN_OR_RETURN(header.bytes_per_voxel, ElementBytes(*kTypes, absl::AsciiStrToLower(type)));
  ASAP_ASSIGN_OR_RETURN(std::string encoding, Field(fields, "encoding"));
  encoding = absl::AsciiStrToLower(encoding);
  const bool compressed = encoding == "gzip" || encoding == "gz";
  if (!compressed && encoding != "raw") {
    return absl::UnimplementedError("its encoding is neither raw nor gzip. Save it with one of these.");
  }
  int64_t available = static_cast<int64_t>(bytes.size()) - parsed.data_start;
  const std::string data_file = FieldOr(fields, "data file", FieldOr(fields, "datafile", ""));
  if (!data_file.empty()) {
    ASAP_ASSIGN_OR_RETURN(available, DetachedBytes(path, data_file));
    header.data_file = (fs::path(path).parent_path() / data_file).string();
  }
  ASAP_ASSIGN_OR_RETURN(const int64_t byte_skip,
                        IntegerFieldOr(fields, "byte skip", IntegerFieldOr(fields, "byteskip", 0).value_or(-2)));
  ASAP_ASSIGN_OR_RETURN(const int64_t line_skip,
                        IntegerFieldOr(fields, "line skip", IntegerFieldOr(fields, "lineskip", 0).value_or(-2)));
  // Byte skip -1 counts from the end of raw data.
  if (byte_skip < (compressed ? 0 : -1) || byte_skip > available || line_skip < 0 || line_skip > kMaxHeaderBytes) {
    return absl::InvalidArgumentError(absl::StrCat("its byte or line skip lies outside the file. ", kDamaged));
  }
  if (!compressed && byte_skip > 0) available -= byte_skip;
  ASAP_RETURN_IF_ERROR(CheckLength(header, available, compressed));
  return header;
}

absl::StatusOr<TextHeader> CheckMetaImage(const std::string& path, absl::string_view bytes) {
  ASAP_ASSIGN_OR_RETURN(const ParsedHeader parsed, ParseLines(bytes, "=", [](absl::string_view, const std::string& key) {
                          return key == "elementdatafile";
                        }));
  const FieldMap& fields = parsed.fields;
  ASAP_ASSIGN_OR_RETURN(const std::string dimension, Field(fields, "ndims"));
  if (dimension != "3") return absl::InvalidArgumentError("its NDims is not 3; expected one scalar volume. Split it first.");
  TextHeader header;
  ASAP_ASSIGN_OR_RETURN(const std::string sizes, Field(fields, "dimsize"));
  ASAP_ASSIGN_OR_RETURN(header.size, ParseSizes(sizes));
  static const auto* const kTypes = new std::map<std::string, int64_t>{
      {"MET_CHAR", 1}, {"MET_UCHAR", 1}, {"MET_SHORT", 2},     {"MET_USHORT", 2},     {"MET_INT", 4},   {"MET_UINT", 4},
      {"MET_LONG", 4}, {"MET_ULONG", 4}, {"MET_LONG_LONG", 8}, {"MET_ULONG_LONG", 8}, {"MET_FLOAT", 4}, {"MET_DOUBLE", 8}};
  ASAP_ASSIGN_OR_RETURN(const std::string type, Field(fields, "elementtype"));
  ASAP_ASSIGN_OR_RETURN(header.bytes_per_voxel, ElementBytes(*kTypes, type));
  ASAP_ASSIGN_OR_RETURN(const int64_t channels, IntegerFieldOr(fields, "elementnumberofchannels", 1));
  if (channels != 1) return absl::InvalidArgumentError(absl::StrCat("has ", channels, " channels, expected 1. Split it first."));
  const bool compressed = absl::EqualsIgnoreCase(FieldOr(fields, "compresseddata", "False"), "true");
  ASAP_ASSIGN_OR_RETURN(const std::string data_file, Field(fields, "elementdatafile"));
  int64_t available = static_cast<int64_t>(bytes.size()) - parsed.data_start;
  if (!absl::EqualsIgnoreCase(data_file, "LOCAL")) {
    ASAP_ASSIGN_OR_RETURN(available, DetachedBytes(path, data_file));
    header.data_file = (fs::path(path).parent_path() / data_file).string();
  }
  ASAP_ASSIGN_OR_RETURN(const int64_t header_size, IntegerFieldOr(fields, "headersize", 0));
  // HeaderSize -1 means that the voxels are the file's last bytes.
  if (header_size < -1 || header_size > available) {
    return absl::InvalidArgumentError(absl::StrCat("its HeaderSize lies outside the file. ", kDamaged));
  }
  if (header_size > 0) available -= header_size;
  if (compressed) {
    ASAP_ASSIGN_OR_RETURN(const int64_t compressed_size, IntegerFieldOr(fields, "compresseddatasize", available));
    if (compressed_size < 0 || compressed_size > available) {
      return absl::DataLossError(absl::StrCat("its header announces ", compressed_size, " compressed bytes, but only ", available,
                                              " follow: it is truncated. Copy or download it again."));
    }
  }
  ASAP_RETURN_IF_ERROR(CheckLength(header, available, compressed));
  return header;
}

template <typename Check>
absl::StatusOr<TextHeader> CheckFile(const std::string& path, const Check& check) {
  ASAP_ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  absl::StatusOr<TextHeader> header = check(path, file.bytes());
  if (!header.ok()) return Annotate(header.status(), path);
  return header;
}

}  // namespace

absl::StatusOr<TextHeader> CheckNrrdHeader(const std::string& path) { return CheckFile(path, CheckNrrd); }

absl::StatusOr<TextHeader> CheckMetaImageHeader(const std::string& path) { return CheckFile(path, CheckMetaImage); }

}  // namespace asap
