#include "core/imaging/formats/itk_io.h"

#include <exception>
#include <memory>
#include <new>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/formats/text_header.h"
#include "core/imaging/geometry.h"
#include "itkImageIOBase.h"
#include "itkMetaImageIO.h"
#include "itkNrrdImageIO.h"

namespace asap {
namespace {

using Io = itk::ImageIOBase;

// Runs `action` with every exception made into a status. What ITK says is left out: it may quote header strings.
template <typename Action>
absl::Status Guarded(const std::string& path, const Action& action) {
  try {
    return action();
  } catch (const std::exception&) {  // itk::ExceptionObject is one
    return absl::DataLossError(absl::StrCat(path, ": ITK cannot read it. Copy or download it again, or convert it to .nii.gz."));
  }
}

bool IsMetaImage(const std::string& path) {
  return absl::EndsWithIgnoreCase(path, ".mha") || absl::EndsWithIgnoreCase(path, ".mhd");
}

struct OpenImage {
  Io::Pointer io;
  Geometry geometry;
};

absl::StatusOr<OpenImage> Open(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const TextHeader header, IsMetaImage(path) ? CheckMetaImageHeader(path) : CheckNrrdHeader(path));
  OpenImage image;
  ASAP_RETURN_IF_ERROR(Guarded(path, [&]() -> absl::Status {
    if (IsMetaImage(path)) {
      image.io = itk::MetaImageIO::New();
    } else {
      image.io = itk::NrrdImageIO::New();
    }
    image.io->SetFileName(path);
    image.io->ReadImageInformation();
    if (image.io->GetNumberOfDimensions() != 3 || image.io->GetNumberOfComponents() != 1) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": expected a scalar 3-D volume, found ",
                                                     image.io->GetNumberOfDimensions(), " dimensions of ",
                                                     image.io->GetNumberOfComponents(), " components"));
    }
    Index3 size;
    Affine affine;
    for (int axis = 0; axis < 3; ++axis) {
      size[axis] = static_cast<int64_t>(image.io->GetDimensions(axis));
      const std::vector<double> direction = image.io->GetDirection(axis);
      for (int row = 0; row < 3; ++row) {
        const double lps_to_ras = row < 2 ? -1 : 1;
        affine[4 * row + axis] = lps_to_ras * direction[row] * image.io->GetSpacing(axis);
        if (axis == 0) affine[4 * row + 3] = lps_to_ras * image.io->GetOrigin(row);
      }
    }
    if (size != header.size) {
      return absl::DataLossError(
          absl::StrCat(path, ": ITK sees ", SizeText(size), " voxels, the header says ", SizeText(header.size)));
    }
    absl::StatusOr<Geometry> geometry = GeometryFromAffine(affine, size, path);
    if (!geometry.ok()) return Annotate(geometry.status(), path);
    image.geometry = *geometry;
    return absl::OkStatus();
  }));
  return image;
}

template <typename T>
void ToFloat(const char* bytes, std::vector<float>& out) {
  const T* from = reinterpret_cast<const T*>(bytes);
  for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<float>(from[i]);
}

absl::Status ToFloat(Io::IOComponentType type, const char* bytes, std::vector<float>& out) {
  switch (type) {
    case Io::UCHAR:
      ToFloat<unsigned char>(bytes, out);
      break;
    case Io::CHAR:
      ToFloat<signed char>(bytes, out);
      break;
    case Io::USHORT:
      ToFloat<unsigned short>(bytes, out);
      break;
    case Io::SHORT:
      ToFloat<short>(bytes, out);
      break;
    case Io::UINT:
      ToFloat<unsigned int>(bytes, out);
      break;
    case Io::INT:
      ToFloat<int>(bytes, out);
      break;
    case Io::ULONG:
      ToFloat<unsigned long>(bytes, out);
      break;
    case Io::LONG:
      ToFloat<long>(bytes, out);
      break;
    case Io::ULONGLONG:
      ToFloat<unsigned long long>(bytes, out);
      break;
    case Io::LONGLONG:
      ToFloat<long long>(bytes, out);
      break;
    case Io::FLOAT:
      ToFloat<float>(bytes, out);
      break;
    case Io::DOUBLE:
      ToFloat<double>(bytes, out);
      break;
    default:
      return absl::UnimplementedError("its element type is not read. Convert it to int16 or float.");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Geometry> ReadGeometryWithItk(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const OpenImage image, Open(path));
  return image.geometry;
}

absl::StatusOr<Volume<float>> ReadWithItk(const std::string& path) {
  ASAP_ASSIGN_OR_RETURN(const OpenImage image, Open(path));
  Volume<float> volume;
  volume.geometry = image.geometry;
  ASAP_RETURN_IF_ERROR(Guarded(path, [&]() -> absl::Status {
    itk::ImageIORegion region(3);
    for (int axis = 0; axis < 3; ++axis) {
      region.SetIndex(axis, 0);
      region.SetSize(axis, image.geometry.size[axis]);
    }
    image.io->SetIORegion(region);
    const size_t bytes = image.geometry.voxels() * image.io->GetComponentSize();
    const std::unique_ptr<char[]> buffer(new char[bytes]);
    image.io->Read(buffer.get());
    volume.voxels.resize(image.geometry.voxels());
    return Annotate(ToFloat(image.io->GetComponentType(), buffer.get(), volume.voxels), path);
  }));
  return volume;
}

}  // namespace asap
