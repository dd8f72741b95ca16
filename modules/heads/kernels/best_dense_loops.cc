#include "modules/heads/kernels/dense_loops.h"

namespace asap {
namespace {

enum class Instructions { kBase, kAvx2, kAvx512 };

Instructions Best() {
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return Instructions::kAvx512;
  }
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Instructions::kAvx2 : Instructions::kBase;
}

template <typename Loops>
const Loops& Choose(const Loops& base, const Loops& avx2, const Loops& avx512) {
  switch (Best()) {
    case Instructions::kAvx512:
      return avx512;
    case Instructions::kAvx2:
      return avx2;
    case Instructions::kBase:
      break;
  }
  return base;
}

}  // namespace

template <>
const DenseLoops<float>& BestDenseLoops<float>() {
  static const DenseLoops<float>& best =
      Choose(dense_loops_base::kFloat32, dense_loops_avx2::kFloat32, dense_loops_avx512::kFloat32);
  return best;
}

template <>
const DenseLoops<double>& BestDenseLoops<double>() {
  static const DenseLoops<double>& best =
      Choose(dense_loops_base::kFloat64, dense_loops_avx2::kFloat64, dense_loops_avx512::kFloat64);
  return best;
}

}  // namespace asap
