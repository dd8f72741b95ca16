// Counter-based randomness: a value depends on its key (seed, purpose, epoch, sample, ...) and its index alone, never on thread
// count or order of evaluation. The generator is SplitMix64 (Steele et al., OOPSLA 2014) over a hashed key.
//
//   CounterRng rng(seed, "crop", epoch, sample);
//   int64_t start = rng.UniformInt(0, slack);  // inclusive
//
// Copyable and small; not thread-safe: make one per sample.
#ifndef ASAP_CORE_BASE_RANDOM_H_
#define ASAP_CORE_BASE_RANDOM_H_

#include <cmath>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace asap {

// SplitMix64's finaliser: a bijection of 64-bit integers.
constexpr uint64_t Mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// FNV-1a over bytes.
constexpr uint64_t Fnv1a64(absl::string_view text) {
  uint64_t hash = 0xcbf29ce484222325ull;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

class CounterRng {
 public:
  explicit CounterRng(uint64_t seed, absl::string_view purpose = "", uint64_t a = 0, uint64_t b = 0, uint64_t c = 0)
      : key_(Mix64(Mix64(Mix64(Mix64(seed + kStep) ^ Fnv1a64(purpose)) + a * kStep) ^ (b + 1) * kStep) + c) {}

  uint64_t Next() { return Mix64(key_ + ++counter_ * kStep); }
  // In [0, 1), 53 bits.
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  // Each of low, low + 1, ..., high alike.
  int64_t UniformInt(int64_t low, int64_t high) {
    const uint64_t range = static_cast<uint64_t>(high - low) + 1;
    return low + static_cast<int64_t>((static_cast<unsigned __int128>(Next()) * range) >> 64);
  }
  bool Bernoulli(double probability) { return Uniform() < probability; }
  // Standard normal by Box-Muller, one value a call.
  double Normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
    return radius * std::cos(6.283185307179586 * Uniform());
  }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15ull;
  uint64_t key_;
  uint64_t counter_ = 0;
};

}  // namespace asap

#endif  // ASAP_CORE_BASE_RANDOM_H_
