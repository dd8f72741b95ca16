#include "tests/golden/replay_main_lib.h"

#include <gtest/gtest.h>

#include <sstream>

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
