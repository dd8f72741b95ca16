// Who of a group lives. Each process writes a line about itself into the group's store, twice a second, from a thread of its own:
// a process that is killed or halted stops writing, one that waits for its disk goes on writing but falls behind.
//
// After a failed exchange each survivor asks Explain, which names the rank at fault and its host. All calls return within a few
// seconds of their time limit, also where the store's host is dead.
#ifndef ASAP_CORE_DISTRIBUTED_LIVENESS_H_
#define ASAP_CORE_DISTRIBUTED_LIVENESS_H_

#include <c10/util/intrusive_ptr.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace c10d {
class Store;
}

namespace asap {

struct LivenessOptions {
  int64_t rank = 0, world = 1;
  std::string machine, host;  // the identity of this one, and its name for messages
  std::string meeting_place;  // of the store, for messages
  bool rank_zero_serves = true;
  std::chrono::milliseconds timeout{600000};  // what counts as never
  std::chrono::milliseconds beat{500};        // between two lines
  std::chrono::milliseconds patience{3000};   // without a line after a failure, a process counts as gone
};

class Liveness {
 public:
  // Two connections to one store: lines go out on `store`, which never waits for an answer; `questions` may wait for long.
  Liveness(c10::intrusive_ptr<c10d::Store> store, c10::intrusive_ptr<c10d::Store> questions, LivenessOptions options);
  ~Liveness();

  // Waits until every rank has written its first line. DeadlineExceeded names those that have not come.
  absl::Status AwaitAll();
  // A name for each rank, known after AwaitAll.
  const std::vector<std::string>& hosts() const { return hosts_; }
  const std::vector<std::string>& machines() const { return machines_; }

  // This process enters its next exchange with the others.
  void Arrive() { ++arrivals_; }

  // For long work of rank 0 while the others wait without a limit, as long as it lives. `key` is new each time.
  absl::Status Release(const std::string& key);
  absl::Status AwaitRelease(const std::string& key);

  // Unavailable where a rank has given up, or has written nothing since the call before. For calls seconds apart, while an
  // exchange goes on that would wait for ever; Explain tells more once that is given up. For one thread at a time.
  absl::Status CheckOthers();

  // Tells the others why this process ends.
  void Fail(const absl::Status& status);
  // An exchange failed on this rank with `symptom`: Unavailable, with the rank at fault, its host and what is known.
  absl::Status Explain(absl::string_view symptom);
  // The process is through: a server of the store stays until the others have read what they need.
  void Leave();

 private:
  // kLost: told by a failed exchange. kLeft: lost, and through with its questions.
  enum class State : char { kRunning = 'r', kFailed = 'f', kLost = 'l', kLeft = 'x', kDone = 'd' };
  struct Line {
    int64_t beats = 0, arrivals = 0;
    State state = State::kRunning;
    std::string machine, host, message;
  };

  static std::string Key(int64_t rank);
  static Line Parse(const std::string& text);
  // False where the store cannot be reached.
  bool Publish();
  void SetState(State state, const std::string& message);
  // All ranks' lines.
  absl::Status Read(std::vector<Line>& lines, std::chrono::milliseconds limit);
  // Runs `question` on a thread that is left behind where it does not come back within `limit`.
  absl::Status Ask(std::function<void(c10d::Store&)> question, std::chrono::milliseconds limit);
  std::string Name(int64_t rank) const;

  const c10::intrusive_ptr<c10d::Store> store_, questions_;
  const LivenessOptions options_;
  std::vector<std::string> hosts_, machines_;
  std::vector<int64_t> checked_beats_;  // at the last CheckOthers

  std::atomic<int64_t> arrivals_{0};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  int64_t beats_ = 0;
  State state_ = State::kRunning;
  std::string message_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace asap

#endif  // ASAP_CORE_DISTRIBUTED_LIVENESS_H_
