#include "core/train/seeded_generators.h"

#include <ATen/Context.h>

namespace asap {
namespace {

std::recursive_mutex& Turns() {
  static std::recursive_mutex& mutex = *new std::recursive_mutex();
  return mutex;
}

}  // namespace

SeededGenerators::SeededGenerators(uint64_t seed, c10::Device device) : turn_(Turns()) {
  const auto take = [&](const at::Generator& generator) {
    at::Generator own = generator;
    const std::lock_guard<std::mutex> lock(own.mutex());
    before_.emplace_back(own, own.get_state());
    own.set_current_seed(seed);
  };
  take(at::globalContext().defaultGenerator(c10::Device(c10::DeviceType::CPU)));
  if (!device.is_cpu()) take(at::globalContext().defaultGenerator(device));
}

SeededGenerators::~SeededGenerators() {
  for (auto& [generator, state] : before_) {
    const std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(state);
  }
}

}  // namespace asap
