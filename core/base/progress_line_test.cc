#include "core/base/progress_line.h"

#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A file in memory and a clock that is set.
class ProgressLineTest : public testing::Test {
 protected:
  ProgressLineTest() : out_(open_memstream(&text_, &size_)) {}
  ~ProgressLineTest() override {
    std::fclose(out_);
    std::free(text_);
  }

  ProgressOptions Options(bool terminal) {
    return {.out = out_, .terminal = terminal, .every_seconds = 5, .seconds = [this] { return now_; }};
  }
  std::string Written() {
    std::fflush(out_);
    return std::string(text_, size_);
  }

  double now_ = 1000;

 private:
  char* text_ = nullptr;
  size_t size_ = 0;
  std::FILE* out_;
};

TEST(ShortDurationTest, Units) {
  EXPECT_EQ(ShortDuration(0.4), "0s");
  EXPECT_EQ(ShortDuration(59.4), "59s");
  EXPECT_EQ(ShortDuration(59.6), "1m00s");
  EXPECT_EQ(ShortDuration(3725), "1h02m");
  EXPECT_EQ(ShortDuration(100 * 3600), "100h00m");
  EXPECT_EQ(ShortDuration(-1), "?");
}

TEST_F(ProgressLineTest, AFileHasALineEveryFewSecondsAndTheLastText) {
  ProgressLine line(Options(/*terminal=*/false));
  for (int i = 0; i < 12; ++i, now_ += 1) line.Show(absl::StrCat("at ", i));
  EXPECT_EQ(Written(), "at 5\nat 10\n");
  line.Finish();
  line.Finish();
  EXPECT_EQ(Written(), "at 5\nat 10\nat 11\n") << "the last text once";
}

TEST(QuietProgressLineTest, NothingIsShownWithoutAFile) {
  testing::internal::CaptureStderr();
  {
    ProgressLine line({.out = nullptr, .every_seconds = 0});
    line.Show("first");
    line.Show("second");
    line.Finish();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(ProgressLineTest, ATerminalIsRedrawnTenTimesASecondAtMost) {
  {
    ProgressLine line(Options(/*terminal=*/true));
    for (int i = 0; i < 100; ++i, now_ += 0.03125) line.Show(absl::StrCat("at ", i));
  }
  // Every fourth text, from the first on, and the last.
  std::string expected;
  for (int i = 0; i < 100; i += 4) absl::StrAppend(&expected, "\rat ", i, "\033[K");
  EXPECT_EQ(Written(), absl::StrCat(expected, "\rat 99\033[K\n"));
}

TEST_F(ProgressLineTest, ALongTextStaysOnOneLineOfTheTerminal) {
  ProgressLine line(Options(/*terminal=*/true));
  line.Show(std::string(500, 'x'));
  EXPECT_EQ(Written(), absl::StrCat("\r", std::string(119, 'x'), "\033[K"));
}

TEST_F(ProgressLineTest, ClearLeavesNothing) {
  {
    ProgressLine line(Options(/*terminal=*/true));
    line.Show("first");
    line.Show("second, too early");
    line.Clear();
    EXPECT_EQ(Written(), "\rfirst\033[K\r\033[K");
  }
  EXPECT_THAT(Written(), EndsWith("\r\033[K")) << "nothing comes after it";
}

TEST_F(ProgressLineTest, WhatIsLoggedStandsAboveTheLiveLine) {
  ProgressLine line(Options(/*terminal=*/true));
  line.Show("here");
  LogInfo("a message");
  EXPECT_EQ(Written(), "\rhere\033[K\r\033[K\rhere\033[K");
  line.Finish();
  const std::string before = Written();
  LogInfo("another");
  EXPECT_EQ(Written(), before) << "a finished line stays";
}

TEST_F(ProgressLineTest, ASecondLiveLineTakesThePlaceOfTheFirst) {
  ProgressLine first(Options(/*terminal=*/true)), second(Options(/*terminal=*/true));
  first.Show("first");
  second.Show("second");
  EXPECT_EQ(Written(), "\rfirst\033[K\r\033[K\rsecond\033[K");
  first.Finish();
  EXPECT_THAT(Written(), EndsWith("\rsecond\033[K")) << "it is no longer there";
}

TEST_F(ProgressLineTest, ThePaceIsThatOfThisRun) {
  const ProgressLine line(Options(/*terminal=*/false));
  EXPECT_LT(line.PaceOf(0, 50).seconds_left, 0) << "nothing was done";
  now_ += 10;
  EXPECT_LT(line.PaceOf(0, 50).seconds_left, 0);
  EXPECT_EQ(line.PaceOf(0, 50).per_second, 0);
  // 20 in 10 s, and 50 to go; what an earlier run did is in neither.
  EXPECT_DOUBLE_EQ(line.PaceOf(20, 50).per_second, 2);
  EXPECT_DOUBLE_EQ(line.PaceOf(20, 50).seconds_left, 25);
  EXPECT_DOUBLE_EQ(line.PaceOf(20, 0).seconds_left, 0);
}

TEST_F(ProgressLineTest, ManyThreadsWriteWholeLines) {
  ProgressOptions options = Options(/*terminal=*/false);
  options.every_seconds = 0;
  {
    ProgressLine line(options);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&line, thread] {
        for (int i = 0; i < 200; ++i) line.Show(std::string(20, static_cast<char>('a' + thread)));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  const std::vector<std::string> lines = absl::StrSplit(Written(), '\n', absl::SkipEmpty());
  EXPECT_EQ(lines.size(), 800);
  for (const std::string& line : lines) EXPECT_EQ(line, std::string(20, line[0]));
}

}  // namespace
}  // namespace asap
