// Several processes that train together, forked from a test.
//
//   Ranks ranks(3, [&](const LaunchEnvironment& launch) { ...; return std::string("what the test wants to know"); });
//   for (const RankResult& result : ranks.Wait()) EXPECT_EQ(result.text, "...");
//
// The test itself must not have used LibTorch's threads before: they do not survive a fork.
#ifndef ASAP_CORE_DISTRIBUTED_RANKS_FOR_TESTING_H_
#define ASAP_CORE_DISTRIBUTED_RANKS_FOR_TESTING_H_

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/distributed/environment.h"

namespace asap {

struct RankResult {
  int exit_code = 0;  // 128 + N for signal N
  std::string text;
};

// A port of this machine that is free now.
int FreePort();

class Ranks {
 public:
  Ranks(int64_t world, const std::function<std::string(const LaunchEnvironment&)>& run);
  // Kills what still runs.
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  pid_t pid(int64_t rank) const { return children_[rank].pid; }
  // Until the rank has written a line by Tell; the line.
  std::string Hear(int64_t rank);
  // In a child: a line for the test.
  static void Tell(const std::string& line);
  // All results, by rank.
  std::vector<RankResult> Wait();
  RankResult Wait(int64_t rank);

 private:
  struct Child {
    pid_t pid = 0;
    int result = -1, lines = -1;  // ends of pipes
    bool waited = false;
  };
  std::vector<Child> children_;
};

}  // namespace asap

#endif  // ASAP_CORE_DISTRIBUTED_RANKS_FOR_TESTING_H_
