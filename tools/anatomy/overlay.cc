#include "tools/anatomy/overlay.h"

#include <algorithm>
#include <cmath>

#include "core/imaging/reorient.h"
#include "core/page/montage.h"

namespace asap {
namespace {

constexpr int kMostCells = 320;  // along an axis: more than the pixels of a picture
constexpr double kPixels = 360;  // of the largest extent
constexpr double kOpacity = 0.45;
constexpr Window kWindow = {-150, 1300};  // lung, soft tissue and bone at once
constexpr Rgb kWhite = {255, 255, 255};

// Every n-th voxel along R, A, S.
template <typename T, typename Out>
Volume<Out> Preview(const Volume<T>& volume) {
  const VolumeView<T> view = RasView(volume);
  Volume<Out> result;
  result.geometry = view.geometry;
  Index3 step;
  for (int axis = 0; axis < 3; ++axis) {
    step[axis] = (view.geometry.size[axis] + kMostCells - 1) / kMostCells;
    result.geometry.size[axis] = (view.geometry.size[axis] + step[axis] - 1) / step[axis];
    result.geometry.spacing[axis] *= static_cast<double>(step[axis]);
  }
  for (int64_t k = 0; k < result.geometry.size[2]; ++k) {
    for (int64_t j = 0; j < result.geometry.size[1]; ++j) {
      for (int64_t i = 0; i < result.geometry.size[0]; ++i) {
        const float value =
            view.data[view.offset + i * step[0] * view.stride[0] + j * step[1] * view.stride[1] + k * step[2] * view.stride[2]];
        result.voxels.push_back(static_cast<Out>(std::min(32767.0f, value > -32768.0f ? value : -32768.0f)));
      }
    }
  }
  return result;
}

Index3 MiddleOf(const Volume<uint8_t>& labels) {
  const Index3& size = labels.geometry.size;
  Index3 low = size, high = {-1, -1, -1};
  for (int64_t k = 0; k < size[2]; ++k) {
    for (int64_t j = 0; j < size[1]; ++j) {
      for (int64_t i = 0; i < size[0]; ++i) {
        if (labels.at(i, j, k) == 0) continue;
        const Index3 at = {i, j, k};
        for (int axis = 0; axis < 3; ++axis) {
          low[axis] = std::min(low[axis], at[axis]);
          high[axis] = std::max(high[axis], at[axis]);
        }
      }
    }
  }
  Index3 middle;
  for (int axis = 0; axis < 3; ++axis) middle[axis] = high[axis] < 0 ? size[axis] / 2 : (low[axis] + high[axis]) / 2;
  return middle;
}

}  // namespace

RgbImage DrawMaskOverlay(const Volume<float>* scan, const Volume<uint8_t>& mask, const std::vector<std::string>& classes,
                         const std::string& caption) {
  const Volume<uint8_t> labels = Preview<uint8_t, uint8_t>(mask);
  Volume<int16_t> grey;
  if (scan != nullptr) {
    grey = Preview<float, int16_t>(*scan);
  } else {
    grey.geometry = labels.geometry;
    grey.voxels.assign(labels.voxels.size(), -1000);
  }
  double extent = 1;
  for (int axis = 0; axis < 3; ++axis) {
    extent = std::max(extent, static_cast<double>(labels.geometry.size[axis]) * labels.geometry.spacing[axis]);
  }
  const SliceStyle style = {.window = kWindow, .pixels_per_mm = kPixels / extent};
  const Index3 middle = MiddleOf(labels);
  std::vector<RgbImage> slices;
  int through = 2;
  for (const SlicePlane plane : {SlicePlane::kAxial, SlicePlane::kCoronal, SlicePlane::kSagittal}) {
    slices.push_back(DrawSlice(grey, plane, middle[through], style));
    OverlayLabels(labels, plane, middle[through], kOpacity, style, &slices.back());
    --through;
  }
  const RgbImage sheet = Tile(slices, /*columns=*/3, /*gap=*/4);

  constexpr int kLine = 14, kLetter = 6, kMargin = 4;
  std::vector<bool> occurs(256, false);
  for (const uint8_t label : labels.voxels) occurs[label] = true;
  struct Entry {
    int label, x, line;
  };
  std::vector<Entry> legend;
  int x = kMargin, line = 1;
  for (int label = 1; label < static_cast<int>(std::min<size_t>(256, classes.size())); ++label) {
    if (!occurs[label]) continue;
    const int width = 14 + kLetter * static_cast<int>(classes[label].size()) + 12;
    if (x + width > sheet.width && x > kMargin) x = kMargin, ++line;
    legend.push_back({label, x, line});
    x += width;
  }
  RgbImage picture(sheet.width, sheet.height + kLine * (line + 1) + kMargin);
  for (int y = 0; y < sheet.height; ++y) {
    for (int column = 0; column < sheet.width; ++column) picture.Set(column, y, sheet.At(column, y));
  }
  const int below = sheet.height + kMargin;
  DrawText(caption, kMargin, below, kWhite, /*scale=*/1, &picture);
  for (const Entry& entry : legend) {
    const int top = below + kLine * entry.line;
    for (int dy = 0; dy < 8; ++dy) {
      for (int dx = 0; dx < 8; ++dx) picture.Set(entry.x + dx, top + dy, LabelColour(entry.label));
    }
    DrawText(classes[entry.label], entry.x + 12, top, kWhite, /*scale=*/1, &picture);
  }
  return picture;
}

}  // namespace asap
