#include "core/imaging/formats/unread_scan.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "core/imaging/formats/nifti.h"

namespace asap {
namespace {

constexpr const char* kConvert = "Convert them to .nii.gz.";
constexpr const char* kDecompress = "Decompress them.";
constexpr const char* kUnpack = "Unpack them if they hold scans.";
constexpr const char* kDicom =
    "They are not DICOM files of a series: copy them again, or convert them, for example with dcm2niix.";

// By the end of the name; longer ends come before those that they end in.
constexpr struct {
  const char* end;
  const char* remedy;
} kKinds[] = {
    {".tar.gz", kUnpack},
    {".tar.bz2", kUnpack},
    {".tar.xz", kUnpack},
    {".tar.zst", kUnpack},
    {".tgz", kUnpack},
    {".tar", kUnpack},
    {".zip", kUnpack},
    {".rar", kUnpack},
    {".7z", kUnpack},
    {".nii.zst", kDecompress},
    {".nii.bz2", kDecompress},
    {".nii.xz", kDecompress},
    {".nii.lz4", kDecompress},
    {".hdr.gz", kDecompress},
    {".img.gz", kDecompress},
    {".nrrd.gz", kDecompress},
    {".mha.gz", kDecompress},
    {".dcm.gz", kDecompress},
    {".mnc", kConvert},
    {".mgz", kConvert},
    {".mgh", kConvert},
    {".gipl", kConvert},
    {".gipl.gz", kConvert},
    {".vtk", kConvert},
    {".vti", kConvert},
    {".par", kConvert},
    {".dcm", kDicom},
    {".ima", kDicom},
    {".hdr",
     "They are no NIfTI pairs of .hdr and .img. ANALYZE 7.5 does not tell left from right: "
     "convert the scans from their original files to .nii.gz."},
    {".img", "Their .hdr is missing: copy it beside them, or convert the scans from their original files to .nii.gz."},
};

}  // namespace

UnreadScan LooksLikeUnreadScan(const std::string& path) {
  if (const std::string hdr = OtherHalf(path); absl::EndsWithIgnoreCase(hdr, ".hdr")) {
    std::error_code error;
    if (std::filesystem::exists(hdr, error)) return {};
  }
  for (const auto& kind : kKinds) {
    if (absl::EndsWithIgnoreCase(path, kind.end)) return {.kind = kind.end, .remedy = kind.remedy};
  }
  return {};
}

}  // namespace asap
