// Where the time of a piece of code goes, by LibTorch operation.
//
//   StepProfile profile(/*shapes=*/false);
//   ... run ...
//   std::cout << profile.Table(20);
#ifndef ASAP_TESTS_PERFORMANCE_STEP_PROFILE_H_
#define ASAP_TESTS_PERFORMANCE_STEP_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace asap {

// Collects from construction to destruction, of all threads. Self time: without the operations that an operation calls.
class StepProfile {
 public:
  // With `shapes`, calls of the same operation on inputs of different shapes have rows of their own.
  explicit StepProfile(bool shapes);
  ~StepProfile();
  StepProfile(const StepProfile&) = delete;
  StepProfile& operator=(const StepProfile&) = delete;

  // Operations by self time, the `rows` longest: "share  seconds  calls  name", shares of all that was collected.
  std::string Table(size_t rows) const;

 private:
  uint64_t handle_;
};

}  // namespace asap

#endif  // ASAP_TESTS_PERFORMANCE_STEP_PROFILE_H_
