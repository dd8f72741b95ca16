// The set of flags is frozen: a change of frozen_flags.txt is a decision about the tool's interface.
#include "tools/benchmark/flags.h"

#include "core/base/file.h"
#include "gtest/gtest.h"
#include "tools/cli/cli.h"

namespace asap {
namespace {

TEST(BenchmarkFlags, AreTheFrozenOnes) {
  const absl::StatusOr<std::string> path = Runfile("asap/tools/benchmark/frozen_flags.txt");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_TRUE(FLAGS_encoder.empty());  // links them
  EXPECT_EQ(FlagTable("benchmark"), *ReadFile(*path));
}

}  // namespace
}  // namespace asap
