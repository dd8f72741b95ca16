// NRRD and MetaImage through ITK, after the header checks of text_header.h.
#ifndef ASAP_CORE_IMAGING_FORMATS_ITK_IO_H_
#define ASAP_CORE_IMAGING_FORMATS_ITK_IO_H_

#include <string>

#include "absl/status/statusor.h"
#include "core/imaging/volume.h"

namespace asap {

// .nrrd, .nhdr, .mha or .mhd, told apart by the name's end.
absl::StatusOr<Volume<float>> ReadWithItk(const std::string& path);
absl::StatusOr<Geometry> ReadGeometryWithItk(const std::string& path);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_ITK_IO_H_
