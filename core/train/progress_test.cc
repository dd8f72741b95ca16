#include "core/train/progress.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
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

TEST(StepLineTest, HasEveryNumber) {
  EXPECT_EQ(StepLine(Record(20), 100, 102),
            "step  20/100 [######------------------------]  20%  eta 1m42s  loss 9.25 = image 1.25 + report 8  lr 1.50e-04  "
            "12.5 samples/s  wait 3%  mem 1.5G");
  StepRecord skipped = Record(100);
  skipped.skipped = 2;
  const std::string line = StepLine(skipped, 100, 0);
  EXPECT_TRUE(absl::StrContains(line, "[##############################] 100%  eta 0s")) << line;
  EXPECT_TRUE(absl::EndsWith(line, "skipped 2")) << line;
  EXPECT_TRUE(absl::StrContains(StepLine(Record(1), 100, -1), "eta ?"));
}

TEST(StepLineTest, DoesNotRoundUpToDone) { EXPECT_TRUE(absl::StrContains(StepLine(Record(9999), 10000, 0), " 99%")); }

// A run that goes on at step 100 of 200, at two seconds a step and a speed that jumps.
TEST(ProgressTest, TheTimeLeftIsByThisRunsSteps) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  double now = 0;
  {
    Progress progress({.out = out, .terminal = false, .every_seconds = 20, .seconds = [&] { return now; }}, 100, 200);
    for (int64_t step = 101; step <= 112; ++step) {
      now += 2;
      StepRecord record = Record(step);
      record.samples_per_second = step == 110 ? 22.5 : 12.5;
      progress.Update(record);
    }
    progress.Finish();
  }
  std::fclose(out);
  const std::string written(text, size);
  std::free(text);
  EXPECT_EQ(std::count(written.begin(), written.end(), '\n'), 2) << written;
  EXPECT_TRUE(absl::StartsWith(written, "step 110/200 ")) << written;
  EXPECT_TRUE(absl::StrContains(written, " 55%  eta 3m00s ")) << written;
  EXPECT_TRUE(absl::StrContains(written, "  13.5 samples/s")) << "a tenth of the jump: " << written;
  EXPECT_TRUE(absl::StrContains(written, "\nstep 112/200 ")) << written;
  EXPECT_TRUE(absl::StrContains(written, " 56%  eta 2m56s ")) << written;
}

}  // namespace
}  // namespace asap
