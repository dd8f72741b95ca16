#include "core/imaging/formats/dicom_stack.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "core/base/log.h"
#include "core/base/status.h"
#include "core/imaging/formats/even_slices.h"
#include "core/imaging/geometry.h"

namespace asap {
namespace {

using Slices = std::vector<SliceHeader>;

constexpr double kTolerance = 1e-3;   // of direction cosines, and of pixel spacings relative to them
constexpr double kMaxShift = 8192;    // pixels; headers that ask for more are damaged
constexpr double kOrthogonal = 1e-4;  // the shear that GeometryFromAffine takes for none

double Dot(const std::array<double, 3>& a, const double* b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

bool SamePlane(const SliceHeader& a, const SliceHeader& b) {
  if (a.rows != b.rows || a.columns != b.columns) return false;
  for (int i = 0; i < 6; ++i) {
    if (std::abs(a.orientation[i] - b.orientation[i]) > kTolerance) return false;
  }
  for (int i = 0; i < 2; ++i) {
    if (std::abs(a.spacing[i] - b.spacing[i]) > kTolerance * a.spacing[i]) return false;
  }
  return true;
}

// In the order of file names, each plane beginning with the slice that defines it.
std::vector<Slices> Planes(Slices slices) {
  std::vector<Slices> planes;
  for (SliceHeader& slice : slices) {
    auto plane = std::find_if(planes.begin(), planes.end(), [&](const Slices& of) { return SamePlane(of.front(), slice); });
    if (plane == planes.end()) plane = planes.emplace(planes.end());
    plane->push_back(std::move(slice));
  }
  return planes;
}

// The status without the name that its message begins with.
absl::Status WithoutContext(const absl::Status& status, const std::string& name) {
  return absl::Status(status.code(), absl::StripPrefix(status.message(), absl::StrCat(name, ": ")));
}

// The slices by series, as far as their positions are of one world.
std::map<std::string, Slices> BySeries(const Slices& slices, const std::string& scan) {
  std::map<std::string, Slices> series;
  for (const SliceHeader& slice : slices) {
    if (slice.scan == scan) series[slice.series].push_back(slice);
  }
  return series;
}

// "20 slices from a.dcm, 12 slices from b.dcm", three of them at most.
std::string Counts(const std::vector<const Slices*>& groups) {
  std::string text;
  for (size_t i = 0; i < std::min<size_t>(groups.size(), 3); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", groups[i]->size(), " slices from ", groups[i]->front().Name());
  }
  if (groups.size() > 3) absl::StrAppend(&text, " and ", groups.size() - 3, " more");
  return text;
}

// The acquisition that has most of a series' slices, where it stacks evenly and all of them together do not.
std::optional<EvenSlices> MainAcquisition(const std::string& folder, const Slices& slices) {
  std::map<std::string, Slices> acquisitions;
  for (const SliceHeader& slice : slices) acquisitions[slice.acquisition].push_back(slice);
  for (auto& [number, own] : acquisitions) {
    if (acquisitions.size() == 1 || 2 * own.size() <= slices.size()) continue;
    absl::StatusOr<EvenSlices> even = EvenlySpaced(folder, own);
    if (!even.ok()) return std::nullopt;
    LogWarning(absl::StrCat(folder, ": holds ", acquisitions.size(),
                            " acquisitions that do not stack evenly together; reading the largest (", own.size(), " slices from ",
                            own.front().Name(), "), leaving out ", slices.size() - own.size(),
                            " slices. Move each acquisition to a folder of its own to choose another."));
    return *std::move(even);
  }
  return std::nullopt;
}

// Whether slices of several series that stack evenly are one volume. Halves of a scan are, and slices with a series each; not so
// where one series is a volume by itself and another lies within it.
bool AreOne(const std::string& folder, const std::map<std::string, Slices>& series, const Slices& largest,
            const EvenSlices& together) {
  if (!together.duplicates.empty()) return false;
  size_t changes = 0;
  for (size_t i = 1; i < together.slices.size(); ++i) changes += together.slices[i].series != together.slices[i - 1].series;
  const bool end_to_end = changes + 1 == series.size();
  return end_to_end || !EvenlySpaced(folder, largest).ok();
}

absl::StatusOr<EvenSlices> Choose(const std::string& folder, Slices slices) {
  const std::vector<Slices> planes = Planes(std::move(slices));
  const Slices* plane = nullptr;
  Slices largest;
  std::vector<Slices> groups;
  for (const Slices& of : planes) {
    std::map<std::string, Slices> series;
    for (const SliceHeader& slice : of) series[absl::StrCat(slice.series, "|", slice.scan)].push_back(slice);
    for (auto& [uid, own] : series) {
      if (own.size() > largest.size()) {
        largest = own;
        plane = &of;
      }
      groups.push_back(std::move(own));
    }
  }
  const std::map<std::string, Slices> series = BySeries(*plane, largest.front().scan);
  Slices all;
  for (const auto& [uid, own] : series) all.insert(all.end(), own.begin(), own.end());
  const size_t count = all.size();
  absl::StatusOr<EvenSlices> together = EvenlySpaced(folder, std::move(all));
  if (series.size() > 1 && together.ok() && AreOne(folder, series, largest, *together)) {
    const size_t others = groups.size() - series.size();
    LogWarning(absl::StrCat(folder, ": its ", count, " slices say that they are of ", series.size(),
                            " series, but stack evenly: they are read as one volume",
                            others == 0 ? "" : absl::StrCat(", without ", others, " series of other planes or studies"),
                            ". Move each series to a folder of its own if they are not one."));
    return together;
  }
  if (groups.size() > 1 && largest.size() == 1) {
    // The slices are those of one scan, and uneven, or are of several scans.
    const absl::Status why =
        together.ok() || series.size() == 1
            ? absl::InvalidArgumentError("they differ in study, frame of reference or plane. Export one series.")
            : WithoutContext(together.status(), folder);
    return Annotate(why, absl::StrCat(folder, ": its ", groups.size(), " slices are of ", groups.size(),
                                      " series of one slice each, and do not stack evenly as one"));
  }
  if (groups.size() > 1) {
    std::vector<const Slices*> others;
    for (const Slices& group : groups) {
      if (group.front().Name() != largest.front().Name()) others.push_back(&group);
    }
    LogWarning(absl::StrCat(folder, ": holds ", groups.size(), " series or orientations; reading the largest (", largest.size(),
                            " slices from ", largest.front().Name(), "), leaving out ", Counts(others),
                            ". Move each series to a folder of its own to choose another."));
  }
  absl::StatusOr<EvenSlices> even = EvenlySpaced(folder, largest);
  if (even.ok()) return even;
  if (std::optional<EvenSlices> one = MainAcquisition(folder, largest); one.has_value()) return *std::move(one);
  return even;
}

// How many of the slices' series have no place, and which is the first; a word on them, or empty where there are none.
std::string UnplacedText(const DicomFolder& found, const Slices& slices, size_t* count) {
  std::set<std::string> series;
  for (const SliceHeader& slice : slices) series.insert(slice.series);
  *count = 0;
  const UnplacedSlice* first = nullptr;
  for (const UnplacedSlice& unplaced : found.unplaced) {
    if (unplaced.series.has_value() && !series.contains(*unplaced.series)) continue;
    if ((*count)++ == 0) first = &unplaced;
  }
  if (first == nullptr) return "";
  return absl::StrCat(*count, " of its ", slices.size() + *count, " slices cannot be placed, such as ", first->name, ", which ",
                      first->why);
}

// The shortest decimal fraction within the tolerance. Positions are rounded, the length between them with them, and the number of
// slices after resampling is a truncation, for which 3 mm must not be 2.9999999.
double Shortest(double length, double tolerance) {
  for (double parts = 10; parts < 1e7; parts *= 10) {
    const double rounded = std::round(length * parts) / parts;
    if (rounded > 0 && std::abs(rounded - length) <= tolerance) return rounded;
  }
  return length;
}

// Places slices that shift in their plane from one to the next (a tilted gantry) on a grid with axes at right angles.
absl::StatusOr<DicomStack> Place(const std::string& folder, Slices slices) {
  const SliceHeader& first = slices.front();
  const size_t count = slices.size();
  const std::array<double, 3> normal = SliceNormal(first);
  std::array<double, 3> step;  // between slices
  for (int i = 0; i < 3; ++i) step[i] = (slices.back().position[i] - first.position[i]) / static_cast<double>(count - 1);
  const double apart = Dot(normal, step.data());
  // In pixels along columns and rows.
  const double pixel[2] = {first.spacing[1], first.spacing[0]};
  std::vector<std::array<double, 2>> shifts(count);
  std::array<double, 2> least = {0, 0}, most = {0, 0};
  for (size_t k = 0; k < count; ++k) {
    std::array<double, 3> from_first, from_line;
    for (int i = 0; i < 3; ++i) {
      from_first[i] = slices[k].position[i] - first.position[i];
      from_line[i] = from_first[i] - static_cast<double>(k) * step[i];
    }
    for (int axis = 0; axis < 2; ++axis) {
      const double* direction = &first.orientation[3 * axis];
      if (std::abs(Dot(from_line, direction)) > 0.5 * pixel[axis]) {
        return absl::DataLossError(absl::StrFormat(
            "%s: its slices are not evenly placed: %s lies %.3g mm sideways of the line through the others. Export the whole "
            "series again, or keep one acquisition.",
            folder, slices[k].Name(), std::abs(Dot(from_line, direction))));
      }
      shifts[k][axis] = Dot(from_first, direction) / pixel[axis];
      least[axis] = std::min(least[axis], shifts[k][axis]);
      most[axis] = std::max(most[axis], shifts[k][axis]);
    }
  }
  const double sideways = std::hypot(Dot(step, &first.orientation[0]), Dot(step, &first.orientation[3]));
  DicomStack stack;
  Index3 size = {first.columns, first.rows, static_cast<int64_t>(count)};
  std::array<double, 3> origin = first.position;
  if (sideways > kOrthogonal * apart) {
    for (int i = 0; i < 3; ++i) step[i] = normal[i] * apart;
    const double wider[2] = {most[0] - least[0], most[1] - least[1]};
    if (!(std::max(wider[0], wider[1]) < kMaxShift)) {
      return absl::DataLossError(absl::StrFormat(
          "%s: its slices shift by %.3g pixels from the first to the last: it is damaged. Export the series again.", folder,
          std::max(wider[0], wider[1])));
    }
    if (std::max(wider[0], wider[1]) > 0.5) {
      for (int axis = 0; axis < 2; ++axis) {
        for (std::array<double, 2>& shift : shifts) shift[axis] -= least[axis];
        size[axis] += static_cast<int64_t>(std::ceil(wider[axis] - 1e-6));
        for (int i = 0; i < 3; ++i) origin[i] += first.orientation[3 * axis + i] * least[axis] * pixel[axis];
      }
      LogWarning(absl::StrFormat(
          "%s: gantry tilt of %.3g degrees: each slice was shifted in its plane to its true place, by up to %.3g mm, which makes "
          "%s voxels of %dx%d slices.",
          folder, std::atan2(sideways, apart) * 180 / M_PI, sideways * static_cast<double>(count - 1), SizeText(size),
          first.columns, first.rows));
      stack.shifts = std::move(shifts);
    }
  }
  if (size[0] * size[1] > kMaxVoxels / size[2]) {
    return absl::InvalidArgumentError(absl::StrCat(folder, ": its slices, shifted to their places, make ", SizeText(size),
                                                   " voxels, more than the ", kMaxVoxels,
                                                   " that are allowed. Resample the scan to a regular grid first."));
  }
  Affine affine;
  for (int row = 0; row < 3; ++row) {
    const double lps_to_ras = row < 2 ? -1 : 1;
    affine[4 * row] = lps_to_ras * first.orientation[row] * first.spacing[1];
    affine[4 * row + 1] = lps_to_ras * first.orientation[3 + row] * first.spacing[0];
    affine[4 * row + 2] = lps_to_ras * step[row];
    affine[4 * row + 3] = lps_to_ras * origin[row];
  }
  absl::StatusOr<Geometry> geometry = GeometryFromAffine(affine, size, folder);
  if (!geometry.ok()) return Annotate(geometry.status(), folder);
  geometry->spacing = {pixel[0], pixel[1], Shortest(geometry->spacing[2], 1e-3 / static_cast<double>(count - 1))};
  stack.geometry = *geometry;
  stack.slices = std::move(slices);
  return stack;
}

}  // namespace

absl::StatusOr<DicomStack> StackDicomSlices(const std::string& folder) {
  ASAP_ASSIGN_OR_RETURN(DicomFolder found, ReadDicomHeaders(folder));
  if (found.files == 0) {
    return absl::NotFoundError(
        absl::StrCat(folder, ": holds no DICOM files. Give the folder that directly holds a series' slices."));
  }
  if (found.slices.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        folder, ": none of its ", found.files,
        " DICOM files is an image slice with position, orientation and spacing: ", found.unplaced.front().name, " ",
        found.unplaced.front().why, ". Export a CT series, or convert it, for example with dcm2niix, and read the .nii.gz."));
  }
  absl::StatusOr<EvenSlices> chosen = Choose(folder, found.slices);
  size_t unplaced = 0;
  if (!chosen.ok()) {
    const std::string text = UnplacedText(found, found.slices, &unplaced);
    if (unplaced == 0) return chosen.status();
    return Annotate(WithoutContext(chosen.status(), folder), absl::StrCat(folder, ": ", text, "; of the others"));
  }
  // A few are told, many are refused.
  const std::string text = UnplacedText(found, chosen->slices, &unplaced);
  if (10 * unplaced > chosen->slices.size()) {
    return absl::InvalidArgumentError(absl::StrCat(folder, ": ", text, ". Export the series again."));
  }
  if (unplaced > 0) {
    LogWarning(absl::StrCat(folder, ": ", text, "; the ", chosen->slices.size(), " others are read. Export the series again."));
  }
  if (!chosen->duplicates.empty()) LogWarning(chosen->duplicates);
  return Place(folder, std::move(chosen->slices));
}

}  // namespace asap
