#include "modules/pretraining/sample.h"

#include <ATen/ops/all.h>
#include <ATen/ops/equal.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "core/testing/dataset/fake_dataset.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

// A vocabulary of what the fake dataset's reports say.
class WordTokenizer : public Tokenizer {
 public:
  std::vector<int64_t> Encode(absl::string_view text) const override {
    std::vector<int64_t> ids;
    std::string spaced;
    for (const char c : text) spaced += c == '.' ? std::string(" .") : std::string(1, absl::ascii_tolower(c));
    for (const absl::string_view word : absl::StrSplit(spaced, ' ', absl::SkipEmpty())) {
      const auto found = std::find(pieces_.begin(), pieces_.end(), word);
      ids.push_back(found == pieces_.end() ? special_.unk : found - pieces_.begin());
    }
    return ids;
  }
  std::string Decode(absl::Span<const int64_t> ids) const override { return ""; }
  std::string Piece(int64_t id) const override { return pieces_[id]; }
  int64_t vocabulary_size() const override { return static_cast<int64_t>(pieces_.size()); }
  const SpecialIds& special() const override { return special_; }
  int64_t period() const override { return 5; }
  bool IsDigit(int64_t id) const override { return false; }
  std::string kind() const override { return "words"; }
  std::string fingerprint() const override { return "words:1"; }

  static constexpr int64_t kLeft = 6, kRight = 7;

 private:
  std::vector<std::string> pieces_ = {"[pad]", "[unk]",  "[cls]", "[sep]",  "[mask]",    ".",          "left",
                                      "right", "nodule", "heart", "normal", "findings:", "impression:"};
  SpecialIds special_ = {.pad = 0, .unk = 1, .cls = 2, .sep = 3, .mask = 4};
};

SampleOptions Options() {
  SampleOptions options{.patches = 4};
  options.augment.roi = {6, 5, 4};
  options.augment.flip_probability = 0.5;
  options.text = std::make_shared<ReportEncoder>(std::make_shared<WordTokenizer>(), ReportEncoderOptions{.max_length = 24});
  return options;
}

std::unique_ptr<SampleReader> Open(const Dataset& dataset, const SampleOptions& options) {
  auto reader = SampleReader::Open(&dataset, options);
  EXPECT_TRUE(reader.ok()) << reader.status();
  return *std::move(reader);
}

std::unique_ptr<Batch> Allocate(const SampleReader& reader, int64_t rows) {
  return std::unique_ptr<Batch>(dynamic_cast<Batch*>(reader.Allocate(rows, /*pinned=*/false).release()));
}

RowDraw Draw(int64_t index, int64_t epoch = 0, int64_t attempt = 0) {
  return {.seed = 3, .epoch = epoch, .index = index, .attempt = attempt};
}

// All cases of the dataset, in order.
Batch All(const Dataset& dataset, const SampleOptions& options) {
  const auto reader = Open(dataset, options);
  const auto batch = Allocate(*reader, dataset.size());
  for (int64_t i = 0; i < dataset.size(); ++i) {
    const absl::Status filled = reader->Fill(Draw(i), i, *batch);
    EXPECT_TRUE(filled.ok()) << filled;
  }
  reader->Finish(*batch);
  return *batch;
}

int64_t CountOf(const at::Tensor& ids, int64_t id) { return ids.eq(id).sum().item<int64_t>(); }

TEST(SampleReaderTest, TextFollowsTheMirrorImage) {
  FakeDataset dataset(1, {6, 5, 4});
  SampleOptions options = Options();
  const auto aware = Open(dataset, options);
  options.mirror_masks = false;  // so that the mask tells whether the image was mirrored
  const auto compat = Open(dataset, options);
  const auto batch = Allocate(*aware, 1), shown = Allocate(*compat, 1);
  int mirrored = 0;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    ASSERT_TRUE(aware->Fill(Draw(0, epoch), 0, *batch).ok());
    ASSERT_TRUE(compat->Fill(Draw(0, epoch), 0, *shown).ok());
    const bool flipped = shown->masks[0][0][0][0][0].item<int>() == 2;
    mirrored += flipped;
    EXPECT_EQ(CountOf(batch->findings_ids, WordTokenizer::kLeft), flipped ? 0 : 1);
    EXPECT_EQ(CountOf(batch->findings_ids, WordTokenizer::kRight), flipped ? 1 : 0);
    EXPECT_EQ(CountOf(batch->report_ids, WordTokenizer::kRight), flipped ? 1 : 0);
  }
  EXPECT_GT(mirrored, 2);
  EXPECT_LT(mirrored, 18);
}

TEST(SampleReaderTest, MaskClassesFollowTheMirrorImage) {
  FakeDataset dataset(40, {6, 5, 4});
  SampleOptions options = Options();
  const Batch aware = All(dataset, options);
  options.mirror_masks = false;
  const Batch compat = All(dataset, options);
  int mirrored = 0;
  for (int64_t row = 0; row < 40; ++row) {
    // The volume is the roi, so each half is a lung: the id at the first voxel tells whether the image was mirrored.
    const bool flipped = compat.masks[row][0][0][0][0].item<int>() == 2;
    mirrored += flipped;
    EXPECT_EQ(aware.masks[row][0][0][0][0].item<int>(), 1) << "the lung on the patient's right is the right lung in either image";
    EXPECT_EQ(aware.masks[row][0][5][4][3].item<int>(), 2);
    EXPECT_TRUE(at::equal(aware.volumes[row], compat.volumes[row]));
  }
  EXPECT_GT(mirrored, 8);
  EXPECT_LT(mirrored, 32);
}

TEST(SampleReaderTest, BatchHoldsWhatItSays) {
  FakeDataset dataset(6);
  dataset.without_mask = {0, 1, 2};
  SampleOptions options = Options();
  options.augment.shift_probability = 0.5;
  options.text = nullptr;
  const Batch batch = All(dataset, options);
  EXPECT_EQ(batch.size(), 6);
  EXPECT_EQ(batch.volumes.sizes(), at::IntArrayRef({6, 1, 6, 5, 4}));
  EXPECT_EQ(batch.volumes.scalar_type(), at::kFloat);
  EXPECT_LE(batch.volumes.abs().max().item<float>(), 1.1f);
  EXPECT_EQ(batch.masks.sizes(), at::IntArrayRef({6, 1, 6, 5, 4}));
  EXPECT_EQ(batch.masks.scalar_type(), at::kByte);
  EXPECT_EQ(batch.patch_noise.sizes(), at::IntArrayRef({6, 4}));
  EXPECT_GE(batch.patch_noise.min().item<float>(), 0);
  EXPECT_LT(batch.patch_noise.max().item<float>(), 1);
  EXPECT_FALSE(batch.findings_ids.defined());
  for (int64_t row = 0; row < 6; ++row) {
    EXPECT_EQ(batch.has_mask[row].item<bool>(), row >= 3);
    EXPECT_EQ(batch.masks[row].max().item<int>() > 0, row >= 3);
  }
  int64_t bytes = 0;
  for (const at::Tensor& tensor : {batch.volumes, batch.masks, batch.has_mask, batch.patch_noise}) bytes += tensor.nbytes();
  EXPECT_EQ(Open(dataset, options)->Bytes(6), bytes);
}

TEST(SampleReaderTest, TokensAreThoseOfTheEncoder) {
  FakeDataset dataset(2);
  const auto reader = Open(dataset, Options());
  const auto made = Allocate(*reader, 2);
  Batch& batch = *made;
  EXPECT_EQ(batch.mask_token, 4);
  ASSERT_TRUE(reader->Fill(Draw(1), 0, batch).ok());
  ASSERT_TRUE(reader->Fill(Draw(0), 1, batch).ok());
  EXPECT_EQ(batch.case_ids, (std::vector<std::string>{"case-1", "case-0"}));
  for (const at::Tensor& tensor : {batch.findings_ids, batch.findings_attention, batch.findings_sentence, batch.report_ids,
                                   batch.report_attention, batch.report_masked_ids}) {
    EXPECT_EQ(tensor.sizes(), at::IntArrayRef({2, 24}));
    EXPECT_EQ(tensor.scalar_type(), at::kLong);
    EXPECT_TRUE(tensor.is_contiguous());
  }
  EXPECT_EQ(batch.findings_sentence.max().item<int64_t>(), 2) << "two sentences of findings";
  EXPECT_GT(batch.report_attention.sum().item<int64_t>(), batch.findings_attention.sum().item<int64_t>());
  const at::Tensor changed = batch.report_masked_ids.ne(batch.report_ids);
  EXPECT_TRUE(at::all(batch.report_masked_ids.masked_select(changed).eq(4)).item<bool>());
  EXPECT_GT(changed.sum().item<int64_t>(), 0);
  const int64_t bytes = batch.volumes.nbytes() + batch.masks.nbytes() + batch.has_mask.nbytes() + batch.patch_noise.nbytes() +
                        6 * batch.report_ids.nbytes();
  EXPECT_EQ(reader->Bytes(2), bytes);
  EXPECT_FALSE(batch.facts.has_value());
  reader->Finish(batch);
  ASSERT_TRUE(batch.facts.has_value());
  EXPECT_EQ(batch.facts->sentences, 2);
}

TEST(SampleReaderTest, MaskingIsDrawnAnewEachEpochAndAttempt) {
  FakeDataset dataset(1);
  const auto reader = Open(dataset, Options());
  const auto first = Allocate(*reader, 1), other = Allocate(*reader, 1);
  ASSERT_TRUE(reader->Fill(Draw(0), 0, *first).ok());
  const auto differs = [&](int64_t epoch, int64_t attempt) {
    EXPECT_TRUE(reader->Fill(Draw(0, epoch, attempt), 0, *other).ok());
    return !at::equal(first->patch_noise, other->patch_noise);
  };
  EXPECT_FALSE(differs(0, 0));
  EXPECT_TRUE(at::equal(first->report_masked_ids, other->report_masked_ids));
  EXPECT_TRUE(differs(1, 0));
  EXPECT_TRUE(differs(0, 1));
}

TEST(SampleReaderTest, ErrorsNameCaseFileAndCause) {
  FakeDataset dataset(2);
  dataset.unreadable = {0};
  dataset.wrong_mask = {1};
  const auto reader = Open(dataset, Options());
  const auto batch = Allocate(*reader, 1);
  EXPECT_EQ(reader->Fill(Draw(0), 0, *batch).message(), "case case-0: /data/0.nii.gz: unexpected end of file at byte 812");
  EXPECT_EQ(reader->Fill(Draw(1), 0, *batch).message(),
            "case case-1: the mask has 10x9x9 voxels, the volume 10x9x8: resample the mask to the volume's grid");
}

TEST(SampleReaderTest, ConfigIsOfWhatDecidesTheRows) {
  FakeDataset dataset(2);
  const auto config = [&](const std::function<void(SampleOptions&)>& change) {
    SampleOptions options = Options();
    change(options);
    return Open(dataset, options)->Config();
  };
  const auto reference = config([](SampleOptions&) {});
  EXPECT_EQ(reference, config([](SampleOptions&) {}));
  EXPECT_NE(reference, config([](SampleOptions& options) { options.augment.flip_probability = 0.2; }));
  EXPECT_NE(reference, config([](SampleOptions& options) { options.mirror_masks = false; }));
  EXPECT_NE(reference, config([](SampleOptions& options) { options.text = nullptr; }));
}

TEST(SampleReaderTest, RefusesWhatMakesNoRow) {
  FakeDataset dataset(2);
  SampleOptions options = Options();
  options.augment.roi = {6, 0, 4};
  EXPECT_EQ(SampleReader::Open(&dataset, options).status().code(), absl::StatusCode::kInvalidArgument);
  dataset.mutable_card().mirrored_classes = {{1, 300}};
  EXPECT_EQ(SampleReader::Open(&dataset, Options()).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace asap
