#include "core/data/fractions/mersenne.h"

#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <set>
#include <utility>

namespace asap {
namespace {

constexpr size_t kWords = std::mt19937::state_size;

int BitLength(uint64_t x) {
  int bits = 0;
  for (; x > 0; x >>= 1) ++bits;
  return bits;
}

// Python's seeding by an integer of one word: init_by_array of MT19937's authors. A seed sequence to std::mt19937, which takes
// the words that generate() gives as its state.
class PythonSeed {
 public:
  using result_type = uint32_t;
  explicit PythonSeed(uint32_t seed) : seed_(seed) {}

  template <typename Iterator>
  void generate(Iterator begin, Iterator end) const {
    std::array<uint32_t, kWords> state;
    state[0] = 19650218u;
    for (size_t i = 1; i < kWords; ++i) {
      state[i] = 1812433253u * (state[i - 1] ^ (state[i - 1] >> 30)) + static_cast<uint32_t>(i);
    }
    size_t i = 1;
    const auto advance = [&] {
      if (++i < kWords) return;
      state[0] = state[kWords - 1];
      i = 1;
    };
    for (size_t k = 0; k < kWords; ++k, advance()) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1664525u)) + seed_;
    }
    for (size_t k = 0; k + 1 < kWords; ++k, advance()) {
      state[i] = (state[i] ^ ((state[i - 1] ^ (state[i - 1] >> 30)) * 1566083941u)) - static_cast<uint32_t>(i);
    }
    state[0] = 0x80000000u;
    for (size_t word = 0; begin != end; ++begin, ++word) *begin = state[word % kWords];
  }

 private:
  uint32_t seed_;
};

}  // namespace

std::vector<int64_t> NumpyPermutation(uint32_t seed, int64_t size) {
  std::mt19937 words(seed);  // init_genrand, as the standard has it
  std::vector<int64_t> order(size);
  std::iota(order.begin(), order.end(), int64_t{0});
  for (int64_t i = size - 1; i > 0; --i) {
    const uint32_t mask = static_cast<uint32_t>((uint64_t{1} << BitLength(i)) - 1);
    uint32_t j;
    do {
      j = static_cast<uint32_t>(words()) & mask;
    } while (j > i);
    std::swap(order[i], order[j]);
  }
  return order;
}

std::vector<int64_t> PythonSample(uint32_t seed, int64_t population, int64_t count) {
  PythonSeed sequence(seed);
  std::mt19937 words(sequence);
  const auto below = [&](int64_t n) {
    const int bits = BitLength(n);
    uint32_t draw;
    do {
      draw = static_cast<uint32_t>(words()) >> (32 - bits);
    } while (draw >= n);
    return static_cast<int64_t>(draw);
  };
  std::vector<int64_t> sample(count);
  // Small populations are drawn from a list, large ones with a set of what was drawn: the streams differ.
  double set_size = 21;
  if (count > 5) set_size += std::pow(4, std::ceil(std::log(static_cast<double>(count * 3)) / std::log(4.0)));
  if (static_cast<double>(population) <= set_size) {
    std::vector<int64_t> pool(population);
    std::iota(pool.begin(), pool.end(), int64_t{0});
    for (int64_t i = 0; i < count; ++i) {
      const int64_t j = below(population - i);
      sample[i] = pool[j];
      pool[j] = pool[population - i - 1];
    }
    return sample;
  }
  std::set<int64_t> drawn;
  for (int64_t& value : sample) {
    do {
      value = below(population);
    } while (!drawn.insert(value).second);
  }
  return sample;
}

}  // namespace asap
