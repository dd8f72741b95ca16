#include "tools/benchmark/case_picture.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/volume.h"
#include "core/page/montage.h"

namespace asap {
namespace {

constexpr double kPixels = 150;  // of a slice's width

// Array order to file order.
absl::StatusOr<Volume<int16_t>> ReadWhole(const VoxelSource& source) {
  Volume<int16_t> volume;
  volume.geometry = source.geometry();
  const Index3& size = volume.geometry.size;
  std::vector<int16_t> voxels(volume.geometry.voxels());
  ASAP_RETURN_IF_ERROR(source.Read({.size = size}, absl::MakeSpan(voxels)));
  volume.voxels.resize(voxels.size());
  size_t from = 0;
  for (int64_t x = 0; x < size[0]; ++x) {
    for (int64_t y = 0; y < size[1]; ++y) {
      for (int64_t z = 0; z < size[2]; ++z) volume.at(x, y, z) = voxels[from++];
    }
  }
  return volume;
}

}  // namespace

absl::StatusOr<RgbImage> CasePictures::Draw(const std::string& name, const std::string& case_id) const {
  Opened& opened = opened_[name];
  if (opened.dataset == nullptr) {
    ASAP_ASSIGN_OR_RETURN(opened.dataset, open_(name));
    for (int64_t i = 0; i < opened.dataset->size(); ++i) opened.index_of.emplace(opened.dataset->Info(i).id, i);
  }
  const auto index = opened.index_of.find(case_id);
  if (index == opened.index_of.end()) return absl::NotFoundError(absl::StrCat("dataset ", name, ": no case ", case_id));
  ASAP_ASSIGN_OR_RETURN(const std::unique_ptr<VoxelSource> source, opened.dataset->Volume(index->second));
  ASAP_ASSIGN_OR_RETURN(const Volume<int16_t> volume, ReadWhole(*source));
  const DatasetCard& card = opened.dataset->card();
  SliceStyle style{.window = kLungWindow};
  if (!card.hounsfield) {
    style.window = {(card.intensity_window[0] + card.intensity_window[1]) / 2,
                    card.intensity_window[1] - card.intensity_window[0]};
  }
  const Geometry& grid = volume.geometry;
  style.pixels_per_mm = kPixels / (static_cast<double>(grid.size[0]) * grid.spacing[0]);
  return Tile({DrawSlice(volume, SlicePlane::kAxial, grid.size[2] / 2, style),
               DrawSlice(volume, SlicePlane::kCoronal, grid.size[1] / 2, style)},
              2, 2);
}

}  // namespace asap
