// Exchanges by a library that stands for NCCL, between processes and on the CPU. What real GPUs do is not tested here.
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tanh.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"
#include "core/distributed/gradient_reducer.h"
#include "core/distributed/process_group.h"
#include "core/distributed/ranks_for_testing.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

std::string Library(const std::string& name) { return std::filesystem::absolute("core/distributed/" + name); }

const c10::Device kCpu(c10::DeviceType::CPU);

struct Setting {
  std::string library = Library("libfake_nccl.so");
  std::string trouble;
  Backend backend = Backend::kNccl;
  absl::Duration timeout = absl::Seconds(60);
};

// What each rank says in the end: the error of Connect or of `run`, else what that returns.
std::vector<std::string> RunRanks(int64_t world, const std::function<Setting(int64_t rank)>& setting,
                                  const std::function<absl::StatusOr<std::string>(ProcessGroup&)>& run) {
  Ranks ranks(world, [&](const LaunchEnvironment& launch) {
    const Setting mine = setting(launch.rank);
    setenv("ASAP_NCCL_LIBRARY", mine.library.c_str(), 1);
    setenv("FAKE_NCCL", mine.trouble.c_str(), 1);
    auto group = ProcessGroup::Join(launch, {.timeout = mine.timeout});
    if (!group.ok()) return std::string(group.status().message());
    absl::StatusOr<std::string> text = std::string();
    if (const absl::Status connected = (*group)->Connect(kCpu, mine.backend); !connected.ok()) text = connected;
    if (text.ok()) text = run(**group);
    (*group)->Leave(text.status());
    return text.ok() ? *text : std::string(text.status().message());
  });
  std::vector<std::string> texts;
  for (const RankResult& result : ranks.Wait())
    texts.push_back(result.exit_code == 0 ? result.text : absl::StrCat("exit ", result.exit_code));
  return texts;
}

void ExpectSays(const std::string& text, const std::string& what) {
  EXPECT_TRUE(absl::StrContains(text, what)) << text << "\nexpected " << what;
}

// Two layers in several buckets, one of them larger than the library's unit of work; the gradients of `steps` steps as text.
absl::StatusOr<std::string> Gradients(ProcessGroup& group, int steps, const std::function<void(int step)>& before = nullptr) {
  at::manual_seed(3);
  const NamedTensors parameters = {{"a", at::randn({7, 5000}).requires_grad_(true)},
                                   {"b", at::randn({5000, 3}).requires_grad_(true)},
                                   {"of rank 1", at::randn({3}).requires_grad_(true)},
                                   {"of none", at::randn({2}).requires_grad_(true)}};
  GradientReducer reducer(&group, parameters, /*bucket_bytes=*/64);
  std::string text;
  for (int step = 0; step < steps; ++step) {
    if (before) before(step);
    const at::Tensor x = at::arange(14, at::kFloat).reshape({2, 7}) * (0.1 * static_cast<double>(group.rank() + 1)) + step;
    at::Tensor y = at::matmul(at::tanh(at::matmul(x, parameters[0].tensor)), parameters[1].tensor);
    if (group.rank() == 1) y = y * parameters[2].tensor;
    ASAP_RETURN_IF_ERROR(reducer.Backward(y.square().mean()));
    for (const NamedTensor& parameter : parameters) {
      at::Tensor& gradient = parameter.tensor.mutable_grad();
      if (gradient.defined()) {
        const at::Tensor bits = gradient.contiguous().view(at::kInt).to(at::kLong);
        absl::StrAppend(&text, (bits * (at::arange(bits.numel()).reshape(bits.sizes()) * 2 + 1)).sum().item<int64_t>());
      }
      absl::StrAppend(&text, " ");
      gradient.reset();
    }
  }
  return text;
}

TEST(NcclTest, BroadcastsTensorsAndLeavesTheRestToGloo) {
  const auto texts = RunRanks(
      3, [](int64_t) { return Setting{}; },
      [](ProcessGroup& group) -> absl::StatusOr<std::string> {
        const auto rank = static_cast<double>(group.rank());
        const at::Tensor whole = at::full({300, 70}, rank + 5), part = at::full({4, 4}, rank).slice(1, 0, 2);
        const at::Tensor counts = at::full({3}, group.rank() + 2, at::kLong), flags = at::full({3}, group.rank() != 0, at::kBool);
        ASAP_RETURN_IF_ERROR(group.Broadcast({{"whole", whole}, {"part", part}, {"counts", counts}, {"flags", flags}}));
        const bool same = (whole == 5).all().item<bool>() && (part == 0).all().item<bool>() && (counts == 2).all().item<bool>() &&
                          !flags.any().item<bool>();
        double number = rank;
        ASAP_RETURN_IF_ERROR(group.AllReduceSum({&number, 1}));
        return absl::StrCat(same ? "same" : "other", " ", number);
      });
  for (const std::string& text : texts) EXPECT_EQ(text, "same 3");
}

TEST(NcclTest, GradientsEqualGloosToTheBit) {
  std::map<Backend, std::vector<std::string>> texts;
  for (const Backend backend : {Backend::kGloo, Backend::kNccl}) {
    texts[backend] = RunRanks(
        2, [backend](int64_t) { return Setting{.backend = backend}; }, [](ProcessGroup& group) { return Gradients(group, 4); });
    EXPECT_EQ(texts[backend][0], texts[backend][1]);
  }
  EXPECT_EQ(texts[Backend::kNccl], texts[Backend::kGloo]);
  EXPECT_GT(texts[Backend::kNccl][0].size(), 50);
}

TEST(NcclTest, ALibraryThatDoesNotServeIsNamedOnAllRanksWithTheRemedy) {
  struct Case {
    Setting setting;
    std::string what;
  };
  const std::string here = Library("libfake_nccl.so"), without = Library("libnccl_without_abort.so");
  for (const Case& bad : {Case{{.library = "/nowhere/libnccl.so.2"}, "/nowhere/libnccl.so.2"},
                          Case{{.library = without}, absl::StrCat(without, " has no function ncclCommAbort")},
                          Case{{.trouble = "old"}, absl::StrCat(here, " is NCCL 2.7.8, and 2.10 is the oldest")}}) {
    const auto texts = RunRanks(
        2, [&](int64_t rank) { return rank == 1 ? bad.setting : Setting{}; }, [](ProcessGroup&) { return "connected"; });
    for (const std::string& text : texts) {
      ExpectSays(text, bad.what);
      ExpectSays(text, "the backend gloo exchanges without NCCL");
    }
    ExpectSays(texts[0], "rank 1 (host ");
  }
}

TEST(NcclTest, ALibraryThatDoesNotStartSaysWhy) {
  for (const std::string& text : RunRanks(
           2, [](int64_t) { return Setting{.trouble = "busy"}; }, [](ProcessGroup&) { return "connected"; })) {
    ExpectSays(text, "nccl: ncclCommInitRank: invalid usage on cpu. Each process needs a GPU of its own");
  }
}

TEST(NcclTest, RanksThatDifferAreNamed) {
  for (const std::string& text : RunRanks(
           2, [](int64_t rank) { return Setting{.backend = rank == 1 ? Backend::kGloo : Backend::kNccl}; },
           [](ProcessGroup&) { return "connected"; })) {
    ExpectSays(text, "rank 1 (host ");
    ExpectSays(text, "has the device cpu and Gloo, but rank 0 (host ");
    ExpectSays(text, "the device cpu and NCCL 2.28.9: start all with the same device, backend and NCCL");
  }
}

// A step of Gradients is four exchanges or more, Connect's one is the first.
TEST(NcclTest, ABrokenConnectionEndsAllRanksWithNcclsWords) {
  for (const std::string& text : RunRanks(
           2, [](int64_t) { return Setting{.trouble = "fails=7"}; }, [](ProcessGroup& group) { return Gradients(group, 100); })) {
    ExpectSays(text, "nccl: an exchange: remote process exited or there was a network error");
  }
  const auto texts = RunRanks(
      2, [](int64_t rank) { return Setting{.trouble = rank == 1 ? "fails=7" : "", .timeout = absl::Seconds(8)}; },
      [](ProcessGroup& group) { return Gradients(group, 100); });
  ExpectSays(texts[1], "nccl: an exchange: remote process exited");
  EXPECT_FALSE(texts[0].empty());
}

// NCCL between the GPUs of one machine waits for ever for a peer that is gone. A late rank sleeps beyond the timeout.
TEST(NcclTest, ARankThatIsGoneOrLateIsNamed) {
  struct Case {
    int64_t fault;
    bool killed;
    const char* what;
  };
  for (const Case& bad :
       {Case{1, true, "has stopped: its process is gone or halted"}, Case{0, true, "holds the meeting place, does not answer"},
        Case{2, false, "lives but did not come to exchange"}}) {
    const auto texts = RunRanks(
        3, [](int64_t) { return Setting{.timeout = absl::Seconds(6)}; },
        [&](ProcessGroup& group) {
          return Gradients(group, 4, [&](int step) {
            if (step == 2 && group.rank() == bad.fault) bad.killed ? raise(SIGKILL) : sleep(10);
          });
        });
    for (int64_t rank = 0; rank < 3; ++rank) {
      if (rank == bad.fault) continue;
      ExpectSays(texts[rank], absl::StrCat("rank ", bad.fault, " (host "));
      ExpectSays(texts[rank], bad.what);
    }
  }
}

}  // namespace
}  // namespace asap
