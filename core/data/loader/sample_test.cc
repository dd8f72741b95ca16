#include "core/data/loader/sample.h"

#include <ATen/ops/all.h>
#include <ATen/ops/equal.h>

#include <memory>

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
  SampleOptions options{.patches = 4, .seed = 3};
  options.augment.roi = {6, 5, 4};
  options.augment.flip_probability = 0.5;
  options.text = std::make_shared<ReportEncoder>(std::make_shared<WordTokenizer>(), ReportEncoderOptions{.max_length = 24});
  return options;
}

int64_t CountOf(const at::Tensor& ids, int64_t id) { return ids.eq(id).sum().item<int64_t>(); }

TEST(SampleReaderTest, TextFollowsTheMirrorImage) {
  FakeDataset dataset(1, {6, 5, 4});
  SampleOptions options = Options();
  const SampleReader aware(&dataset, options);
  options.mirror_masks = false;  // so that the mask tells whether the image was mirrored
  const SampleReader compat(&dataset, options);
  Batch batch = aware.Allocate(1), shown = compat.Allocate(1);
  int mirrored = 0;
  for (int64_t epoch = 0; epoch < 20; ++epoch) {
    ASSERT_TRUE(aware.Fill(0, epoch, 0, 0, batch).ok());
    ASSERT_TRUE(compat.Fill(0, epoch, 0, 0, shown).ok());
    const bool flipped = shown.masks[0][0][0][0][0].item<int>() == 2;
    mirrored += flipped;
    EXPECT_EQ(CountOf(batch.findings_ids, WordTokenizer::kLeft), flipped ? 0 : 1);
    EXPECT_EQ(CountOf(batch.findings_ids, WordTokenizer::kRight), flipped ? 1 : 0);
    EXPECT_EQ(CountOf(batch.report_ids, WordTokenizer::kRight), flipped ? 1 : 0);
  }
  EXPECT_GT(mirrored, 2);
  EXPECT_LT(mirrored, 18);
}

TEST(SampleReaderTest, TokensAreThoseOfTheEncoder) {
  FakeDataset dataset(2);
  const SampleOptions options = Options();
  const SampleReader reader(&dataset, options);
  Batch batch = reader.Allocate(2);
  EXPECT_EQ(batch.mask_token, 4);
  ASSERT_TRUE(reader.Fill(1, 0, 0, 0, batch).ok());
  ASSERT_TRUE(reader.Fill(0, 0, 0, 1, batch).ok());
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
  EXPECT_EQ(reader.Bytes(2), bytes);
}

TEST(SampleReaderTest, MaskingIsDrawnAnewEachEpochAndAttempt) {
  FakeDataset dataset(1);
  const SampleReader reader(&dataset, Options());
  Batch first = reader.Allocate(1), other = reader.Allocate(1);
  ASSERT_TRUE(reader.Fill(0, 0, 0, 0, first).ok());
  const auto differs = [&](int64_t epoch, int64_t attempt) {
    EXPECT_TRUE(reader.Fill(0, epoch, attempt, 0, other).ok());
    return !at::equal(first.patch_noise, other.patch_noise);
  };
  EXPECT_FALSE(differs(0, 0));
  EXPECT_TRUE(at::equal(first.report_masked_ids, other.report_masked_ids));
  EXPECT_TRUE(differs(1, 0));
  EXPECT_TRUE(differs(0, 1));
}

}  // namespace
}  // namespace asap
