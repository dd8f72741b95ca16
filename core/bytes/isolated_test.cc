#include "core/bytes/isolated.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace asap {
namespace {

TEST(RunIsolatedTest, BringsBytesAndErrorsBack) {
  std::string out(3, '\0');
  const pid_t self = getpid();
  ASSERT_TRUE(RunIsolated(
                  [&](absl::Span<char> bytes) {
                    if (getpid() == self) return absl::InternalError("not in a child");
                    bytes[0] = 'a';
                    bytes[2] = 'c';
                    return absl::OkStatus();
                  },
                  10, absl::MakeSpan(&out[0], out.size()))
                  .ok());
  EXPECT_EQ(out, std::string("a\0c", 3));
  const absl::Status status = RunIsolated(
      [](absl::Span<char> bytes) {
        bytes[0] = 'x';
        return absl::NotFoundError("what it says");
      },
      10, absl::MakeSpan(&out[0], out.size()));
  EXPECT_EQ(status, absl::NotFoundError("what it says"));
  EXPECT_EQ(out[0], 'a') << "a failure leaves the output as it was";
}

TEST(RunIsolatedTest, ACrashEndsTheChildAlone) {
  const auto crash = [](absl::Span<char>) -> absl::Status { abort(); };
  EXPECT_EQ(RunIsolated(crash, 10, {}).code(), absl::StatusCode::kDataLoss);
  const auto leave = [](absl::Span<char>) -> absl::Status { _exit(0); };
  EXPECT_EQ(RunIsolated(leave, 10, {}).code(), absl::StatusCode::kDataLoss);
}

TEST(RunIsolatedTest, EndlessWorkIsCutOff) {
  const auto endless = [](absl::Span<char>) -> absl::Status {
    while (true) pause();
  };
  const absl::Status status = RunIsolated(endless, 1, {});
  EXPECT_NE(status.message().find("too long"), std::string::npos) << status;
}

TEST(RunIsolatedTest, ManyThreadsMayUseIt) {
  std::vector<std::thread> threads;
  std::vector<int> results(4, 0);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 20; ++round) {
        std::vector<char> out(1000);
        const absl::Status status = RunIsolated(
            [&](absl::Span<char> bytes) {
              const std::vector<char> copy(bytes.size(), static_cast<char>(i + 1));  // memory is there to be had
              std::copy(copy.begin(), copy.end(), bytes.begin());
              return absl::OkStatus();
            },
            30, absl::MakeSpan(out));
        results[i] += status.ok() && out[999] == i + 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(results, (std::vector<int>{20, 20, 20, 20}));
}

}  // namespace
}  // namespace asap
