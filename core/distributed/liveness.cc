#include "core/distributed/liveness.h"

#include <algorithm>
#include <exception>
#include <future>
#include <torch/csrc/distributed/c10d/Store.hpp>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/status.h"

namespace asap {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kShownRanks = 8;

std::string Seconds(std::chrono::milliseconds time) { return absl::StrCat(static_cast<double>(time.count()) / 1000, " s"); }

}  // namespace

Liveness::Liveness(c10::intrusive_ptr<c10d::Store> store, c10::intrusive_ptr<c10d::Store> questions, LivenessOptions options)
    : store_(std::move(store)), questions_(std::move(questions)), options_(std::move(options)) {
  hosts_.resize(options_.world);
  machines_.resize(options_.world);
  thread_ = std::thread([this] {
    std::unique_lock<std::mutex> lock(mutex_);
    while (!stopping_ && Publish()) wake_.wait_for(lock, options_.beat);
  });
}

Liveness::~Liveness() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

std::string Liveness::Key(int64_t rank) { return absl::StrCat("line/", rank); }

// With mutex_ held, so that lines go out in their order.
bool Liveness::Publish() {
  const std::string text = absl::StrCat(++beats_, "\n", arrivals_.load(), "\n", std::string(1, static_cast<char>(state_)), "\n",
                                        options_.machine, "\n", options_.host, "\n", message_);
  try {
    store_->set(Key(options_.rank), std::vector<uint8_t>(text.begin(), text.end()));
  } catch (const std::exception&) {  // the store's host is gone: an exchange will fail, and Explain says so
    return false;
  }
  return true;
}

Liveness::Line Liveness::Parse(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('\n', 5));
  Line line;
  if (parts.size() != 6 || parts[2].size() != 1) return line;
  if (!absl::SimpleAtoi(parts[0], &line.beats) || !absl::SimpleAtoi(parts[1], &line.arrivals)) return line;
  line.state = static_cast<State>(parts[2][0]);
  line.machine = parts[3];
  line.host = parts[4];
  line.message = parts[5];
  return line;
}

absl::Status Liveness::Ask(std::function<void(c10d::Store&)> question, std::chrono::milliseconds limit) {
  auto task =
      std::make_shared<std::packaged_task<void()>>([store = questions_, question = std::move(question)] { question(*store); });
  std::future<void> answer = task->get_future();
  std::thread([task] { (*task)(); }).detach();
  const std::string silent =
      options_.rank_zero_serves
          ? absl::StrCat(Name(0), ", which holds the meeting place, does not answer: its process is gone or halted")
          : absl::StrCat("the launcher's meeting place at ", options_.meeting_place, " does not answer");
  if (answer.wait_for(limit) != std::future_status::ready) return absl::UnavailableError(silent);
  try {
    answer.get();
  } catch (const std::exception&) {
    return absl::UnavailableError(silent);
  }
  return absl::OkStatus();
}

absl::Status Liveness::Read(std::vector<Line>& lines, std::chrono::milliseconds limit) {
  auto texts = std::make_shared<std::vector<std::string>>();
  std::vector<std::string> keys;
  for (int64_t rank = 0; rank < options_.world; ++rank) keys.push_back(Key(rank));
  ASAP_RETURN_IF_ERROR(Ask(
      [texts, keys](c10d::Store& store) {
        for (const std::vector<uint8_t>& value : store.multiGet(keys)) texts->emplace_back(value.begin(), value.end());
      },
      limit));
  lines.clear();
  for (const std::string& text : *texts) lines.push_back(Parse(text));
  return absl::OkStatus();
}

std::string Liveness::Name(int64_t rank) const {
  return absl::StrCat("rank ", rank,
                      hosts_[rank].empty() ? (rank == 0 ? absl::StrCat(" (at ", options_.meeting_place, ")") : "")
                                           : absl::StrCat(" (host ", hosts_[rank], ")"));
}

absl::Status Liveness::AwaitAll() {
  const Clock::time_point end = Clock::now() + options_.timeout;
  std::vector<int64_t> missing;
  for (int64_t rank = 0; rank < options_.world; ++rank) missing.push_back(rank);
  while (true) {
    auto absent = std::make_shared<std::vector<int64_t>>();
    ASAP_RETURN_IF_ERROR(Ask(
        [absent, missing](c10d::Store& store) {
          for (const int64_t rank : missing) {
            if (!store.check({Key(rank)})) absent->push_back(rank);
          }
        },
        options_.timeout));
    missing = *absent;
    if (missing.empty()) break;
    if (Clock::now() > end) {
      const size_t shown = std::min(missing.size(), kShownRanks);
      return absl::DeadlineExceededError(absl::StrCat(
          missing.size(), " of ", options_.world, " processes did not come within ", Seconds(options_.timeout), ": rank ",
          absl::StrJoin(missing.begin(), missing.begin() + shown, ", "), shown < missing.size() ? ", ..." : "",
          ". Were they started with the same WORLD_SIZE, MASTER_ADDR and MASTER_PORT (here ", options_.meeting_place,
          "), and can they reach it?"));
    }
    std::this_thread::sleep_for(std::min(options_.beat, std::chrono::milliseconds(50)));
  }
  std::vector<Line> lines;
  ASAP_RETURN_IF_ERROR(Read(lines, options_.patience));
  for (int64_t rank = 0; rank < options_.world; ++rank) {
    hosts_[rank] = lines[rank].host;
    machines_[rank] = lines[rank].machine;
  }
  return absl::OkStatus();
}

absl::Status Liveness::Release(const std::string& key) {
  return Ask([key](c10d::Store& store) { store.set(key, std::vector<uint8_t>{1}); }, options_.timeout);
}

absl::Status Liveness::AwaitRelease(const std::string& key) {
  int64_t beats = -1;
  Clock::time_point heard = Clock::now();
  while (true) {
    auto ready = std::make_shared<bool>(false);
    auto text = std::make_shared<std::string>();
    ASAP_RETURN_IF_ERROR(Ask(
        [ready, text, key](c10d::Store& store) {
          *ready = store.check({key});
          const std::vector<uint8_t> value = store.get(Key(0));
          text->assign(value.begin(), value.end());
        },
        options_.timeout));
    if (*ready) return absl::OkStatus();
    const Line zero = Parse(*text);
    if (zero.state == State::kFailed) return Explain("rank 0 failed");
    if (zero.beats != std::exchange(beats, zero.beats)) heard = Clock::now();
    if (Clock::now() - heard > options_.timeout) {
      return absl::UnavailableError(absl::StrCat(Name(0), " has not been heard of for ", Seconds(options_.timeout)));
    }
    std::this_thread::sleep_for(options_.beat);
  }
}

absl::Status Liveness::CheckOthers() {
  std::vector<Line> lines;
  // A busy store is no reason to give up.
  ASAP_RETURN_IF_ERROR(
      Read(lines, std::max(options_.patience, std::min(options_.timeout / 2, std::chrono::milliseconds(30000)))));
  checked_beats_.resize(lines.size(), -1);
  absl::Status status;
  for (int64_t rank = 0; rank < options_.world; ++rank) {
    if (rank == options_.rank) continue;
    const bool silent = std::exchange(checked_beats_[rank], lines[rank].beats) == lines[rank].beats;
    if (lines[rank].state != State::kRunning) {
      status.Update(absl::UnavailableError(absl::StrCat(Name(rank), " has given up")));
    } else if (silent) {
      status.Update(absl::UnavailableError(absl::StrCat(Name(rank), " is silent")));
    }
  }
  return status;
}

void Liveness::SetState(State state, const std::string& message) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (state_ == State::kLost && state == State::kDone) {
    state_ = State::kLeft;
  } else if (state_ == State::kRunning) {
    state_ = state;
    message_ = message;
  }
  Publish();  // not left to the next beat: the others ask as soon as they miss this process
}

void Liveness::Fail(const absl::Status& status) { SetState(State::kFailed, std::string(status.message())); }

absl::Status Liveness::Explain(absl::string_view symptom) {
  const int64_t arrivals = arrivals_;
  SetState(State::kLost, "");
  const Clock::time_point end = Clock::now() + options_.patience;
  std::vector<Line> first, lines;
  ASAP_RETURN_IF_ERROR(Read(first, options_.patience));
  std::vector<int64_t> silent;
  while (true) {
    ASAP_RETURN_IF_ERROR(Read(lines, options_.patience));
    silent.clear();
    for (int64_t rank = 0; rank < options_.world; ++rank) {
      if (lines[rank].state == State::kFailed) {
        return absl::UnavailableError(absl::StrCat(Name(rank), " ended the job: ", lines[rank].message));
      }
      const bool alive = rank == options_.rank || lines[rank].state == State::kLost || lines[rank].state == State::kLeft ||
                         lines[rank].beats != first[rank].beats;
      if (!alive) silent.push_back(rank);
    }
    if (silent.empty() || Clock::now() > end) break;
    std::this_thread::sleep_for(options_.beat / 4);
  }
  std::vector<std::string> names;
  for (const int64_t rank : silent) names.push_back(Name(rank));
  std::string fault = "has stopped: its process is gone or halted";
  if (silent.empty()) {
    int64_t least = arrivals;
    for (const Line& line : lines) {
      if (line.state == State::kRunning) least = std::min(least, line.arrivals);
    }
    for (int64_t rank = 0; rank < options_.world && least < arrivals; ++rank) {
      if (lines[rank].arrivals == least && lines[rank].state == State::kRunning) names.push_back(Name(rank));
    }
    fault = absl::StrCat("lives but did not come to exchange ", arrivals, " within ", Seconds(options_.timeout),
                         ": it is slow, or waits for its data");
  }
  if (names.empty()) {
    return absl::UnavailableError(
        absl::StrCat("the connection between the ranks broke, though all of their processes live: ", symptom));
  }
  if (names.size() > kShownRanks) {
    const size_t more = names.size() - kShownRanks;
    names.resize(kShownRanks);
    names.push_back(absl::StrCat(more, " more"));
  }
  return absl::UnavailableError(absl::StrCat(absl::StrJoin(names, ", "), " ", fault));
}

void Liveness::Leave() {
  SetState(State::kDone, "");
  if (options_.rank != 0 || !options_.rank_zero_serves) return;
  // The others' last questions, as long as they ask; one that hangs is not waited for.
  const Clock::time_point end = Clock::now() + 2 * options_.patience;
  std::vector<Line> lines;
  while (Clock::now() < end && Read(lines, options_.patience).ok()) {
    const bool all = std::all_of(lines.begin() + 1, lines.end(),
                                 [](const Line& line) { return line.state != State::kRunning && line.state != State::kLost; });
    if (all) return;
    std::this_thread::sleep_for(options_.beat / 4);
  }
}

}  // namespace asap
