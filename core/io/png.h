// PNG pictures in memory, through libpng.
//
//   RgbImage image(640, 480);
//   image.Set(10, 20, {255, 0, 0});
//   ASAP_ASSIGN_OR_RETURN(std::string bytes, EncodePng(image));
//   ASAP_RETURN_IF_ERROR(WriteFileAtomically("a.png", bytes));
#ifndef ASAP_CORE_IO_PNG_H_
#define ASAP_CORE_IO_PNG_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace asap {

using Rgb = std::array<uint8_t, 3>;

// Rows from the top, 3 bytes a pixel.
struct RgbImage {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;

  RgbImage() = default;
  RgbImage(int w, int h, Rgb fill = {0, 0, 0});

  Rgb At(int x, int y) const;
  // Outside the picture: nothing happens.
  void Set(int x, int y, Rgb colour);
};

absl::StatusOr<std::string> EncodePng(const RgbImage& image);
// Any PNG, turned into 8-bit RGB. At most 100 million pixels.
absl::StatusOr<RgbImage> DecodePng(absl::string_view bytes);

// Encodes and writes atomically.
absl::Status WritePng(const std::string& path, const RgbImage& image);

}  // namespace asap

#endif  // ASAP_CORE_IO_PNG_H_
