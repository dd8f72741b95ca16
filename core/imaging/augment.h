// Training augmentation and the evaluation crop: from a stored volume to the network's input, in one pass over the cropped
// voxels.
//
//   CounterRng rng(seed, "augment", epoch, sample);
//   ASAP_ASSIGN_OR_RETURN(AugmentPlan plan, ReadNetworkInput(*volume, options, &rng, absl::MakeSpan(image)));
//   ASAP_RETURN_IF_ERROR(ReadMask(*mask, plan, options, absl::MakeSpan(labels)));
//
// The chain is that of the published training code: HU to [-1, 1], random-scale crop, random crop, reflect pad, flips, intensity
// shift. All of its geometry is separable, so a plan is three index maps and no intermediate volume exists.
#ifndef ASAP_CORE_IMAGING_AUGMENT_H_
#define ASAP_CORE_IMAGING_AUGMENT_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "core/base/random.h"
#include "core/imaging/volume.h"

namespace asap {

struct AugmentOptions {
  Index3 roi = {224, 224, 112};   // voxels of the network's input along R, A, S
  double roi_scale = 0.8;         // the first crop keeps at least this fraction of each axis; in (0, 1]
  double hu_min = -1000;          // becomes -1
  double hu_max = 1000;           // becomes +1; values outside are clipped
  double flip_probability = 0.2;  // of each axis, independently
  double shift_probability = 0.1;
  double shift_range = 0.1;  // the intensity shift is uniform in [-range, range] and not clipped afterwards
};

// What happens to one sample. Image and mask share it, which keeps them aligned.
struct AugmentPlan {
  Box box;  // what is read of the stored volume: both crops composed. An axis shorter than the roi is padded around it.
  std::array<bool, 3> flip = {false, false, false};
  float shift = 0;  // added to the scaled image, never to the mask
};

// Draws, in this order: three sizes of the scale crop, each uniform in ceil(roi_scale * n) ... n; its three starts, each drawn
// only where the size is less than n; three starts of the roi crop, each drawn only where the scale crop is larger than the roi;
// three flips; whether to shift; and, if so, the shift.
AugmentPlan DrawAugment(const Index3& size, const AugmentOptions& options, CounterRng& rng);

// The deterministic crop of evaluation: start n/2 - roi/2 (integer division), no flip, no shift.
AugmentPlan CenterCropPlan(const Index3& size, const AugmentOptions& options);

// The image as [roi0, roi1, roi2], axis 2 fastest, in [-1, 1] plus the shift. Reads only plan.box.
absl::Status ReadImage(const VoxelSource& source, const AugmentPlan& plan, const AugmentOptions& options, absl::Span<float> out);

// The one way from a volume to a network's input, of pre-training and of what measures: the crop of evaluation, or, where `rng`
// is not null, a copy augmented as it draws. What was done is returned for a mask to follow.
absl::StatusOr<AugmentPlan> ReadNetworkInput(const VoxelSource& source, const AugmentOptions& options, CounterRng* rng,
                                             absl::Span<float> out);

// The labels through the same geometry. A label outside 0 ... max_label is an error that names it.
absl::Status ReadMask(const VoxelSource& source, const AugmentPlan& plan, const AugmentOptions& options, absl::Span<uint8_t> out,
                      int max_label = 8);

// For each of `target` padded positions, the index in [0, length) that it copies: the centred reflection of numpy's
// np.pad(mode="reflect"), floor((target - length) / 2) values before. Beyond one reflection numpy goes on in rounds that each
// mirror what has been filled so far, which is not the periodic reflection. `length` is in 1 ... target.
std::vector<int64_t> ReflectIndices(int64_t length, int64_t target);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_AUGMENT_H_
