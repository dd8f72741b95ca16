#include "core/imaging/augment.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "gtest/gtest.h"

namespace asap {
namespace {

// Voxel (x, y, z) holds x + 10 y + 100 z - 500, and every box read is recorded.
class CodedSource : public VoxelSource {
 public:
  explicit CodedSource(const Index3& size) { geometry_.size = size; }
  static int Code(int64_t x, int64_t y, int64_t z) { return static_cast<int>(x + 10 * y + 100 * z - 500); }
  const Geometry& geometry() const override { return geometry_; }
  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    boxes.push_back(box);
    size_t next = 0;
    for (int64_t x = 0; x < box.size[0]; ++x) {
      for (int64_t y = 0; y < box.size[1]; ++y) {
        for (int64_t z = 0; z < box.size[2]; ++z) {
          out[next++] = static_cast<int16_t>(Code(box.start[0] + x, box.start[1] + y, box.start[2] + z));
        }
      }
    }
    return absl::OkStatus();
  }
  mutable std::vector<Box> boxes;

 private:
  Geometry geometry_;
};

// One label everywhere but at one voxel.
class LabelSource : public VoxelSource {
 public:
  explicit LabelSource(int16_t odd_label) : odd_label_(odd_label) { geometry_.size = {3, 3, 3}; }
  const Geometry& geometry() const override { return geometry_; }
  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    std::fill(out.begin(), out.end(), int16_t{1});
    out[out.size() / 2] = odd_label_;
    return absl::OkStatus();
  }

 private:
  Geometry geometry_;
  int16_t odd_label_;
};

// Made with numpy 1.26.4: np.pad(np.arange(n), (d // 2, d - d // 2), mode="reflect"), a digit an index.
TEST(ReflectIndicesTest, EqualsNumpyBeyondOneReflection) {
  const struct {
    int64_t length;
    std::string expected;
  } kCases[] = {
      {1, "00"},
      {1, "000000"},
      {2, "010"},
      {2, "1010"},
      {2, "0101010"},
      {2, "0101010101010101010"},
      {2, "01010101010101010101010101"},
      {3, "0121"},
      {3, "10121"},
      {3, "21012101"},
      {3, "01210121012"},
      {3, "10121012101210"},
      {3, "01210121012101210121"},
      {3, "012101210121012101210121012"},
      {4, "01232"},
      {4, "210123210"},
      {4, "232101232101"},
      {4, "123210123210123"},
      {4, "210123210123210123210"},
      {4, "0123210123210123210123210123"},
      {5, "2101234321"},
      {5, "4321012343210"},
      {5, "3432101234321012"},
      {5, "0123432101234321012343"},
      {5, "43210123432101234321012343210"},
      {7, "01234565"},
      {7, "210123456543"},
      {7, "432101234565432"},
      {7, "543210123456543210"},
      {7, "456543210123456543210123"},
      {7, "0123456543210123456543210123456"},
  };
  for (const auto& test : kCases) {
    std::string actual;
    for (int64_t index : ReflectIndices(test.length, static_cast<int64_t>(test.expected.size()))) actual += std::to_string(index);
    EXPECT_EQ(actual, test.expected) << "length " << test.length;
  }
}

TEST(DrawAugmentTest, KeepsItsLaw) {
  const AugmentOptions options = {.roi = {20, 20, 12}, .flip_probability = 0.25, .shift_probability = 0.5, .shift_range = 0.1};
  const Index3 size = {30, 20, 10};
  std::set<int64_t> sizes0, sizes2, starts0;
  int flips = 0, shifts = 0;
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) {
    CounterRng rng(7, "augment", 0, i);
    const AugmentPlan plan = DrawAugment(size, options, rng);
    for (int axis = 0; axis < 3; ++axis) {
      ASSERT_GE(plan.box.start[axis], 0);
      ASSERT_LE(plan.box.start[axis] + plan.box.size[axis], size[axis]);
      ASSERT_GE(plan.box.size[axis], std::min<int64_t>(options.roi[axis], static_cast<int64_t>(std::ceil(0.8 * size[axis]))));
      ASSERT_LE(plan.box.size[axis], options.roi[axis]);
      flips += plan.flip[axis];
    }
    sizes0.insert(plan.box.size[0]);
    sizes2.insert(plan.box.size[2]);
    starts0.insert(plan.box.start[0]);
    shifts += plan.shift != 0;
    ASSERT_LE(std::abs(plan.shift), 0.1f);
  }
  EXPECT_EQ(sizes0, (std::set<int64_t>{20}));        // 24 ... 30 voxels hold the roi always
  EXPECT_EQ(sizes2, (std::set<int64_t>{8, 9, 10}));  // ceil(0.8 * 10) ... 10
  EXPECT_EQ(*starts0.rbegin(), 10);                  // the last possible start is reached
  EXPECT_EQ(starts0.size(), 11u);
  EXPECT_NEAR(flips / (3.0 * kDraws), 0.25, 0.02);
  EXPECT_NEAR(shifts / static_cast<double>(kDraws), 0.5, 0.03);
}

TEST(DrawAugmentTest, DependsOnItsKeyAlone) {
  const AugmentOptions options = {.roi = {20, 20, 12}};
  CounterRng a(1, "augment", 2, 3), b(1, "augment", 2, 3), c(1, "augment", 2, 4);
  const AugmentPlan first = DrawAugment({60, 60, 40}, options, a), again = DrawAugment({60, 60, 40}, options, b),
                    other = DrawAugment({60, 60, 40}, options, c);
  EXPECT_EQ(first.box.start, again.box.start);
  EXPECT_EQ(first.flip, again.flip);
  EXPECT_NE(first.box.start, other.box.start);
}

TEST(CenterCropPlanTest, StartsAtHalfMinusHalf) {
  const AugmentOptions options = {.roi = {4, 5, 6}};
  const AugmentPlan plan = CenterCropPlan({9, 10, 5}, options);
  EXPECT_EQ(plan.box.start, (Index3{2, 3, 0}));
  EXPECT_EQ(plan.box.size, (Index3{4, 5, 5}));
  EXPECT_EQ(plan.shift, 0);
}

TEST(ReadImageTest, CropsPadsFlipsScalesAndShifts) {
  const CodedSource source({6, 5, 4});
  const AugmentOptions options = {.roi = {3, 3, 6}};
  const AugmentPlan plan = {.box = {{2, 1, 0}, {3, 3, 4}}, .flip = {true, false, true}, .shift = 0.05f};
  std::vector<float> image(3 * 3 * 6);
  ASSERT_TRUE(ReadImage(source, plan, options, absl::MakeSpan(image)).ok());
  ASSERT_EQ(source.boxes.size(), 1u);
  EXPECT_EQ(source.boxes[0].start, plan.box.start);
  EXPECT_EQ(source.boxes[0].size, plan.box.size);
  constexpr int64_t kPadded[] = {1, 0, 1, 2, 3, 2};
  size_t next = 0;
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 3; ++j) {
      for (int k = 0; k < 6; ++k) {
        const float unit = (static_cast<float>(CodedSource::Code(2 + (2 - i), 1 + j, kPadded[5 - k])) + 1000.0f) / 2000.0f;
        EXPECT_EQ(image[next++], unit * 2 - 1 + 0.05f) << i << " " << j << " " << k;
      }
    }
  }
}

TEST(ReadImageTest, ClipsBeforeTheShift) {
  class Extremes : public CodedSource {
   public:
    Extremes() : CodedSource({2, 1, 1}) {}
    absl::Status Read(const Box&, absl::Span<int16_t> out) const override {
      out[0] = -3024;
      out[1] = 3071;
      return absl::OkStatus();
    }
  } source;
  const AugmentOptions options = {.roi = {2, 1, 1}};
  std::vector<float> image(2);
  ASSERT_TRUE(ReadImage(source, {.box = {{0, 0, 0}, {2, 1, 1}}, .shift = 0.1f}, options, absl::MakeSpan(image)).ok());
  EXPECT_EQ(image[0], -1.0f + 0.1f);
  EXPECT_EQ(image[1], 1.0f + 0.1f);
}

TEST(ReadNetworkInputTest, IsTheCropOfEvaluationOrWhatItsGeneratorDraws) {
  const CodedSource source({9, 8, 4});
  const AugmentOptions options = {.roi = {3, 3, 6}};
  std::vector<float> image(3 * 3 * 6), expected(image.size());
  const auto crop = ReadNetworkInput(source, options, nullptr, absl::MakeSpan(image));
  ASSERT_TRUE(crop.ok()) << crop.status();
  ASSERT_TRUE(ReadImage(source, CenterCropPlan({9, 8, 4}, options), options, absl::MakeSpan(expected)).ok());
  EXPECT_EQ(image, expected);

  CounterRng rng(7, "augment"), same(7, "augment");
  for (int copy = 0; copy < 5; ++copy) {
    const auto plan = ReadNetworkInput(source, options, &rng, absl::MakeSpan(image));
    ASSERT_TRUE(plan.ok()) << plan.status();
    const AugmentPlan drawn = DrawAugment({9, 8, 4}, options, same);
    EXPECT_EQ(plan->box.start, drawn.box.start);
    EXPECT_EQ(plan->flip, drawn.flip);
    ASSERT_TRUE(ReadImage(source, drawn, options, absl::MakeSpan(expected)).ok());
    EXPECT_EQ(image, expected);
  }
  EXPECT_FALSE(ReadNetworkInput(source, options, &rng, absl::MakeSpan(image).subspan(1)).ok());
}

TEST(ReadImageTest, RefusesPlansThatDoNotFit) {
  const CodedSource source({6, 5, 4});
  const AugmentOptions options = {.roi = {3, 3, 3}};
  std::vector<float> image(27);
  for (const Box& box :
       {Box{{4, 0, 0}, {3, 3, 3}}, Box{{-1, 0, 0}, {3, 3, 3}}, Box{{0, 0, 0}, {4, 3, 3}}, Box{{0, 0, 0}, {0, 3, 3}}}) {
    EXPECT_FALSE(ReadImage(source, {.box = box}, options, absl::MakeSpan(image)).ok());
  }
  EXPECT_FALSE(ReadImage(source, {.box = {{0, 0, 0}, {3, 3, 3}}}, options, absl::MakeSpan(image).subspan(1)).ok());
  EXPECT_TRUE(source.boxes.empty());
}

TEST(ReadMaskTest, NamesALabelOutOfRange) {
  const AugmentOptions options = {.roi = {3, 3, 3}};
  const AugmentPlan plan = {.box = {{0, 0, 0}, {3, 3, 3}}};
  std::vector<uint8_t> labels(27);
  EXPECT_TRUE(ReadMask(LabelSource(8), plan, options, absl::MakeSpan(labels)).ok());
  EXPECT_EQ(labels[13], 8);
  for (int16_t label : {int16_t{9}, int16_t{-1}}) {
    const absl::Status status = ReadMask(LabelSource(label), plan, options, absl::MakeSpan(labels));
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(status.message().find("label " + std::to_string(label)), std::string::npos) << status;
  }
  EXPECT_TRUE(ReadMask(LabelSource(41), plan, options, absl::MakeSpan(labels), 41).ok());
}

}  // namespace
}  // namespace asap
