#include "core/benchmark/network_encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <c10/core/GradMode.h>

#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/benchmark/case_volumes.h"
#include "core/testing/dataset/fake_dataset.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

// Two patches: the mean of each half of the volume along axis 0, times a weight, and its drop-path seed as the class token's
// second value.
class HalvesEncoder : public Encoder {
 public:
  HalvesEncoder() {
    spec_.volume = {8, 8, 8};
    spec_.patch = {4, 8, 8};
    spec_.width = 2;
    spec_.depth = 3;
  }
  const EncoderSpec& spec() const override { return spec_; }
  absl::StatusOr<EncoderOutput> Encode(const at::Tensor& volumes, const EncodeOptions& options) override {
    EXPECT_THAT(options.intermediate_blocks, testing::ElementsAre(2));
    const at::Tensor low = scale_ * volumes.slice(2, 0, 4).mean({1, 2, 3, 4});
    const at::Tensor high = scale_ * volumes.slice(2, 4).mean({1, 2, 3, 4});
    const at::Tensor seed = at::full_like(low, static_cast<double>(options.drop_path_seed % 1000));
    EncoderOutput output;
    output.intermediates.push_back(
        at::stack({at::stack({low, seed}, 1), at::stack({low, low}, 1), at::stack({high, high}, 1)}, 1));
    return output;
  }
  NamedTensors Parameters() const override { return {{"scale", scale_}}; }
  void SetTraining(bool) override {}

 private:
  EncoderSpec spec_;
  const at::Tensor scale_ = at::ones({1}).set_requires_grad(true);
};

absl::StatusOr<std::unique_ptr<Encoder>> MakeHalves(const std::map<std::string, std::string>& parameters) {
  if (!parameters.empty()) return absl::InvalidArgumentError(absl::StrCat("unknown parameter ", parameters.begin()->first));
  return std::make_unique<HalvesEncoder>();
}

std::vector<CaseInfo> Cases(int count) {
  std::vector<CaseInfo> cases;
  for (int i = 0; i < count; ++i) cases.push_back({.id = absl::StrCat("c", i), .patient = absl::StrCat("p", i)});
  return cases;
}

class NetworkEncoderTest : public testing::Test {
 protected:
  NetworkEncoderTest() : dataset_(Cases(5)) {
    folder_ = absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    for (int i = 0; i < 5; ++i) dataset_.SetValue(i, static_cast<int16_t>(100 * i));
    dataset_.fingerprint = "v1";
  }
  std::unique_ptr<NetworkEncoder> Open() {
    auto encoder = NetworkEncoder::Open(MakeHalves, {.name = "halves", .digest = "d", .cache_folder = folder_, .batch_size = 2});
    EXPECT_TRUE(encoder.ok()) << encoder.status();
    return *std::move(encoder);
  }
  at::Tensor Features(NetworkEncoder& encoder, const std::vector<int64_t>& cases, const FeatureView& view = {}) {
    auto features = encoder.Features(dataset_, cases, view, nullptr);
    EXPECT_TRUE(features.ok()) << features.status();
    return *features;
  }
  FakeDataset dataset_;
  std::string folder_;
};

TEST_F(NetworkEncoderTest, PoolsTheLastBlock) {
  auto encoder = Open();
  const at::Tensor features = Features(*encoder, {4, 1});
  EXPECT_EQ(features.sizes(), (std::vector<int64_t>{2, 2, 2}));
  EXPECT_FLOAT_EQ(features[0][0][0].item<float>(), 0.4f);  // HU 400 of -1000 ... 1000, the mean of both patches
  EXPECT_FLOAT_EQ(features[1][1][0].item<float>(), 0.1f);  // the class token's
}

TEST_F(NetworkEncoderTest, EncodesACaseOnce) {
  auto encoder = Open();
  Features(*encoder, {0, 1, 2});
  EXPECT_EQ(dataset_.reads, 3);
  Features(*encoder, {2, 3, 0});
  EXPECT_EQ(dataset_.reads, 4);
  const at::Tensor again = Features(*Open(), {0, 1, 2, 3});  // another process
  EXPECT_EQ(dataset_.reads, 4);
  EXPECT_FLOAT_EQ(again[3][0][1].item<float>(), 0.3f);
}

TEST_F(NetworkEncoderTest, AChangedCaseIsEncodedAgain) {
  Features(*Open(), {0, 1});
  dataset_.SetValue(1, 500);
  const at::Tensor features = Features(*Open(), {0, 1});
  EXPECT_EQ(dataset_.reads, 3);
  EXPECT_FLOAT_EQ(features[1][0][0].item<float>(), 0.5f);
}

TEST_F(NetworkEncoderTest, CasesOfUnknownStateStayInMemory) {
  dataset_.fingerprint = "";
  auto encoder = Open();
  Features(*encoder, {0});
  Features(*encoder, {0});
  EXPECT_EQ(dataset_.reads, 1);
  Features(*Open(), {0});
  EXPECT_EQ(dataset_.reads, 2);
}

TEST_F(NetworkEncoderTest, ADamagedFileIsMadeAgain) {
  Features(*Open(), {0, 1, 2, 3, 4});
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
    if (entry.is_regular_file()) std::filesystem::resize_file(entry.path(), 40);
  }
  const at::Tensor features = Features(*Open(), {4});
  EXPECT_EQ(dataset_.reads, 6);
  EXPECT_FLOAT_EQ(features[0][0][0].item<float>(), 0.4f);
}

TEST_F(NetworkEncoderTest, ViewsAreKeptApartAndRepeat) {
  auto encoder = Open();
  const FeatureView first{.augmented = 0, .seed = 1, .drop_path = 0.1}, second{.augmented = 1, .seed = 1, .drop_path = 0.1};
  const at::Tensor a = Features(*encoder, {0, 1, 2}, first), b = Features(*encoder, {0, 1, 2}, second);
  EXPECT_FALSE(a.equal(b));
  // A case's draws do not depend on its neighbours.
  std::filesystem::remove_all(folder_);
  EXPECT_TRUE(a[2].equal(Features(*Open(), {2, 0}, first)[0]));
}

TEST_F(NetworkEncoderTest, StopsWhereProgressSaysSoAndKeepsWhatItHas) {
  auto encoder = Open();
  const auto stopped = encoder->Features(dataset_, {0, 1, 2, 3, 4}, {}, [](int64_t done) { return done < 4; });
  EXPECT_EQ(stopped.status().code(), absl::StatusCode::kCancelled);
  const int64_t read = dataset_.reads;
  Features(*Open(), {0, 1, 2, 3});
  EXPECT_EQ(dataset_.reads, read);
}

TEST_F(NetworkEncoderTest, NetworksAreTheCallersOwn) {
  auto encoder = Open();
  ASSERT_TRUE(encoder->spec().has_value());
  EXPECT_EQ(encoder->spec()->patches(), 2);
  const at::Tensor before = Features(*encoder, {0, 1, 2, 3});
  std::vector<std::future<absl::StatusOr<std::unique_ptr<Encoder>>>> making;  // of several runs at a time
  for (int i = 0; i < 4; ++i) making.push_back(std::async(std::launch::async, [&] { return encoder->NewNetwork({}); }));
  std::vector<std::unique_ptr<Encoder>> networks;
  for (auto& made : making) {
    auto network = made.get();
    ASSERT_TRUE(network.ok()) << network.status();
    networks.push_back(*std::move(network));
  }
  {
    const c10::NoGradGuard no_grad;
    at::Tensor weight = networks[0]->Parameters()[0].tensor;
    weight.fill_(3);
  }
  EXPECT_EQ(networks[1]->Parameters()[0].tensor.item<float>(), 1);
  EXPECT_EQ((*encoder->NewNetwork({}))->Parameters()[0].tensor.item<float>(), 1);
  std::filesystem::remove_all(folder_);
  EXPECT_TRUE(before.equal(Features(*encoder, {0, 1, 2, 3})));
  EXPECT_FLOAT_EQ(Features(*encoder, {4})[0][0][0].item<float>(), 0.4f) << "encoded after the other was changed";
  EXPECT_THAT(std::string(encoder->NewNetwork({{"volume", "16x8x8"}}).status().message()),
              testing::HasSubstr("unknown parameter"));
}

TEST_F(NetworkEncoderTest, AFactorysErrorIsPassedOn) {
  const auto encoder = NetworkEncoder::Open([](const auto&) { return absl::NotFoundError("no such weights"); }, {});
  EXPECT_EQ(encoder.status(), absl::NotFoundError("no such weights"));
}

// A file's state is asked once for each case: one that is touched while it is encoded is found where it was put.
TEST_F(NetworkEncoderTest, AFileThatIsTouchedMeanwhileIsEncodedAgainTheNextTime) {
  class Touched : public FakeDataset {
   public:
    using FakeDataset::FakeDataset;
    std::string Fingerprint(int64_t) const override { return absl::StrCat("touched ", ++times_); }

   private:
    mutable int times_ = 0;
  } dataset(Cases(3));
  auto encoder = Open();
  for (int call = 1; call < 3; ++call) {
    const auto features = encoder->Features(dataset, {0, 1, 2}, {}, nullptr);
    ASSERT_TRUE(features.ok()) << features.status();
    EXPECT_EQ(features->size(0), 3);
    EXPECT_EQ(dataset.reads, 3 * call);
  }
}

TEST(CaseVolumes, NoiseComesOnlyToAugmentedCopies) {
  FakeDataset dataset(Cases(40));
  EncoderSpec spec;
  spec.volume = {8, 8, 8};
  const std::vector<int64_t> all = [] {
    std::vector<int64_t> indices;
    for (int64_t i = 0; i < 40; ++i) indices.push_back(i);
    return indices;
  }();
  const auto noisy = [&](const FeatureView& view) {
    const at::Tensor volumes = *CaseVolumes(dataset, all, spec, view);
    int64_t count = 0;
    for (int64_t i = 0; i < 40; ++i) count += volumes[i].std().item<float>() > 0;
    return count;
  };
  EXPECT_EQ(noisy({}), 0);
  EXPECT_GT(noisy({.augmented = 0}), 0);
  EXPECT_LT(noisy({.augmented = 0}), 20);
  EXPECT_EQ(noisy({.augmented = 0, .noise = false}), 0);
}

}  // namespace
}  // namespace asap
