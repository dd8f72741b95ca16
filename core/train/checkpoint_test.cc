#include "core/train/checkpoint.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "gtest/gtest.h"

namespace asap {
namespace {
namespace fs = std::filesystem;

class CheckpointTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        absl::StrCat(testing::TempDir(), "/", testing::UnitTest::GetInstance()->current_test_info()->name(), "/checkpoints");
    fs::remove_all(fs::path(folder_).parent_path());
  }

  static TrainState State(int64_t step) {
    return {.step = step,
            .epoch = 3,
            .batch = 14,
            .skipped = 2,
            .skipped_in_a_row = 1,
            .seconds = 0.1,
            .pending = {{"image", {.sum = 1.0 / 3, .count = 2}}},
            .config = {{"learning rate", "0.001"}, {"losses", "image,sparsity"}}};
  }
  absl::Status Save(int64_t step, int keep = 0) {
    return SaveCheckpoint(folder_, State(step), {{"weight", at::full({3, 2}, static_cast<double>(step))}},
                          {{"exp_avg.weight", at::ones({3, 2})}}, keep);
  }
  std::string Folder(int64_t step) const { return absl::StrCat(folder_, "/step-", absl::Dec(step, absl::kZeroPad8)); }
  // The step that a resume would go on from; -1 for none, -2 for an error.
  int64_t Latest() {
    const auto latest = FindLatestCheckpoint(folder_);
    if (!latest.ok()) return -2;
    return latest->has_value() ? (*latest)->state.step : -1;
  }
  void Damage(const std::string& path, const std::function<void(std::string&)>& change) {
    std::string contents = *ReadFile(path);
    change(contents);
    ASSERT_TRUE(WriteFileAtomically(path, contents).ok());
  }
  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string folder_;
};

TEST_F(CheckpointTest, RoundTrip) {
  ASSERT_TRUE(Save(7).ok());
  const auto checkpoint = OpenCheckpoint(Folder(7));
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  const TrainState& state = checkpoint->state;
  EXPECT_EQ(state.step, 7);
  EXPECT_EQ(state.epoch, 3);
  EXPECT_EQ(state.batch, 14);
  EXPECT_EQ(state.skipped, 2);
  EXPECT_EQ(state.skipped_in_a_row, 1);
  EXPECT_EQ(state.seconds, 0.1);
  ASSERT_EQ(state.pending.size(), 1);
  EXPECT_EQ(state.pending[0].first, "image");
  EXPECT_EQ(state.pending[0].second.sum, 1.0 / 3) << "to the bit";
  EXPECT_EQ(state.pending[0].second.count, 2);
  EXPECT_EQ(state.config, State(7).config);
  const auto tensors = LoadCheckpointTensors(Folder(7), kModelFile);
  ASSERT_TRUE(tensors.ok()) << tensors.status();
  ASSERT_EQ(tensors->size(), 1);
  EXPECT_TRUE(at::equal((*tensors)[0].tensor, at::full({3, 2}, 7.0, at::kFloat)));
}

TEST_F(CheckpointTest, KeepsTheLastOnes) {
  EXPECT_EQ(Latest(), -1);
  for (int64_t step : {1, 2, 3, 10}) ASSERT_TRUE(Save(step, 2).ok());
  EXPECT_EQ(Names(), (std::vector<std::string>{"step-00000003", "step-00000010"}));
  EXPECT_EQ(Latest(), 10);
  ASSERT_TRUE(Save(10, 2).ok()) << "the same step again replaces it";
  EXPECT_EQ(Latest(), 10);
}

TEST_F(CheckpointTest, TheBestOneIsKeptWithItsScore) {
  const auto save = [&](int64_t step, int64_t best_step) {
    TrainState state = State(step);
    state.best_step = best_step;
    state.best_score = 1.0 / 3;
    state.best_epoch = 2;
    state.epochs_closed = 3;
    state.ended = true;
    EXPECT_TRUE(SaveCheckpoint(folder_, state, {{"weight", at::ones({2})}}, {}, 2).ok());
  };
  for (int64_t step : {1, 2, 3, 4, 5}) save(step, step < 2 ? 1 : 2);
  EXPECT_EQ(Names(), (std::vector<std::string>{"step-00000002", "step-00000004", "step-00000005"}));
  const TrainState state = OpenCheckpoint(Folder(5))->state;
  EXPECT_EQ(state.best_step, 2);
  EXPECT_EQ(state.best_score, 1.0 / 3) << "to the bit";
  EXPECT_EQ(state.best_epoch, 2);
  EXPECT_EQ(state.epochs_closed, 3);
  EXPECT_TRUE(state.ended);
  save(6, 6);
  EXPECT_EQ(Names(), (std::vector<std::string>{"step-00000005", "step-00000006"})) << "what was the best goes like any other";
  ASSERT_TRUE(Save(7).ok());
  EXPECT_EQ(OpenCheckpoint(Folder(7))->state.best_step, -1);
}

TEST_F(CheckpointTest, FallsBackToTheNewestWholeOne) {
  for (int64_t step : {1, 2, 3, 4, 5, 6}) ASSERT_TRUE(Save(step).ok());
  fs::remove(Folder(6) + "/state.json");
  Damage(Folder(5) + "/model.safetensors", [](std::string& bytes) { bytes.back() ^= 1; });
  Damage(Folder(4) + "/optimizer.safetensors", [](std::string& bytes) { bytes.pop_back(); });
  Damage(Folder(3) + "/state.json", [](std::string& bytes) { bytes.resize(bytes.size() / 2); });
  fs::remove(Folder(2) + "/model.safetensors");
  testing::internal::CaptureStderr();
  EXPECT_EQ(Latest(), 1);
  const std::string warnings = testing::internal::GetCapturedStderr();
  for (const char* named : {"step-00000006 is not a complete checkpoint",
                            "step-00000005/model.safetensors is damaged: its CRC-32", "step-00000004/optimizer.safetensors has",
                            "step-00000003/state.json is damaged", "step-00000002/model.safetensors: No such file"}) {
    EXPECT_NE(warnings.find(named), std::string::npos) << named << " not in " << warnings;
  }
  Damage(Folder(1) + "/state.json", [](std::string& bytes) { bytes = "{\"format\": 99}"; });
  const absl::Status status = FindLatestCheckpoint(folder_).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(status.message().find("none of the 6 checkpoints"), absl::string_view::npos) << status;
  EXPECT_NE(status.message().find("Start anew"), absl::string_view::npos) << status;
}

TEST_F(CheckpointTest, APartialOneDoesNotCountAndIsCleanedUp) {
  ASSERT_TRUE(Save(1).ok());
  fs::copy(Folder(1), folder_ + "/.partial-step-2");
  EXPECT_EQ(Latest(), 1);
  ASSERT_TRUE(Save(3).ok());
  EXPECT_EQ(Names(), (std::vector<std::string>{"step-00000001", "step-00000003"}));
}

TEST_F(CheckpointTest, EveryDamagedStateIsRefusedNotCrashedOn) {
  ASSERT_TRUE(Save(1).ok());
  const std::string json = *ReadFile(Folder(1) + "/state.json");
  for (size_t length = 0; length + 2 < json.size(); ++length) {
    std::ofstream(Folder(1) + "/state.json", std::ios::binary) << json.substr(0, length);
    ASSERT_FALSE(OpenCheckpoint(Folder(1)).ok()) << length;
  }
}

TEST_F(CheckpointTest, OtherSettingsAreRefusedByName) {
  ASSERT_TRUE(Save(1).ok());
  const CheckpointFile checkpoint = *OpenCheckpoint(Folder(1));
  EXPECT_TRUE(CheckSameConfig(checkpoint, State(1).config).ok());
  const absl::Status status = CheckSameConfig(checkpoint, {{"learning rate", "0.002"}, {"batch size", "4"}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  for (const char* part : {"learning rate is 0.002 and was 0.001", "batch size is 4 and was not set",
                           "losses is not set and was image,sparsity", "start anew, here or in another folder"}) {
    EXPECT_NE(status.message().find(part), absl::string_view::npos) << part << " not in " << status;
  }
}

TEST_F(CheckpointTest, OtherCasesAreRefusedAndOtherFilesAreNot) {
  TrainState state = State(1);
  state.config = {{"learning rate", "0.001"}, {kCasesSetting, "aa"}, {kVolumeFilesSetting, "ff"}};
  CheckpointFile checkpoint{.folder = "run", .state = state};
  const auto check = [&](const std::string& cases, const std::string& files) {
    return CheckSameConfig(checkpoint, {{"learning rate", "0.001"}, {kCasesSetting, cases}, {kVolumeFilesSetting, files}});
  };
  EXPECT_TRUE(check("aa", "ff").ok());
  EXPECT_TRUE(check("aa", "moved").ok());
  const absl::Status status = check("bb", "ff");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  for (const char* part : {"the cases are others (digest bb, was aa)", "the table", "start anew, here or in another folder"}) {
    EXPECT_NE(status.message().find(part), absl::string_view::npos) << part << " not in " << status;
  }
  checkpoint.state.config.resize(1);  // of an earlier version
  EXPECT_TRUE(check("bb", "ff").ok());
  checkpoint.state.config[0].second = "0.002";
  EXPECT_FALSE(check("bb", "ff").ok());
}

TEST_F(CheckpointTest, RestoreIsStrictAndAllOrNothing) {
  const NamedTensors model = {{"a", at::zeros({2})}, {"b", at::zeros({3})}};
  const absl::Status status = RestoreTensors({{"a", at::ones({2})}, {"b", at::ones({4})}, {"c", at::ones({1})}}, model);
  EXPECT_NE(status.message().find("b has shape [4], the model [3]; c is unknown to the model"), absl::string_view::npos)
      << status;
  EXPECT_EQ(model[0].tensor.sum().item<float>(), 0);
  EXPECT_FALSE(RestoreTensors({{"a", at::ones({2})}}, model).ok());
  EXPECT_TRUE(RestoreTensors({{"a", at::ones({2})}, {"b", at::ones({3})}}, model).ok());
  EXPECT_EQ(model[1].tensor.sum().item<float>(), 3);
}

TEST_F(CheckpointTest, LaterCheckpointsOfAnEarlierRunAreSetAside) {
  for (int round = 0; round < 2; ++round) {
    for (int64_t step : {5, 10}) ASSERT_TRUE(Save(step).ok());
    ASSERT_TRUE(SetAsideCheckpointsAfter(folder_, 5).ok());
    EXPECT_EQ(Latest(), 5);
  }
  EXPECT_EQ(Names(), (std::vector<std::string>{"earlier-1-step-00000010", "earlier-2-step-00000010", "step-00000005"}));
}

// A limit on file size stands for a full disk: write() fails after some bytes.
TEST_F(CheckpointTest, FullDiskIsAnErrorWithThePathAndLeavesTheOldOnes) {
  ASSERT_TRUE(Save(1).ok());
  struct rlimit old_limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const NamedTensors big = {{"weight", at::ones({50000})}};
  for (const rlim_t bytes : {rlim_t{0}, rlim_t{10}, rlim_t{100000}}) {
    struct rlimit limit = {bytes, old_limit.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const absl::Status status = SaveCheckpoint(folder_, State(2), big, {}, 1);
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old_limit), 0);
    EXPECT_FALSE(status.ok());
    EXPECT_NE(status.message().find(folder_), absl::string_view::npos) << status;
    EXPECT_EQ(Names(), std::vector<std::string>{"step-00000001"}) << "nothing half-written stays";
    EXPECT_EQ(Latest(), 1);
  }
  std::signal(SIGXFSZ, old_handler);
  EXPECT_TRUE(SaveCheckpoint(folder_, State(2), big, {}, 1).ok());
}

TEST_F(CheckpointTest, UnwritableFolderIsAnErrorWithThePath) {
  const absl::Status status = SaveCheckpoint("/proc/checkpoints", State(1), {}, {}, 1);
  EXPECT_NE(status.message().find("/proc/checkpoints"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace asap
