#include "tests/damaged/damage.h"

#include <algorithm>
#include <array>

#include "core/base/random.h"

namespace asap {
namespace {

constexpr int64_t kHeader = 400;

std::string DamagedOnce(std::string bytes, CounterRng* rng) {
  const auto size = static_cast<int64_t>(bytes.size());
  const int64_t place = rng->UniformInt(0, (rng->Bernoulli(0.5) ? std::min(size, kHeader) : size) - 1);
  const int64_t length = std::min<int64_t>(size - place, rng->UniformInt(1, rng->Bernoulli(0.7) ? 8 : 500));
  switch (rng->UniformInt(0, 5)) {
    case 0:
      for (int64_t i = 0; i < std::min<int64_t>(length, 4); ++i)
        bytes[place + i] ^= static_cast<char>(1 << rng->UniformInt(0, 7));
      break;
    case 1: {
      constexpr std::array<char, 5> kExtremes = {'\0', '\xff', '\x7f', '\x80', '9'};
      std::fill_n(bytes.begin() + place, std::min<int64_t>(length, 8), kExtremes[rng->UniformInt(0, 4)]);
      break;
    }
    case 2:
      bytes.erase(place, length);
      break;
    case 3:
      bytes.insert(place, bytes.substr(place, length));
      break;
    case 4:
      std::fill_n(bytes.begin() + place, length, '\0');
      break;
    default:
      bytes.resize(place);
  }
  return bytes;
}

}  // namespace

std::string Damaged(const std::string& bytes, uint64_t seed) {
  CounterRng rng(seed, "damage");
  std::string damaged = bytes;
  while (damaged == bytes || (!damaged.empty() && rng.Bernoulli(0.3)))
    damaged = DamagedOnce(damaged.empty() ? bytes : damaged, &rng);
  return damaged;
}

}  // namespace asap
