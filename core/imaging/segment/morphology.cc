#include "core/imaging/segment/morphology.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "itkConnectedComponentImageFilter.h"
#include "itkImage.h"
#include "itkImportImageFilter.h"
#include "itkRelabelComponentImageFilter.h"
#include "itkSignedMaurerDistanceMapImageFilter.h"

namespace asap {
namespace {

using ItkMask = itk::Image<uint8_t, 3>;
using ItkLabels = itk::Image<int32_t, 3>;
using ItkDistances = itk::Image<float, 3>;

// The mask's voxels as ITK sees them, without a copy; `mask` must outlive the pipeline.
itk::ImportImageFilter<uint8_t, 3>::Pointer Import(const Mask& mask) {
  const auto import = itk::ImportImageFilter<uint8_t, 3>::New();
  itk::ImageRegion<3> region;
  for (int axis = 0; axis < 3; ++axis) region.SetSize(axis, mask.geometry.size[axis]);
  import->SetRegion(region);
  import->SetSpacing(mask.geometry.spacing.data());
  // ITK takes a pointer that it could write through, but does not.
  import->SetImportPointer(const_cast<uint8_t*>(mask.voxels.data()), mask.voxels.size(), /*LetImageContainerManageMemory=*/false);
  return import;
}

bool Any(const Mask& mask) {
  return std::any_of(mask.voxels.begin(), mask.voxels.end(), [](uint8_t voxel) { return voxel != 0; });
}

Mask Inverted(const Mask& mask) {
  Mask result = mask;
  for (uint8_t& voxel : result.voxels) voxel = voxel == 0;
  return result;
}

}  // namespace

Mask EmptyMask(const Geometry& geometry) {
  Mask mask;
  mask.geometry = geometry;
  mask.voxels.assign(geometry.voxels(), 0);
  return mask;
}

int64_t CountVoxels(const Mask& mask) {
  return std::count_if(mask.voxels.begin(), mask.voxels.end(), [](uint8_t voxel) { return voxel != 0; });
}

MaskComponents ConnectedComponents(const Mask& mask) {
  MaskComponents result;
  result.labels.assign(mask.voxels.size(), 0);
  if (!Any(mask)) return result;
  const auto import = Import(mask);
  const auto components = itk::ConnectedComponentImageFilter<ItkMask, ItkLabels>::New();
  components->SetInput(import->GetOutput());
  components->SetFullyConnected(false);
  components->SetNumberOfWorkUnits(1);
  const auto by_size = itk::RelabelComponentImageFilter<ItkLabels, ItkLabels>::New();
  by_size->SetInput(components->GetOutput());
  by_size->SetNumberOfWorkUnits(1);
  by_size->Update();
  const int32_t* labels = by_size->GetOutput()->GetBufferPointer();
  std::copy(labels, labels + mask.voxels.size(), result.labels.begin());
  for (const auto size : by_size->GetSizeOfObjectsInPixels()) result.sizes.push_back(static_cast<int64_t>(size));
  return result;
}

Mask LargestComponent(const Mask& mask) {
  const MaskComponents components = ConnectedComponents(mask);
  Mask result = EmptyMask(mask.geometry);
  for (size_t i = 0; i < result.voxels.size(); ++i) result.voxels[i] = components.labels[i] == 1;
  return result;
}

std::vector<float> DistanceTo(const Mask& mask) {
  if (!Any(mask)) return std::vector<float>(mask.voxels.size(), std::numeric_limits<float>::max());
  const auto import = Import(mask);
  const auto filter = itk::SignedMaurerDistanceMapImageFilter<ItkMask, ItkDistances>::New();
  filter->SetInput(import->GetOutput());
  filter->SetSquaredDistance(false);
  filter->SetUseImageSpacing(true);
  filter->SetInsideIsPositive(false);
  filter->SetBackgroundValue(0);
  filter->SetNumberOfWorkUnits(1);
  filter->Update();
  const float* distances = filter->GetOutput()->GetBufferPointer();
  std::vector<float> result(distances, distances + mask.voxels.size());
  for (float& distance : result) distance = std::max(distance, 0.0f);
  return result;
}

Mask Dilate(const Mask& mask, double mm) {
  const std::vector<float> distance = DistanceTo(mask);
  Mask result = EmptyMask(mask.geometry);
  for (size_t i = 0; i < result.voxels.size(); ++i) result.voxels[i] = distance[i] <= mm;
  return result;
}

Mask Erode(const Mask& mask, double mm) { return Inverted(Dilate(Inverted(mask), mm)); }

Mask Open(const Mask& mask, double mm) { return Dilate(Erode(mask, mm), mm); }

Mask Close(const Mask& mask, double mm) { return Erode(Dilate(mask, mm), mm); }

std::vector<SliceComponent> SliceComponents(const Mask& mask, int64_t z) {
  const int64_t nx = mask.geometry.size[0], ny = mask.geometry.size[1], base = z * nx * ny;
  std::vector<uint8_t> seen(nx * ny, 0);
  std::vector<SliceComponent> result;
  for (int64_t start = 0; start < nx * ny; ++start) {
    if (seen[start] || !mask.voxels[base + start]) continue;
    SliceComponent component;
    std::vector<int64_t> open = {start};
    seen[start] = 1;
    while (!open.empty()) {
      const int64_t at = open.back();
      open.pop_back();
      component.voxels.push_back(base + at);
      const int64_t x = at % nx, y = at / nx;
      component.touches_border |= x == 0 || y == 0 || x == nx - 1 || y == ny - 1;
      const auto visit = [&](bool inside, int64_t next) {
        if (!inside || seen[next] || !mask.voxels[base + next]) return;
        seen[next] = 1;
        open.push_back(next);
      };
      visit(x > 0, at - 1);
      visit(x < nx - 1, at + 1);
      visit(y > 0, at - nx);
      visit(y < ny - 1, at + nx);
    }
    result.push_back(std::move(component));
  }
  return result;
}

void FillHolesInSlices(double most_mm2, Mask* mask) {
  const Mask background = Inverted(*mask);
  const double area = mask->geometry.spacing[0] * mask->geometry.spacing[1];
  for (int64_t z = 0; z < mask->geometry.size[2]; ++z) {
    for (const SliceComponent& hole : SliceComponents(background, z)) {
      if (hole.touches_border || static_cast<double>(hole.voxels.size()) * area > most_mm2) continue;
      for (const int64_t voxel : hole.voxels) mask->voxels[voxel] = 1;
    }
  }
}

Mask ConvexHullInSlices(const Mask& mask) {
  using Point = std::pair<int64_t, int64_t>;  // x, y
  const int64_t nx = mask.geometry.size[0], ny = mask.geometry.size[1];
  Mask result = EmptyMask(mask.geometry);
  for (int64_t z = 0; z < mask.geometry.size[2]; ++z) {
    std::vector<Point> points;  // first and last of each column: sorted by x, then y
    for (int64_t x = 0; x < nx; ++x) {
      int64_t first = -1, last = -1;
      for (int64_t y = 0; y < ny; ++y) {
        if (!mask.at(x, y, z)) continue;
        if (first < 0) first = y;
        last = y;
      }
      if (first < 0) continue;
      points.push_back({x, first});
      if (last > first) points.push_back({x, last});
    }
    if (points.empty()) continue;
    // Andrew's monotone chain: the lower chain has the least y of each column, the upper one the largest.
    const auto chain = [&](int sign) {
      std::vector<Point> hull;
      for (const Point& p : points) {
        while (hull.size() >= 2) {
          const Point &a = hull[hull.size() - 2], &b = hull.back();
          const int64_t turn = (b.first - a.first) * (p.second - a.second) - (b.second - a.second) * (p.first - a.first);
          if (sign * turn > 0) break;
          hull.pop_back();
        }
        hull.push_back(p);
      }
      return hull;
    };
    const auto edge = [&](const std::vector<Point>& hull, int64_t x, bool lower) {
      double y = lower ? std::numeric_limits<double>::max() : std::numeric_limits<double>::lowest();
      for (size_t i = 0; i < hull.size(); ++i) {
        const Point& b = hull[i];
        const Point& a = hull[i == 0 ? 0 : i - 1];
        if (x < a.first || x > b.first) continue;
        const double share = b.first == a.first ? 0 : static_cast<double>(x - a.first) / static_cast<double>(b.first - a.first);
        const double here = static_cast<double>(a.second) + share * static_cast<double>(b.second - a.second);
        y = lower ? std::min({y, here, x == b.first ? static_cast<double>(b.second) : here})
                  : std::max({y, here, x == b.first ? static_cast<double>(b.second) : here});
      }
      return y;
    };
    const std::vector<Point> low = chain(1), high = chain(-1);
    for (int64_t x = points.front().first; x <= points.back().first; ++x) {
      const int64_t from = std::llround(std::ceil(edge(low, x, true) - 1e-9));
      const int64_t to = std::llround(std::floor(edge(high, x, false) + 1e-9));
      for (int64_t y = std::max<int64_t>(0, from); y <= std::min(ny - 1, to); ++y) result.at(x, y, z) = 1;
    }
  }
  return result;
}

}  // namespace asap
