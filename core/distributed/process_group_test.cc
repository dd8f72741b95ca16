#include "core/distributed/process_group.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tanh.h>
#include <unistd.h>

#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/distributed/gradient_reducer.h"
#include "core/distributed/ranks_for_testing.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

std::unique_ptr<ProcessGroup> JoinOrDie(const LaunchEnvironment& launch, absl::Duration timeout = absl::Seconds(60)) {
  auto group = ProcessGroup::Join(launch, {.timeout = timeout});
  if (!group.ok()) {
    Ranks::Tell(std::string(group.status().message()));
    _exit(9);
  }
  return *std::move(group);
}

TEST(ProcessGroupTest, Exchanges) {
  Ranks ranks(3, [](const LaunchEnvironment& launch) {
    const auto group = JoinOrDie(launch);
    const auto rank = static_cast<double>(group->rank());
    std::string failures;
    const auto expect = [&](bool holds, const char* what) {
      if (!holds) absl::StrAppend(&failures, what, "; ");
    };
    expect(group->world() == 3 && group->local_world() == 3 && group->local_rank() == group->rank(), "places");
    expect(!group->host(2).empty() && group->host(0) == group->host(2), "hosts");

    double numbers[] = {rank, 1, 10 * rank};
    expect(group->AllReduceSum(absl::MakeSpan(numbers)).ok() && numbers[0] == 3 && numbers[1] == 3 && numbers[2] == 30, "sum");

    const at::Tensor whole = at::full({2, 3}, rank + 5), part = at::full({4, 4}, rank).slice(1, 0, 2);
    expect(group->Broadcast({{"whole", whole}, {"part", part}}).ok(), "broadcast");
    expect((whole == 5).all().item<bool>() && (part == 0).all().item<bool>(), "broadcast's values");

    const std::string text = group->rank() == 0 ? std::string("a\0b", 3) : "other";
    expect(group->Broadcast(text).value_or("") == std::string("a\0b", 3), "text");
    expect(group->Broadcast(std::string()).value_or("x").empty(), "empty text");
    const auto gathered = group->Gather(std::string(group->rank(), 'x'));
    expect(gathered.ok() && *gathered == std::vector<std::string>({"", "x", "xx"}), "gather");

    bool worked = false;
    expect(group->FirstOnRankZero([&] {
                  worked = true;
                  return absl::OkStatus();
                }).ok() &&
               worked == (group->rank() == 0),
           "first");
    group->Leave(absl::OkStatus());
    return failures;
  });
  for (const RankResult& result : ranks.Wait()) {
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.text, "");
  }
}

// Two layers and one that only some ranks use, on some steps: gradients are those of one process that sees all the data.
TEST(ProcessGroupTest, ReducedGradientsAreTheMeanOverRanksAndMicroSteps) {
  Ranks ranks(2, [](const LaunchEnvironment& launch) {
    const auto group = JoinOrDie(launch);
    const auto make = [] {
      at::manual_seed(3);
      return NamedTensors{{"a", at::randn({7, 5}).requires_grad_(true)},
                          {"b", at::randn({5, 3}).requires_grad_(true)},
                          {"sometimes", at::randn({3}).requires_grad_(true)},
                          {"never", at::randn({2}).requires_grad_(true)}};
    };
    // Micro-step 1 is the last of a step. Who uses the third parameter: nobody, rank 1 in one of the two, all.
    const auto loss = [](const NamedTensors& parameters, int step, int64_t rank, int64_t micro) {
      const at::Tensor x = at::arange(14, at::kFloat).reshape({2, 7}) * (0.1 * static_cast<double>(rank + 1)) + micro;
      at::Tensor y = at::matmul(at::tanh(at::matmul(x, parameters[0].tensor)), parameters[1].tensor);
      if (step % 3 == 2 || (step % 3 == 1 && rank == 1 && micro == step / 3)) y = y * parameters[2].tensor;
      return y.square().mean();
    };
    const NamedTensors parameters = make(), single = make();
    std::string failures;
    GradientReducer reducer(group.get(), parameters, /*bucket_bytes=*/64);  // several buckets
    for (int step = 0; step < 6; ++step) {
      for (int64_t rank = 0; rank < 2; ++rank) {
        for (int64_t micro = 0; micro < 2; ++micro) (loss(single, step, rank, micro) / 4).backward();
      }
      (loss(parameters, step, group->rank(), 0) / 2).backward();
      const absl::Status status = reducer.Backward(loss(parameters, step, group->rank(), 1) / 2);
      if (!status.ok()) return std::string(status.message());
      for (size_t i = 0; i < parameters.size(); ++i) {
        const at::Tensor &gradient = parameters[i].tensor.grad(), &expected = single[i].tensor.grad();
        const bool same =
            expected.defined() ? gradient.defined() && at::allclose(gradient, expected, 1e-5, 1e-7) : !gradient.defined();
        if (!same) absl::StrAppend(&failures, "step ", step, " ", parameters[i].name, "; ");
        parameters[i].tensor.mutable_grad().reset();
        single[i].tensor.mutable_grad().reset();
      }
    }
    group->Leave(absl::OkStatus());
    return failures;
  });
  for (const RankResult& result : ranks.Wait()) {
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.text, "");
  }
}

// Rank `fault` does what `how` says after the first exchange; what the others report of the second.
std::vector<RankResult> AfterFault(int64_t world, int64_t fault, const std::function<void(Ranks&, pid_t)>& how,
                                   const std::function<absl::Status(ProcessGroup&)>& of_the_faulty) {
  Ranks ranks(world, [&](const LaunchEnvironment& launch) {
    const auto group = JoinOrDie(launch, absl::Seconds(3));
    double one = 1;
    if (!group->AllReduceSum({&one, 1}).ok()) return std::string("the first exchange failed");
    absl::Status status;
    if (group->rank() == fault) {
      Ranks::Tell("ready");
      status = of_the_faulty(*group);
    } else {
      status = group->AllReduceSum({&one, 1});
    }
    group->Leave(status);
    return std::string(status.message());
  });
  ranks.Hear(fault);
  how(ranks, ranks.pid(fault));
  std::vector<RankResult> results(world);
  for (int64_t rank = 0; rank < world; ++rank) {
    if (rank != fault) results[rank] = ranks.Wait(rank);
  }
  return results;
}

void ExpectNamed(const std::vector<RankResult>& results, int64_t fault, const std::string& what) {
  char host[256] = "";
  gethostname(host, sizeof(host) - 1);
  const std::string name = absl::StrCat("rank ", fault, " (host ", host, ")");
  for (int64_t rank = 0; rank < static_cast<int64_t>(results.size()); ++rank) {
    if (rank == fault) continue;
    EXPECT_EQ(results[rank].exit_code, 0) << rank;
    EXPECT_TRUE(absl::StrContains(results[rank].text, name)) << rank << ": " << results[rank].text << "\nexpected " << name;
    EXPECT_TRUE(absl::StrContains(results[rank].text, what)) << rank << ": " << results[rank].text << "\nexpected " << what;
  }
}

// Until the test is over and its children with it.
absl::Status Sleep(ProcessGroup&) {
  pause();
  return absl::OkStatus();
}

TEST(ProcessGroupTest, AKilledRankIsNamed) {
  for (const int64_t fault : {1, 0}) {
    const auto results = AfterFault(
        3, fault, [](Ranks&, pid_t pid) { kill(pid, SIGKILL); }, Sleep);
    ExpectNamed(results, fault, fault == 0 ? "holds the meeting place" : "its process is gone or halted");
  }
}

TEST(ProcessGroupTest, AHaltedRankIsNamedAfterTheTimeout) {
  for (const int64_t fault : {2, 0}) {
    const auto results = AfterFault(
        3, fault, [](Ranks&, pid_t pid) { kill(pid, SIGSTOP); }, Sleep);
    ExpectNamed(results, fault, fault == 0 ? "holds the meeting place" : "its process is gone or halted");
  }
}

TEST(ProcessGroupTest, ALateRankIsNamedAndSaidToLive) {
  ExpectNamed(AfterFault(
                  3, 1, [](Ranks&, pid_t) {}, Sleep),
              1, "lives but did not come to exchange 2 within 3 s");
}

TEST(ProcessGroupTest, AnErrorOfOneRankIsEverybodys) {
  for (const int64_t fault : {1, 0}) {
    const auto results = AfterFault(
        3, fault, [](Ranks&, pid_t) {}, [](ProcessGroup&) { return absl::DataLossError("case 7: unexpected end of file"); });
    ExpectNamed(results, fault, "ended the job: case 7: unexpected end of file");
  }
}

TEST(ProcessGroupTest, AnErrorOfRankZerosPreparationIsEverybodys) {
  Ranks ranks(3, [](const LaunchEnvironment& launch) {
    const auto group = JoinOrDie(launch);
    const absl::Status status = group->FirstOnRankZero([] { return absl::DataLossError("the manifest is empty"); });
    group->Leave(status);
    return std::string(status.message());
  });
  const auto results = ranks.Wait();
  EXPECT_EQ(results[0].text, "the manifest is empty");
  ExpectNamed(results, 0, "ended the job: the manifest is empty");
}

TEST(ProcessGroupTest, RanksThatDoNotComeAreNamed) {
  Ranks ranks(2, [](LaunchEnvironment launch) {
    launch.world = 4;
    return std::string(ProcessGroup::Join(launch, {.timeout = absl::Seconds(2)}).status().message());
  });
  for (const RankResult& result : ranks.Wait()) {
    const bool rank_zero_left_first = absl::StrContains(result.text, "rank 0");
    EXPECT_TRUE(absl::StrContains(result.text, "2 of 4 processes did not come within 2 s: rank 2, 3") || rank_zero_left_first)
        << result.text;
  }
}

TEST(ProcessGroupTest, AnUnreachableMeetingPlaceIsNamed) {
  LaunchEnvironment launch{.rank = 1, .world = 2, .address = "127.0.0.1", .port = FreePort()};
  const absl::Status status = ProcessGroup::Join(launch, {.timeout = absl::Seconds(1)}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat("cannot reach the meeting place 127.0.0.1:", launch.port)))
      << status;
}

}  // namespace
}  // namespace asap
