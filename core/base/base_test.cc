#include <stdlib.h>

#include <cmath>
#include <filesystem>

#include "core/base/file.h"
#include "core/base/parallel_for.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/base/suggest.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using ::testing::HasSubstr;

TEST(Random, DependsOnKeyAndIndexAlone) {
  CounterRng a(7, "crop", 3, 11), b(7, "crop", 3, 11), other(7, "crop", 3, 12), purpose(7, "flip", 3, 11);
  const uint64_t first = a.Next();
  EXPECT_EQ(first, b.Next());
  EXPECT_NE(first, other.Next());
  EXPECT_NE(first, purpose.Next());
}

TEST(Random, HasTheMomentsOfItsLaws) {
  CounterRng rng(1);
  double sum = 0, square = 0, uniform = 0;
  std::vector<int> seen(5);
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    const double z = rng.Normal();
    sum += z;
    square += z * z;
    uniform += rng.Uniform();
    ++seen[rng.UniformInt(-2, 2) + 2];
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.03);
  EXPECT_NEAR(square / kDraws, 1, 0.04);
  EXPECT_NEAR(uniform / kDraws, 0.5, 0.01);
  for (int count : seen) EXPECT_NEAR(count, kDraws / 5, 300);
}

TEST(File, PathsCountFromWhereTheyWereTyped) {
  setenv("BUILD_WORKING_DIRECTORY", "/data/here", 1);
  EXPECT_EQ(UserPath("scans/a.nii.gz"), "/data/here/scans/a.nii.gz");
  EXPECT_EQ(UserPath("../b"), "/data/b");
  EXPECT_EQ(UserPath("/c"), "/c");
  EXPECT_EQ(UserPath(""), "");
  unsetenv("BUILD_WORKING_DIRECTORY");
}

TEST(File, WritesAllOrNothing) {
  const std::string folder = testing::TempDir() + "/atomic";
  ASSERT_TRUE(MakeWritableFolder(folder).ok());
  const std::string path = folder + "/x.json";
  ASSERT_TRUE(WriteFileAtomically(path, "one").ok());
  const absl::Status failed = WriteAtomically(path, [](const std::string& temporary) {
    (void)WriteFileAtomically(temporary, "half");
    return absl::DataLossError("the disk went away");
  });
  EXPECT_EQ(failed.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(*ReadFile(path), "one");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files += entry.is_regular_file();
  EXPECT_EQ(files, 1) << "a partial file was left behind";
}

TEST(File, FolderUnderAFileIsAnErrorWithARemedy) {
  const std::string file = testing::TempDir() + "/plain";
  ASSERT_TRUE(WriteFileAtomically(file, "x").ok());
  const absl::Status status = MakeWritableFolder(file + "/below");
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(std::string(status.message()), HasSubstr("Choose another folder"));
}

TEST(ParallelFor, CallsEachPieceOnce) {
  for (const int threads : {0, 1, 2, 9}) {
    std::vector<int> calls(100, 0);
    ParallelFor(threads, 100, [&](int64_t i) { ++calls[i]; });
    EXPECT_EQ(calls, std::vector<int>(100, 1)) << threads;
    ParallelFor(threads, 0, [](int64_t) { ADD_FAILURE(); });
  }
}

TEST(Suggest, NamesTheNearest) {
  const std::string message = UnknownName("loss", "aligment", {"alignment", "image", "report"});
  EXPECT_THAT(message, HasSubstr("did you mean \"alignment\"?"));
  EXPECT_THAT(message, HasSubstr("alignment, image, report"));
  EXPECT_THAT(UnknownName("loss", "zzzzzz", {"image"}), ::testing::Not(HasSubstr("did you mean")));
}

}  // namespace
}  // namespace asap
