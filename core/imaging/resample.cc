#include "core/imaging/resample.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/parallel_for.h"
#include "core/base/status.h"
#include "core/imaging/geometry.h"

namespace asap {
namespace {

// The two source voxels of an output voxel along one axis, and their weights.
struct Tap {
  int64_t first;
  int64_t second;
  float first_weight;
  float second_weight;
};

// Half-pixel centre of output voxel `i` in source voxels, at least 0. The ratio is that of the sizes, not of the spacings.
float SourceCentre(int64_t i, int64_t in, int64_t out) {
  const float ratio = static_cast<float>(in) / static_cast<float>(out);
  return std::max(std::fma(ratio, static_cast<float>(i) + 0.5f, -0.5f), 0.0f);
}

std::vector<Tap> Taps(int64_t in, int64_t out) {
  std::vector<Tap> taps(out);
  for (int64_t i = 0; i < out; ++i) {
    if (in == out) {
      taps[i] = {i, i, 1.0f, 0.0f};
      continue;
    }
    const float centre = SourceCentre(i, in, out);
    const int64_t first = std::min(static_cast<int64_t>(centre), in - 1);
    const float weight = std::clamp(centre - static_cast<float>(first), 0.0f, 1.0f);
    taps[i] = {first, std::min(first + 1, in - 1), 1.0f - weight, weight};
  }
  return taps;
}

// The kernel's rows; generic code with std::fma, inlined below once for processors with the instruction and once for those
// without.
struct RowKernel {
  // out[i] = a[i] wa + b[i] wb with one rounding for the sum.
  static inline __attribute__((always_inline)) void Blend(const float* a, const float* b, float wa, float wb, int64_t count,
                                                          float* out) {
    for (int64_t i = 0; i < count; ++i) out[i] = __builtin_fmaf(a[i], wa, b[i] * wb);
  }
  static inline __attribute__((always_inline)) void BlendTaps(const float* row, const Tap* taps, int64_t count, float* out) {
    for (int64_t i = 0; i < count; ++i) {
      out[i] = __builtin_fmaf(row[taps[i].first], taps[i].first_weight, row[taps[i].second] * taps[i].second_weight);
    }
  }
};

__attribute__((target("avx2,fma"))) void BlendFma(const float* a, const float* b, float wa, float wb, int64_t count, float* out) {
  RowKernel::Blend(a, b, wa, wb, count, out);
}
__attribute__((target("avx2,fma"))) void BlendTapsFma(const float* row, const Tap* taps, int64_t count, float* out) {
  RowKernel::BlendTaps(row, taps, count, out);
}
void BlendPortable(const float* a, const float* b, float wa, float wb, int64_t count, float* out) {
  RowKernel::Blend(a, b, wa, wb, count, out);
}
void BlendTapsPortable(const float* row, const Tap* taps, int64_t count, float* out) {
  RowKernel::BlendTaps(row, taps, count, out);
}

bool HasFma() {
  static const bool has = __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2");
  return has;
}

// Clipped rows (axis 0 of the view) of two source slices, kept while the output walks over them: each source row is fetched once
// per output slice.
class RowCache {
 public:
  RowCache(const RowSource& rows, const RasLayout& layout, float low, float high)
      : rows_(rows), layout_(layout), low_(low), high_(high), length_(layout.geometry.size[0]) {
    for (Slot& slot : slots_) slot.row.resize(length_);
  }

  const float* Row(int64_t j, int64_t k) {
    // Neighbouring output rows need rows j and j + 1 of slices k and k + 1: four slots by parity hold them all.
    Slot& slot = slots_[(j & 1) * 2 + (k & 1)];
    if (slot.j != j || slot.k != k) {
      float* to = slot.row.data();
      rows_.ReadRow(layout_.offset + j * layout_.stride[1] + k * layout_.stride[2], layout_.stride[0], length_, to);
      // In this order of comparisons a voxel that is not a number becomes `low`.
      for (int64_t i = 0; i < length_; ++i) to[i] = std::min(to[i] > low_ ? to[i] : low_, high_);
      slot.j = j;
      slot.k = k;
    }
    return slot.row.data();
  }

 private:
  struct Slot {
    int64_t j = -1;
    int64_t k = -1;
    std::vector<float> row;
  };
  const RowSource& rows_;
  const RasLayout& layout_;
  const float low_;
  const float high_;
  const int64_t length_;
  std::array<Slot, 4> slots_;
};

// The grid of a preprocessed volume.
Geometry TargetGeometry(const Index3& size, const std::array<double, 3>& spacing) {
  Geometry geometry;
  geometry.size = size;
  geometry.spacing = spacing;
  return geometry;
}

// Output slices that one thread makes in a row; the source slices between two such pieces are read twice.
constexpr int64_t kSlicesOfAPiece = 8;

// Calls emit(row number, row) for each output row of a trilinear resize, a row of size[0] floats, from several threads.
template <typename Emit>
void ForEachTrilinearRow(const RowSource& rows_in, const Index3& size, float low, float high, int threads, const Emit& emit) {
  const RasLayout layout = RasLayoutOf(rows_in.geometry());
  const Index3& in = layout.geometry.size;
  const std::vector<Tap> x = Taps(in[0], size[0]), y = Taps(in[1], size[1]), z = Taps(in[2], size[2]);
  const auto blend = HasFma() ? BlendFma : BlendPortable;
  const auto blend_taps = HasFma() ? BlendTapsFma : BlendTapsPortable;
  const int64_t pieces = (size[2] + kSlicesOfAPiece - 1) / kSlicesOfAPiece;
  ParallelFor(threads, pieces, [&](int64_t number) {
    // In the file's order: what it is decoded from may still be on its way.
    const int64_t piece = layout.stride[2] < 0 ? pieces - 1 - number : number;
    RowCache rows(rows_in, layout, low, high);
    std::vector<float> upper(in[0]), lower(in[0]), between(in[0]), out(size[0]);
    const int64_t end = std::min(size[2], (piece + 1) * kSlicesOfAPiece);
    for (int64_t k = piece * kSlicesOfAPiece; k < end; ++k) {
      for (int64_t j = 0; j < size[1]; ++j) {
        // Innermost first along S, then A, then R: the order of LibTorch, whose last axis is S.
        blend(rows.Row(y[j].first, z[k].first), rows.Row(y[j].first, z[k].second), z[k].first_weight, z[k].second_weight, in[0],
              upper.data());
        blend(rows.Row(y[j].second, z[k].first), rows.Row(y[j].second, z[k].second), z[k].first_weight, z[k].second_weight, in[0],
              lower.data());
        blend(upper.data(), lower.data(), y[j].first_weight, y[j].second_weight, in[0], between.data());
        blend_taps(between.data(), x.data(), size[0], out.data());
        emit(k * size[1] + j, out.data());
      }
    }
  });
}

}  // namespace

absl::StatusOr<Index3> ResampledSize(const Geometry& geometry, const std::array<double, 3>& target_spacing) {
  Index3 size;
  double voxels = 1;
  for (int axis = 0; axis < 3; ++axis) {
    if (!(target_spacing[axis] > 0) || !std::isfinite(target_spacing[axis])) {
      return absl::InvalidArgumentError(
          absl::StrFormat("the target spacing is %g mm, expected more than zero", target_spacing[axis]));
    }
    // Truncation of this very expression: n / (target / spacing) or rounding gives other sizes.
    const double length = static_cast<double>(geometry.size[axis]) * (geometry.spacing[axis] / target_spacing[axis]);
    if (!(length >= 1)) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "%d voxels of %g mm are less than one voxel of %g mm: the volume is too thin, or its spacing is wrong. Leave it out, "
          "or correct the spacing.",
          geometry.size[axis], geometry.spacing[axis], target_spacing[axis]));
    }
    voxels *= length;
    if (!(voxels <= static_cast<double>(kMaxVoxels))) {
      return absl::InvalidArgumentError(absl::StrFormat(
          "%s voxels of %gx%gx%g mm make more than %d at %gx%gx%g mm; is the spacing of the file in mm? Correct it, "
          "or choose larger voxels.",
          SizeText(geometry.size), geometry.spacing[0], geometry.spacing[1], geometry.spacing[2], kMaxVoxels, target_spacing[0],
          target_spacing[1], target_spacing[2]));
    }
    size[axis] = static_cast<int64_t>(length);
  }
  return size;
}

void ResampleTrilinear(const RowSource& volume, const Index3& size, float low, float high, absl::Span<float> out) {
  ForEachTrilinearRow(volume, size, low, high, /*threads=*/1,
                      [&](int64_t number, const float* row) { std::copy(row, row + size[0], out.data() + number * size[0]); });
}

namespace {

absl::StatusOr<Index3> ResultSize(const Geometry& geometry, const PreprocessOptions& options) {
  if (options.size.has_value()) return *options.size;
  return ResampledSize(geometry, options.spacing);
}

}  // namespace

absl::StatusOr<Volume<int16_t>> PreprocessImage(const Volume<float>& volume, const PreprocessOptions& options) {
  return PreprocessImage(FloatRows(&volume), options);
}

absl::StatusOr<Volume<int16_t>> PreprocessImage(const RowSource& volume, const PreprocessOptions& options, int threads) {
  if (!(options.hu_min < options.hu_max) || options.hu_min < -32768 || options.hu_max > 32767) {
    return absl::InvalidArgumentError(
        absl::StrCat("HU limits ", options.hu_min, " and ", options.hu_max, ", expected a range within -32768 to 32767"));
  }
  ASAP_ASSIGN_OR_RETURN(const Index3 size, ResultSize(RasGeometry(volume.geometry()), options));
  Volume<int16_t> result;
  result.geometry = TargetGeometry(size, options.spacing);
  result.voxels.resize(result.geometry.voxels());
  ForEachTrilinearRow(volume, size, static_cast<float>(options.hu_min), static_cast<float>(options.hu_max), threads,
                      [&](int64_t number, const float* row) {
                        int16_t* to = result.voxels.data() + number * size[0];
                        for (int64_t i = 0; i < size[0]; ++i) to[i] = static_cast<int16_t>(row[i]);  // towards zero, as published
                      });
  ASAP_RETURN_IF_ERROR(volume.Finish());
  return result;
}

absl::StatusOr<Volume<uint8_t>> PreprocessMask(const Volume<float>& mask, const PreprocessOptions& options) {
  return PreprocessMask(FloatRows(&mask), options);
}

absl::StatusOr<Volume<uint8_t>> PreprocessMask(const RowSource& mask, const PreprocessOptions& options) {
  // First, because labels are looked at: what a defective file leaves undecoded would be called no label.
  ASAP_RETURN_IF_ERROR(mask.Finish());
  std::vector<float> row(mask.geometry().size[0]);
  for (int64_t start = 0; start < mask.geometry().voxels(); start += static_cast<int64_t>(row.size())) {
    mask.ReadRow(start, 1, static_cast<int64_t>(row.size()), row.data());
    for (const float label : row) {
      if (!(label >= 0 && label <= 255) || label != std::floor(label)) {
        return absl::InvalidArgumentError(
            absl::StrCat("the mask holds the value ", label,
                         ", expected whole labels 0 to 255. Is it an image, or are its labels coded in bits? "
                         "Save one label a voxel."));
      }
    }
  }
  const RasLayout layout = RasLayoutOf(mask.geometry());
  ASAP_ASSIGN_OR_RETURN(const Index3 size, ResultSize(layout.geometry, options));
  std::array<std::vector<int64_t>, 3> nearest;
  for (int axis = 0; axis < 3; ++axis) {
    const int64_t in = layout.geometry.size[axis];
    for (int64_t i = 0; i < size[axis]; ++i) {
      // It rounds halves up, as the published code does. NOLINTNEXTLINE(bugprone-incorrect-roundings)
      const int64_t index = in == size[axis] ? i : static_cast<int64_t>(SourceCentre(i, in, size[axis]) + 0.5f);
      nearest[axis].push_back(std::min(index, in - 1));
    }
  }
  Volume<uint8_t> result;
  result.geometry = TargetGeometry(size, options.spacing);
  result.voxels.reserve(result.geometry.voxels());
  row.resize(layout.geometry.size[0]);
  for (int64_t k = 0; k < size[2]; ++k) {
    for (int64_t j = 0; j < size[1]; ++j) {
      const int64_t start = layout.offset + nearest[2][k] * layout.stride[2] + nearest[1][j] * layout.stride[1];
      mask.ReadRow(start, layout.stride[0], layout.geometry.size[0], row.data());
      for (int64_t i = 0; i < size[0]; ++i) result.voxels.push_back(static_cast<uint8_t>(row[nearest[0][i]]));
    }
  }
  return result;
}

}  // namespace asap
