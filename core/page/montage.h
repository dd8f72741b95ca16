// Pictures of volumes: slices in a grey window with coloured labels and outlines, captions, and rows of them on one sheet.
//
//   SliceStyle style{.window = kLungWindow};
//   RgbImage axial = DrawSlice(ct, SlicePlane::kAxial, ct.geometry.size[2] / 2, style);
//   OverlayLabels(labels, SlicePlane::kAxial, slice, /*opacity=*/0.35, style, &axial);
//   DrawText("case 7", 2, 2, {255, 255, 255}, /*scale=*/1, &axial);
//   RgbImage sheet = Tile({axial, coronal, sagittal}, /*columns=*/3, /*gap=*/4);
//
// Volumes run along R, A, S (see imaging/reorient.h). Slices are drawn as radiologists look at them: axial from the feet and
// coronal from the front, so that the patient's right is on the picture's left; sagittal from the patient's left, with the front
// on the left.
#ifndef ASAP_CORE_PAGE_MONTAGE_H_
#define ASAP_CORE_PAGE_MONTAGE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "core/imaging/volume.h"
#include "core/io/png.h"

namespace asap {

struct Window {
  double level = 40, width = 400;  // HU
};
inline constexpr Window kLungWindow = {-600, 1500};
inline constexpr Window kSoftTissueWindow = {40, 400};

enum class SlicePlane { kAxial, kCoronal, kSagittal };

struct SliceStyle {
  Window window = kSoftTissueWindow;
  double pixels_per_mm = 1;  // voxels become rectangles of their true proportions
};

RgbImage DrawSlice(const Volume<int16_t>& volume, SlicePlane plane, int64_t index, const SliceStyle& style);

// Tints labels > 0 of a map on the same grid with the colours of LabelColour.
void OverlayLabels(const Volume<uint8_t>& labels, SlicePlane plane, int64_t index, double opacity, const SliceStyle& style,
                   RgbImage* image);
// Draws the border of the voxels that are not 0.
void OverlayOutline(const Volume<uint8_t>& mask, SlicePlane plane, int64_t index, Rgb colour, const SliceStyle& style,
                    RgbImage* image);

// Distinct colours, the same for a label everywhere.
Rgb LabelColour(int label);

// Capitals, digits and common signs in a 5x7 font (6x8 with spacing), enlarged by `scale`; other characters are blank.
void DrawText(absl::string_view text, int x, int y, Rgb colour, int scale, RgbImage* image);

// Pictures in rows of `columns`, each cell as large as the largest, `gap` pixels apart on black.
RgbImage Tile(const std::vector<RgbImage>& images, int columns, int gap);

}  // namespace asap

#endif  // ASAP_CORE_PAGE_MONTAGE_H_
