// Writes NIfTI-1, .nii or .nii.gz by the name's end, atomically.
//
// The header carries the geometry (sform code 2, "aligned"; qform code 0; no intensity scaling; units unset, as in files made by
// the published preprocessing) and nothing else: free-text fields are zero, so no patient data can leave through them; but for
// descrip, where the program may say what made the voxels.
#ifndef ASAP_CORE_IMAGING_FORMATS_WRITE_NIFTI_H_
#define ASAP_CORE_IMAGING_FORMATS_WRITE_NIFTI_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/imaging/volume.h"

namespace asap {

// T is int16_t, uint8_t or float. `description` is cut at descrip's 79 bytes; never give it a text that came with a scan.
template <typename T>
absl::Status WriteNifti(const std::string& path, const Volume<T>& volume, absl::string_view description = {}, int threads = 1);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_FORMATS_WRITE_NIFTI_H_
