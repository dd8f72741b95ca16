// A gzip stream that is decoded on a thread of its own, from front to back, while others already read what is there.
#ifndef ASAP_CORE_BYTES_BACKGROUND_GUNZIP_H_
#define ASAP_CORE_BYTES_BACKGROUND_GUNZIP_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace asap {

class BackgroundGunzip {
 public:
  // Fills `out` as Gunzip() does. Both must outlive this object.
  BackgroundGunzip(absl::string_view compressed, absl::Span<char> out);
  // Stops.
  ~BackgroundGunzip();
  BackgroundGunzip(const BackgroundGunzip&) = delete;
  BackgroundGunzip& operator=(const BackgroundGunzip&) = delete;

  // Returns when the first `bytes` of `out` are decoded, or never will be: which of the two, Finish() tells.
  void Await(int64_t bytes) const {
    if (there_.load(std::memory_order_acquire) < bytes) AwaitSlowly(bytes);
  }
  // Returns when decoding has ended, with what Gunzip() would give.
  absl::Status Finish() const;

 private:
  void AwaitSlowly(int64_t bytes) const;
  void Advance(int64_t bytes);

  mutable std::mutex mutex_;
  mutable std::condition_variable advanced_;
  std::atomic<int64_t> there_{0};  // bytes; more than there can be once decoding has ended. Rises under `mutex_`.
  std::atomic<bool> stop_{false};
  absl::Status status_;  // written before `there_` rises to the end
  std::thread thread_;
};

}  // namespace asap

#endif  // ASAP_CORE_BYTES_BACKGROUND_GUNZIP_H_
