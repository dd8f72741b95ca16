// Inputs that a fixture names by their recipe instead of storing them; ../README.md has the generator.
#ifndef ASAP_TESTS_GOLDEN_METRICS_RECIPE_NUMBERS_H_
#define ASAP_TESTS_GOLDEN_METRICS_RECIPE_NUMBERS_H_

#include <cstdint>
#include <string>

#include "core/base/random.h"

namespace asap::golden {

// u(seed, name, i) in [0, 1).
inline double RecipeNumber(uint64_t seed, const std::string& name, uint64_t i) {
  constexpr uint64_t kStep = 0x9E3779B97F4A7C15ull;
  const uint64_t base = seed * kStep ^ Fnv1a64(name);
  return static_cast<double>(Mix64(base + (i + 1) * kStep) >> 11) * 0x1.0p-53;
}

}  // namespace asap::golden

#endif  // ASAP_TESTS_GOLDEN_METRICS_RECIPE_NUMBERS_H_
