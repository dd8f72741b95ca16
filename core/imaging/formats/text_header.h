// NRRD and MetaImage headers, checked before the file is handed to ITK, whose readers take sizes and file names on trust.
#ifndef ASAP_CORE_IMAGING_FORMATS_TEXT_HEADER_H_
#define ASAP_CORE_IMAGING_FORMATS_TEXT_HEADER_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/imaging/volume.h"

namespace asap {

struct TextHeader {
  Index3 size = {0, 0, 0};
  int64_t bytes_per_voxel = 0;
  std::string data_file;  // path of the file that holds the voxels; empty where it is the header's own
};

// Three dimensions, a known scalar type, no more voxels than kMaxVoxels, and a data file that exists and can hold them: in the
// header's own file, or beside it in the same folder or below.
absl::StatusOr<TextHeader> CheckNrrdHeader(const std::string& path);
absl::StatusOr<TextHeader> CheckMetaImageHeader(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_TEXT_HEADER_H_
