// A picture of a mask on its scan: an axial, a coronal and a sagittal slice, a legend, and a caption.
#ifndef ASAP_TOOLS_ANATOMY_OVERLAY_H_
#define ASAP_TOOLS_ANATOMY_OVERLAY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/imaging/volume.h"
#include "core/io/png.h"

namespace asap {

// Slices through the middle of what is labelled. `scan` is on the mask's grid, or null for a black ground. `classes` are the
// names of the labels; the legend shows those that occur.
RgbImage DrawMaskOverlay(const Volume<float>* scan, const Volume<uint8_t>& mask, const std::vector<std::string>& classes,
                         const std::string& caption);

}  // namespace asap

#endif  // ASAP_TOOLS_ANATOMY_OVERLAY_H_
