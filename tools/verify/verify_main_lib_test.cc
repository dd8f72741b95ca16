#include "tools/verify/verify_main_lib.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "datasets/phantom/layouts/write_dataset.h"

namespace asap {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Ran {
  absl::Status status;
  std::string out;  // standard output
};

// Runs the tool with all flags at their defaults but for those given.
Ran RunWith(const std::vector<std::string>& flags) {
  std::vector<std::string> all = {
      "--data=", "--data_root=", "--pairs=", "--data_options=", "--list=false", "--show=5", "--problems="};
  all.insert(all.end(), flags.begin(), flags.end());
  Ran ran;
  ran.status = ParseFlags(all);
  if (!ran.status.ok()) return ran;
  testing::internal::CaptureStdout();
  ran.status = VerifyMain();
  ran.out = testing::internal::GetCapturedStdout();
  return ran;
}

std::string Written(const std::string& layout, const std::string& name) {
  const std::string root = absl::StrCat(testing::TempDir(), "/", name);
  fs::remove_all(root);
  const auto truth = WritePhantom(layout, {.root = root}, {.cases = 6, .size = {24, 22, 18}, .seed = 2});
  EXPECT_TRUE(truth.ok()) << truth.status();
  return root;
}

TEST(Verify, AGoodDatasetIsDescribed) {
  const std::string root = Written("luna16", "good");
  const Ran ran = RunWith({"--data=luna16", absl::StrCat("--data_root=", root)});
  EXPECT_TRUE(ran.status.ok()) << ran.status;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("luna16: LUNA16, Lung Nodule Analysis 2016"), HasSubstr("\n  licence       CC BY 4.0"),
                             HasSubstr("Hounsfield units, of which models are shown -1000 to 1000"),
                             HasSubstr("\n  cases         6, of 6 patients\n"), HasSubstr("\n  splits        none of its own\n"),
                             HasSubstr("6 of 6; background, left lung, right lung, trachea")));
  EXPECT_THAT(ran.out, testing::ContainsRegex("labels        nodule: [1-5] of 6 \\([0-9.]+ %\\)"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("6 cases read in [0-9.]+ s: 0 errors, 0 warnings\n"));
}

TEST(Verify, ClassesAndStoredValues) {
  const Ran ran = RunWith({"--data=cc_ccii", absl::StrCat("--data_root=", Written("cc_ccii", "classes"))});
  EXPECT_TRUE(ran.status.ok()) << ran.status;
  EXPECT_THAT(ran.out, HasSubstr("stored values, of which models are shown 0 to 255"));
  EXPECT_THAT(ran.out, testing::ContainsRegex("class: .*2: [1-6] \\([0-9.]+ %\\)"));
}

TEST(Verify, ProblemsAreNamedGatheredAndListed) {
  const std::string root = Written("cc_ccii", "bad");
  int spoiled = 0;
  for (const auto& file : fs::recursive_directory_iterator(root)) {
    if (file.path().filename() == "0004.png") {
      ++spoiled;
      fs::resize_file(file.path(), 40);
    } else if (file.path().filename() == "0007.png") {
      fs::remove(file.path());
    }
  }
  ASSERT_EQ(spoiled, 6);
  const std::string table = absl::StrCat(testing::TempDir(), "/problems.csv");
  const Ran ran = RunWith({"--data=cc_ccii", absl::StrCat("--data_root=", root), "--show=2", absl::StrCat("--problems=", table)});
  EXPECT_EQ(ran.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(ran.status.message()), HasSubstr("cc_ccii: 6 errors in 6 of 6 cases"));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\n6 errors; remedy: copy or convert the file again"),
                             HasSubstr("1 of its 17 slices is defective: 0004.png"),
                             HasSubstr("\n  and 4 more\n6 warnings; remedy: unpack the archive again"),
                             HasSubstr("jump from 6 to 8"), HasSubstr(": 6 errors, 6 warnings\n"), HasSubstr("/problems.csv\n")));
  const auto rows = ReadFile(table);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(std::count(rows->begin(), rows->end(), '\n'), 13);
  EXPECT_THAT(*rows, AllOf(HasSubstr("severity,case,message,remedy\n"), HasSubstr("\nerror,"), HasSubstr("\nwarning,")));
}

TEST(Verify, AFolderOfAnotherDatasetIsRecognised) {
  const std::string root = Written("rspect", "other");
  const Ran ran = RunWith({"--data=luna16", absl::StrCat("--data_root=", root)});
  EXPECT_EQ(ran.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(ran.status.message()), AllOf(HasSubstr("subset0 to subset9"), HasSubstr("it holds train.csv, train/"),
                                                       HasSubstr("this looks like RSPECT's layout (train/")));
  EXPECT_THAT(ran.out, testing::IsEmpty());
  // What has no mark of its own is recognised by being opened.
  const std::string prepared = absl::StrCat(testing::TempDir(), "/prepared");
  ASSERT_TRUE(WritePhantom("cc_ccii", {.root = prepared, .prepared = true}, {.cases = 2, .size = {24, 22, 18}}).ok());
  EXPECT_THAT(std::string(RunWith({"--data=stoic", absl::StrCat("--data_root=", prepared)}).status.message()),
              HasSubstr("The folder opens as cc_ccii: is --data=cc_ccii meant?"));
}

TEST(Verify, AWrongTableIsNoWrongCall) {
  const std::string root = Written("luna16", "table");
  ASSERT_TRUE(WriteFileAtomically(root + "/annotations.csv", "series,x\na,1\n").ok());
  const Ran ran = RunWith({"--data=luna16", absl::StrCat("--data_root=", root)});
  EXPECT_EQ(ran.status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(ran.status.message()),
              AllOf(HasSubstr("annotations.csv"), HasSubstr("seriesuid"), Not(HasSubstr("opens as"))));
}

TEST(Verify, TheListNamesEveryDataset) {
  const Ran ran = RunWith({"--list"});
  EXPECT_TRUE(ran.status.ok());
  for (const char* name :
       {"cc_ccii ", "ct_rate ", "inspect ", "luna16 ", "pairs ", "phantom ", "rad_chestct ", "rspect ", "stoic "})
    EXPECT_THAT(ran.out, HasSubstr(name));
  EXPECT_THAT(ran.out, HasSubstr("LUNA16, Lung Nodule Analysis 2016\n"));
}

TEST(Verify, WrongCallsNameTheFlagAndWhatItExpects) {
  const struct {
    std::vector<std::string> flags;
    std::string message;
  } kCases[] = {{{}, "--data is needed"},
                {{"--data=luna"}, "did you mean \"luna16\"?"},
                {{"--data=luna16"}, "--data_root"},
                {{"--data=pairs"}, "--pairs"},
                {{"--data=luna16", "--show=-1"}, "0 or more"},
                {{"--data=luna16", "--data_root=/", "--data_options=x"}, "name=value"},
                {{"--data=luna16", "--data_root=/", "--data_options=mask=x"}, "did you mean \"masks\"?"},
                {{"--data=luna16", "--data_root=/", "--data_options=spacing=1x1"}, "three numbers in mm"}};
  for (const auto& test : kCases) {
    const Ran ran = RunWith(test.flags);
    EXPECT_EQ(ran.status.code(), absl::StatusCode::kInvalidArgument) << test.message << ": " << ran.status;
    EXPECT_THAT(WithFlags(ran.status.message()), HasSubstr(test.message));
  }
}

TEST(Verify, FlagsAreFrozen) {
  EXPECT_EQ(FlagTable("verify"),
            "data string \"\"\n"
            "data_options string \"\"\n"
            "data_root string \"\"\n"
            "list bool \"false\"\n"
            "pairs string \"\"\n"
            "problems string \"\"\n"
            "show int64 \"5\"\n");
}

TEST(Verify, HelpTeaches) {
  const std::string help = HelpText(VerifyHelp());
  for (const char* word : {"//tools:verify", "--data_root", "--list", "remedy"}) EXPECT_THAT(help, HasSubstr(word));
}

}  // namespace
}  // namespace asap
