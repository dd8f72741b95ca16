#include "datasets/reference_page.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "core/base/file.h"

namespace asap {
namespace {

TEST(ReferencePage, IsThatOfTheCards) {
  const absl::StatusOr<std::string> page = ReadFile(*Runfile("asap/docs/reference/datasets.md"));
  ASSERT_TRUE(page.ok()) << page.status();
  const std::vector<std::string> lines = absl::StrSplit(DatasetsPage(), '\n'), written = absl::StrSplit(*page, '\n');
  for (size_t i = 0; i < std::max(lines.size(), written.size()); ++i) {
    ASSERT_EQ(i < written.size() ? written[i] : "(the end)", i < lines.size() ? lines[i] : "(the end)")
        << "line " << i + 1
        << "; when cards or datasets change: ./tools/bazel run //datasets:print_reference_page > docs/reference/datasets.md";
  }
}

}  // namespace
}  // namespace asap
