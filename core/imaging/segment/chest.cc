#include "core/imaging/segment/chest.h"

#include <algorithm>
#include <utility>

#include "core/imaging/segment/structures.h"
#include "core/imaging/segment/work_grid.h"

namespace asap {
namespace {

// Labels on the work grid: below the lungs, bones and airways (what a voxel is that is none of them after all), and with them.
struct CellLabels {
  std::vector<uint8_t> base, all;
  std::vector<uint8_t> near;  // the lung, airway or bone beside a cell, or 0
  std::vector<uint8_t> deep;  // whether all six neighbours have the cell's label
};

CellLabels LabelCells(const Geometry& grid, const Mask& body, const Mask& heart, const Lungs& lungs, const AirwayTree& airways,
                      const Mask& bones) {
  CellLabels cells;
  const size_t count = body.voxels.size();
  cells.base.assign(count, kOutsideBody);
  cells.all.assign(count, kOutsideBody);
  for (size_t i = 0; i < count; ++i) {
    const uint8_t base = heart.voxels[i] ? kHeartRegion : body.voxels[i] ? kOtherTissue : kOutsideBody;
    uint8_t& all = cells.all[i] = cells.base[i] = base;
    if (lungs.left.voxels[i]) all = kLeftLung;
    if (lungs.right.voxels[i]) all = kRightLung;
    if (airways.lumen.voxels[i]) all = kAirways;
    if (bones.voxels[i]) all = kBones;
  }
  cells.near.assign(count, 0);
  cells.deep.assign(count, 1);
  const Index3& size = grid.size;
  const Index3 stride = {1, size[0], size[0] * size[1]};
  for (int64_t z = 0; z < size[2]; ++z) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t x = 0; x < size[0]; ++x) {
        const Index3 index = {x, y, z};
        const int64_t at = x + stride[1] * y + stride[2] * z;
        for (int axis = 0; axis < 3; ++axis) {
          for (const int step : {-1, 1}) {
            if (index[axis] + step < 0 || index[axis] + step >= size[axis]) continue;
            const uint8_t other = cells.all[at + step * stride[axis]];
            if (other == cells.all[at]) continue;
            cells.deep[at] = 0;
            if (other != kOutsideBody && other != kOtherTissue && other != kHeartRegion)
              cells.near[at] = std::max(cells.near[at], other);
          }
        }
      }
    }
  }
  return cells;
}

// At the scan's own resolution a boundary runs through cells: there the voxel's HU decides. Inside, noise must not.
uint8_t Refine(const CellLabels& cells, int64_t cell, float hu) {
  constexpr float kDenseHu = 200;  // between muscle and cortex, which single voxels show unblurred
  const uint8_t label = cells.all[cell];
  if (cells.deep[cell]) return label;
  if (label == kRightLung || label == kLeftLung) return hu < kAirTissueHu || cells.near[cell] == 0 ? label : cells.base[cell];
  if (label == kBones) return hu > kDenseHu / 2 ? label : cells.base[cell];
  if (label == kAirways) return hu < kAirTissueHu ? label : cells.base[cell];
  const uint8_t near = cells.near[cell];
  if (near == kBones && hu > kDenseHu && label != kOutsideBody) return near;
  if (near != 0 && near != kBones && hu < kAirTissueHu && label == kOtherTissue) return near;
  return label;
}

}  // namespace

ChestSegmentation SegmentChest(const Volume<float>& scan) {
  ChestSegmentation result;
  const WorkGrid work(scan);
  const Volume<float>& hu = work.hu();
  const Mask body = FindBody(hu);
  const AirwayTree airways = FindAirways(hu, body);
  if (CountVoxels(airways.lumen) == 0) result.notes.push_back("no airways were found");
  Lungs lungs = FindLungs(hu, body, airways);
  for (std::string& note : lungs.notes) result.notes.push_back(std::move(note));
  Mask both = lungs.right;
  for (size_t i = 0; i < both.voxels.size(); ++i) both.voxels[i] |= lungs.left.voxels[i];
  const Skeleton skeleton = FindBones(hu, body, both);
  const Mask heart = FindHeartRegion(hu, lungs, airways, skeleton, &result.notes);
  const CellLabels cells = LabelCells(hu.geometry, body, heart, lungs, airways, skeleton.bones);

  result.labels.geometry = scan.geometry;
  result.labels.voxels.resize(scan.voxels.size());
  size_t at = 0;
  for (int64_t k = 0; k < scan.geometry.size[2]; ++k) {
    for (int64_t j = 0; j < scan.geometry.size[1]; ++j) {
      const int64_t row = work.offset(1)[j] + work.offset(2)[k];
      for (int64_t i = 0; i < scan.geometry.size[0]; ++i, ++at) {
        result.labels.voxels[at] = Refine(cells, row + work.offset(0)[i], scan.voxels[at]);
      }
    }
  }
  return result;
}

}  // namespace asap
