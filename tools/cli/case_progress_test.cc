#include "tools/cli/case_progress.h"

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

#include "gtest/gtest.h"

namespace asap {
namespace {

// What `work` over `total` cases writes to a file, a line each time.
std::string Written(int64_t total, const std::function<void(CaseProgress& progress, double& now)>& work) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* out = open_memstream(&text, &size);
  double now = 0;
  {
    CaseProgress progress(total, "checked ", {.out = out, .every_seconds = 0, .seconds = [&now] { return now; }});
    work(progress, now);
  }
  std::fclose(out);
  const std::string written(text, size);
  std::free(text);
  return written;
}

TEST(CaseProgressTest, CasesOfAnEarlierRunDoNotCountForTheTimeLeft) {
  const std::string text = Written(40, [](CaseProgress& progress, double& now) {
    progress.Count(/*skipped=*/false, /*fresh=*/false);
    progress.Count(/*skipped=*/false, /*fresh=*/false);
    now += 10;
    progress.Count(/*skipped=*/false, /*fresh=*/true);
    now += 10;
    progress.Count(/*skipped=*/true, /*fresh=*/true);
  });
  EXPECT_EQ(text,
            "checked 1 of 40 cases\nchecked 2 of 40 cases\nchecked 3 of 40 cases, 6.0 cases/min, 6m10s left\n"
            "checked 4 of 40 cases, 1 skipped, 6.0 cases/min, 6m00s left\n");
}

TEST(CaseProgressTest, FastCasesAreGivenASecond) {
  const std::string text = Written(400, [](CaseProgress& progress, double& now) {
    progress.Reach(0);
    now += 4;
    progress.Reach(125);
    now += 4;
    progress.Reach(400);
  });
  EXPECT_EQ(text,
            "checked 0 of 400 cases\nchecked 125 of 400 cases, 31.2 cases/s, 9s left\nchecked 400 of 400 cases, 50.0 cases/s\n");
}

}  // namespace
}  // namespace asap
