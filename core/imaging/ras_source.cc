#include "core/imaging/ras_source.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/imaging/geometry.h"
#include "core/imaging/reorient.h"
#include "core/imaging/stored_box.h"

namespace asap {
namespace {

class RasSource : public VoxelSource {
 public:
  RasSource(std::unique_ptr<VoxelSource> source, const Orientation& orientation)
      : source_(std::move(source)), orientation_(orientation), geometry_(RasGeometry(source_->geometry())) {}

  const Geometry& geometry() const override { return geometry_; }

  absl::StatusOr<StoredBox> Locate(const Box& box) const override {
    ASAP_RETURN_IF_ERROR(CheckBox(geometry_, box));
    const Box stored_box = Stored(box);
    ASAP_ASSIGN_OR_RETURN(const StoredBox stored, source_->Locate(stored_box));
    return stored.empty() ? stored : Turned(stored, stored_box.size);
  }

  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    ASAP_ASSIGN_OR_RETURN(const StoredBox located, Locate(box));
    if (static_cast<int64_t>(out.size()) != box.size[0] * box.size[1] * box.size[2]) {
      return absl::InvalidArgumentError(absl::StrCat("room for ", out.size(), " voxels given for a box of ", SizeText(box.size)));
    }
    if (!located.empty()) {
      CopyStored(located, box.size, out.data());
      return absl::OkStatus();
    }
    const Box stored_box = Stored(box);
    std::vector<int16_t> voxels(out.size());
    ASAP_RETURN_IF_ERROR(source_->Read(stored_box, absl::MakeSpan(voxels)));
    CopyStored(Turned({.shorts = voxels.data(), .stride = ArrayOrderStride(stored_box.size)}, stored_box.size), box.size,
               out.data());
    return absl::OkStatus();
  }

 private:
  // The same voxels along the axes of the source.
  Box Stored(const Box& box) const {
    Box stored;
    for (int axis = 0; axis < 3; ++axis) {
      const int world = orientation_.world_axis[axis];
      stored.size[axis] = box.size[world];
      stored.start[axis] =
          orientation_.flipped[axis] ? geometry_.size[world] - box.start[world] - box.size[world] : box.start[world];
    }
    return stored;
  }

  // A box of the source of `size` voxels along its axes, seen along ours.
  StoredBox Turned(StoredBox stored, const Index3& size) const {
    Index3 first = {0, 0, 0}, stride;
    for (int axis = 0; axis < 3; ++axis) {
      if (orientation_.flipped[axis]) first[axis] = size[axis] - 1;
      stride[orientation_.world_axis[axis]] = orientation_.flipped[axis] ? -stored.stride[axis] : stored.stride[axis];
    }
    stored = BoxWithin(stored, {.start = first});
    stored.stride = stride;
    return stored;
  }

  const std::unique_ptr<VoxelSource> source_;
  const Orientation orientation_;
  const Geometry geometry_;
};

}  // namespace

std::unique_ptr<VoxelSource> InRasOrder(std::unique_ptr<VoxelSource> source) {
  const Orientation orientation = OrientationOf(source->geometry());
  if (OrientationCode(orientation) == "RAS") return source;
  return std::make_unique<RasSource>(std::move(source), orientation);
}

}  // namespace asap
