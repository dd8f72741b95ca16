#include "core/benchmark/run.h"

#include <sys/stat.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string PathOf(const std::string& name) { return absl::StrCat(testing::TempDir(), "/", name, ".json"); }

Run Questions(int rows) {
  Run run{.key = {.encoder = "asap",
                  .encoder_digest = "d1",
                  .task = "vqa/made_up",
                  .task_version = 3,
                  .fraction = 12.5,
                  .seed = 7,
                  .parameters = {{"size", "quick"}},
                  .data = "digest",
                  .settings = "device=cuda",
                  .commit = "db61246"},
          .seconds = 1.5,
          .machine = "a machine"};
  Cohort& cohort = run.result.test;
  cohort.dataset = "questions";
  for (int i = 0; i < rows; ++i) {
    cohort.rows.push_back(
        {.case_id = absl::StrCat("case", i / 10), .item = absl::StrCat("q", i % 10), .patient = absl::StrCat(i / 20)});
    cohort.numbers["hit/presence"].push_back(i % 3 == 0 ? NAN : i % 2);
    cohort.numbers["error_mm/size"].push_back(i / 7.0);
    cohort.texts["generated"].push_back(absl::StrCat("there is ", i, " \"nodule\"\n"));
  }
  return run;
}

TEST(Run, EverythingComesBack) {
  const std::string path = PathOf("back");
  asap::Run run = Questions(30);
  run.result.test.numbers["error_mm/size"][3] = std::numeric_limits<double>::infinity();
  run.result.external.push_back({.dataset = "elsewhere", .rows = {{.case_id = "x", .patient = "y"}}, .numbers = {{"rank", {3}}}});
  run.result.split = {.origin = "by patient", .digest = "s", .train_cases = 5, .test_patients = 2};
  run.result.choices = {{"pooling", "mean"}, {"epoch", "3"}};
  run.result.warnings = {"mind"};
  ASSERT_TRUE(WriteRun(path, run).ok());
  const auto back = ReadRun(path);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_TRUE(IsSameMeasurement(back->key, run.key));
  EXPECT_EQ(back->key.commit, "db61246");
  EXPECT_EQ(back->result.test.rows, run.result.test.rows);
  EXPECT_TRUE(std::isnan(back->result.test.numbers.at("hit/presence")[0]));
  EXPECT_EQ(back->result.test.numbers.at("error_mm/size"), run.result.test.numbers.at("error_mm/size"));
  EXPECT_EQ(back->result.external[0].numbers.at("rank")[0], 3);
  EXPECT_EQ(back->result.external[0].rows[0].item, "");
  EXPECT_EQ(back->result.choices, run.result.choices);
  EXPECT_THAT(back->result.warnings, ElementsAre("mind"));
  EXPECT_EQ(back->result.split.test_patients, 2);
}

TEST(Run, TextsAreForTheOwnerAlone) {
  const std::string path = PathOf("private");
  ASSERT_TRUE(WriteRun(path, Questions(20)).ok());
  struct stat state;
  ASSERT_EQ(::stat(TextsPath(path).c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 0777, 0600);
  EXPECT_THAT(*ReadFile(path), testing::Not(HasSubstr("nodule")));
  auto run = ReadRun(path);
  EXPECT_TRUE(run->result.test.texts.empty()) << "nobody asked for them";
  ASSERT_TRUE(ReadTexts(path, run->result).ok());
  EXPECT_EQ(run->result.test.texts.at("generated")[3], "there is 3 \"nodule\"\n");
}

TEST(Run, TextsOfAnEarlierRunDoNotOutliveIt) {
  const std::string path = PathOf("stale");
  asap::Run run = Questions(20);
  ASSERT_TRUE(WriteRun(path, run).ok());
  run.result.test.texts.clear();
  ASSERT_TRUE(WriteRun(path, run).ok());
  EXPECT_FALSE(std::filesystem::exists(TextsPath(path)));
  EXPECT_EQ(ReadTexts(path, run.result).code(), absl::StatusCode::kNotFound);
}

TEST(Run, TextsOfOtherRowsAreRefused) {
  const std::string path = PathOf("other");
  ASSERT_TRUE(WriteRun(path, Questions(20)).ok());
  asap::Run fewer = Questions(10);
  EXPECT_THAT(std::string(ReadTexts(path, fewer.result).message()), HasSubstr("the texts of other rows"));
}

TEST(Run, AWrongCohortIsNotWritten) {
  asap::Run run = Questions(4);
  run.result.test.numbers["hit/presence"].pop_back();
  EXPECT_THAT(std::string(WriteRun(PathOf("wrong"), run).message()), HasSubstr("the column \"hit/presence\" has 3 of 4 rows"));
  run = Questions(4);
  run.result.test.rows[1] = run.result.test.rows[0];
  EXPECT_THAT(std::string(WriteRun(PathOf("wrong"), run).message()), HasSubstr("case case0, q0 stands there twice"));
  EXPECT_FALSE(std::filesystem::exists(PathOf("wrong")));
}

TEST(Run, WhatIsNoRunIsNamedWithTheRemedy) {
  const std::string path = PathOf("damaged");
  for (const char* text : {"", "{}", "[1]", "{\"format\":\"asap-run\"}", "{\"format\":\"another\",\"version\":2}"}) {
    ASSERT_TRUE(WriteFileAtomically(path, text).ok());
    const absl::Status status = ReadRun(path).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr("damaged.json: "));
    EXPECT_THAT(std::string(status.message()), HasSubstr("it is made again")) << text;
  }
  ASSERT_TRUE(WriteRun(path, Questions(5)).ok());
  const std::string whole = *ReadFile(path);
  ASSERT_TRUE(WriteFileAtomically(path, whole.substr(0, whole.size() / 2)).ok());
  EXPECT_EQ(ReadRun(path).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace asap
