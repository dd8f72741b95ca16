#include "core/imaging/augment.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"

namespace asap {
namespace {

std::string Shape(const Index3& size) { return absl::StrJoin(size, "x"); }

absl::Status CheckPlan(const VoxelSource& source, const AugmentPlan& plan, const AugmentOptions& options, size_t out_size) {
  const Index3& size = source.geometry().size;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t start = plan.box.start[axis];
    const int64_t length = plan.box.size[axis];
    if (length < 1 || start < 0 || start > size[axis] - length) {
      return absl::InvalidArgumentError(absl::StrCat("the crop at ", Shape(plan.box.start), " of ", Shape(plan.box.size),
                                                     " voxels does not lie in a volume of ", Shape(size)));
    }
    if (length > options.roi[axis]) {
      return absl::InvalidArgumentError(
          absl::StrCat("the crop of ", Shape(plan.box.size), " voxels is larger than the input of ", Shape(options.roi)));
    }
  }
  if (static_cast<int64_t>(out_size) != options.roi[0] * options.roi[1] * options.roi[2]) {
    return absl::InvalidArgumentError(
        absl::StrCat("the output has ", out_size, " elements, expected those of ", Shape(options.roi), " voxels"));
  }
  return absl::OkStatus();
}

// Per axis, which index of the box each output index copies: padding, then the flip.
std::array<std::vector<int64_t>, 3> SourceIndices(const AugmentPlan& plan, const Index3& roi) {
  std::array<std::vector<int64_t>, 3> indices;
  for (int axis = 0; axis < 3; ++axis) {
    indices[axis] = ReflectIndices(plan.box.size[axis], roi[axis]);
    if (plan.flip[axis]) std::reverse(indices[axis].begin(), indices[axis].end());
  }
  return indices;
}

// Calls row(source, out) for each output row along axis 2, with `source` the row of the box that it copies.
template <typename T, typename Row>
void ForEachRow(const std::vector<int16_t>& voxels, const AugmentPlan& plan, const AugmentOptions& options,
                const std::array<std::vector<int64_t>, 3>& indices, T* out, const Row& row) {
  for (int64_t i = 0; i < options.roi[0]; ++i) {
    for (int64_t j = 0; j < options.roi[1]; ++j) {
      row(&voxels[(indices[0][i] * plan.box.size[1] + indices[1][j]) * plan.box.size[2]], out);
      out += options.roi[2];
    }
  }
}

}  // namespace

AugmentPlan DrawAugment(const Index3& size, const AugmentOptions& options, CounterRng& rng) {
  AugmentPlan plan;
  Index3 scaled;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t smallest = static_cast<int64_t>(std::ceil(options.roi_scale * static_cast<double>(size[axis])));
    scaled[axis] = rng.UniformInt(std::clamp<int64_t>(smallest, 1, size[axis]), size[axis]);
  }
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t slack = size[axis] - scaled[axis];
    plan.box.start[axis] = slack > 0 ? rng.UniformInt(0, slack) : 0;
  }
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t slack = scaled[axis] - options.roi[axis];
    if (slack > 0) plan.box.start[axis] += rng.UniformInt(0, slack);
    plan.box.size[axis] = std::min(scaled[axis], options.roi[axis]);
  }
  for (int axis = 0; axis < 3; ++axis) plan.flip[axis] = rng.Bernoulli(options.flip_probability);
  if (rng.Bernoulli(options.shift_probability)) {
    plan.shift = static_cast<float>(rng.Uniform(-options.shift_range, options.shift_range));
  }
  return plan;
}

AugmentPlan CenterCropPlan(const Index3& size, const AugmentOptions& options) {
  AugmentPlan plan;
  for (int axis = 0; axis < 3; ++axis) {
    plan.box.start[axis] = std::max<int64_t>(size[axis] / 2 - options.roi[axis] / 2, 0);
    plan.box.size[axis] = std::min(size[axis], options.roi[axis]);
  }
  return plan;
}

std::vector<int64_t> ReflectIndices(int64_t length, int64_t target) {
  std::vector<int64_t> indices(target, 0);
  int64_t before = (target - length) / 2;
  int64_t after = target - length - before;
  for (int64_t i = 0; i < length; ++i) indices[before + i] = i;
  if (length == 1) return indices;
  int64_t first = before;
  int64_t last = before + length - 1;
  while (before > 0 || after > 0) {
    // One round of numpy: both sides mirror about their edge at most what was filled when the round began; the right side may
    // already copy from the left side's new values.
    const int64_t reach = last - first;
    const int64_t left = std::min(reach, before);
    for (int64_t j = 1; j <= left; ++j) indices[first - j] = indices[first + j];
    const int64_t right = std::min(reach, after);
    for (int64_t j = 1; j <= right; ++j) indices[last + j] = indices[last - j];
    first -= left;
    last += right;
    before -= left;
    after -= right;
  }
  return indices;
}

absl::Status ReadImage(const VoxelSource& source, const AugmentPlan& plan, const AugmentOptions& options, absl::Span<float> out) {
  ASAP_RETURN_IF_ERROR(CheckPlan(source, plan, options, out.size()));
  if (!(options.hu_max > options.hu_min)) return absl::InvalidArgumentError("hu_max must be larger than hu_min");
  std::vector<int16_t> voxels(plan.box.size[0] * plan.box.size[1] * plan.box.size[2]);
  ASAP_RETURN_IF_ERROR(source.Read(plan.box, absl::MakeSpan(voxels)));
  const std::array<std::vector<int64_t>, 3> indices = SourceIndices(plan, options.roi);
  const float low = static_cast<float>(options.hu_min);
  const float range = static_cast<float>(options.hu_max - options.hu_min);
  const float shift = plan.shift;
  const int64_t length = options.roi[2];
  const int64_t* gather = indices[2].data();
  std::vector<int16_t> row(length);
  ForEachRow(voxels, plan, options, indices, out.data(), [&](const int16_t* from, float* to) {
    for (int64_t k = 0; k < length; ++k) row[k] = from[gather[k]];
    for (int64_t k = 0; k < length; ++k) {
      // float32, in this order: the published code's result to the bit.
      const float unit = (static_cast<float>(row[k]) - low) / range;
      const float scaled = unit * 2.0f + -1.0f;
      to[k] = std::min(std::max(scaled, -1.0f), 1.0f) + shift;
    }
  });
  return absl::OkStatus();
}

absl::Status ReadMask(const VoxelSource& source, const AugmentPlan& plan, const AugmentOptions& options, absl::Span<uint8_t> out,
                      int max_label) {
  ASAP_RETURN_IF_ERROR(CheckPlan(source, plan, options, out.size()));
  if (max_label < 0 || max_label > 255)
    return absl::InvalidArgumentError(absl::StrCat("max_label is ", max_label, ", expected 0 to 255"));
  std::vector<int16_t> voxels(plan.box.size[0] * plan.box.size[1] * plan.box.size[2]);
  ASAP_RETURN_IF_ERROR(source.Read(plan.box, absl::MakeSpan(voxels)));
  for (int16_t label : voxels) {
    if (label < 0 || label > max_label) {
      return absl::InvalidArgumentError(absl::StrCat("the mask holds the label ", label, ", expected 0 to ", max_label,
                                                     ". Map its labels to the classes of the dataset first (tools:anatomy)."));
    }
  }
  const std::array<std::vector<int64_t>, 3> indices = SourceIndices(plan, options.roi);
  const int64_t length = options.roi[2];
  const int64_t* gather = indices[2].data();
  ForEachRow(voxels, plan, options, indices, out.data(), [&](const int16_t* from, uint8_t* to) {
    for (int64_t k = 0; k < length; ++k) to[k] = static_cast<uint8_t>(from[gather[k]]);
  });
  return absl::OkStatus();
}

}  // namespace asap
