#include "core/metrics/radix_sort.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace asap {
namespace {

constexpr int kBits = 11;
constexpr size_t kBuckets = size_t{1} << kBits;
constexpr size_t kSmall = 256;  // below, a comparison sort is as quick

struct Indexed {
  uint64_t key;
  uint32_t index;
};

uint64_t KeyOf(uint64_t key) { return key; }
uint32_t KeyOf(uint32_t key) { return key; }
uint64_t KeyOf(const Indexed& item) { return item.key; }

// Least significant digit first, stable; the histograms of all digits are made in one reading.
template <typename Item>
void Sort(std::vector<Item>* items) {
  using Key = decltype(KeyOf(Item{}));
  constexpr int kPasses = (8 * sizeof(Key) + kBits - 1) / kBits;
  if (items->size() < kSmall) {
    std::stable_sort(items->begin(), items->end(), [](const Item& a, const Item& b) { return KeyOf(a) < KeyOf(b); });
    return;
  }
  std::array<std::array<uint32_t, kBuckets>, kPasses> counts = {};
  for (const Item& item : *items) {
    Key key = KeyOf(item);
    for (int pass = 0; pass < kPasses; ++pass, key >>= kBits) ++counts[pass][key & (kBuckets - 1)];
  }
  std::vector<Item> other(items->size());
  for (int pass = 0; pass < kPasses; ++pass) {
    auto& count = counts[pass];
    const int shift = pass * kBits;
    if (count[(KeyOf(items->front()) >> shift) & (kBuckets - 1)] == items->size()) continue;
    uint32_t start = 0;
    for (uint32_t& bucket : count) start += std::exchange(bucket, start);
    for (const Item& item : *items) other[count[(KeyOf(item) >> shift) & (kBuckets - 1)]++] = item;
    items->swap(other);
  }
}

}  // namespace

uint64_t SortableKey(double value) {
  value += 0.0;  // -0 becomes 0
  uint64_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits ^ (bits >> 63 ? ~uint64_t{0} : uint64_t{1} << 63);
}

uint32_t SortableKey(float value) {
  value += 0.0f;
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits ^ (bits >> 31 ? ~uint32_t{0} : uint32_t{1} << 31);
}

void RadixSort(std::vector<uint64_t>* keys) { Sort(keys); }
void RadixSort(std::vector<uint32_t>* keys) { Sort(keys); }

std::vector<uint32_t> AscendingOrder(absl::Span<const double> values) {
  std::vector<Indexed> items(values.size());
  for (size_t i = 0; i < values.size(); ++i) items[i] = {SortableKey(values[i]), static_cast<uint32_t>(i)};
  Sort(&items);
  std::vector<uint32_t> order(values.size());
  for (size_t i = 0; i < values.size(); ++i) order[i] = items[i].index;
  return order;
}

}  // namespace asap
