#include "core/train/progress.h"

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

StepRecord Record(int64_t step) {
  return {.step = step,
          .learning_rate = 1.5e-4,
          .loss = 9.25,
          .terms = {{"image", 1.25}, {"report", 8}},
          .samples_per_second = 12.5,
          .wait_share = 0.034,
          .peak_memory = int64_t{3} << 29};
}

// What a run of `steps` writes.
std::string Written(const ProgressOptions& options, int steps) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  {
    ProgressOptions to_memory = options;
    to_memory.out = out;
    Progress progress(to_memory, 0, 10);
    for (int step = 1; step <= steps; ++step) progress.Update(Record(step));
    progress.Finish();
  }
  std::fclose(out);
  const std::string written(text, size);
  free(text);
  return written;
}

TEST(ProgressLineTest, HasEveryNumber) {
  EXPECT_EQ(ProgressLine(Record(20), 100, 102),
            "step  20/100 [######------------------------]  20%  eta 1m42s  loss 9.25 = image 1.25 + report 8  lr 1.50e-04  "
            "12.5 samples/s  wait 3%  mem 1.5G");
  StepRecord skipped = Record(100);
  skipped.skipped = 2;
  const std::string line = ProgressLine(skipped, 100, 0);
  EXPECT_TRUE(absl::StrContains(line, "[##############################] 100%  eta 0s")) << line;
  EXPECT_TRUE(absl::EndsWith(line, "skipped 2")) << line;
  EXPECT_TRUE(absl::StrContains(ProgressLine(Record(1), 100, -1), "eta ?"));
}

TEST(ProgressLineTest, DoesNotRoundUpToDone) { EXPECT_TRUE(absl::StrContains(ProgressLine(Record(9999), 10000, 0), " 99%")); }

TEST(ShortDurationTest, Units) {
  EXPECT_EQ(ShortDuration(0.4), "0s");
  EXPECT_EQ(ShortDuration(59.4), "59s");
  EXPECT_EQ(ShortDuration(59.6), "1m00s");
  EXPECT_EQ(ShortDuration(3725), "1h02m");
  EXPECT_EQ(ShortDuration(100 * 3600), "100h00m");
}

TEST(ProgressTest, PlainLinesAreRareAndTheLastIsShown) {
  const std::string text = Written({.terminal = false, .every_seconds = 3600}, 5);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_TRUE(absl::StartsWith(text, "step  5/10")) << text;
  const std::string every = Written({.terminal = false, .every_seconds = 0}, 5);
  EXPECT_EQ(std::count(every.begin(), every.end(), '\n'), 5);
  EXPECT_EQ(every.find('\r'), std::string::npos);
}

TEST(ProgressTest, TerminalHasOneLiveLine) {
  const std::string text = Written({.terminal = true}, 5);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_EQ(text.front(), '\r');
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace asap
