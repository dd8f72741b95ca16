#include "tools/pretrain/text_source.h"

#include <filesystem>

#include "core/base/file.h"
#include "datasets/phantom/phantom.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::HasSubstr;

class TextSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::TempDir() + "/" + testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(folder_);
    OpenCases("40");
  }
  absl::StatusOr<TextSource> Choose(const std::string& encoder, const std::string& tokenizer, bool going_on = false,
                                    bool trial = false) {
    return ChooseText(encoder, tokenizer, 200, *dataset_, {.folder = folder_, .going_on = going_on, .trial = trial});
  }
  void OpenCases(const char* count) {
    auto dataset = OpenDataset("phantom", {.parameters = {{"cases", count}, {"size", "16x16x16"}}});
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    dataset_ = *std::move(dataset);
  }

  std::string folder_;
  std::unique_ptr<Dataset> dataset_;
};

TEST_F(TextSourceTest, LearnsAVocabularyOnceAndReadsItAfterwards) {
  const auto first = Choose("learned", "");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->encoder_weights, "");
  EXPECT_EQ(first->tokenizer->kind(), "sentencepiece");
  const auto written = std::filesystem::last_write_time(first->tokenizer_path);
  const auto second = Choose("learned", "learn");
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(std::filesystem::last_write_time(second->tokenizer_path), written);
  EXPECT_EQ(second->tokenizer->fingerprint(), first->tokenizer->fingerprint());
}

TEST_F(TextSourceTest, AVocabularyOfOtherReportsIsSetAside) {
  const auto first = Choose("learned", "");
  ASSERT_TRUE(first.ok()) << first.status();
  OpenCases("30");
  const auto second = Choose("learned", "");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_NE(second->tokenizer->fingerprint(), first->tokenizer->fingerprint());
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/earlier-1-tokenizer.model"));
  // Another size is another vocabulary.
  const auto smaller = ChooseText("learned", "", 150, *dataset_, {.folder = folder_});
  ASSERT_TRUE(smaller.ok()) << smaller.status();
  EXPECT_LE(smaller->tokenizer->vocabulary_size(), 150);
  // One of which nothing says where it is from is learnt anew as well.
  std::filesystem::remove(folder_ + "/tokenizer.reports");
  const auto anew = Choose("learned", "");
  ASSERT_TRUE(anew.ok()) << anew.status();
  EXPECT_EQ(anew->tokenizer->fingerprint(), second->tokenizer->fingerprint());
}

TEST_F(TextSourceTest, ARunThatGoesOnKeepsItsVocabulary) {
  const auto first = Choose("learned", "");
  ASSERT_TRUE(first.ok()) << first.status();
  OpenCases("30");
  const auto kept = Choose("learned", "", /*going_on=*/true);
  ASSERT_TRUE(kept.ok()) << kept.status();
  EXPECT_EQ(kept->tokenizer->fingerprint(), first->tokenizer->fingerprint());
}

TEST_F(TextSourceTest, ATrialLeavesNothing) {
  const auto trial = Choose("learned", "", /*going_on=*/false, /*trial=*/true);
  ASSERT_TRUE(trial.ok()) << trial.status();
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
  EXPECT_FALSE(std::filesystem::exists(trial->tokenizer_path));
  const auto first = Choose("learned", "");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->tokenizer->fingerprint(), trial->tokenizer->fingerprint());
  // Nor does it change what an earlier run left.
  const std::string model = *ReadFile(folder_ + "/tokenizer.model");
  OpenCases("30");
  const auto other = Choose("learned", "", /*going_on=*/false, /*trial=*/true);
  ASSERT_TRUE(other.ok());
  EXPECT_NE(other->tokenizer->fingerprint(), first->tokenizer->fingerprint());
  EXPECT_EQ(*ReadFile(folder_ + "/tokenizer.model"), model);
}

TEST_F(TextSourceTest, MiniLmBringsItsTokenizer) {
  const auto source = Choose("minilm", "");
  ASSERT_TRUE(source.ok()) << source.status();
  EXPECT_EQ(source->tokenizer->vocabulary_size(), 30522);
  EXPECT_THAT(source->encoder_weights, HasSubstr("model.safetensors"));
  EXPECT_THAT(std::string(Choose("minilm", "learn").status().message()), HasSubstr("a vocabulary of its own"));
}

TEST_F(TextSourceTest, WrongPathsAreExplained) {
  EXPECT_THAT(std::string(Choose("/no/such", "").status().message()), HasSubstr("none of learned and minilm"));
  EXPECT_THAT(std::string(Choose(folder_, "").status().message()), HasSubstr("none of model.safetensors"));
  ASSERT_TRUE(WriteFileAtomically(folder_ + "/model.safetensors", "x").ok());
  EXPECT_THAT(std::string(Choose(folder_, "").status().message()), HasSubstr("--tokenizer=FILE"));
}

}  // namespace
}  // namespace asap
