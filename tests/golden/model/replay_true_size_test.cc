#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "tests/golden/model/replay.h"

namespace asap::golden {
namespace {

void ExpectAllHold(const std::string& name, Precision precision) {
  const auto rows = ReplayTrueSize(*Runfile("asap/tests/golden/data/" + name), precision);
  ASSERT_TRUE(rows.ok()) << rows.status();
  std::string failures;
  for (const Row& row : *rows) {
    if (!row.ok) absl::StrAppend(&failures, row.key, ": ", row.max_abs, " (", row.max_rel, "), allowed ", row.tolerance, "\n");
  }
  EXPECT_EQ(failures, "");
  EXPECT_GT(rows->size(), 1000u);
}

TEST(ReplayTrueSizeTest, Base112) { ExpectAllHold("pub_base112.json", Precision::kBoth); }

TEST(ReplayTrueSizeTest, Full224) { ExpectAllHold("pub_full224.json", Precision::kFloat32); }

}  // namespace
}  // namespace asap::golden
