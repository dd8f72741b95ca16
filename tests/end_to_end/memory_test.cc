// Memory does not grow with the steps of a run.
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "gtest/gtest.h"
#include "tests/end_to_end/program.h"

namespace asap {
namespace {

TEST(Memory, IsFlatOverTwoThousandSteps) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/long");
  const ProgramResult run = RunProgram("asap/tools/pretrain/pretrain", {"--data_options=cases=40",
                                                                        "--volume=16x16x16",
                                                                        "--patch=8x8x8",
                                                                        "--width=12",
                                                                        "--depth=1",
                                                                        "--heads=1",
                                                                        "--decoder_width=12",
                                                                        "--decoder_heads=1",
                                                                        "--text_width=8",
                                                                        "--text_depth=1",
                                                                        "--text_heads=1",
                                                                        "--text_length=48",
                                                                        "--vocabulary=150",
                                                                        "--report_depth=1",
                                                                        "--report_heads=1",
                                                                        "--report_hidden=16",
                                                                        "--steps=2000",
                                                                        "--batch_size=2",
                                                                        "--log_every=100",
                                                                        "--checkpoint_every=500",
                                                                        "--compute_threads=1",
                                                                        absl::StrCat("--output_dir=", folder)});
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  std::map<int64_t, int64_t> peak;  // bytes by step
  const absl::StatusOr<std::string> log = ReadFile(folder + "/log.jsonl");
  ASSERT_TRUE(log.ok()) << log.status();
  for (const absl::string_view line : absl::StrSplit(*log, '\n', absl::SkipEmpty())) {
    const nlohmann::json record = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
    peak[record.value("step", int64_t{-1})] = record.value("peak_memory", int64_t{-1});
  }
  ASSERT_EQ(peak.count(600), 1u);
  ASSERT_EQ(peak.count(2000), 1u);
  // The first checkpoint, at step 500, is the last thing that takes room of its own. 1400 steps later: less than 3 KB a step.
  EXPECT_LT(peak[2000] - peak[600], int64_t{4} << 20) << peak[600] << " bytes at step 600, " << peak[2000] << " at step 2000";
}

}  // namespace
}  // namespace asap
