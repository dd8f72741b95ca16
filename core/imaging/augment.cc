#include "core/imaging/augment.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status.h"
#include "core/imaging/stored_box.h"

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

// Which index of the box each output index along `axis` copies: padding, then the flip.
std::vector<int64_t> AxisIndices(const AugmentPlan& plan, const Index3& roi, int axis) {
  std::vector<int64_t> indices = ReflectIndices(plan.box.size[axis], roi[axis]);
  if (plan.flip[axis]) std::reverse(indices.begin(), indices.end());
  return indices;
}

// How an output row along axis 2 comes from a row of the box: as it is, backwards, or by an index each, where there is padding.
enum class RowOrder { kForward, kBackward, kGather };

RowOrder OrderOf(const AugmentPlan& plan, const AugmentOptions& options) {
  if (plan.box.size[2] != options.roi[2]) return RowOrder::kGather;
  return plan.flip[2] ? RowOrder::kBackward : RowOrder::kForward;
}

struct RowMap {
  RowOrder order = RowOrder::kForward;
  const int64_t* gather = nullptr;  // of kGather
  int64_t length = 0;               // of the output
};

// HU to the network's input: float32, in this order, which is the published code's result to the bit.
struct Scaling {
  float low = 0, range = 1, shift = 0;

  float operator()(int16_t voxel) const {
    const float unit = (static_cast<float>(voxel) - low) / range;
    const float scaled = unit * 2.0f + -1.0f;
    return std::min(std::max(scaled, -1.0f), 1.0f) + shift;
  }
};

// The loops over a row; inlined below once for processors with AVX2 and once for those without. `scratch` has map.length
// elements.
template <typename T>
inline __attribute__((always_inline)) void ScaleRow(const T* from, const RowMap& map, const Scaling& scaling, int16_t* scratch,
                                                    float* to) {
  const int64_t length = map.length;
  const Scaling scale = scaling;
  if (map.order == RowOrder::kForward) {
    for (int64_t k = 0; k < length; ++k) to[k] = scale(from[k]);
  } else if (map.order == RowOrder::kBackward) {
    const T* last = from + length - 1;
    for (int64_t k = 0; k < length; ++k) to[k] = scale(last[-k]);
  } else {
    for (int64_t k = 0; k < length; ++k) scratch[k] = from[map.gather[k]];
    for (int64_t k = 0; k < length; ++k) to[k] = scale(scratch[k]);
  }
}

// Copies labels, and returns whether all lie in 0 ... max_label.
template <typename T>
inline __attribute__((always_inline)) bool LabelRow(const T* from, const RowMap& map, int max_label, uint8_t* to) {
  const int64_t length = map.length;
  T least = 0, greatest = 0;
  const auto copy = [&](int64_t k, T label) {
    least = std::min(least, label);
    greatest = std::max(greatest, label);
    to[k] = static_cast<uint8_t>(label);
  };
  if (map.order == RowOrder::kForward) {
    for (int64_t k = 0; k < length; ++k) copy(k, from[k]);
  } else if (map.order == RowOrder::kBackward) {
    const T* last = from + length - 1;
    for (int64_t k = 0; k < length; ++k) copy(k, last[-k]);
  } else {
    for (int64_t k = 0; k < length; ++k) copy(k, from[map.gather[k]]);
  }
  return least >= 0 && greatest <= max_label;
}

template <typename T>
__attribute__((target("avx2"))) void ScaleRowAvx2(const T* from, const RowMap& map, const Scaling& scaling, int16_t* scratch,
                                                  float* to) {
  ScaleRow(from, map, scaling, scratch, to);
}
template <typename T>
void ScaleRowPortable(const T* from, const RowMap& map, const Scaling& scaling, int16_t* scratch, float* to) {
  ScaleRow(from, map, scaling, scratch, to);
}
template <typename T>
__attribute__((target("avx2"))) bool LabelRowAvx2(const T* from, const RowMap& map, int max_label, uint8_t* to) {
  return LabelRow(from, map, max_label, to);
}
template <typename T>
bool LabelRowPortable(const T* from, const RowMap& map, int max_label, uint8_t* to) {
  return LabelRow(from, map, max_label, to);
}

bool HasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}

// Calls row(source, number) for each output row along axis 2, with `source` the row of the box that it copies and `number` its
// place among the output's rows; ends where it returns false.
template <typename T, typename Row>
void ForEachRow(const T* voxels, const Index3& stride, const AugmentPlan& plan, const Index3& roi, const Row& row) {
  const std::vector<int64_t> first = AxisIndices(plan, roi, 0), second = AxisIndices(plan, roi, 1);
  if (stride[2] == 1) {
    for (int64_t i = 0; i < roi[0]; ++i) {
      for (int64_t j = 0; j < roi[1]; ++j) {
        if (!row(voxels + first[i] * stride[0] + second[j] * stride[1], i * roi[1] + j)) return;
      }
    }
    return;
  }
  // File order: a plane of the box is turned at a time, small enough to stay in the cache.
  const Index3& size = plan.box.size;
  std::vector<T> plane(size[0] * size[2]);
  int64_t turned = -1;
  for (int64_t j = 0; j < roi[1]; ++j) {
    if (second[j] != turned) {
      turned = second[j];
      CopyPlane(voxels, stride, size, turned, plane.data());
    }
    for (int64_t i = 0; i < roi[0]; ++i) {
      if (!row(&plane[first[i] * size[2]], i * roi[1] + j)) return;
    }
  }
}

// The box where it is stored, or copied to `copy` where it cannot be had there.
absl::StatusOr<StoredBox> LocateOrRead(const VoxelSource& source, const Box& box, std::vector<int16_t>* copy) {
  ASAP_ASSIGN_OR_RETURN(StoredBox stored, source.Locate(box));
  if (!stored.empty()) return stored;
  copy->resize(box.size[0] * box.size[1] * box.size[2]);
  ASAP_RETURN_IF_ERROR(source.Read(box, absl::MakeSpan(*copy)));
  return StoredBox{.shorts = copy->data(), .stride = ArrayOrderStride(box.size)};
}

template <typename T>
void ScaleBox(const T* voxels, const Index3& stride, const AugmentPlan& plan, const AugmentOptions& options, float* out) {
  const Scaling scaling = {.low = static_cast<float>(options.hu_min),
                           .range = static_cast<float>(options.hu_max - options.hu_min),
                           .shift = plan.shift};
  const int64_t length = options.roi[2];
  const std::vector<int64_t> gather = AxisIndices(plan, options.roi, 2);
  const RowMap map = {.order = OrderOf(plan, options), .gather = gather.data(), .length = length};
  std::vector<int16_t> scratch(length);
  const auto scale = HasAvx2() ? ScaleRowAvx2<T> : ScaleRowPortable<T>;
  ForEachRow(voxels, stride, plan, options.roi, [&](const T* from, int64_t row) {
    scale(from, map, scaling, scratch.data(), out + row * length);
    return true;
  });
}

template <typename T>
absl::Status CopyLabels(const T* voxels, const Index3& stride, const AugmentPlan& plan, const AugmentOptions& options,
                        int max_label, uint8_t* out) {
  const int64_t length = options.roi[2];
  const std::vector<int64_t> gather = AxisIndices(plan, options.roi, 2);
  const RowMap map = {.order = OrderOf(plan, options), .gather = gather.data(), .length = length};
  const auto copy = HasAvx2() ? LabelRowAvx2<T> : LabelRowPortable<T>;
  const T* wrong = nullptr;  // a row with a label outside
  ForEachRow(voxels, stride, plan, options.roi, [&](const T* from, int64_t row) {
    if (!copy(from, map, max_label, out + row * length)) wrong = from;
    return wrong == nullptr;
  });
  if (wrong == nullptr) return absl::OkStatus();
  const T* label = std::find_if(wrong, wrong + plan.box.size[2], [&](T value) { return value < 0 || value > max_label; });
  return absl::InvalidArgumentError(absl::StrCat("the mask holds the label ", *label, ", expected 0 to ", max_label,
                                                 ". Map its labels to the classes of the dataset first (tools:anatomy)."));
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
  std::vector<int16_t> copy;
  ASAP_ASSIGN_OR_RETURN(const StoredBox stored, LocateOrRead(source, plan.box, &copy));
  if (stored.shorts != nullptr) {
    ScaleBox(stored.shorts, stored.stride, plan, options, out.data());
  } else {
    ScaleBox(stored.bytes, stored.stride, plan, options, out.data());
  }
  return absl::OkStatus();
}

absl::StatusOr<AugmentPlan> ReadNetworkInput(const VoxelSource& source, const AugmentOptions& options, CounterRng* rng,
                                             absl::Span<float> out) {
  const Index3& size = source.geometry().size;
  const AugmentPlan plan = rng == nullptr ? CenterCropPlan(size, options) : DrawAugment(size, options, *rng);
  ASAP_RETURN_IF_ERROR(ReadImage(source, plan, options, out));
  return plan;
}

absl::Status ReadMask(const VoxelSource& source, const AugmentPlan& plan, const AugmentOptions& options, absl::Span<uint8_t> out,
                      int max_label) {
  ASAP_RETURN_IF_ERROR(CheckPlan(source, plan, options, out.size()));
  if (max_label < 0 || max_label > 255)
    return absl::InvalidArgumentError(absl::StrCat("max_label is ", max_label, ", expected 0 to 255"));
  std::vector<int16_t> copy;
  ASAP_ASSIGN_OR_RETURN(const StoredBox stored, LocateOrRead(source, plan.box, &copy));
  if (stored.shorts != nullptr) return CopyLabels(stored.shorts, stored.stride, plan, options, max_label, out.data());
  return CopyLabels(stored.bytes, stored.stride, plan, options, max_label, out.data());
}

}  // namespace asap
