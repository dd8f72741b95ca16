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
    auto dataset = OpenDataset("phantom", {.parameters = {{"cases", "40"}, {"size", "16x16x16"}}});
    ASSERT_TRUE(dataset.ok()) << dataset.status();
    dataset_ = *std::move(dataset);
  }
  absl::StatusOr<TextSource> Choose(const std::string& encoder, const std::string& tokenizer) {
    return ChooseText(encoder, tokenizer, 200, *dataset_, folder_);
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
