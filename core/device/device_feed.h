// Batches from a loader on the device that computes. For a GPU the next batch is copied while the current one computes: the
// loader fills page-locked memory, and a stream of its own carries it over.
//
//   DeviceFeed feed(loader, device);
//   ASAP_ASSIGN_OR_RETURN(LoadedBatch next, feed.Next());
//   ... start the forward and backward pass ...
//   feed.Prefetch();  // while the device is busy
#ifndef ASAP_CORE_DEVICE_DEVICE_FEED_H_
#define ASAP_CORE_DEVICE_DEVICE_FEED_H_

#include <c10/core/Device.h>
#include <c10/core/Event.h>

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/data/loader/loader.h"

namespace asap {

// For one thread, which owns the loader's Next and Seek from then on.
class DeviceFeed {
 public:
  DeviceFeed(Loader* loader, c10::Device device) : loader_(loader), device_(device) {}

  // The next batch; what it names in DeviceTensors() is on the device, all else on the CPU. Work that the caller starts
  // afterwards on the current stream finds them complete; the call does not wait for the device.
  absl::StatusOr<LoadedBatch> Next();

  // Reads the batch after that and starts its copy. An error is kept for Next. Nothing on the CPU: its loader's threads read
  // ahead.
  void Prefetch();

  // As the loader's: of the batch that Next gives next.
  DataPosition position() const;
  absl::Status Seek(const DataPosition& position);

 private:
  struct Staged {
    DataPosition position;
    absl::StatusOr<LoadedBatch> batch;
    std::optional<c10::Event> copied;
  };
  Staged Stage();

  Loader* const loader_;
  const c10::Device device_;
  std::optional<c10::Stream> copies_;
  std::optional<Staged> staged_;
};

}  // namespace asap

#endif  // ASAP_CORE_DEVICE_DEVICE_FEED_H_
