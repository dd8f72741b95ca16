// Compiled once per instruction set, with ASAP_LOOPS the name of its namespace. Only headers without inline functions are
// included here: their code would otherwise be shared with processors that lack the instructions.
#include "modules/heads/kernels/dense_loops.h"

namespace asap::ASAP_LOOPS {
namespace {

// A tile's sums stay in registers: kTileRows x kTileOutputs (or kTileOutputs x kTileVectors) of them, of 32 or 16 registers.
#if defined(__AVX512F__)
constexpr int kBytes = 64, kTileRows = 4, kTileOutputs = 6, kTileVectors = 4;
#elif defined(__AVX2__)
constexpr int kBytes = 32, kTileRows = 3, kTileOutputs = 4, kTileVectors = 3;
#else
constexpr int kBytes = 16, kTileRows = 3, kTileOutputs = 4, kTileVectors = 3;
#endif

template <typename T>
struct Simd {
  typedef T Vector __attribute__((vector_size(kBytes)));
  static constexpr int64_t kLanes = kBytes / sizeof(T);

  static Vector Load(const T* from) {
    Vector v;
    __builtin_memcpy(&v, from, sizeof(v));
    return v;
  }
  static void Store(const Vector& v, T* to) { __builtin_memcpy(to, &v, sizeof(v)); }
  static T Sum(const Vector& v) {
    T lanes[kLanes];
    Store(v, lanes);
    for (int64_t width = kLanes / 2; width > 0; width /= 2) {
      for (int64_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
    }
    return lanes[0];
  }
};

template <typename T, int R, int K>
void ProjectTile(const T* x, int64_t inputs, const T* w, const T* bias, T* z, int64_t stride) {
  using S = Simd<T>;
  typename S::Vector sums[R][K] = {};
  const int64_t whole = inputs / S::kLanes * S::kLanes;
  for (int64_t c = 0; c < whole; c += S::kLanes) {
    typename S::Vector rows[R];
    for (int r = 0; r < R; ++r) rows[r] = S::Load(x + r * inputs + c);
    for (int k = 0; k < K; ++k) {
      const typename S::Vector weights = S::Load(w + k * inputs + c);
      for (int r = 0; r < R; ++r) sums[r][k] += rows[r] * weights;
    }
  }
  for (int r = 0; r < R; ++r) {
    for (int k = 0; k < K; ++k) {
      T sum = S::Sum(sums[r][k]);
      for (int64_t c = whole; c < inputs; ++c) sum += x[r * inputs + c] * w[k * inputs + c];
      z[r * stride + k] = sum + bias[k];
    }
  }
}

template <typename T, int K>
void ProjectOutputs(const T* x, int64_t rows, int64_t inputs, const T* w, const T* bias, T* z, int64_t stride) {
  int64_t b = 0;
  for (; b + kTileRows <= rows; b += kTileRows) {
    ProjectTile<T, kTileRows, K>(x + b * inputs, inputs, w, bias, z + b * stride, stride);
  }
  for (; b < rows; ++b) ProjectTile<T, 1, K>(x + b * inputs, inputs, w, bias, z + b * stride, stride);
}

template <typename T>
void Project(const T* x, int64_t rows, int64_t inputs, const T* w, const T* bias, int64_t outputs, T* z, int64_t stride) {
  int64_t k = 0;
  for (; k + kTileOutputs <= outputs; k += kTileOutputs) {
    ProjectOutputs<T, kTileOutputs>(x, rows, inputs, w + k * inputs, bias + k, z + k, stride);
  }
  for (; k + 2 <= outputs; k += 2) ProjectOutputs<T, 2>(x, rows, inputs, w + k * inputs, bias + k, z + k, stride);
  for (; k < outputs; ++k) ProjectOutputs<T, 1>(x, rows, inputs, w + k * inputs, bias + k, z + k, stride);
}

template <typename T, int K, int V>
void GradientTile(const T* d, int64_t stride, int64_t rows, const T* x, int64_t inputs, T* g) {
  using S = Simd<T>;
  typename S::Vector sums[K][V] = {};
  for (int64_t b = 0; b < rows; ++b) {
    typename S::Vector row[V];
    for (int v = 0; v < V; ++v) row[v] = S::Load(x + b * inputs + v * S::kLanes);
    for (int k = 0; k < K; ++k) {
      for (int v = 0; v < V; ++v) sums[k][v] += row[v] * d[b * stride + k];
    }
  }
  for (int k = 0; k < K; ++k) {
    for (int v = 0; v < V; ++v) S::Store(sums[k][v], g + k * inputs + v * S::kLanes);
  }
}

template <typename T, int K>
void GradientOutputs(const T* d, int64_t stride, int64_t rows, const T* x, int64_t inputs, T* g) {
  constexpr int64_t kLanes = Simd<T>::kLanes;
  int64_t c = 0;
  for (; c + kTileVectors * kLanes <= inputs; c += kTileVectors * kLanes) {
    GradientTile<T, K, kTileVectors>(d, stride, rows, x + c, inputs, g + c);
  }
  for (; c + kLanes <= inputs; c += kLanes) GradientTile<T, K, 1>(d, stride, rows, x + c, inputs, g + c);
  for (; c < inputs; ++c) {
    for (int k = 0; k < K; ++k) {
      T sum = 0;
      for (int64_t b = 0; b < rows; ++b) sum += x[b * inputs + c] * d[b * stride + k];
      g[k * inputs + c] = sum;
    }
  }
}

template <typename T>
void WeightGradient(const T* d, int64_t stride, int64_t rows, const T* x, int64_t inputs, int64_t outputs, T* g) {
  int64_t k = 0;
  for (; k + kTileOutputs <= outputs; k += kTileOutputs) {
    GradientOutputs<T, kTileOutputs>(d + k, stride, rows, x, inputs, g + k * inputs);
  }
  for (; k < outputs; ++k) GradientOutputs<T, 1>(d + k, stride, rows, x, inputs, g + k * inputs);
}

template <typename T>
double SumOfSquares(const T* x, int64_t size) {
  using S = Simd<T>;
  typename S::Vector sums = {};
  const int64_t whole = size / S::kLanes * S::kLanes;
  for (int64_t i = 0; i < whole; i += S::kLanes) sums += S::Load(x + i) * S::Load(x + i);
  double sum = S::Sum(sums);
  for (int64_t i = whole; i < size; ++i) sum += static_cast<double>(x[i]) * x[i];
  return sum;
}

template <typename T>
void AdamW(const AdamWFactors& factors, const T* gradient, T* parameter, T* first, T* second, int64_t size) {
  const T decay = factors.decay, clip = factors.gradient, keep1 = factors.keep1, keep2 = factors.keep2, step = factors.step,
          inverse_root2 = factors.inverse_root2, epsilon = factors.epsilon;
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    const T g = gradient[i] * clip;
    first[i] += (g - first[i]) * keep1;
    second[i] += (g * g - second[i]) * keep2;
    T root;
    if constexpr (sizeof(T) == sizeof(float)) {
      root = __builtin_sqrtf(second[i]);
    } else {
      root = __builtin_sqrt(second[i]);
    }
    parameter[i] = parameter[i] * decay - step * first[i] / (root * inverse_root2 + epsilon);
  }
}

}  // namespace

const DenseLoops<float> kFloat32 = {Project<float>, WeightGradient<float>, SumOfSquares<float>, AdamW<float>};
const DenseLoops<double> kFloat64 = {Project<double>, WeightGradient<double>, SumOfSquares<double>, AdamW<double>};

}  // namespace asap::ASAP_LOOPS
