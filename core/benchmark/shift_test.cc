#include "core/benchmark/shift.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/testing/dataset/fake_dataset.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

// Features around the HU of the case's voxels.
class HuEncoder : public MeasuredEncoder {
 public:
  const std::string& name() const override { return name_; }
  const std::string& digest() const override { return name_; }
  const std::vector<std::string>& poolings() const override { return poolings_; }
  int64_t width() const override { return 2; }
  absl::StatusOr<at::Tensor> Features(const Dataset& dataset, absl::Span<const int64_t> cases, const FeatureView&,
                                      const std::function<bool(int64_t)>&) override {
    std::vector<at::Tensor> rows;
    for (const int64_t index : cases) {
      std::vector<int16_t> voxel(1);
      EXPECT_TRUE((*dataset.Volume(index))->Read({.size = {1, 1, 1}}, absl::MakeSpan(voxel)).ok());
      rows.push_back(at::tensor({voxel[0] / 100.f + index % 3, static_cast<float>(index % 2)}).unsqueeze(0));
    }
    return at::stack(rows);
  }
  std::optional<EncoderSpec> spec() const override { return std::nullopt; }
  absl::StatusOr<std::unique_ptr<Encoder>> NewNetwork(const std::map<std::string, std::string>&) const override {
    return absl::UnimplementedError("not asked for");
  }

 private:
  std::string name_ = "hu";
  std::vector<std::string> poolings_ = {"mean"};
};

std::unique_ptr<FakeDataset> Constant(const std::string& name, int16_t hu) {
  std::vector<CaseInfo> cases;
  for (int i = 0; i < 12; ++i) cases.push_back({.id = absl::StrCat(name, i), .patient = absl::StrCat(i)});
  auto dataset = std::make_unique<FakeDataset>(cases, FakeDataset::LabelRows(), name);
  for (int i = 0; i < 12; ++i) dataset->SetValue(i, hu);
  return dataset;
}

TEST(MeasureShift, IsTheDistanceOfTwoDatasets) {
  const auto open = [](const std::string& name) -> absl::StatusOr<std::unique_ptr<Dataset>> {
    if (name == "gone") return absl::NotFoundError("no folder for the dataset gone");
    return Constant(name, name == "far" ? 300 : 0);
  };
  HuEncoder encoder;
  const ShiftOptions options{.open = open, .open_as_stored = open};
  const auto far = MeasureShift("far", "here", encoder, options), same = MeasureShift("near", "here", encoder, options);
  ASSERT_TRUE(far.ok() && same.ok()) << far.status() << same.status();
  EXPECT_NEAR(*far->hu_wasserstein, 300, 10);
  EXPECT_NEAR(*same->hu_wasserstein, 0, 1e-9);
  EXPECT_NEAR(*far->frechet, 9, 1e-3);
  EXPECT_NEAR(*same->frechet, 0, 1e-6);
  EXPECT_EQ(far->spacing_mm, (std::vector<double>{1, 1, 1}));
  EXPECT_EQ(MeasureShift("gone", "here", encoder, options).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace asap
