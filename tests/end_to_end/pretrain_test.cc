// tools:pretrain as a user runs it, at a size of seconds.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/end_to_end/program.h"
#include "tests/end_to_end/small_model.h"

namespace asap {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr char kPretrain[] = "asap/tools/pretrain/pretrain";

std::string Temporary(const std::string& name) { return absl::StrCat(testing::TempDir(), "/", name); }

std::vector<std::string> Small(const std::string& output_dir, const std::vector<std::string>& more = {}) {
  std::vector<std::string> flags =
      SmallModel({"--data_options=cases=40", "--text_length=96", "--vocabulary=200", "--steps=8", "--batch_size=4",
                  "--log_every=1", "--checkpoint_every=2", "--compute_threads=1", absl::StrCat("--output_dir=", output_dir)});
  flags.insert(flags.end(), more.begin(), more.end());
  return flags;
}

std::string Read(const std::string& path) {
  const absl::StatusOr<std::string> contents = ReadFile(path);
  EXPECT_TRUE(contents.ok()) << contents.status();
  return contents.value_or("");
}

// The log without what is measured rather than computed.
std::string ComputedLog(const std::string& output_dir) {
  std::string text;
  const std::vector<std::string> lines = absl::StrSplit(Read(output_dir + "/log.jsonl"), '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    nlohmann::json record = nlohmann::json::parse(line, nullptr, false);
    for (const char* measured : {"samples_per_second", "wait_share", "peak_memory", "seconds"}) record.erase(measured);
    absl::StrAppend(&text, record.dump(), "\n");
  }
  return text;
}

const std::string& Reference() {  // a whole run, shared by the tests
  static const std::string* folder = [] {
    auto* name = new std::string(Temporary("reference"));
    const ProgramResult run = RunProgram(kPretrain, Small(*name));
    EXPECT_EQ(run.exit_code, 0) << run.errors;
    EXPECT_THAT(run.output, HasSubstr("encoder.safetensors"));
    return name;
  }();
  return *folder;
}

TEST(Pretrain, LeavesWhatItPromisesAndLearns) {
  const std::string& folder = Reference();
  for (const char* file : {"encoder.safetensors", "index.html", "log.jsonl", "run.flags", "tokenizer.model", "tensorboard",
                           "checkpoints/step-00000008/model.safetensors", "checkpoints/step-00000008/state.json"}) {
    EXPECT_TRUE(fs::exists(absl::StrCat(folder, "/", file))) << file;
  }
  EXPECT_FALSE(fs::exists(folder + "/checkpoints/step-00000002")) << "older checkpoints are kept";
  const std::vector<std::string> lines = absl::StrSplit(ComputedLog(folder), '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 8u);
  const nlohmann::json first = nlohmann::json::parse(lines.front(), nullptr, false),
                       last = nlohmann::json::parse(lines.back(), nullptr, false);
  for (const char* term : {"loss/image", "loss/report", "loss/alignment", "loss/injection"})
    EXPECT_TRUE(first.contains(term)) << term;
  EXPECT_LT(last["loss"].get<double>(), first["loss"].get<double>());
}

TEST(Pretrain, LossesDoNotDependOnLoaderThreads) {
  for (const char* threads : {"0", "3"}) {
    const std::string folder = Temporary(absl::StrCat("threads-", threads));
    const ProgramResult run = RunProgram(kPretrain, Small(folder, {absl::StrCat("--threads=", threads)}));
    ASSERT_EQ(run.exit_code, 0) << run.errors;
    EXPECT_EQ(ComputedLog(folder), ComputedLog(Reference())) << threads << " threads";
  }
}

TEST(Pretrain, AKilledRunResumesToTheSameBits) {
  const std::string folder = Temporary("killed");
  const ProgramResult killed =
      RunProgram(kPretrain, Small(folder), {.kill_when = [&] { return fs::exists(folder + "/checkpoints/step-00000004"); }});
  ASSERT_EQ(killed.exit_code, 128 + 9) << killed.errors;
  ASSERT_FALSE(fs::exists(folder + "/encoder.safetensors")) << "the run ended before it could be killed";
  const ProgramResult resumed = RunProgram(kPretrain, Small(folder));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_EQ(ComputedLog(folder), ComputedLog(Reference()));
  for (const char* file : {"encoder.safetensors", "checkpoints/step-00000008/model.safetensors",
                           "checkpoints/step-00000008/optimizer.safetensors"}) {
    EXPECT_TRUE(Read(absl::StrCat(folder, "/", file)) == Read(absl::StrCat(Reference(), "/", file))) << file;
  }
}

TEST(Pretrain, SigtermSavesAndExitsWithSuccess) {
  const std::string folder = Temporary("terminated");
  const ProgramResult stopped =
      RunProgram(kPretrain, Small(folder),
                 {.kill_when = [&] { return fs::exists(folder + "/checkpoints/step-00000002"); }, .signal = SIGTERM});
  EXPECT_EQ(stopped.exit_code, 0) << stopped.errors;
  EXPECT_THAT(stopped.errors, HasSubstr("Run the same command again"));
  ASSERT_FALSE(fs::exists(folder + "/encoder.safetensors")) << "the run ended before it could be stopped";
  const ProgramResult resumed = RunProgram(kPretrain, Small(folder));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_EQ(ComputedLog(folder), ComputedLog(Reference()));
  EXPECT_TRUE(Read(folder + "/encoder.safetensors") == Read(Reference() + "/encoder.safetensors"));
}

TEST(Pretrain, AFinishedRunIsNotTrainedAgain) {
  const std::string before = Read(Reference() + "/log.jsonl");
  const ProgramResult again = RunProgram(kPretrain, Small(Reference()));
  EXPECT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_THAT(again.errors, HasSubstr("--resume=never"));
  EXPECT_EQ(Read(Reference() + "/log.jsonl"), before);
}

TEST(Pretrain, OtherSettingsDoNotResume) {
  const ProgramResult run = RunProgram(kPretrain, Small(Reference(), {"--lr=0.5"}));
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_THAT(run.errors, HasSubstr("--lr"));
  EXPECT_THAT(run.errors, HasSubstr("--resume=never"));
}

TEST(Pretrain, ItsFlagfileReproducesIt) {
  const std::string folder = Temporary("reproduced");
  const ProgramResult run =
      RunProgram(kPretrain, {absl::StrCat("--flagfile=", Reference(), "/run.flags"), absl::StrCat("--output_dir=", folder)});
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_EQ(ComputedLog(folder), ComputedLog(Reference()));
}

class Ablation : public ::testing::TestWithParam<std::vector<std::string>> {};

TEST_P(Ablation, Trains) {
  std::string name;
  for (const std::string& flag : GetParam()) absl::StrAppend(&name, flag);
  const std::string folder = Temporary(absl::StrCat("ablation-", std::hash<std::string>()(name)));
  std::vector<std::string> flags = GetParam();
  flags.push_back("--steps=2");
  const ProgramResult run = RunProgram(kPretrain, Small(folder, flags));
  EXPECT_EQ(run.exit_code, 0) << name << "\n" << run.errors;
  EXPECT_TRUE(fs::exists(folder + "/encoder.safetensors"));
}

INSTANTIATE_TEST_SUITE_P(
    Pretrain, Ablation,
    ::testing::Values(std::vector<std::string>{"--losses=image"}, std::vector<std::string>{"--losses=injection"},
                      std::vector<std::string>{"--losses=report"}, std::vector<std::string>{"--losses=alignment"},
                      std::vector<std::string>{"--losses=image,report"},
                      std::vector<std::string>{"--losses=image,report,alignment", "--fixed_k=8"},
                      std::vector<std::string>{"--precision=bf16"}, std::vector<std::string>{"--batch_size=1", "--accumulate=2"},
                      // k is 16 at least, so the published code needs that many visible patches.
                      std::vector<std::string>{"--upstream_compat", "--volume=64x64x32"}));

TEST(Baselines, WithoutALossThatReadsTextThereIsNone) {
  const std::string folder = Temporary("mae");
  const ProgramResult run = RunProgram(kPretrain, Small(folder, {"--losses=image", "--steps=1", "--text_encoder=/no/such"}));
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("none of these losses needs reports"));
  EXPECT_FALSE(fs::exists(folder + "/tokenizer.model"));
}

TEST(Baselines, AKilledContrastResumesToTheSameBits) {
  const std::string whole = Temporary("global"), killed = Temporary("global-killed");
  const std::vector<std::string> global = {"--losses=global", "--accumulate=2"};
  ASSERT_EQ(RunProgram(kPretrain, Small(whole, global)).exit_code, 0);
  const ProgramResult run = RunProgram(kPretrain, Small(killed, global),
                                       {.kill_when = [&] { return fs::exists(killed + "/checkpoints/step-00000004"); }});
  ASSERT_EQ(run.exit_code, 128 + 9) << run.errors;
  const ProgramResult resumed = RunProgram(kPretrain, Small(killed, global));
  ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_EQ(ComputedLog(killed), ComputedLog(whole));
  EXPECT_TRUE(Read(killed + "/encoder.safetensors") == Read(whole + "/encoder.safetensors"));
}

TEST(Baselines, ABatchOfOneHasNoNegatives) {
  const ProgramResult run = RunProgram(kPretrain, Small(Temporary("alone"), {"--losses=global", "--batch_size=1", "--dry_run"}));
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.errors, HasSubstr("Remedy: raise --batch_size"));
  EXPECT_THAT(run.output, HasSubstr("global 0.0000"));
}

TEST(Baselines, MorePatchesThanAreVisibleAreRefused) {
  const ProgramResult run = RunProgram(kPretrain, Small(Temporary("refused"), {"--fixed_k=17"}));
  EXPECT_EQ(run.exit_code, 2);
  EXPECT_THAT(run.errors, HasSubstr("fixed_k is 17, but only 16 of 64 patches are visible"));
}

TEST(Doctor, EstimatesAConfiguration) {
  const ProgramResult run = RunProgram("asap/tools/doctor/doctor", {"--batch_size=2"});
  EXPECT_THAT(run.output, HasSubstr("LibTorch 2.11.0"));
  EXPECT_THAT(run.output, HasSubstr("a training step of demo, batch 2, f32"));
  const ProgramResult huge = RunProgram("asap/tools/doctor/doctor", {"--batch_size=100000"});
  EXPECT_EQ(huge.exit_code, 1);
  EXPECT_THAT(huge.errors, HasSubstr("lower --batch_size"));
}

TEST(Pretrain, DryRunKeepsNothing) {
  const std::string folder = Temporary("dry");
  const ProgramResult run = RunProgram(kPretrain, Small(folder, {"--dry_run"}));
  EXPECT_EQ(run.exit_code, 0) << run.errors;
  EXPECT_THAT(run.output, HasSubstr("one step of 4 cases"));
  for (const char* file : {"log.jsonl", "tokenizer.model", "tokenizer.reports", "checkpoints", "run.flags"}) {
    EXPECT_FALSE(fs::exists(absl::StrCat(folder, "/", file))) << file;
  }
}

TEST(Pretrain, HelpTeaches) {
  const ProgramResult run = RunProgram(kPretrain, {"--help"});
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.output, HasSubstr("./tools/bazel run //tools:pretrain"));
  EXPECT_THAT(run.output, HasSubstr("--losses"));
}

}  // namespace
}  // namespace asap
