#include "core/imaging/hu_check.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_format.h"
#include "core/base/parallel_for.h"
#include "core/base/status.h"

namespace asap {
namespace {

constexpr absl::string_view kRemedy =
    " Convert the scan from its DICOM files with RescaleSlope and RescaleIntercept applied once, without a window; "
    "leave out label maps and other modalities.";

// Voxels counted by value in HU, clamped to -4096 ... 4095.
class Histogram {
 public:
  Histogram() : counts_(8192, 0) {}

  void Add(float value) {
    if (!std::isfinite(value)) {
      ++not_finite_;
      return;
    }
    // To the nearest integer: the sum is exact and above zero.
    ++counts_[static_cast<int>(static_cast<double>(std::clamp(value, -4096.0f, 4095.0f)) + 4096.5)];
    ++total_;
    least_ = std::min(least_, value);
    largest_ = std::max(largest_, value);
  }

  void Add(const Histogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    not_finite_ += other.not_finite_;
    least_ = std::min(least_, other.least_);
    largest_ = std::max(largest_, other.largest_);
  }

  int64_t total() const { return total_; }
  int64_t not_finite() const { return not_finite_; }
  float least() const { return least_; }
  float largest() const { return largest_; }

  // Fraction of voxels in [low, high).
  double Fraction(int low, int high) const {
    int64_t count = 0;
    for (int value = std::max(low, -4096); value < std::min(high, 4096); ++value) count += counts_[value + 4096];
    return static_cast<double>(count) / static_cast<double>(total_);
  }

  // The value that a fraction of the voxels does not exceed.
  int Quantile(double fraction) const {
    int64_t seen = 0;
    for (int value = -4096; value < 4096; ++value) {
      seen += counts_[value + 4096];
      if (static_cast<double>(seen) >= fraction * static_cast<double>(total_)) return value;
    }
    return 4095;
  }

  // The largest fraction that one value in [low, high) holds.
  double Peak(int low, int high) const {
    int64_t most = 0;
    for (int value = std::max(low, -4096); value < std::min(high, 4096); ++value) most = std::max(most, counts_[value + 4096]);
    return static_cast<double>(most) / static_cast<double>(total_);
  }

 private:
  std::vector<int64_t> counts_;
  int64_t total_ = 0;
  int64_t not_finite_ = 0;
  float least_ = INFINITY;
  float largest_ = -INFINITY;
};

absl::Status Judge(const Histogram& histogram, std::string* warning) {
  const auto fail = [&](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrFormat("not CT in Hounsfield units: %s (values %g to %g, median %d).%s", what,
                                                      histogram.least(), histogram.largest(), histogram.Quantile(0.5),
                                                      std::string(kRemedy)));
  };
  if (histogram.not_finite() > 0) {
    return absl::InvalidArgumentError(absl::StrFormat("not CT in Hounsfield units: %d of %d voxels looked at are not finite.%s",
                                                      histogram.not_finite(), histogram.not_finite() + histogram.total(),
                                                      std::string(kRemedy)));
  }
  if (histogram.total() == 0) return absl::InvalidArgumentError("not CT: it has no voxels");
  if (histogram.Quantile(0.999) - histogram.Quantile(0.001) < 50) return fail("all values lie within 50 of one another");
  if (histogram.Quantile(0.001) >= -20) return fail("nothing lies below -20, where air, lung and fat are expected");
  if (histogram.Quantile(0.001) >= -300 && histogram.Quantile(0.9) > 500) {
    return fail("no air, yet 10% lies above 500, where only bone and metal are expected");
  }
  if (histogram.Quantile(0.99) < -300) return fail("the highest 1% lies below -300, where soft tissue is expected at 0 to 100");
  const double low = histogram.Fraction(-4096, -700);
  const double below_air = histogram.Fraction(-4096, -1120);
  const double padding = histogram.Peak(-4096, -1120);
  if (below_air - padding > 0.5 * (low - padding) && below_air - padding > 0.05) {
    return fail("air lies below -1120, expected near -1000");
  }
  if (warning != nullptr) {
    warning->clear();
    if (histogram.Fraction(-1120, -900) < 0.01) {
      *warning = absl::StrFormat(
          "little air (%.2g%% of voxels near -1000 HU), so that its Hounsfield scale cannot be confirmed; expected in a volume "
          "cropped to "
          "soft tissue, otherwise check its rescale intercept",
          100 * histogram.Fraction(-1120, -900));
    }
  }
  return absl::OkStatus();
}

// Odd, so that the samples do not line up with rows and slices of even length.
size_t SampleStep(size_t voxels) {
  constexpr size_t kLookedAt = 2'000'000;
  return std::max<size_t>(voxels / kLookedAt, 1) | 1;
}

template <typename T>
absl::Status Check(absl::Span<const T> voxels, std::string* warning) {
  const size_t step = SampleStep(voxels.size());
  Histogram histogram;
  for (size_t i = 0; i < voxels.size(); i += step) histogram.Add(static_cast<float>(voxels[i]));
  return Judge(histogram, warning);
}

}  // namespace

absl::Status HuPlausibility(absl::Span<const float> voxels, std::string* warning) { return Check(voxels, warning); }

absl::Status HuPlausibility(const RowSource& rows, std::string* warning, int threads) {
  const int64_t step = static_cast<int64_t>(SampleStep(rows.geometry().voxels()));
  const int64_t samples = (rows.geometry().voxels() + step - 1) / step;
  std::vector<Histogram> pieces(std::max(threads, 1));
  const int64_t piece_samples = (samples + pieces.size() - 1) / pieces.size();
  ParallelFor(threads, pieces.size(), [&](int64_t piece) {
    std::vector<float> values(4096);
    const int64_t end = std::min(samples, (piece + 1) * piece_samples);
    for (int64_t first = piece * piece_samples; first < end; first += static_cast<int64_t>(values.size())) {
      const int64_t count = std::min<int64_t>(values.size(), end - first);
      rows.ReadRow(first * step, step, count, values.data());
      for (int64_t i = 0; i < count; ++i) pieces[piece].Add(values[i]);
    }
  });
  ASAP_RETURN_IF_ERROR(rows.Finish());
  for (size_t piece = 1; piece < pieces.size(); ++piece) pieces[0].Add(pieces[piece]);
  return Judge(pieces[0], warning);
}

absl::Status HuPlausibility(absl::Span<const int16_t> voxels, std::string* warning) { return Check(voxels, warning); }

absl::Status HuPlausibility(const VoxelSource& source, std::string* warning) {
  const Index3& size = source.geometry().size;
  const int64_t planes = std::min<int64_t>(size[2], 16);
  std::vector<int16_t> plane(size[0] * size[1]);
  Histogram histogram;
  for (int64_t i = 0; i < planes; ++i) {
    const Box box = {{0, 0, (2 * i + 1) * size[2] / (2 * planes)}, {size[0], size[1], 1}};
    ASAP_RETURN_IF_ERROR(source.Read(box, absl::MakeSpan(plane)));
    for (int16_t value : plane) histogram.Add(value);
  }
  return Judge(histogram, warning);
}

}  // namespace asap
