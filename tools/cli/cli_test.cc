#include "tools/cli/cli.h"

#include <gflags/gflags.h>

#include <cstdio>
#include <cstdlib>

#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

DEFINE_int32(cases, 3, "How many cases to make.");
DEFINE_double(ratio, 0.8, "A share.");
DEFINE_bool(gzip, false, "Compress the output.");
DEFINE_string(output, "", "Folder to write to.");
DEFINE_string(resume, "auto", "Where to go on from.");

namespace asap {
namespace {

using ::testing::HasSubstr;

class Cli : public ::testing::Test {
  gflags::FlagSaver saver_;
};

TEST_F(Cli, ReadsFlagsInEveryForm) {
  ASSERT_TRUE(ParseFlags({"--cases=5", "--gzip", "-output", "a b"}).ok());
  EXPECT_EQ(FLAGS_cases, 5);
  EXPECT_TRUE(FLAGS_gzip);
  EXPECT_EQ(FLAGS_output, "a b");
  ASSERT_TRUE(ParseFlags({"--nogzip"}).ok());
  EXPECT_FALSE(FLAGS_gzip);
}

TEST_F(Cli, AnUnknownFlagNamesItsNearest) {
  const absl::Status status = ParseFlags({"--casse=5"});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("did you mean \"cases\"? See --help."));
}

TEST_F(Cli, AWrongValueSaysWhatIsExpected) {
  const absl::Status status = ParseFlags({"--cases=many"});
  EXPECT_THAT(std::string(status.message()), HasSubstr("--cases=many is not valid: expected a value of type int32"));
  EXPECT_THAT(std::string(ParseFlags({"cases"}).message()), HasSubstr("is not a flag"));
  EXPECT_THAT(std::string(ParseFlags({"--output"}).message()), HasSubstr("needs a value"));
}

TEST_F(Cli, FlagfilesExpandInPlaceAndLaterFlagsWin) {
  const std::string path = testing::TempDir() + "/x.flags";
  ASSERT_TRUE(WriteFileAtomically(path, "# a comment\n--cases=7\n\n--output=there\n").ok());
  ASSERT_TRUE(ParseFlags({"--cases=1", "--flagfile=" + path, "--output=here"}).ok());
  EXPECT_EQ(FLAGS_cases, 7);
  EXPECT_EQ(FLAGS_output, "here");
  EXPECT_FALSE(ParseFlags({"--flagfile=/no/such.flags"}).ok());
}

TEST_F(Cli, FindsATypedFlag) {
  EXPECT_EQ(TypedFlag({"--cases=1", "--config=vit_b", "--steps=1"}, "config"), "vit_b");
  EXPECT_EQ(TypedFlag({"-config", "demo"}, "config"), "demo");
  EXPECT_EQ(TypedFlag({"--config_file=x"}, "config"), std::nullopt);
}

TEST_F(Cli, HelpAndTablesShowTheToolsOwnFlags) {
  EXPECT_EQ(FlagTable("cli"),
            "cases int32 \"3\"\ngzip bool \"false\"\noutput string \"\"\nratio double \"0.8\"\nresume string \"auto\"\n");
  const std::string help = HelpText({.name = "cli", .summary = "Makes things.", .examples = {"make --cases=2"}});
  EXPECT_THAT(help, HasSubstr("Makes things."));
  EXPECT_THAT(help, HasSubstr("--cases (int32, default 3)\n      How many cases to make."));
  ASSERT_TRUE(ParseFlags({"--cases=9"}).ok());
  EXPECT_THAT(ResolvedFlagfile("cli"), HasSubstr("--cases=9\n"));
}

TEST_F(Cli, LibrariesWordsGetTheFlagsOfTheTool) {
  EXPECT_EQ(WithFlags("Start anew, or name another checkpoint."),
            "Start anew (--resume=never), or name another checkpoint (--resume=FOLDER).");
  const std::string of_other_tools = "the backend gloo exchanges without NCCL; put the cache in another folder";
  EXPECT_EQ(WithFlags(of_other_tools), of_other_tools);
}

}  // namespace
}  // namespace asap
