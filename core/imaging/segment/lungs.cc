#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/imaging/segment/structures.h"

namespace asap {
namespace {

constexpr double kLeastLungMm3 =
    40'000;                           // a lung, or a part that a field of view cuts off; a stomach bubble is refused by its HU
constexpr double kLeastShare = 0.02;  // of all lung, for further parts such as a lobe behind a fissure of fluid
constexpr double kMostOpenAir = 0.6;  // share of voxels as dark as open air: gas in the bowel, or emphysema at its worst
// Vessels and nodules up to this size are lung, as they are in lung masks drawn by hand.
constexpr double kVesselMm = 8;
// Lungs that touch in front of the heart come apart within this much erosion.
constexpr double kJunctionMm = 16;

double MeanX(const Mask& mask) {
  double sum = 0, count = 0;
  for (size_t i = 0; i < mask.voxels.size(); ++i) {
    sum += mask.voxels[i] * static_cast<double>(static_cast<int64_t>(i) % mask.geometry.size[0]);
    count += mask.voxels[i];
  }
  return count > 0 ? sum / count : 0;
}

Mask Component(const MaskComponents& components, int32_t label, const Geometry& geometry) {
  Mask mask = EmptyMask(geometry);
  for (size_t i = 0; i < mask.voxels.size(); ++i) mask.voxels[i] = components.labels[i] == label;
  return mask;
}

// A seed in each lung, or false where one is all there is.
bool FindSeeds(const Mask& air, Mask* right, Mask* left) {
  Mask inverse = air;
  for (uint8_t& voxel : inverse.voxels) voxel = voxel == 0;
  const std::vector<float> depth = DistanceTo(inverse);
  const double step = *std::max_element(air.geometry.spacing.begin(), air.geometry.spacing.end());
  Mask eroded = EmptyMask(air.geometry);
  for (double mm = 0; mm <= kJunctionMm; mm += step) {
    for (size_t i = 0; i < air.voxels.size(); ++i) eroded.voxels[i] = air.voxels[i] && depth[i] > mm;
    const MaskComponents parts = ConnectedComponents(eroded);
    if (parts.sizes.size() < 2 || 5 * parts.sizes[1] < parts.sizes[0]) continue;
    Mask first = Component(parts, 1, air.geometry), second = Component(parts, 2, air.geometry);
    // Beside each other, not a lobe above another: the middles are further apart than a lung's quarter.
    if (std::abs(MeanX(first) - MeanX(second)) * air.geometry.spacing[0] < 50) continue;
    if (MeanX(first) < MeanX(second)) std::swap(first, second);
    *right = std::move(first);
    *left = std::move(second);
    return true;
  }
  return false;
}

}  // namespace

Lungs FindLungs(const Volume<float>& hu, const Mask& body, const AirwayTree& airways) {
  const Geometry& grid = hu.geometry;
  Lungs lungs;
  lungs.right = lungs.left = EmptyMask(grid);
  // The walls of the bronchi are thinner than a cell: without a margin the lungs hang together through them.
  const double widest = *std::max_element(grid.spacing.begin(), grid.spacing.end());
  const std::vector<float> from_airway = DistanceTo(airways.lumen);
  Mask air = EmptyMask(grid);
  for (size_t i = 0; i < air.voxels.size(); ++i) {
    air.voxels[i] = body.voxels[i] && hu.voxels[i] < kAirTissueHu && from_airway[i] > 1.01 * std::min(3.2, widest);
  }
  const MaskComponents parts = ConnectedComponents(air);
  const double voxel_mm3 = grid.spacing[0] * grid.spacing[1] * grid.spacing[2];
  const float open_air = OpenAirHu(hu);
  std::vector<int64_t> open(parts.sizes.size() + 1, 0);
  for (size_t i = 0; i < air.voxels.size(); ++i) open[parts.labels[i]] += hu.voxels[i] < open_air;
  std::vector<bool> keep(parts.sizes.size() + 1, false);
  int64_t largest = 0;
  for (size_t part = 0; part < parts.sizes.size(); ++part) {
    const double count = static_cast<double>(parts.sizes[part]);
    if (static_cast<double>(open[part + 1]) > kMostOpenAir * count) continue;
    if (largest == 0 ? count * voxel_mm3 < kLeastLungMm3 : count < kLeastShare * static_cast<double>(largest)) continue;
    if (largest == 0) largest = parts.sizes[part];
    keep[part + 1] = true;
  }
  if (largest == 0) {
    lungs.notes.push_back("no lung was found");
    return lungs;
  }
  for (size_t i = 0; i < air.voxels.size(); ++i) air.voxels[i] = keep[parts.labels[i]];

  Mask right = EmptyMask(grid), left = right;
  if (FindSeeds(air, &right, &left)) {
    const std::vector<float> to_right = DistanceTo(right), to_left = DistanceTo(left);
    for (size_t i = 0; i < air.voxels.size(); ++i) {
      if (!air.voxels[i]) continue;
      (to_right[i] <= to_left[i] ? lungs.right : lungs.left).voxels[i] = 1;
    }
  } else {
    // One lung: which one it is says the trachea, or failing that the half of the body that it is in.
    const double middle = CountVoxels(airways.lumen) > 0 ? airways.x : MeanX(body);
    (MeanX(air) > middle ? lungs.right : lungs.left) = air;
    lungs.notes.push_back("one lung was found, or two that could not be told apart; its side is a guess");
  }
  for (Mask* lung : {&lungs.right, &lungs.left}) {
    if (CountVoxels(*lung) == 0) continue;
    Mask closed = Close(*lung, kVesselMm);
    FillHolesInSlices(/*most_mm2=*/3000, &closed);
    const Mask& other = lung == &lungs.right ? lungs.left : lungs.right;
    for (size_t i = 0; i < closed.voxels.size(); ++i) {
      lung->voxels[i] = closed.voxels[i] && body.voxels[i] && !other.voxels[i] && !airways.lumen.voxels[i];
    }
  }
  return lungs;
}

}  // namespace asap
