// MetaImage, as MetaIO reads it: https://itk.org/Wiki/ITK/MetaIO/Documentation. Its world is LPS+ in mm.
#include <array>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/formats/text_header.h"

namespace asap {
namespace {

struct StoredType {
  NiftiType type;
  int64_t bytes;
};

absl::StatusOr<StoredType> ElementType(const std::string& name) {
  static const auto* const kTypes = new std::map<std::string, StoredType>{
      {"MET_CHAR", {NiftiType::kInt8, 1}},       {"MET_UCHAR", {NiftiType::kUint8, 1}},
      {"MET_SHORT", {NiftiType::kInt16, 2}},     {"MET_USHORT", {NiftiType::kUint16, 2}},
      {"MET_INT", {NiftiType::kInt32, 4}},       {"MET_UINT", {NiftiType::kUint32, 4}},
      {"MET_LONG", {NiftiType::kInt32, 4}},      {"MET_ULONG", {NiftiType::kUint32, 4}},
      {"MET_LONG_LONG", {NiftiType::kInt64, 8}}, {"MET_ULONG_LONG", {NiftiType::kUint64, 8}},
      {"MET_FLOAT", {NiftiType::kFloat32, 4}},   {"MET_DOUBLE", {NiftiType::kFloat64, 8}}};
  const auto found = kTypes->find(name);
  if (found == kTypes->end()) {
    return absl::UnimplementedError(
        "its element type is none of the integers and floats that are read. Convert it to int16 or float.");
  }
  return found->second;
}

// `count` numbers; an error that names `what` where there are others.
absl::StatusOr<std::vector<double>> Numbers(const std::string& text, size_t count, absl::string_view what) {
  ASAP_ASSIGN_OR_RETURN(std::vector<double> numbers, ParseNumbers(text, what));
  if (numbers.size() == count) return numbers;
  return absl::InvalidArgumentError(
      absl::StrCat("its field \"", what, "\" holds ", numbers.size(), " numbers, expected ", count, ". ", kDamagedHeader));
}

absl::Status Place(const HeaderFields& fields, int64_t dimensions, TextHeader* header) {
  const std::vector<std::string> matrix_keys = {"transformmatrix", "rotation", "orientation"};
  const std::vector<std::string> origin_keys = {"offset", "position", "origin"};
  for (const auto& keys : {matrix_keys, origin_keys, {"elementspacing", "elementsize"}}) {
    ASAP_RETURN_IF_ERROR(fields.OnlyOnce(keys));
  }
  ASAP_ASSIGN_OR_RETURN(const std::string sizes, fields.Required("dimsize"));
  ASAP_ASSIGN_OR_RETURN(std::vector<TextAxis> axes, ParseSizes(sizes, dimensions));
  const std::string spacing_text = fields.Or({"elementspacing", "elementsize"}, "");
  if (spacing_text.empty()) {
    return absl::InvalidArgumentError(
        "its header tells no voxel size (ElementSpacing). Restore it from the scan's original files: none is assumed.");
  }
  ASAP_ASSIGN_OR_RETURN(const std::vector<double> spacing, Numbers(spacing_text, dimensions, "ElementSpacing"));
  std::vector<double> matrix(dimensions * dimensions, 0), origin(dimensions, 0);
  for (int64_t axis = 0; axis < dimensions; ++axis) matrix[axis * dimensions + axis] = 1;
  if (const std::string text = fields.Or(matrix_keys, ""); !text.empty()) {
    ASAP_ASSIGN_OR_RETURN(matrix, Numbers(text, matrix.size(), "TransformMatrix"));
  }
  if (const std::string text = fields.Or(origin_keys, ""); !text.empty()) {
    ASAP_ASSIGN_OR_RETURN(origin, Numbers(text, origin.size(), "Offset"));
  }
  for (int64_t axis = 0; axis < dimensions; ++axis) {
    // An axis that will be dropped may have a step of no length; it must still show which world axis it runs along.
    const double step = axes[axis].size == 1 && dimensions > 3 && spacing[axis] == 0 ? 1 : spacing[axis];
    for (int64_t row = 0; row < dimensions; ++row) axes[axis].vector.push_back(matrix[axis * dimensions + row] * step);
  }
  return PlaceAxes(std::move(axes), std::move(origin), {-1, -1, 1}, header);
}

}  // namespace

absl::StatusOr<TextHeader> ParseMetaImageHeader(const std::string& path, absl::string_view bytes) {
  const HeaderFields fields = ParseHeaderLines(
      bytes, 1, [](absl::string_view line) { return line.find('='); },
      [](absl::string_view, const std::string& key) { return key == "elementdatafile"; });
  ASAP_RETURN_IF_ERROR(fields.Required("ndims").status());
  ASAP_ASSIGN_OR_RETURN(const int64_t dimensions, fields.IntegerOr({"ndims"}, 3));
  if (dimensions < 3 || dimensions > 10) {  // MetaIO allows no more
    return absl::InvalidArgumentError(absl::StrCat("its NDims is ", dimensions, "; expected one scalar 3-D volume."));
  }
  TextHeader header;
  ASAP_RETURN_IF_ERROR(Place(fields, dimensions, &header));
  ASAP_ASSIGN_OR_RETURN(const std::string type, fields.Required("elementtype"));
  ASAP_ASSIGN_OR_RETURN(const StoredType stored, ElementType(type));
  header.type = stored.type;
  header.bytes_per_voxel = stored.bytes;
  ASAP_ASSIGN_OR_RETURN(const int64_t channels, fields.IntegerOr({"elementnumberofchannels"}, 1));
  if (channels != 1) return absl::InvalidArgumentError(absl::StrCat("has ", channels, " channels, expected 1. Split it first."));
  const auto is_true = [&](const std::vector<std::string>& keys) {
    const std::string value = fields.Or(keys, "False");
    return absl::StartsWithIgnoreCase(value, "t") || value == "1";
  };
  ASAP_RETURN_IF_ERROR(fields.OnlyOnce({"compresseddata", "binarydata", "binarydatabyteordermsb", "elementbyteordermsb"}));
  if (!fields.Or({"binarydata"}, "").empty() && !is_true({"binarydata"})) {
    return absl::UnimplementedError("its voxels are text (BinaryData = False). Save it as binary.");
  }
  header.compressed = is_true({"compresseddata"});
  header.big_endian = is_true({"binarydatabyteordermsb", "elementbyteordermsb"});
  ASAP_ASSIGN_OR_RETURN(const std::string data_file, fields.Required("elementdatafile"));
  header.data_start = fields.data_start;
  int64_t length = static_cast<int64_t>(bytes.size());
  if (!absl::EqualsIgnoreCase(data_file, "LOCAL")) {
    ASAP_ASSIGN_OR_RETURN(length, FindDataFile(path, data_file, &header));
    header.data_start = 0;
  }
  ASAP_ASSIGN_OR_RETURN(const int64_t header_size, fields.IntegerOr({"headersize"}, 0));
  if (header_size < -1 || header_size > length || (header_size == -1 && header.compressed)) {
    return absl::InvalidArgumentError(absl::StrCat("its HeaderSize lies outside the file. ", kDamagedHeader));
  }
  // HeaderSize counts from the start of the file that holds the voxels; -1 means that they are its last bytes.
  if (header_size > 0) header.data_start = header_size;
  ASAP_RETURN_IF_ERROR(CheckLength(header, length - header.data_start));
  if (header_size == -1) header.data_start = length - header.voxel_bytes();
  if (header.compressed) {
    const int64_t available = length - header.data_start;
    ASAP_ASSIGN_OR_RETURN(const int64_t compressed_size, fields.IntegerOr({"compresseddatasize"}, available));
    if (compressed_size < 0 || compressed_size > available) {
      return absl::DataLossError(absl::StrCat("its header announces ", compressed_size, " compressed bytes, but only ", available,
                                              " follow: it is truncated. Copy or download it again."));
    }
  }
  return header;
}

}  // namespace asap
