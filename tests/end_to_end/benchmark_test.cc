// tools:benchmark as a user runs it, on a small phantom with a small encoder.
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/encoder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "modules/vit3d/vit_encoder.h"
#include "tests/end_to_end/program.h"

namespace asap {
namespace {

using testing::HasSubstr;

constexpr char kTool[] = "asap/tools/benchmark/benchmark";

class BenchmarkTest : public testing::Test {
 protected:
  BenchmarkTest() {
    folder_ = absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    EXPECT_TRUE(MakeWritableFolder(folder_).ok());
    const EncoderOptions small{.seed = 1,
                               .parameters = {{"volume", "32x32x16"},
                                              {"patch", "8x8x8"},
                                              {"width", "24"},
                                              {"depth", "1"},
                                              {"heads", "2"},
                                              {"spacing_mm", "10.5x10.5x21"}}};
    auto encoder = LoadEncoder("asap", small);
    EXPECT_TRUE(encoder.ok()) << encoder.status();
    auto& vit = static_cast<VitEncoder&>(**encoder);
    EXPECT_TRUE(WriteVitEncoder(folder_ + "/encoder.safetensors", vit.model(), vit.spec()).ok());
  }

  std::vector<std::string> Flags(const std::vector<std::string>& more) {
    std::vector<std::string> flags = {"--encoder=" + folder_ + "/encoder.safetensors,random",
                                      "--output_dir=" + folder_ + "/out",
                                      "--phantom_cases=120",
                                      "--phantom_size=32x32x32",
                                      "--seeds=0",
                                      "--resamples=200",
                                      "--threads=1"};
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }
  nlohmann::json Results() { return nlohmann::json::parse(*ReadFile(folder_ + "/out/results.json")); }

  std::string folder_;
};

TEST_F(BenchmarkTest, LeavesItsReportAndGoesOnWhereItWas) {
  const ProgramResult first = RunProgram(kTool, Flags({"--tasks=*/stoic"}));
  ASSERT_EQ(first.exit_code, 0) << first.errors;
  EXPECT_THAT(first.output, HasSubstr("prognosis/stoic"));
  for (const char* file : {"index.html", "table.md", "junit.xml", "benchmark.flags"}) {
    EXPECT_TRUE(std::filesystem::exists(absl::StrCat(folder_, "/out/", file))) << file;
  }
  const nlohmann::json results = Results();
  EXPECT_EQ(results["runs"].size(), 2 * 2 * 3);  // encoders, tasks, fractions
  EXPECT_EQ(results["encoders"][1]["name"], "random");
  EXPECT_FALSE(results["comparisons"].empty());
  // Again: nothing is encoded or fitted, and the numbers are the same.
  const ProgramResult again = RunProgram(kTool, Flags({"--tasks=*/stoic"}));
  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_THAT(again.errors, HasSubstr("12 runs, 12 of them made earlier"));
  EXPECT_EQ(Results()["scores"], results["scores"]);
}

TEST_F(BenchmarkTest, AKilledBenchmarkEndsTheSame) {
  const auto tasks = Flags({"--tasks=classification/stoic"});
  for (int kill = 0; kill < 4; ++kill) {
    // Later each time: while the phantom is written, cases are encoded, heads are trained.
    int looked = 0;
    RunProgram(kTool, tasks, {.kill_when = [&] { return ++looked > 10 + 25 * kill; }});
  }
  ASSERT_EQ(RunProgram(kTool, tasks).exit_code, 0);
  const nlohmann::json scores = Results()["scores"];
  std::filesystem::remove_all(folder_ + "/out");
  ASSERT_EQ(RunProgram(kTool, tasks).exit_code, 0);
  EXPECT_EQ(Results()["scores"], scores);
}

TEST_F(BenchmarkTest, PaperProtocolEncodesAnewUnlessToldHowManyCopies) {
  const ProgramResult reused = RunProgram(
      kTool, Flags({"--tasks=classification/stoic", "--protocol=paper", "--task_options=frozen.views=2", "--fractions=1"}));
  ASSERT_EQ(reused.exit_code, 0) << reused.errors;
  EXPECT_EQ(Results()["protocol"], "paper");
  EXPECT_THAT(Results()["warnings"].dump(), HasSubstr("training copies were reused (2 of each case)"));
}

TEST_F(BenchmarkTest, OtherFilesOrLabelsAreMeasuredAgain) {
  ASSERT_EQ(RunProgram(kTool, Flags({"--tasks=classification/stoic", "--fractions=100"})).exit_code, 0);
  const std::string data = folder_ + "/data";
  std::filesystem::rename(folder_ + "/out/phantom/stoic", data);
  const auto of_files = Flags({"--tasks=classification/stoic", "--fractions=100", "--data=files", "--data_root=stoic=" + data});
  const auto reused = [&] {
    const ProgramResult result = RunProgram(kTool, of_files);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result.errors.substr(result.errors.find("runs, "), 7);
  };
  EXPECT_EQ(reused(), "runs, 0") << "another root";
  EXPECT_EQ(reused(), "runs, 2");
  std::filesystem::path scan;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    if (entry.path().extension() == ".raw" || entry.path().extension() == ".mha") scan = entry.path();
  }
  std::filesystem::last_write_time(scan, std::filesystem::file_time_type::clock::now());
  EXPECT_EQ(reused(), "runs, 0") << "a scan that was written again: " << scan;
  EXPECT_EQ(reused(), "runs, 2");
  std::filesystem::path table;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
    if (entry.path().extension() == ".csv") table = entry.path();
  }
  std::string labels = *ReadFile(table.string());
  const size_t first_row = labels.find('\n') + 1, label = labels.find(',', first_row) + 1;
  labels[label] = labels[label] == '0' ? '1' : '0';
  ASSERT_TRUE(WriteFileAtomically(table.string(), labels).ok());
  EXPECT_EQ(reused(), "runs, 0") << "a label: " << table;
}

TEST_F(BenchmarkTest, TaskOptionsAreListedAndChecked) {
  EXPECT_THAT(RunProgram(kTool, {"--help_tasks"}).output, HasSubstr("- option `frozen.views=0` (a number from 0 to 1000)"));
  const ProgramResult wrong = RunProgram(kTool, Flags({"--task_options=frozen.view=2"}));
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("did you mean \"frozen.views\"?"));
}

TEST_F(BenchmarkTest, AWrongCallIsNamed) {
  EXPECT_EQ(RunProgram(kTool, Flags({"--tasks=classification/stoik"})).exit_code, 2);
  const ProgramResult missing = RunProgram(kTool, Flags({"--data=files", "--data_root=/nowhere"}));
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.errors, HasSubstr("--data_root=/nowhere"));
  EXPECT_THAT(RunProgram(kTool, Flags({"--fractions=7"})).errors, HasSubstr("no task of the chosen ones has it"));
}

TEST_F(BenchmarkTest, ADatasetOfTheWrongLayoutIsNamedAndTheOthersGoOn) {
  ASSERT_EQ(RunProgram(kTool, Flags({"--tasks=classification/luna16", "--fractions=100"})).exit_code, 0);
  const std::string phantom = folder_ + "/out/phantom";
  ASSERT_TRUE(MakeWritableFolder(folder_ + "/data").ok());
  std::filesystem::create_symlink(phantom + "/luna16", folder_ + "/data/luna16");
  std::filesystem::create_symlink(phantom + "/luna16", folder_ + "/data/stoic");
  const ProgramResult result = RunProgram(kTool, Flags({"--tasks=classification/luna16,classification/stoic", "--fractions=100",
                                                        "--data=files", "--data_root=" + folder_ + "/data"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("classification/stoic"));
  EXPECT_EQ(Results()["runs"].size(), 2);
  EXPECT_EQ(Results()["failures"].size(), 2);
}

}  // namespace
}  // namespace asap
