#include "core/distributed/environment.h"

#include <map>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using Variables = std::map<std::string, std::string>;

absl::StatusOr<std::optional<LaunchEnvironment>> Read(const Variables& variables) {
  return ReadLaunchEnvironment([&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::make_optional(found->second);
  });
}

Variables With(Variables base, const Variables& more) {
  for (const auto& [name, value] : more) base[name] = value;
  return base;
}

const Variables kShell = {{"RANK", "3"}, {"WORLD_SIZE", "8"}, {"MASTER_ADDR", "node1"}, {"MASTER_PORT", "29500"}};
const Variables kSlurm = {{"SLURM_JOB_ID", "1000"}, {"SLURM_STEP_ID", "2"}, {"SLURM_PROCID", "5"},
                          {"SLURM_NTASKS", "8"},    {"SLURM_LOCALID", "1"}, {"SLURM_JOB_NODELIST", "gpu[07-10]"}};

TEST(EnvironmentTest, NoLauncherIsOneProcess) {
  const Variables alone[] = {
      {},
      {{"MASTER_ADDR", "node1"}},
      {{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}},  // a batch script without srun
      With(kShell, {{"RANK", "0"}, {"WORLD_SIZE", "1"}}),
      With(kSlurm, {{"SLURM_PROCID", "0"}, {"SLURM_STEP_NUM_TASKS", "1"}}),
  };
  for (const Variables& variables : alone) {
    const auto launch = Read(variables);
    ASSERT_TRUE(launch.ok()) << launch.status();
    EXPECT_FALSE(launch->has_value());
  }
}

TEST(EnvironmentTest, ReadsEachLauncher) {
  struct {
    Variables variables;
    int64_t rank, world, local_rank;  // -1: not told
    std::string address;
    int port;
    bool served;
    std::string attempt;
  } rows[] = {
      {kShell, 3, 8, -1, "node1", 29500, false, "0"},
      {With(kShell, {{"LOCAL_RANK", "1"}, {"TORCHELASTIC_USE_AGENT_STORE", "True"}, {"TORCHELASTIC_RESTART_COUNT", "2"}}), 3, 8,
       1, "node1", 29500, true, "2"},
      {With(kShell, kSlurm), 3, 8, -1, "node1", 29500, false, "0"},  // torchrun under srun
      {kSlurm, 5, 8, 1, "gpu07", 31002, false, "0"},
      {With(kSlurm, {{"SLURM_STEP_NUM_TASKS", "6"}, {"SLURM_STEP_NODELIST", "gpu9,gpu12"}, {"SLURM_RESTART_COUNT", "1"}}), 5, 6,
       1, "gpu9", 31002, false, "1"},
      {With(kSlurm, {{"MASTER_ADDR", "10.0.0.1"}, {"MASTER_PORT", "4000"}}), 5, 8, 1, "10.0.0.1", 4000, false, "0"},
      {With(kSlurm, {{"SLURM_JOB_NODELIST", ""}, {"SLURM_LAUNCH_NODE_IPADDR", "10.0.0.2"}}), 5, 8, 1, "10.0.0.2", 31002, false,
       "0"},
  };
  for (const auto& row : rows) {
    const auto launch = Read(row.variables);
    ASSERT_TRUE(launch.ok()) << launch.status();
    ASSERT_TRUE(launch->has_value());
    EXPECT_EQ((*launch)->rank, row.rank);
    EXPECT_EQ((*launch)->world, row.world);
    EXPECT_EQ((*launch)->local_rank.value_or(-1), row.local_rank);
    EXPECT_EQ((*launch)->address, row.address);
    EXPECT_EQ((*launch)->port, row.port);
    EXPECT_EQ((*launch)->served_by_launcher, row.served);
    EXPECT_EQ((*launch)->attempt, row.attempt);
  }
}

TEST(EnvironmentTest, RefusesWhatMakesNoPlace) {
  const auto without = [](Variables base, const std::string& name) {
    base.erase(name);
    return base;
  };
  const std::pair<Variables, std::string> rows[] = {
      {without(kShell, "RANK"), "lacks RANK. Start it with torchrun"},
      {without(kShell, "MASTER_PORT"), "lacks MASTER_PORT"},
      {{{"WORLD_SIZE", "2"}}, "lacks RANK, MASTER_ADDR, MASTER_PORT"},
      {With(kShell, {{"RANK", "8"}}), "RANK=8: expected a whole number in 0 ... 7"},
      {With(kShell, {{"RANK", "-1"}}), "RANK=-1"},
      {With(kShell, {{"WORLD_SIZE", "two"}}), "WORLD_SIZE=two"},
      {With(kShell, {{"WORLD_SIZE", "0"}}), "WORLD_SIZE=0"},
      {With(kShell, {{"MASTER_ADDR", ""}}), "empty MASTER_ADDR"},
      {With(kShell, {{"MASTER_PORT", "70000"}}), "MASTER_PORT=70000"},
      {With(kShell, {{"LOCAL_RANK", "4"}}), "LOCAL_RANK=4: expected a whole number in 0 ... 3"},
      {without(kSlurm, "SLURM_PROCID"), "start the processes with srun"},
      {without(kSlurm, "SLURM_NTASKS"), "start the processes with srun"},
      {With(kSlurm, {{"SLURM_PROCID", "8"}}), "SLURM_PROCID=8"},
      {With(kSlurm, {{"SLURM_JOB_ID", "x"}}), "SLURM_JOB_ID=x"},
      {without(kSlurm, "SLURM_JOB_NODELIST"), "set MASTER_ADDR"},
  };
  for (const auto& [variables, message] : rows) {
    const absl::Status status = Read(variables).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << message;
    EXPECT_TRUE(absl::StrContains(status.message(), message)) << status << "\nexpected: " << message;
  }
}

TEST(EnvironmentTest, FirstHostOfANodeList) {
  const std::pair<const char*, const char*> rows[] = {{"", ""},
                                                      {"a", "a"},
                                                      {"a,b", "a"},
                                                      {"gpu[003-005,9],cpu1", "gpu003"},
                                                      {"rack[1-2]n[07,9]", "rack1n07"},
                                                      {"n[5]-ib,m", "n5-ib"},
                                                      {"broken[1", "broken1"}};
  for (const auto& [nodes, host] : rows) EXPECT_EQ(FirstHost(nodes), host);
}

}  // namespace
}  // namespace asap
