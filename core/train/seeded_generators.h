// LibTorch's default generators, from which dropout and its like draw, seeded for the length of a scope.
//
//   {
//     const SeededGenerators seeded(CounterRng(seed, "forward", step).Next(), device);
//     loss = model.Forward(batch);
//     loss.backward();
//   }  // the generators go on where they were
//
// The default generators are one for the whole process, so scopes take turns: another thread waits for the end of the one that is
// open, and a scope within a scope of the same thread is fine. Trainers in several threads therefore draw what each would alone.
// What draws from a default generator in another thread without a scope takes from the seeded stream while one is open: give such
// code a generator of its own, or a scope.
#ifndef ASAP_CORE_TRAIN_SEEDED_GENERATORS_H_
#define ASAP_CORE_TRAIN_SEEDED_GENERATORS_H_

#include <ATen/core/Generator.h>
#include <ATen/core/TensorBody.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace asap {

class SeededGenerators {
 public:
  // The CPU's and, if it is another, the device's, as at::manual_seed would.
  SeededGenerators(uint64_t seed, c10::Device device);
  ~SeededGenerators();
  SeededGenerators(const SeededGenerators&) = delete;
  SeededGenerators& operator=(const SeededGenerators&) = delete;

 private:
  std::unique_lock<std::recursive_mutex> turn_;
  std::vector<std::pair<at::Generator, at::Tensor>> before_;  // with their states
};

}  // namespace asap

#endif  // ASAP_CORE_TRAIN_SEEDED_GENERATORS_H_
