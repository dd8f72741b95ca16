#include "tools/phantom/overview.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/page/montage.h"
#include "datasets/phantom/layouts/layout.h"

namespace asap {
namespace {

// The slice at `mm` along an axis, within the volume.
int64_t SliceAt(const Geometry& geometry, int axis, double mm) {
  const auto slice = std::llround((mm - geometry.origin[axis]) / geometry.spacing[axis]);
  return std::clamp<int64_t>(slice, 0, geometry.size[axis] - 1);
}

// The axial slice with the most lesion voxels in the lungs; through the heart where there are none.
int64_t MostTelling(const phantom::RenderedCase& rendered) {
  const Geometry& g = rendered.volume.geometry;
  int64_t best = SliceAt(g, 2, -55), most = 0;
  const int64_t slice = g.size[0] * g.size[1];
  for (int64_t k = 0; k < g.size[2]; ++k) {
    int64_t count = 0;
    for (int64_t v = k * slice; v < (k + 1) * slice; ++v) count += rendered.lesions[v] != 0;
    if (count > most) {
      most = count;
      best = k;
    }
  }
  return best;
}

}  // namespace

RgbImage DrawOverview(const phantom::PhantomDataset& dataset, int64_t cases) {
  constexpr double kPixelsPerMm = 0.7;
  constexpr Rgb kRed = {255, 40, 40}, kYellow = {255, 220, 60};
  const SliceStyle lung = {.window = kLungWindow, .pixels_per_mm = kPixelsPerMm};
  const SliceStyle soft = {.window = {40, 500}, .pixels_per_mm = kPixelsPerMm};
  std::vector<RgbImage> tiles;
  for (int64_t i = 0; i < std::min(cases, dataset.size()); ++i) {
    const auto rendered = dataset.Rendered(i);
    const Volume<int16_t>& ct = rendered->volume;
    const Volume<uint8_t> organs = MaskOf(*rendered);
    Volume<uint8_t> lesions{ct.geometry, {}};
    for (const uint32_t bits : rendered->lesions) lesions.voxels.push_back(bits != 0);
    const std::pair<SlicePlane, int64_t> lung_views[] = {{SlicePlane::kAxial, SliceAt(ct.geometry, 2, 25)},
                                                         {SlicePlane::kAxial, MostTelling(*rendered)},
                                                         {SlicePlane::kCoronal, SliceAt(ct.geometry, 1, -12)},
                                                         {SlicePlane::kSagittal, SliceAt(ct.geometry, 0, 65)}};
    for (const auto& [plane, slice] : lung_views) {
      RgbImage tile = DrawSlice(ct, plane, slice, lung);
      if (&plane == &lung_views[0].first) {
        DrawText(absl::StrCat(dataset.Info(i).id, " ", dataset.Info(i).site), 3, 3, kYellow, 2, &tile);
      } else {
        OverlayOutline(lesions, plane, slice, kRed, lung, &tile);
      }
      tiles.push_back(std::move(tile));
    }
    const std::pair<SlicePlane, int64_t> soft_views[] = {{SlicePlane::kAxial, SliceAt(ct.geometry, 2, -10)},
                                                         {SlicePlane::kAxial, SliceAt(ct.geometry, 2, -62)},
                                                         {SlicePlane::kAxial, SliceAt(ct.geometry, 2, -165)},
                                                         {SlicePlane::kCoronal, SliceAt(ct.geometry, 1, 10)}};
    for (const auto& [plane, slice] : soft_views) {
      RgbImage tile = DrawSlice(ct, plane, slice, soft);
      if (&plane != &soft_views[0].first) OverlayLabels(organs, plane, slice, 0.3, soft, &tile);
      tiles.push_back(std::move(tile));
    }
  }
  return Tile(tiles, 8, 3);
}

}  // namespace asap
