#include "core/bytes/background_gunzip.h"

#include <limits>

#include "core/bytes/gzip.h"

namespace asap {
namespace {

constexpr int64_t kEnded = std::numeric_limits<int64_t>::max();

}  // namespace

BackgroundGunzip::BackgroundGunzip(absl::string_view compressed, absl::Span<char> out) {
  thread_ = std::thread([this, compressed, out] {
    status_ = Gunzip(compressed, out, [this](int64_t bytes) {
      Advance(bytes);
      return !stop_;
    });
    Advance(kEnded);
  });
}

BackgroundGunzip::~BackgroundGunzip() {
  stop_ = true;
  thread_.join();
}

absl::Status BackgroundGunzip::Finish() const {
  Await(kEnded);
  return status_;
}

void BackgroundGunzip::AwaitSlowly(int64_t bytes) const {
  std::unique_lock<std::mutex> lock(mutex_);
  advanced_.wait(lock, [&] { return there_ >= bytes; });
}

void BackgroundGunzip::Advance(int64_t bytes) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    there_.store(bytes, std::memory_order_release);
  }
  advanced_.notify_all();
}

}  // namespace asap
