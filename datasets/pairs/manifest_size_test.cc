// What a table of many rows costs: seconds and bytes a row, held to bounds. ASAP_MANIFEST_ROWS sets how many.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/data/volume_cache/volume_cache.h"
#include "datasets/pairs/pairs.h"

namespace asap {
namespace {

double CpuSeconds(const struct rusage& usage) {
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

TEST(ManifestSizeTest, SecondsAndBytesARow) {
  int64_t rows = 200'000;
  if (const char* given = getenv("ASAP_MANIFEST_ROWS")) {
    ASSERT_TRUE(absl::SimpleAtoi(given, &rows));
  }
  const std::string table = testing::TempDir() + "/manifest.csv";
  {
    std::ofstream file(table);
    file << "case,volume,mask,findings,impression,patient,split,Nodule\n";
    for (int64_t i = 0; i < rows; ++i) {
      file << "train_" << i << "_a_1,volumes/train_" << i << "_a_1.nii.gz,masks/train_" << i << "_a_1.nii.gz,"
           << "\"Trachea and both main bronchi are open. No nodule, no effusion. Heart of normal size. Scan number " << i
           << ".\",\"No finding, nothing to follow.\",train_" << i / 2 << ",train," << i % 2 << "\n";
    }
    ASSERT_TRUE(file.good());
  }
  // In a process of its own, whose peak is that of opening and reading rows, and of nothing else.
  int channel[2];
  ASSERT_EQ(pipe(channel), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    DatasetOptions options = {.table = table};
    options.cache = std::make_shared<VolumeCache>(VolumeCacheOptions{.folder = testing::TempDir() + "/none"});
    const auto dataset = OpenPairs(options);
    bool good = dataset.ok() && (*dataset)->size() == rows;
    for (int64_t i = 0; good && i < 1000; ++i) good = (*dataset)->Report(i * 7919 % rows).ok();
    getrusage(RUSAGE_SELF, &after);
    const double figures[3] = {CpuSeconds(after) - CpuSeconds(before), 1024.0 * static_cast<double>(after.ru_maxrss),
                               1024.0 * static_cast<double>(after.ru_maxrss - before.ru_maxrss)};
    good = good && write(channel[1], figures, sizeof(figures)) == sizeof(figures);
    _exit(good ? 0 : 1);
  }
  double figures[3] = {};
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  ASSERT_EQ(read(channel[0], figures, sizeof(figures)), static_cast<ssize_t>(sizeof(figures)));
  std::printf("%lld rows: %.2f s of processor time, peak %.0f MB, %.0f bytes a row\n", static_cast<long long>(rows), figures[0],
              figures[1] / 1e6, figures[2] / static_cast<double>(rows));
  EXPECT_LT(figures[0] / static_cast<double>(rows), 20e-6);  // 20 s for a million, on a machine that is busy
  EXPECT_LT(figures[2] / static_cast<double>(rows), 400);    // 400 MB for a million
  unlink(table.c_str());
}

}  // namespace
}  // namespace asap
