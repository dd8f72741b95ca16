#include "modules/layers/kernels/loops.h"

namespace asap {

const Loops& BestLoops() {
  static const Loops& best = [&]() -> const Loops& {
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
      return loops_avx512::kLoops;
    }
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? loops_avx2::kLoops : loops_base::kLoops;
  }();
  return best;
}

}  // namespace asap
