#include "tests/golden/replay_main_lib.h"

#include <gtest/gtest.h>

#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "core/base/file.h"

namespace asap {
namespace {

std::string Data(const std::string& name) { return *Runfile("asap/tests/golden/data/" + name); }

struct Result {
  absl::Status status;
  std::string output;
};

Result RunReplay(const std::string& golden, const std::string& precision = "f32", const std::string& tokenizer = "") {
  std::ostringstream out;
  Result result;
  result.status = Replay({.golden = golden, .tokenizer = tokenizer, .precision = precision}, out);
  result.output = out.str();
  return result;
}

std::string Written(const std::string& name, const std::string& contents) {
  const std::string path = testing::TempDir() + "/" + name;
  EXPECT_TRUE(WriteFileAtomically(path, contents).ok());
  return path;
}

TEST(ReplayToolTest, TellsEachKindByItsContent) {
  const Result model = RunReplay(Data("pub_b_unequal.safetensors"), "f64");
  EXPECT_TRUE(model.status.ok()) << model.status << model.output;
  EXPECT_TRUE(absl::StrContains(model.output, "f64 grad64/@image"));
  EXPECT_FALSE(absl::StrContains(model.output, "f32 mid"));
  EXPECT_TRUE(absl::StrContains(model.output, "keys hold\n"));
  EXPECT_FALSE(absl::StrContains(model.output, "NOT OK"));

  const Result trajectory = RunReplay(Data("pub_train_a.json"));
  EXPECT_TRUE(trajectory.status.ok()) << trajectory.status << trajectory.output;
  EXPECT_TRUE(absl::StrContains(trajectory.output, "grad_norm"));

  const Result preprocessing = RunReplay(Data("preproc_public.json"));
  EXPECT_TRUE(preprocessing.status.ok()) << preprocessing.status << preprocessing.output;

  const Result text = RunReplay(Data("text_public.json"), "both", Data("cxrbert_wordpiece.json"));
  EXPECT_TRUE(text.status.ok()) << text.status << text.output;
}

TEST(ReplayToolTest, PartsAreChosen) {
  const auto parts = [](const std::string& golden, std::vector<std::string> names) {
    std::ostringstream out;
    const absl::Status status = Replay({.golden = golden, .precision = "f32", .parts = std::move(names)}, out);
    return Result{status, out.str()};
  };
  const Result one = parts(Data("metrics_public.json"), {"cindex"});
  EXPECT_TRUE(one.status.ok()) << one.status << one.output;
  EXPECT_TRUE(absl::StrContains(one.output, "part cindex: 10 keys compared, none left out\n10 of 10 keys hold\n")) << one.output;
  const Result all = parts(Data("metrics_public.json"), {});
  EXPECT_TRUE(absl::StrContains(all.output, "part nlg: skipped")) << all.output;
  const Result wrong = parts(Data("metrics_public.json"), {"cindex", "bnary"});
  EXPECT_EQ(wrong.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(wrong.status.message(), "binary, cindex")) << wrong.status;

  for (const auto& [golden, part] : std::vector<std::pair<std::string, std::string>>{{"pub_cls_b.safetensors", "mid64"},
                                                                                     {"pub_prog_loss.safetensors", "2"},
                                                                                     {"pub_probe.json", "ce"},
                                                                                     {"pub_fractions.json", "schedule"}}) {
    const Result some = parts(Data(golden), {part});
    EXPECT_TRUE(some.status.ok()) << golden << some.status << some.output;
  }

  // Files of other kinds have the parts that their keys begin with.
  const Result log = parts(Data("preproc_public.json"), {"augment"});
  EXPECT_TRUE(log.status.ok()) << log.status << log.output;
  EXPECT_FALSE(absl::StrContains(log.output, "resample")) << log.output;
  EXPECT_EQ(parts(Data("preproc_public.json"), {"augmentation"}).status.code(), absl::StatusCode::kInvalidArgument);
}

TEST(ReplayToolTest, AChangedNumberIsNotOk) {
  const std::string whole = *ReadFile(Data("pub_train_a.json"));
  ASSERT_TRUE(
      WriteFileAtomically(testing::TempDir() + "/pub_a_equal.safetensors", *ReadFile(Data("pub_a_equal.safetensors"))).ok());
  const std::string changed = Written("changed.json", absl::StrReplaceAll(whole, {{"1.2241900192489061", "1.2242900192489061"}}));
  const Result result = RunReplay(changed, "f64");
  EXPECT_EQ(result.status.code(), absl::StatusCode::kFailedPrecondition) << result.status;
  EXPECT_TRUE(absl::StrContains(result.output, "NOT OK"));
}

TEST(ReplayToolTest, WrongCallsAreInvalidArguments) {
  const auto code = [](const Result& result) { return result.status.code(); };
  constexpr auto kWrong = absl::StatusCode::kInvalidArgument;
  EXPECT_EQ(code(RunReplay("/nowhere/at/all")), kWrong);
  EXPECT_EQ(code(RunReplay(testing::TempDir())), kWrong);
  EXPECT_EQ(code(RunReplay(Data("pub_train_a.json"), "f16")), kWrong);
  EXPECT_EQ(code(RunReplay(Data("text_public.json"))), kWrong) << "no tokenizer";
  EXPECT_EQ(code(RunReplay(Data("text_public.json"), "f32", "/nowhere")), kWrong);
  EXPECT_EQ(code(RunReplay(Written("other.json", "{\"a\": 1}"))), kWrong);
  EXPECT_EQ(code(RunReplay(Written("other.json", "[1, 2]"))), kWrong);
  EXPECT_EQ(code(RunReplay(Written("other.bin", "hello"))), kWrong);
}

TEST(ReplayToolTest, ADamagedFixtureIsOneClearError) {
  for (const std::string name : {"pub_a_equal.safetensors", "pub_train_a.json"}) {
    const std::string whole = *ReadFile(Data(name));
    const Result result = RunReplay(Written("cut_" + name, whole.substr(0, whole.size() / 2)));
    EXPECT_EQ(result.status.code(), absl::StatusCode::kDataLoss) << result.status;
    EXPECT_TRUE(absl::StrContains(result.status.message(), "damaged")) << result.status;
    EXPECT_EQ(result.output, "");
  }
  const std::string whole = *ReadFile(Data("pub_train_a.json"));
  const std::string other = Written("other_train.json", absl::StrReplaceAll(whole, {{"\"accum_iter\"", "\"accumulate\""}}));
  EXPECT_EQ(RunReplay(other).status.code(), absl::StatusCode::kDataLoss) << RunReplay(other).status;
}

}  // namespace
}  // namespace asap
