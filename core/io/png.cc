#include "core/io/png.h"

#include <png.h>

#include <cstring>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/status.h"

namespace asap {
namespace {
constexpr int64_t kMostPixels = 100000000;
}

RgbImage::RgbImage(int w, int h, Rgb fill) : width(w), height(h), pixels(static_cast<size_t>(w) * h * 3) {
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = fill[i % 3];
}

Rgb RgbImage::At(int x, int y) const {
  const uint8_t* p = pixels.data() + 3 * (static_cast<size_t>(y) * width + x);
  return {p[0], p[1], p[2]};
}

void RgbImage::Set(int x, int y, Rgb colour) {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  std::memcpy(pixels.data() + 3 * (static_cast<size_t>(y) * width + x), colour.data(), 3);
}

absl::StatusOr<std::string> EncodePng(const RgbImage& image) {
  if (image.width < 1 || image.height < 1 || image.pixels.size() != static_cast<size_t>(image.width) * image.height * 3) {
    return absl::InvalidArgumentError(absl::StrCat("a picture of ", image.width, "x", image.height, " with ", image.pixels.size(),
                                                   " bytes cannot be a PNG; expected 3 bytes for each of at least one pixel"));
  }
  png_image png;
  std::memset(&png, 0, sizeof(png));
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(image.width);
  png.height = static_cast<png_uint_32>(image.height);
  png.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
  std::string bytes(size, '\0');
  if (!png_image_write_to_memory(&png, bytes.data(), &size, /*convert_to_8bit=*/0, image.pixels.data(), /*row_stride=*/0,
                                 nullptr)) {
    return absl::InternalError(
        absl::StrCat("libpng could not encode a picture of ", image.width, "x", image.height, ": ", png.message));
  }
  bytes.resize(size);
  return bytes;
}

absl::StatusOr<RgbImage> DecodePng(absl::string_view bytes) {
  png_image png;
  std::memset(&png, 0, sizeof(png));
  png.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&png, bytes.data(), bytes.size())) {
    return absl::InvalidArgumentError(absl::StrCat("not a readable PNG: ", png.message));
  }
  if (static_cast<int64_t>(png.width) * png.height > kMostPixels) {
    png_image_free(&png);
    return absl::InvalidArgumentError(
        absl::StrCat("a PNG of ", png.width, "x", png.height, " pixels is too large; at most ", kMostPixels));
  }
  png.format = PNG_FORMAT_RGB;
  RgbImage image(static_cast<int>(png.width), static_cast<int>(png.height));
  const png_color background = {0, 0, 0};
  if (!png_image_finish_read(&png, &background, image.pixels.data(), /*row_stride=*/0, nullptr)) {
    const std::string reason = png.message;
    png_image_free(&png);
    return absl::InvalidArgumentError(absl::StrCat("a damaged PNG: ", reason));
  }
  return image;
}

absl::Status WritePng(const std::string& path, const RgbImage& image) {
  ASAP_ASSIGN_OR_RETURN(const std::string bytes, EncodePng(image));
  return WriteFileAtomically(path, bytes);
}

}  // namespace asap
