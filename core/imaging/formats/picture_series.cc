#include "core/imaging/formats/picture_series.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/natural_order.h"
#include "core/base/status.h"
#include "core/imaging/formats/nifti_header.h"
#include "core/imaging/geometry.h"
#include "core/io/png.h"
#include "itkJPEGImageIO.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMostPixels = 100'000'000;  // of one picture, as for PNG
constexpr size_t kMostNamed = 5;              // defective slices in one message

// Rows from the top.
struct GreyPicture {
  int64_t width = 0, height = 0;
  std::vector<uint8_t> pixels;
};

// Rec. 601 luminance; a grey pixel keeps its value.
uint8_t Grey(const uint8_t* rgb) {
  if (rgb[0] == rgb[1] && rgb[1] == rgb[2]) return rgb[0];
  return static_cast<uint8_t>((299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2] + 500) / 1000);
}

GreyPicture FromRgb(int64_t width, int64_t height, const uint8_t* rgb) {
  GreyPicture picture = {.width = width, .height = height};
  picture.pixels.resize(width * height);
  for (int64_t i = 0; i < width * height; ++i) picture.pixels[i] = Grey(rgb + 3 * i);
  return picture;
}

absl::StatusOr<GreyPicture> ReadPng(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  ASAP_ASSIGN_OR_RETURN(const RgbImage image, DecodePng(bytes));
  return FromRgb(image.width, image.height, image.pixels.data());
}

// The decoder fills what is missing with grey, so the end is looked for here.
absl::Status CheckJpegEnds(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  if (!absl::StartsWith(bytes, "\xff\xd8")) return absl::InvalidArgumentError("not a JPEG");
  const size_t end = bytes.rfind("\xff\xd9");
  if (end == std::string::npos || end + 64 < bytes.size()) return absl::DataLossError("a truncated JPEG");
  return absl::OkStatus();
}

absl::StatusOr<GreyPicture> ReadJpeg(const std::string& path) {
  ASAP_RETURN_IF_ERROR(CheckJpegEnds(path));
  try {
    const auto io = itk::JPEGImageIO::New();
    io->SetFileName(path);
    io->ReadImageInformation();
    const int64_t width = static_cast<int64_t>(io->GetDimensions(0)), height = static_cast<int64_t>(io->GetDimensions(1));
    const unsigned components = io->GetNumberOfComponents();
    if (width < 1 || height < 1 || width > kMostPixels / height || (components != 1 && components != 3)) {
      return absl::InvalidArgumentError(absl::StrCat("a JPEG of ", width, "x", height, " pixels of ", components,
                                                     " components; expected grey or RGB, at most ", kMostPixels, " pixels"));
    }
    std::vector<uint8_t> buffer(width * height * components);
    itk::ImageIORegion region(2);
    region.SetSize(0, width);
    region.SetSize(1, height);
    io->SetIORegion(region);
    io->Read(buffer.data());
    if (components == 3) return FromRgb(width, height, buffer.data());
    return GreyPicture{.width = width, .height = height, .pixels = std::move(buffer)};
  } catch (const std::exception&) {
    return absl::InvalidArgumentError("a damaged JPEG");
  }
}

absl::StatusOr<GreyPicture> ReadPicture(const std::string& path) {
  return absl::EndsWithIgnoreCase(path, ".png") ? ReadPng(path) : ReadJpeg(path);
}

std::string NameOf(const std::string& path) { return fs::path(path).filename().string(); }

absl::StatusOr<Geometry> SeriesGeometry(const std::string& folder, int64_t width, int64_t height, int64_t slices) {
  Geometry geometry;
  geometry.size = {width, height, slices};
  if (width * height > kMaxVoxels / slices) {
    return absl::InvalidArgumentError(absl::StrCat(folder, ": its pictures make ", SizeText(geometry.size),
                                                   " voxels, more than the ", kMaxVoxels, " that are allowed."));
  }
  return geometry;
}

absl::StatusOr<std::vector<std::string>> AtLeastOne(const std::string& folder) {
  std::vector<std::string> files = SlicePictures(folder);
  if (files.empty()) return absl::NotFoundError(absl::StrCat(folder, ": holds no slice pictures (.png, .jpg, .jpeg)."));
  return files;
}

}  // namespace

std::vector<std::string> SlicePictures(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (absl::StartsWith(name, ".")) continue;
    for (const char* extension : {".png", ".jpg", ".jpeg"}) {
      if (absl::EndsWithIgnoreCase(name, extension)) files.push_back(entry->path().string());
    }
  }
  std::sort(files.begin(), files.end(), [](const std::string& a, const std::string& b) { return NaturalLess(a, b); });
  return files;
}

absl::StatusOr<Geometry> ReadPictureGeometry(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> files, AtLeastOne(folder));
  absl::Status first_failure;
  for (const std::string& file : files) {
    const absl::StatusOr<GreyPicture> picture = ReadPicture(file);
    if (picture.ok()) return SeriesGeometry(folder, picture->width, picture->height, static_cast<int64_t>(files.size()));
    first_failure.Update(picture.status());
  }
  return Annotate(first_failure, absl::StrCat(folder, ": none of its ", files.size(), " pictures can be read"));
}

absl::StatusOr<Volume<float>> ReadPictureSeries(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(const std::vector<std::string> files, AtLeastOne(folder));
  std::vector<absl::StatusOr<GreyPicture>> pictures;
  std::map<std::pair<int64_t, int64_t>, int> sizes;
  for (const std::string& file : files) {
    pictures.push_back(ReadPicture(file));
    if (pictures.back().ok()) ++sizes[{pictures.back()->width, pictures.back()->height}];
  }
  const auto usual =
      std::max_element(sizes.begin(), sizes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::string named;
  size_t defective = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    std::string reason;
    if (!pictures[i].ok()) {
      reason = std::string(pictures[i].status().message());
    } else if (std::make_pair(pictures[i]->width, pictures[i]->height) != usual->first) {
      reason = absl::StrCat(pictures[i]->width, "x", pictures[i]->height, " pixels where most have ", usual->first.first, "x",
                            usual->first.second);
    } else {
      continue;
    }
    if (++defective <= kMostNamed) absl::StrAppend(&named, defective == 1 ? "" : ", ", NameOf(files[i]), " (", reason, ")");
  }
  if (defective > 0) {
    return absl::DataLossError(absl::StrCat(folder, ": ", defective, " of its ", files.size(), " slices ",
                                            defective == 1 ? "is" : "are", " defective: ", named,
                                            defective > kMostNamed ? ", ..." : "",
                                            ". Copy or unpack the scan again; a slice that stays defective has to be removed."));
  }
  const auto [width, height] = usual->first;
  const int64_t slices = static_cast<int64_t>(files.size());
  Volume<float> volume;
  ASAP_ASSIGN_OR_RETURN(volume.geometry, SeriesGeometry(folder, width, height, slices));
  volume.voxels.resize(volume.geometry.voxels());
  for (int64_t z = 0; z < slices; ++z) {
    // From left, posterior and inferior to right, anterior and superior.
    const uint8_t* from = pictures[slices - 1 - z]->pixels.data() + width * height;
    float* to = volume.voxels.data() + z * width * height;
    for (int64_t i = 0; i < width * height; ++i) to[i] = *--from;
  }
  return volume;
}

}  // namespace asap
