#include "core/data/loader/loader.h"

#include <ATen/ops/equal.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <set>

#include "core/testing/dataset/fake_dataset.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using BadCase = LoaderOptions::BadCase;

LoaderOptions Options(int threads, int64_t batch_size = 3) {
  LoaderOptions options{.batch_size = batch_size, .threads = threads};
  options.sample.augment.roi = {6, 5, 4};
  options.sample.augment.flip_probability = 0.5;
  options.sample.augment.shift_probability = 0.5;
  options.sample.patches = 7;
  options.sample.seed = 11;
  return options;
}

std::unique_ptr<Loader> Open(const Dataset& dataset, const LoaderOptions& options) {
  auto loader = Loader::Open(&dataset, options);
  EXPECT_TRUE(loader.ok()) << loader.status();
  return *std::move(loader);
}

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
    EXPECT_EQ(a[i].batch.case_ids, b[i].batch.case_ids) << i;
    EXPECT_TRUE(at::equal(a[i].batch.volumes, b[i].batch.volumes)) << i;
    EXPECT_TRUE(at::equal(a[i].batch.masks, b[i].batch.masks)) << i;
    EXPECT_TRUE(at::equal(a[i].batch.has_mask, b[i].batch.has_mask)) << i;
    EXPECT_TRUE(at::equal(a[i].batch.patch_noise, b[i].batch.patch_noise)) << i;
  }
}

TEST(LoaderTest, SameBatchesOnAnyNumberOfThreads) {
  FakeDataset dataset(10);
  dataset.without_mask = {4};
  dataset.delay = std::chrono::microseconds(300);
  const auto reference = Take(*Open(dataset, Options(0)), 8);
  EXPECT_EQ(reference[3].position.epoch, 1) << "10 cases are 3 batches of 3";
  for (const int threads : {1, 2, 7}) ExpectSame(reference, Take(*Open(dataset, Options(threads)), 8));
  LoaderOptions tight = Options(4);
  tight.max_queue_bytes = 1;  // one batch at a time
  ExpectSame(reference, Take(*Open(dataset, tight), 8));
}

TEST(LoaderTest, BatchHoldsWhatTheContractSays) {
  FakeDataset dataset(6);
  dataset.without_mask = {0, 1, 2};
  auto loader = Open(dataset, Options(2, 6));
  const Batch batch = Take(*loader, 1)[0].batch;
  EXPECT_EQ(batch.size(), 6);
  EXPECT_EQ(batch.volumes.sizes(), at::IntArrayRef({6, 1, 6, 5, 4}));
  EXPECT_EQ(batch.volumes.scalar_type(), at::kFloat);
  EXPECT_LE(batch.volumes.abs().max().item<float>(), 1.1f);
  EXPECT_EQ(batch.masks.sizes(), at::IntArrayRef({6, 1, 6, 5, 4}));
  EXPECT_EQ(batch.masks.scalar_type(), at::kByte);
  EXPECT_EQ(batch.patch_noise.sizes(), at::IntArrayRef({6, 7}));
  EXPECT_GE(batch.patch_noise.min().item<float>(), 0);
  EXPECT_LT(batch.patch_noise.max().item<float>(), 1);
  EXPECT_FALSE(batch.findings_ids.defined());
  for (int64_t row = 0; row < 6; ++row) {
    const bool has_mask = batch.case_ids[row] >= "case-3";
    EXPECT_EQ(batch.has_mask[row].item<bool>(), has_mask);
    EXPECT_EQ(batch.masks[row].max().item<int>() > 0, has_mask);
  }
}

TEST(LoaderTest, EpochVisitsEachCaseOnceAndReshuffles) {
  FakeDataset dataset(12);
  auto loader = Open(dataset, Options(2));
  std::vector<std::vector<std::string>> epochs(2);
  for (const LoadedBatch& loaded : Take(*loader, 8)) {
    auto& epoch = epochs[loaded.position.epoch];
    epoch.insert(epoch.end(), loaded.batch.case_ids.begin(), loaded.batch.case_ids.end());
  }
  EXPECT_EQ(std::set<std::string>(epochs[0].begin(), epochs[0].end()).size(), 12);
  EXPECT_EQ(std::set<std::string>(epochs[1].begin(), epochs[1].end()).size(), 12);
  EXPECT_NE(epochs[0], epochs[1]);
}

TEST(LoaderTest, CasesAreAugmentedAnewEachEpoch) {
  FakeDataset dataset(1);
  const auto batches = Take(*Open(dataset, Options(1, 1)), 6);
  int changed = 0;
  for (int i = 1; i < 6; ++i) changed += !at::equal(batches[i].batch.volumes, batches[0].batch.volumes);
  EXPECT_GE(changed, 4);
  EXPECT_FALSE(at::equal(batches[1].batch.patch_noise, batches[0].batch.patch_noise));
}

// Each number of processes sees one process's batches, in its order, and counts each once.
TEST(LoaderTest, ProcessesShareAnEpoch) {
  FakeDataset dataset(16);  // 5 batches of 3
  const auto all = Take(*Open(dataset, Options(0)), 10);
  for (const int64_t world : {2, 3, 7}) {
    std::vector<std::vector<LoadedBatch>> shares;
    const int64_t rounds = (5 + world - 1) / world;
    for (int64_t rank = 0; rank < world; ++rank) {
      LoaderOptions options = Options(1);
      options.rank = rank;
      options.world = world;
      auto loader = Open(dataset, options);
      EXPECT_EQ(loader->batches_per_epoch(), 5);
      if (rank % 2 == 1) {  // from the second round or epoch on
        shares.push_back(Take(*loader, 1));
        const DataPosition position = loader->position();
        loader = Open(dataset, options);
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
        EXPECT_EQ(loaded.batch.case_ids, expected.batch.case_ids);
        EXPECT_TRUE(at::equal(loaded.batch.volumes, expected.batch.volumes));
      }
    }
  }
}

TEST(LoaderTest, SeekContinuesTheSequence) {
  FakeDataset dataset(10);
  for (const int threads : {0, 3}) {
    auto whole = Open(dataset, Options(threads));
    auto all = Take(*whole, 9);
    EXPECT_TRUE(whole->position() == (DataPosition{3, 0}));
    auto resumed = Open(dataset, Options(threads));
    ASSERT_TRUE(resumed->Seek(all[5].position).ok());
    EXPECT_TRUE(resumed->position() == all[5].position);
    ExpectSame({std::make_move_iterator(all.begin() + 5), std::make_move_iterator(all.end())}, Take(*resumed, 4));
    EXPECT_FALSE(resumed->Seek({0, 3}).ok());
    EXPECT_FALSE(resumed->Seek({-1, 0}).ok());
  }
}

TEST(LoaderTest, MaskClassesFollowTheMirrorImage) {
  FakeDataset dataset(40, {6, 5, 4});
  LoaderOptions options = Options(2, 40);
  const Batch aware = Take(*Open(dataset, options), 1)[0].batch;
  options.sample.mirror_masks = false;
  const Batch compat = Take(*Open(dataset, options), 1)[0].batch;
  int mirrored = 0;
  for (int64_t row = 0; row < 40; ++row) {
    // The volume is the roi, so each half is a lung: the id at the first voxel tells whether the image was mirrored.
    const bool flipped = compat.masks[row][0][0][0][0].item<int>() == 2;
    mirrored += flipped;
    EXPECT_EQ(aware.masks[row][0][0][0][0].item<int>(), 1) << "the lung on the patient's right is the right lung in either image";
    EXPECT_EQ(aware.masks[row][0][5][4][3].item<int>(), 2);
    EXPECT_TRUE(at::equal(aware.volumes[row], compat.volumes[row]));
  }
  EXPECT_GT(mirrored, 8);
  EXPECT_LT(mirrored, 32);
}

TEST(LoaderTest, ErrorNamesCaseFileAndCause) {
  FakeDataset dataset(9);
  dataset.unreadable = {5};
  std::string message;
  int64_t before_error = -1;
  for (const int threads : {0, 1, 4}) {
    auto loader = Open(dataset, Options(threads));
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

TEST(LoaderTest, ExceptionsAndWrongMasksAreErrorsOfTheirCase) {
  FakeDataset throwing(3), wrong(3);
  throwing.throwing = {0, 1, 2};
  wrong.wrong_mask = {0, 1, 2};
  const std::string thrown(Open(throwing, Options(2))->Next().status().message());
  EXPECT_NE(thrown.find("a library's exception"), std::string::npos) << thrown;
  EXPECT_NE(thrown.find("case-"), std::string::npos) << thrown;
  const std::string mismatch(Open(wrong, Options(2))->Next().status().message());
  EXPECT_NE(mismatch.find("the mask has 10x9x9 voxels, the volume 10x9x8"), std::string::npos) << mismatch;
}

TEST(LoaderTest, SkippedCasesAreReplacedAlikeEverywhere) {
  FakeDataset dataset(10);
  dataset.unreadable = {2, 3, 7};
  LoaderOptions options = Options(0);
  options.on_bad_case = BadCase::kSkip;
  auto single = Open(dataset, options);
  auto reference = Take(*single, 9);
  for (const LoadedBatch& loaded : reference) {
    for (const std::string& id : loaded.batch.case_ids) EXPECT_TRUE(id != "case-2" && id != "case-3" && id != "case-7") << id;
  }
  const LoaderStatistics statistics = single->statistics();
  EXPECT_EQ(statistics.bad_cases, (std::set<std::string>{"case-2", "case-3", "case-7"}));
  EXPECT_GE(statistics.replaced_samples, 6) << "3 epochs of 9 of 10 cases";
  EXPECT_LE(statistics.replaced_samples, 9);
  options.threads = 4;
  auto several = Open(dataset, options);
  ExpectSame(reference, Take(*several, 9));
  EXPECT_EQ(several->statistics().replaced_samples, statistics.replaced_samples);
  ASSERT_TRUE(several->Seek(reference[4].position).ok());
  ExpectSame({std::make_move_iterator(reference.begin() + 4), std::make_move_iterator(reference.end())}, Take(*several, 5));
}

TEST(LoaderTest, SkippingGivesUpWhenNothingIsReadable) {
  FakeDataset dataset(4);
  dataset.unreadable = {0, 1, 2, 3};
  LoaderOptions options = Options(2);
  options.on_bad_case = BadCase::kSkip;
  const absl::Status status = Open(dataset, options)->Next().status();
  EXPECT_NE(status.message().find("16 cases in a row"), absl::string_view::npos) << status;
}

TEST(LoaderTest, QueueKeepsToItsBytes) {
  FakeDataset dataset(30);
  LoaderOptions options = Options(4);
  const int64_t batch_bytes = SampleReader(&dataset, options.sample).Bytes(3);
  options.max_queue_bytes = 2 * batch_bytes + batch_bytes / 2;
  auto loader = Open(dataset, options);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(loader->Next().ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // a slow consumer: the workers run ahead as far as they may
    EXPECT_LE(dataset.reads, (i + 1 + 2) * 3) << "at most two batches are read ahead";
  }
  EXPECT_EQ(loader->statistics().peak_queue_bytes, 2 * batch_bytes);
  EXPECT_EQ(loader->statistics().batches, 20);
}

TEST(LoaderTest, BytesAreTrue) {
  FakeDataset dataset(3);
  const SampleReader reader(&dataset, Options(0).sample);
  const Batch batch = reader.Allocate(3);
  int64_t bytes = 0;
  for (const at::Tensor& tensor : {batch.volumes, batch.masks, batch.has_mask, batch.patch_noise}) bytes += tensor.nbytes();
  EXPECT_EQ(reader.Bytes(3), bytes);
}

TEST(LoaderTest, WaitingIsMeasured) {
  FakeDataset dataset(3);
  dataset.delay = std::chrono::milliseconds(5);
  auto loader = Open(dataset, Options(0));
  Take(*loader, 2);
  EXPECT_GT(loader->statistics().wait_seconds, 0.06) << "six cases of 5, 10 and 15 ms";
}

TEST(LoaderTest, StopsPromptly) {
  FakeDataset dataset(1000);
  dataset.delay = std::chrono::milliseconds(2);
  const auto start = std::chrono::steady_clock::now();
  Open(dataset, Options(4, 100)).reset();
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
  FakeDataset dataset(40, {24, 24, 24});
  LoaderOptions options = Options(3, 4);
  options.sample.augment.roi = {24, 24, 24};  // 276 kB a batch
  auto loader = Open(dataset, options);
  Take(*loader, 100);
  const int64_t before = ResidentBytes();
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(loader->Next().ok());
  EXPECT_LT(ResidentBytes() - before, int64_t{16} << 20) << "1,000 batches are 276 MB";
}

TEST(LoaderTest, ConfigIsOfWhatDecidesTheBatches) {
  FakeDataset dataset(10);
  const auto config = [&](const std::function<void(LoaderOptions&)>& change) {
    LoaderOptions options = Options(0);
    change(options);
    return Open(dataset, options)->Config();
  };
  const auto reference = config([](LoaderOptions&) {});
  EXPECT_EQ(reference, config([](LoaderOptions& options) {
              options.threads = 2;
              options.max_queue_bytes = 1;
              options.on_bad_case = BadCase::kSkip;
            }));
  EXPECT_NE(reference, config([](LoaderOptions& options) { options.batch_size = 2; }));
  EXPECT_NE(reference, config([](LoaderOptions& options) { options.sample.seed = 12; }));
  EXPECT_NE(reference, config([](LoaderOptions& options) { options.sample.augment.flip_probability = 0.2; }));
  EXPECT_NE(reference, config([](LoaderOptions& options) { options.sample.mirror_masks = false; }));
}

TEST(LoaderTest, RefusesWhatCannotWork) {
  FakeDataset dataset(4);
  const auto message = [&](LoaderOptions options) { return std::string(Loader::Open(&dataset, options).status().message()); };
  EXPECT_EQ(message(Options(0, 5)), "the dataset \"fake\" has 4 cases, fewer than one batch of 5: lower the batch size");
  EXPECT_NE(message(Options(0, 0)), "");
  EXPECT_NE(message(Options(-1)), "");
  LoaderOptions third_of_two = Options(0, 1);
  third_of_two.rank = 2;
  third_of_two.world = 2;
  EXPECT_NE(message(third_of_two), "");
  dataset.mutable_card().mirrored_classes = {{1, 300}};
  EXPECT_NE(message(Options(0)), "");
}

}  // namespace
}  // namespace asap
