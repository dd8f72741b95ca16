#include "core/page/montage.h"

#include <algorithm>
#include <cmath>

#include "core/page/font.h"

namespace asap {
namespace {

// Where the picture's pixels lie in the volume.
struct View {
  int across = 0, down = 1;  // axes of the volume along the picture's width and height
  int through = 2;           // axis of `index`
  bool flip_across, flip_down;
  int width, height;  // pixels

  View(const Geometry& geometry, SlicePlane plane, const SliceStyle& style) {
    switch (plane) {
      case SlicePlane::kAxial:
        across = 0, down = 1, through = 2;
        break;
      case SlicePlane::kCoronal:
        across = 0, down = 2, through = 1;
        break;
      case SlicePlane::kSagittal:
        across = 1, down = 2, through = 0;
        break;
    }
    flip_across = true;  // R, or A, grows towards the picture's left
    flip_down = true;    // A, or S, grows towards its top
    const auto pixels = [&](int axis) {
      return std::max(1, static_cast<int>(std::lround(geometry.size[axis] * geometry.spacing[axis] * style.pixels_per_mm)));
    };
    width = pixels(across);
    height = pixels(down);
  }

  static int64_t Voxel(int pixel, int pixels, int64_t count, bool flip) {
    const int64_t v = std::min<int64_t>(count - 1, static_cast<int64_t>((pixel + 0.5) * count / pixels));
    return flip ? count - 1 - v : v;
  }

  template <typename T>
  T At(const Volume<T>& volume, int px, int py, int64_t index) const {
    Index3 at;
    at[across] = Voxel(px, width, volume.geometry.size[across], flip_across);
    at[down] = Voxel(py, height, volume.geometry.size[down], flip_down);
    at[through] = index;
    return volume.at(at[0], at[1], at[2]);
  }
};

}  // namespace

RgbImage DrawSlice(const Volume<int16_t>& volume, SlicePlane plane, int64_t index, const SliceStyle& style) {
  const View view(volume.geometry, plane, style);
  RgbImage image(view.width, view.height);
  const double low = style.window.level - style.window.width / 2;
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      const double grey = std::clamp((view.At(volume, x, y, index) - low) / style.window.width, 0.0, 1.0);
      const uint8_t value = static_cast<uint8_t>(grey * 255 + 0.5);
      image.Set(x, y, {value, value, value});
    }
  }
  return image;
}

void OverlayLabels(const Volume<uint8_t>& labels, SlicePlane plane, int64_t index, double opacity, const SliceStyle& style,
                   RgbImage* image) {
  const View view(labels.geometry, plane, style);
  for (int y = 0; y < std::min(view.height, image->height); ++y) {
    for (int x = 0; x < std::min(view.width, image->width); ++x) {
      const int label = view.At(labels, x, y, index);
      if (label == 0) continue;
      const Rgb colour = LabelColour(label);
      Rgb mixed = image->At(x, y);
      for (int c = 0; c < 3; ++c) mixed[c] = static_cast<uint8_t>(mixed[c] + opacity * (colour[c] - mixed[c]));
      image->Set(x, y, mixed);
    }
  }
}

void OverlayOutline(const Volume<uint8_t>& mask, SlicePlane plane, int64_t index, Rgb colour, const SliceStyle& style,
                    RgbImage* image) {
  const View view(mask.geometry, plane, style);
  const auto in = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < view.width && y < view.height && view.At(mask, x, y, index) != 0;
  };
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      if (in(x, y) && !(in(x - 1, y) && in(x + 1, y) && in(x, y - 1) && in(x, y + 1))) image->Set(x, y, colour);
    }
  }
}

Rgb LabelColour(int label) {
  // Hues by the golden ratio: neighbours in the list are far apart on the circle.
  const double hue = std::fmod(label * 0.61803398875, 1.0) * 6;
  const double value = label % 3 == 0 ? 0.75 : 1.0, low = value * 0.2;
  const int sector = static_cast<int>(hue);
  const double part = hue - sector, rise = low + (value - low) * part, fall = value - (value - low) * part;
  const double table[6][3] = {{value, rise, low}, {fall, value, low}, {low, value, rise},
                              {low, fall, value}, {rise, low, value}, {value, low, fall}};
  Rgb colour;
  for (int c = 0; c < 3; ++c) colour[c] = static_cast<uint8_t>(255 * table[sector % 6][c] + 0.5);
  return colour;
}

void DrawText(absl::string_view text, int x, int y, Rgb colour, int scale, RgbImage* image) {
  for (const char c : text) {
    const Glyph& glyph = GlyphOf(c);
    for (int row = 0; row < 7; ++row) {
      for (int column = 0; column < 5; ++column) {
        if (!(glyph[row] >> (4 - column) & 1)) continue;
        for (int dy = 0; dy < scale; ++dy) {
          for (int dx = 0; dx < scale; ++dx) image->Set(x + column * scale + dx, y + row * scale + dy, colour);
        }
      }
    }
    x += 6 * scale;
  }
}

RgbImage Tile(const std::vector<RgbImage>& images, int columns, int gap) {
  if (images.empty() || columns < 1) return RgbImage(1, 1);
  int width = 1, height = 1;
  for (const RgbImage& image : images) {
    width = std::max(width, image.width);
    height = std::max(height, image.height);
  }
  columns = std::min(columns, static_cast<int>(images.size()));
  const int rows = (static_cast<int>(images.size()) + columns - 1) / columns;
  RgbImage sheet(columns * (width + gap) - gap, rows * (height + gap) - gap);
  for (size_t i = 0; i < images.size(); ++i) {
    const int left = static_cast<int>(i) % columns * (width + gap), top = static_cast<int>(i) / columns * (height + gap);
    for (int y = 0; y < images[i].height; ++y) {
      for (int x = 0; x < images[i].width; ++x) sheet.Set(left + x, top + y, images[i].At(x, y));
    }
  }
  return sheet;
}

}  // namespace asap
