#include "core/train/memory_region.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <iterator>

namespace asap {
namespace {

constexpr size_t kGrain = size_t{64} << 10;

}  // namespace

std::unique_ptr<MemoryRegion> MemoryRegion::Reserve(size_t bytes, size_t most_idle) {
  const size_t grains = bytes / kGrain;
  void* base = mmap(nullptr, grains * kGrain, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  madvise(base, grains * kGrain, MADV_HUGEPAGE);  // advice: nothing happens where there are none
  return std::unique_ptr<MemoryRegion>(new MemoryRegion(static_cast<char*>(base), grains, most_idle / kGrain));
}

MemoryRegion::MemoryRegion(char* base, size_t grains, size_t most_idle_grains)
    : base_(base), grains_(grains), most_idle_(most_idle_grains), touched_(grains, 0) {
  AddFree({0, grains});
}

MemoryRegion::~MemoryRegion() { munmap(base_, grains_ * kGrain); }

void* MemoryRegion::Allocate(size_t bytes) {
  const size_t size = std::max<size_t>((bytes + kGrain - 1) / kGrain, 1);
  const std::lock_guard lock(mutex_);
  // The smallest that is large enough, and the first of these: what is free stays in few pieces.
  const auto fit = free_by_size_.lower_bound({size, 0});
  if (fit == free_by_size_.end()) return nullptr;
  const Range range = {fit->second, fit->first}, block = {range.begin, size};
  RemoveFree(range);
  if (range.size > size) AddFree({range.begin + size, range.size - size});
  idle_ -= CountTouched(block);
  std::fill_n(touched_.begin() + block.begin, size, 1);
  blocks_[block.begin] = size;
  used_ += size;
  most_used_ = std::max(most_used_, used_);
  if (most_idle_ < grains_) {
    for (auto largest = free_by_size_.rbegin(); used_ + idle_ > most_used_ && largest != free_by_size_.rend(); ++largest) {
      GiveBack({largest->second, largest->first}, used_ + idle_ - most_used_);
    }
  }
  return base_ + block.begin * kGrain;
}

bool MemoryRegion::Holds(const void* block) const {
  const char* place = static_cast<const char*>(block);
  return place >= base_ && place < base_ + grains_ * kGrain;
}

void MemoryRegion::Free(void* block) {
  const std::lock_guard lock(mutex_);
  const auto found = blocks_.find((static_cast<char*>(block) - base_) / kGrain);
  Range range = {found->first, found->second};
  blocks_.erase(found);
  used_ -= range.size;
  idle_ += range.size;
  const auto next = free_by_begin_.lower_bound(range.begin);
  if (next != free_by_begin_.end() && next->first == range.begin + range.size) {
    const Range joined = {next->first, next->second};
    RemoveFree(joined);
    range.size += joined.size;
  }
  const auto after = free_by_begin_.lower_bound(range.begin);
  if (after != free_by_begin_.begin()) {
    const auto before = std::prev(after);
    if (before->first + before->second == range.begin) {
      const Range joined = {before->first, before->second};
      RemoveFree(joined);
      range = {joined.begin, joined.size + range.size};
    }
  }
  AddFree(range);
  // The largest first: it takes the fewest calls.
  for (auto largest = free_by_size_.rbegin(); idle_ > most_idle_ && largest != free_by_size_.rend(); ++largest) {
    GiveBack({largest->second, largest->first}, grains_);
  }
}

size_t MemoryRegion::used() const {
  const std::lock_guard lock(mutex_);
  return used_ * kGrain;
}

size_t MemoryRegion::idle() const {
  const std::lock_guard lock(mutex_);
  return idle_ * kGrain;
}

void MemoryRegion::AddFree(Range range) {
  free_by_begin_[range.begin] = range.size;
  free_by_size_.insert({range.size, range.begin});
}

void MemoryRegion::RemoveFree(Range range) {
  free_by_begin_.erase(range.begin);
  free_by_size_.erase({range.size, range.begin});
}

void MemoryRegion::GiveBack(Range range, size_t most) {
  const auto* first = touched_.data() + range.begin;
  const auto* last = static_cast<const uint8_t*>(memrchr(first, 1, range.size));
  if (last == nullptr) return;
  const size_t end = last - touched_.data() + 1;
  size_t begin = end, count = 0;
  while (begin > range.begin && count < most) count += touched_[--begin];
  madvise(base_ + begin * kGrain, (end - begin) * kGrain, MADV_DONTNEED);
  std::fill_n(touched_.begin() + begin, end - begin, 0);
  idle_ -= count;
}

size_t MemoryRegion::CountTouched(Range range) const {
  return std::count(touched_.begin() + range.begin, touched_.begin() + range.begin + range.size, 1);
}

}  // namespace asap
