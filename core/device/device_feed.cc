#include "core/device/device_feed.h"

#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <c10/util/Exception.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace asap {
DeviceFeed::Staged DeviceFeed::Stage() {
  Staged staged{.position = loader_->position(), .batch = loader_->Next()};
  if (!staged.batch.ok()) return staged;
  try {
    const c10::impl::VirtualGuardImpl guard(device_.type());
    if (!copies_.has_value()) copies_ = guard.getStreamFromGlobalPool(device_);
    const c10::StreamGuard on_copy_stream(*copies_);
    for (at::Tensor* tensor : staged.batch->batch->DeviceTensors()) {
      if (tensor->defined()) *tensor = tensor->to(device_, /*non_blocking=*/true);
    }
    staged.copied.emplace(device_.type());
    staged.copied->record(*copies_);
  } catch (const c10::Error& error) {
    staged.batch =
        absl::InternalError(absl::StrCat("cannot copy a batch to ", device_.str(), ": ", error.what_without_backtrace()));
  }
  return staged;
}

absl::StatusOr<LoadedBatch> DeviceFeed::Next() {
  if (device_.is_cpu()) return loader_->Next();
  if (!staged_.has_value()) staged_ = Stage();
  Staged staged = *std::exchange(staged_, std::nullopt);
  if (!staged.batch.ok()) return staged.batch.status();
  const c10::Stream compute = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
  staged.copied->block(compute);
  // The allocator must not hand the memory out again while the compute stream still reads it.
  for (at::Tensor* tensor : staged.batch->batch->DeviceTensors()) {
    if (tensor->defined()) tensor->record_stream(compute);
  }
  return std::move(staged.batch);
}

void DeviceFeed::Prefetch() {
  if (!device_.is_cpu() && !staged_.has_value()) staged_ = Stage();
}

DataPosition DeviceFeed::position() const { return staged_.has_value() ? staged_->position : loader_->position(); }

absl::Status DeviceFeed::Seek(const DataPosition& position) {
  if (staged_.has_value() && staged_->batch.ok() && staged_->position == position) return absl::OkStatus();
  staged_.reset();
  return loader_->Seek(position);
}

}  // namespace asap
