// NRRD and MetaImage headers, checked before memory is taken for the voxels.
#ifndef ASAP_CORE_IMAGING_FORMATS_TEXT_HEADER_H_
#define ASAP_CORE_IMAGING_FORMATS_TEXT_HEADER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/imaging/formats/nifti_header.h"
#include "core/imaging/geometry.h"
#include "core/imaging/volume.h"

namespace asap {

// What a checked header says of its voxels.
struct TextHeader {
  Index3 size = {0, 0, 0};
  Affine affine = {};  // voxel to RAS+ world in mm
  NiftiType type = NiftiType::kInt16;
  int64_t bytes_per_voxel = 0;
  bool big_endian = false;
  bool compressed = false;     // gzip or zlib
  std::string data_file;       // path of the file that holds the voxels; empty where it is the header's own
  int64_t data_start = 0;      // byte of that file where the voxels, or the compressed stream, begin
  int64_t skip_decoded = 0;    // bytes of the decoded stream that lie before the voxels
  bool without_space = false;  // the header does not say what its axes mean in the body; ITK's assumption, LPS, is made

  int64_t voxel_bytes() const { return size[0] * size[1] * size[2] * bytes_per_voxel; }
};

// The contents of the file begin with a header of the format; `path` is only used to find a detached data file, whose length is
// checked. Messages leave it to the caller to name the header's file.
absl::StatusOr<TextHeader> ParseNrrdHeader(const std::string& path, absl::string_view bytes);
absl::StatusOr<TextHeader> ParseMetaImageHeader(const std::string& path, absl::string_view bytes);

// What both formats share follows, for their parsers.

inline constexpr absl::string_view kDamagedHeader = "The header is damaged; copy or download the file again.";

// The fields of a header by lower-case key.
struct HeaderFields {
  std::map<std::string, std::string> values;
  std::map<std::string, int> repeated;  // those that are there more than once
  int64_t data_start = 0;               // byte after the header

  // The value of the first of `keys` that is there, or `otherwise`.
  std::string Or(const std::vector<std::string>& keys, const std::string& otherwise) const;
  // An error where it is missing, or where it is there twice.
  absl::StatusOr<std::string> Required(const std::string& key) const;
  absl::StatusOr<int64_t> IntegerOr(const std::vector<std::string>& keys, int64_t otherwise) const;
  // An error where one of `keys` is there twice: which of the two would hold?
  absl::Status OnlyOnce(const std::vector<std::string>& keys) const;
};

// Reads lines until `last(line, key)` is true. `split(line)` gives where the separator begins, or npos for a line that is no
// field; the value begins `separator_size` behind it.
HeaderFields ParseHeaderLines(absl::string_view bytes, size_t separator_size,
                              absl::FunctionRef<size_t(absl::string_view line)> split,
                              absl::FunctionRef<bool(absl::string_view line, const std::string& key)> last);

// Whitespace-separated numbers; an error that names `what` where one of them is none.
absl::StatusOr<std::vector<double>> ParseNumbers(absl::string_view text, absl::string_view what);

// One axis of a file that may have more of them than three.
struct TextAxis {
  int64_t size = 0;
  std::vector<double> vector;  // a step along it in world coordinates; empty where the axis is not one of space
};

// The sizes of `axes` that the header gives, each between 1 and kMaxVoxels, and no more voxels than that in all.
absl::StatusOr<std::vector<TextAxis>> ParseSizes(absl::string_view text, int64_t axes);

// Drops axes of length 1 until three are left, and with each the world axis along which it runs where the world has more than
// three as well: those that are not of space first, then from the last to the first. An error where more than one volume is
// there, or where what is left does not lie in space. `origin` has as many entries as each vector; `to_ras` scales the three
// world axes that are left to RAS+.
absl::Status PlaceAxes(std::vector<TextAxis> axes, std::vector<double> origin, const std::array<double, 3>& to_ras,
                       TextHeader* header);

// Sets data_file from the name that the header of `path` gives, which must lie in the header's folder or below: a header from
// elsewhere must not choose which of the user's files are read. Gives the file's length. A file of just that name is taken, and
// a name that would then begin a list or a pattern of several files is refused.
absl::StatusOr<int64_t> FindDataFile(const std::string& path, const std::string& name, TextHeader* header);

// DataLoss unless `available` bytes can hold the voxels.
absl::Status CheckLength(const TextHeader& header, int64_t available);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_TEXT_HEADER_H_
