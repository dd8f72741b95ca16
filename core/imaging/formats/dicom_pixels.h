// The pixels of one DICOM slice.
#ifndef ASAP_CORE_IMAGING_FORMATS_DICOM_PIXELS_H_
#define ASAP_CORE_IMAGING_FORMATS_DICOM_PIXELS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/imaging/formats/dicom_elements.h"

namespace asap {

// Fills `out`, of rows * columns values, with slope * stored + intercept. Uncompressed pixels are read from `elements`;
// compressed ones (JPEG, JPEG-LS, JPEG 2000, RLE) through GDCM from the file, which may abort on damaged data: see isolated.h.
// Error messages leave it to the caller to name the file.
absl::Status ReadDicomPixels(const std::string& path, const DicomElements& elements, double slope, double intercept,
                             absl::Span<float> out);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_DICOM_PIXELS_H_
