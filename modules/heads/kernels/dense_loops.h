// The inner loops of training a small head, compiled for several instruction sets from one source, in float32 and float64. None
// of them allocates or fails, and each number is summed in one order: it depends neither on how many rows or outputs a call has,
// nor on which of them a thread was given. All arrays are row-major.
#ifndef ASAP_MODULES_HEADS_KERNELS_DENSE_LOOPS_H_
#define ASAP_MODULES_HEADS_KERNELS_DENSE_LOOPS_H_

#include <cstdint>

namespace asap {

// One AdamW update, see modules/heads/head_step.h.
struct AdamWFactors {
  double decay;          // 1 - rate * weight decay
  double gradient;       // of clipping
  double keep1, keep2;   // 1 - beta1, 1 - beta2
  double step;           // rate / (1 - beta1^t)
  double inverse_root2;  // 1 / sqrt(1 - beta2^t)
  double epsilon;
};

template <typename T>
struct DenseLoops {
  // z[b, k] = x[b] . w[k] + bias[k]; x [rows, inputs], w [outputs, inputs], bias [outputs], z of that stride.
  void (*project)(const T* x, int64_t rows, int64_t inputs, const T* w, const T* bias, int64_t outputs, T* z, int64_t stride);
  // g[k] = sum over b of d[b, k] x[b]; d of that stride, x [rows, inputs], g [outputs, inputs].
  void (*weight_gradient)(const T* d, int64_t stride, int64_t rows, const T* x, int64_t inputs, int64_t outputs, T* g);
  double (*sum_of_squares)(const T* x, int64_t size);
  void (*adamw)(const AdamWFactors& factors, const T* gradient, T* parameter, T* first, T* second, int64_t size);
};

// The loops for the best instruction set that this processor has, in float and double.
template <typename T>
const DenseLoops<T>& BestDenseLoops();

#define ASAP_DECLARE_DENSE_LOOPS(name)      \
  namespace name {                          \
  extern const DenseLoops<float> kFloat32;  \
  extern const DenseLoops<double> kFloat64; \
  }
ASAP_DECLARE_DENSE_LOOPS(dense_loops_base)
ASAP_DECLARE_DENSE_LOOPS(dense_loops_avx2)
ASAP_DECLARE_DENSE_LOOPS(dense_loops_avx512)
#undef ASAP_DECLARE_DENSE_LOOPS

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_KERNELS_DENSE_LOOPS_H_
