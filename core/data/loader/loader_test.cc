#include "core/data/loader/loader.h"

#include <ATen/ops/equal.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <set>

#include "core/data/loader/fake_rows.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using BadCase = LoaderOptions::BadCase;

LoaderOptions Options(int threads, int64_t batch_size = 3) { return {.batch_size = batch_size, .threads = threads, .seed = 11}; }

std::unique_ptr<Loader> Open(const FakeCases& cases, const LoaderOptions& options) {
  auto loader = Loader::Open(std::make_unique<FakeRows>(&cases), options);
  EXPECT_TRUE(loader.ok()) << loader.status();
  return *std::move(loader);
}

const at::Tensor& Values(const LoadedBatch& loaded) { return dynamic_cast<const FakeBatch&>(*loaded.batch).values; }

std::vector<LoadedBatch> Take(Loader& loader, int count) {
  std::vector<LoadedBatch> batches;
  for (int i = 0; i < count; ++i) {
    auto next = loader.Next();
    EXPECT_TRUE(next.ok()) << next.status();
    if (!next.ok()) break;
    batches.push_back(*std::move(next));
  }
  return batches;
}

void ExpectSame(const std::vector<LoadedBatch>& a, const std::vector<LoadedBatch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(a[i].position == b[i].position) << i;
    EXPECT_EQ(a[i].batch->case_ids, b[i].batch->case_ids) << i;
    EXPECT_TRUE(at::equal(Values(a[i]), Values(b[i]))) << i;
  }
}

TEST(LoaderTest, SameBatchesOnAnyNumberOfThreads) {
  FakeCases cases(10);
  cases.delay = std::chrono::microseconds(300);
  const auto reference = Take(*Open(cases, Options(0)), 8);
  EXPECT_EQ(reference[3].position.epoch, 1) << "10 cases are 3 batches of 3";
  for (const int threads : {1, 2, 7}) ExpectSame(reference, Take(*Open(cases, Options(threads)), 8));
  LoaderOptions tight = Options(4);
  tight.max_queue_bytes = 1;  // one batch at a time
  ExpectSame(reference, Take(*Open(cases, tight), 8));
}

TEST(LoaderTest, EpochVisitsEachCaseOnceAndReshuffles) {
  FakeCases cases(12);
  auto loader = Open(cases, Options(2));
  std::vector<std::vector<std::string>> epochs(2);
  for (const LoadedBatch& loaded : Take(*loader, 8)) {
    auto& epoch = epochs[loaded.position.epoch];
    epoch.insert(epoch.end(), loaded.batch->case_ids.begin(), loaded.batch->case_ids.end());
  }
  EXPECT_EQ(std::set<std::string>(epochs[0].begin(), epochs[0].end()).size(), 12);
  EXPECT_EQ(std::set<std::string>(epochs[1].begin(), epochs[1].end()).size(), 12);
  EXPECT_NE(epochs[0], epochs[1]);
}

TEST(LoaderTest, RowsAreDrawnAnewEachEpoch) {
  FakeCases cases(1);
  const auto batches = Take(*Open(cases, Options(1, 1)), 6);
  int changed = 0;
  for (int i = 1; i < 6; ++i) changed += !at::equal(Values(batches[i]), Values(batches[0]));
  EXPECT_GE(changed, 4);
}

// Each number of processes sees one process's batches, in its order, and counts each once.
TEST(LoaderTest, ProcessesShareAnEpoch) {
  FakeCases cases(16);  // 5 batches of 3
  const auto all = Take(*Open(cases, Options(0)), 10);
  for (const int64_t world : {2, 3, 7}) {
    std::vector<std::vector<LoadedBatch>> shares;
    const int64_t rounds = (5 + world - 1) / world;
    for (int64_t rank = 0; rank < world; ++rank) {
      LoaderOptions options = Options(1);
      options.rank = rank;
      options.world = world;
      auto loader = Open(cases, options);
      EXPECT_EQ(loader->batches_per_epoch(), 5);
      if (rank % 2 == 1) {  // from the second round or epoch on
        shares.push_back(Take(*loader, 1));
        const DataPosition position = loader->position();
        loader = Open(cases, options);
        ASSERT_TRUE(loader->Seek(position).ok());
        for (LoadedBatch& loaded : Take(*loader, 2 * rounds - 1)) shares.back().push_back(std::move(loaded));
      } else {
        shares.push_back(Take(*loader, 2 * rounds));
      }
      EXPECT_TRUE(loader->position() == (DataPosition{2, 0}));
    }
    for (int64_t round = 0; round < 2 * rounds; ++round) {
      for (int64_t rank = 0; rank < world; ++rank) {
        const int64_t own = round % rounds * world + rank;
        const LoadedBatch& loaded = shares[rank][round];
        EXPECT_EQ(loaded.repeated, own >= 5);
        const LoadedBatch& expected = all[round / rounds * 5 + (own < 5 ? own : round % rounds * world)];
        EXPECT_TRUE(loaded.position == expected.position);
        EXPECT_EQ(loaded.batch->case_ids, expected.batch->case_ids);
        EXPECT_TRUE(at::equal(Values(loaded), Values(expected)));
      }
    }
  }
}

TEST(LoaderTest, SeekContinuesTheSequence) {
  FakeCases cases(10);
  for (const int threads : {0, 3}) {
    auto whole = Open(cases, Options(threads));
    auto all = Take(*whole, 9);
    EXPECT_TRUE(whole->position() == (DataPosition{3, 0}));
    auto resumed = Open(cases, Options(threads));
    ASSERT_TRUE(resumed->Seek(all[5].position).ok());
    EXPECT_TRUE(resumed->position() == all[5].position);
    ExpectSame({std::make_move_iterator(all.begin() + 5), std::make_move_iterator(all.end())}, Take(*resumed, 4));
    EXPECT_FALSE(resumed->Seek({0, 3}).ok());
    EXPECT_FALSE(resumed->Seek({-1, 0}).ok());
  }
}

TEST(LoaderTest, ErrorNamesCaseFileAndCause) {
  FakeCases cases(9);
  cases.unreadable = {5};
  std::string message;
  int64_t before_error = -1;
  for (const int threads : {0, 1, 4}) {
    auto loader = Open(cases, Options(threads));
    int64_t good = 0;
    absl::StatusOr<LoadedBatch> next = loader->Next();
    for (; next.ok(); next = loader->Next()) ++good;
    EXPECT_EQ(next.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(next.status().message(), "case case-5: /data/5.nii.gz: unexpected end of file at byte 812");
    EXPECT_EQ(loader->Next().status(), next.status()) << "an error stays";
    if (before_error >= 0) {
      EXPECT_EQ(good, before_error) << "at the same batch on any number of threads";
    }
    before_error = good;
  }
}

TEST(LoaderTest, ExceptionsAreErrorsOfTheirCase) {
  FakeCases throwing(3);
  throwing.throwing = {0, 1, 2};
  const std::string thrown(Open(throwing, Options(2))->Next().status().message());
  EXPECT_NE(thrown.find("a library's exception"), std::string::npos) << thrown;
  EXPECT_NE(thrown.find("case-"), std::string::npos) << thrown;
}

TEST(LoaderTest, SkippedCasesAreReplacedAlikeEverywhere) {
  FakeCases cases(10);
  cases.unreadable = {2, 3, 7};
  LoaderOptions options = Options(0);
  options.on_bad_case = BadCase::kSkip;
  auto single = Open(cases, options);
  auto reference = Take(*single, 9);
  for (const LoadedBatch& loaded : reference) {
    for (const std::string& id : loaded.batch->case_ids) EXPECT_TRUE(id != "case-2" && id != "case-3" && id != "case-7") << id;
  }
  const LoaderStatistics statistics = single->statistics();
  EXPECT_EQ(statistics.bad_cases, (std::set<std::string>{"case-2", "case-3", "case-7"}));
  EXPECT_GE(statistics.replaced_samples, 6) << "3 epochs of 9 of 10 cases";
  EXPECT_LE(statistics.replaced_samples, 9);
  options.threads = 4;
  auto several = Open(cases, options);
  ExpectSame(reference, Take(*several, 9));
  EXPECT_EQ(several->statistics().replaced_samples, statistics.replaced_samples);
  ASSERT_TRUE(several->Seek(reference[4].position).ok());
  ExpectSame({std::make_move_iterator(reference.begin() + 4), std::make_move_iterator(reference.end())}, Take(*several, 5));
}

TEST(LoaderTest, SkippingGivesUpWhenNothingIsReadable) {
  FakeCases cases(4);
  cases.unreadable = {0, 1, 2, 3};
  LoaderOptions options = Options(2);
  options.on_bad_case = BadCase::kSkip;
  const absl::Status status = Open(cases, options)->Next().status();
  EXPECT_NE(status.message().find("16 cases in a row"), absl::string_view::npos) << status;
}

TEST(LoaderTest, QueueKeepsToItsBytes) {
  FakeCases cases(30);
  LoaderOptions options = Options(4);
  const int64_t batch_bytes = FakeRows(&cases).Bytes(3);
  options.max_queue_bytes = 2 * batch_bytes + batch_bytes / 2;
  auto loader = Open(cases, options);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(loader->Next().ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // a slow consumer: the workers run ahead as far as they may
    EXPECT_LE(cases.reads, (i + 1 + 2) * 3) << "at most two batches are read ahead";
  }
  EXPECT_EQ(loader->statistics().peak_queue_bytes, 2 * batch_bytes);
  EXPECT_EQ(loader->statistics().batches, 20);
}

TEST(LoaderTest, WaitingIsMeasured) {
  FakeCases cases(3);
  cases.delay = std::chrono::milliseconds(5);
  auto loader = Open(cases, Options(0));
  Take(*loader, 2);
  EXPECT_GT(loader->statistics().wait_seconds, 0.06) << "six cases of 5, 10 and 15 ms";
}

TEST(LoaderTest, StopsPromptly) {
  FakeCases cases(1000);
  cases.delay = std::chrono::milliseconds(2);
  const auto start = std::chrono::steady_clock::now();
  Open(cases, Options(4, 100)).reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200)) << "without finishing the batch of 400 ms";
}

int64_t ResidentBytes() {
  long total = 0, resident = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  EXPECT_EQ(fscanf(file, "%ld %ld", &total, &resident), 2);
  fclose(file);
  return resident * sysconf(_SC_PAGESIZE);
}

TEST(LoaderTest, NoLeakOverAThousandBatches) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "AddressSanitizer's quarantine keeps freed memory resident";
#endif
  FakeCases cases(40, 16 * 1024);  // 262 kB a batch
  auto loader = Open(cases, Options(3, 4));
  Take(*loader, 100);
  const int64_t before = ResidentBytes();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(loader->Next().ok());
  EXPECT_LT(ResidentBytes() - before, int64_t{16} << 20) << "1,000 batches are 262 MB";
}

TEST(LoaderTest, ConfigIsOfWhatDecidesTheBatches) {
  FakeCases cases(10);
  const auto config = [&](const std::function<void(LoaderOptions&)>& change) {
    LoaderOptions options = Options(0);
    change(options);
    return Open(cases, options)->Config();
  };
  const auto reference = config([](LoaderOptions&) {});
  EXPECT_EQ(reference, config([](LoaderOptions& options) {
              options.threads = 2;
              options.max_queue_bytes = 1;
              options.on_bad_case = BadCase::kSkip;
            }));
  EXPECT_NE(reference, config([](LoaderOptions& options) { options.batch_size = 2; }));
  EXPECT_NE(reference, config([](LoaderOptions& options) { options.seed = 12; }));
  FakeCases wider(10, 121);
  EXPECT_NE(reference, Open(wider, Options(0))->Config()) << "what the rows are is the reader's";
}

TEST(LoaderTest, RefusesWhatCannotWork) {
  FakeCases cases(4);
  const auto message = [&](LoaderOptions options) {
    return std::string(Loader::Open(std::make_unique<FakeRows>(&cases), options).status().message());
  };
  EXPECT_EQ(message(Options(0, 5)), "the dataset \"fake\" has 4 cases, fewer than one batch of 5: lower the batch size");
  EXPECT_NE(message(Options(0, 0)), "");
  EXPECT_NE(message(Options(-1)), "");
  LoaderOptions third_of_two = Options(0, 1);
  third_of_two.rank = 2;
  third_of_two.world = 2;
  EXPECT_NE(message(third_of_two), "");
}

}  // namespace
}  // namespace asap
