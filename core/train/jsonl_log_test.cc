#include "core/train/jsonl_log.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

StepRecord Record(int64_t step) {
  return {.step = step,
          .epoch = step / 7.0,
          .learning_rate = 1.5e-4 / 3,
          .loss = 0.1 + 0.2,
          .terms = {{"image", 1.0 / 3}, {"sparsity", 2.0 / 3}},
          .gradient_norm = std::sqrt(2.0),
          .skipped = 1,
          .samples_per_second = 12.5,
          .wait_share = 0.25,
          .peak_memory = int64_t{5} << 30,
          .peak_device_memory = int64_t{7} << 30,
          .seconds = 3.25};
}

std::string Path(const char* name) {
  const std::string path = std::string(testing::TempDir()) + "/" + name;
  remove(path.c_str());
  return path;
}

TEST(JsonlLogTest, ReadsBackToTheSameBits) {
  const std::string path = Path("bits.jsonl");
  auto log = JsonlLog::Open(path, 0);
  ASSERT_TRUE(log.ok()) << log.status();
  StepRecord nan = Record(2);
  nan.loss = std::numeric_limits<double>::quiet_NaN();
  ASSERT_TRUE((*log)->Append(Record(1)).ok());
  ASSERT_TRUE((*log)->Append(nan).ok());
  ASSERT_TRUE((*log)->Sync().ok());
  const std::string contents = *ReadFile(path);
  EXPECT_EQ(contents.find("{\"step\":1,\"epoch\":"), 0) << contents;
  EXPECT_NE(contents.find("\"loss/image\":0.333"), std::string::npos);
  EXPECT_NE(contents.find("\"loss\":null"), std::string::npos) << "JSON has no NaN";
  const std::vector<StepRecord> records = *ReadJsonlLog(path);
  ASSERT_EQ(records.size(), 2);
  const StepRecord expected = Record(1);
  EXPECT_EQ(records[0].epoch, expected.epoch);
  EXPECT_EQ(records[0].learning_rate, expected.learning_rate);
  EXPECT_EQ(records[0].loss, expected.loss);
  EXPECT_EQ(records[0].terms, expected.terms);
  EXPECT_EQ(records[0].gradient_norm, expected.gradient_norm);
  EXPECT_EQ(records[0].skipped, 1);
  EXPECT_EQ(records[0].peak_memory, expected.peak_memory);
  EXPECT_EQ(records[0].peak_device_memory, expected.peak_device_memory);
  EXPECT_EQ(records[0].seconds, expected.seconds);
  EXPECT_TRUE(std::isnan(records[1].loss));
}

TEST(JsonlLogTest, ResumeDropsLaterAndTornLines) {
  const std::string path = Path("resume.jsonl");
  {
    auto log = *JsonlLog::Open(path, 0);
    for (int64_t step = 1; step <= 5; ++step) ASSERT_TRUE(log->Append(Record(step)).ok());
  }
  const std::string whole = *ReadFile(path);
  ASSERT_TRUE(WriteFileAtomically(path, whole + "{\"step\":6,\"epo").ok());
  {
    auto log = *JsonlLog::Open(path, 3);
    ASSERT_TRUE(log->Append(Record(4)).ok());
  }
  const std::vector<std::string> before = absl::StrSplit(whole, '\n'), after = absl::StrSplit(*ReadFile(path), '\n');
  EXPECT_EQ(after, std::vector<std::string>({before[0], before[1], before[2], before[3], ""}));
}

TEST(JsonlLogTest, ErrorNamesThePath) {
  const absl::Status status = JsonlLog::Open("/nowhere/log.jsonl", 0).status();
  EXPECT_NE(status.message().find("/nowhere/log.jsonl"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace asap
