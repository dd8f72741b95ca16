// Compiled once per instruction set, with ASAP_LOOPS the name of its namespace. Only headers without inline functions are
// included here: their code would otherwise be shared with processors that lack the instructions.
#include "modules/layers/kernels/loops.h"

namespace asap::ASAP_LOOPS {
namespace {

inline uint32_t Bits(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof(bits));
  return bits;
}

inline float FromBits(uint32_t bits) {
  float x;
  __builtin_memcpy(&x, &bits, sizeof(x));
  return x;
}

// To the nearest, ties to even. Not for NaN, which attention does not survive anyway.
inline uint16_t ToBf16(float x) {
  const uint32_t bits = Bits(x);
  return static_cast<uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

inline float FromBf16(uint16_t x) { return FromBits(static_cast<uint32_t>(x) << 16); }

// exp by 2^n exp(r), |r| <= ln 2 / 2; relative error below 2e-7. 0 below -87, where the result leaves the normal range.
inline float Exp(float x) {
  const float bounded = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  const float shifted = bounded * 1.44269504088896341f + 12582912.0f;  // the whole part lands in the low bits
  const float n = shifted - 12582912.0f;
  const float r = (bounded - n * 0.693359375f) - n * -2.12194440e-4f;
  float y = 1.9875691500e-4f;
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * r * r + r + 1.0f;
  const float result = y * FromBits((Bits(shifted) << 23) + 0x3F800000u);
  return x < -87.0f ? 0.0f : result;
}

inline uint32_t Mix(uint32_t h) {  // MurmurHash3's finaliser
  h ^= h >> 16;
  h *= 0x85EBCA6Bu;
  h ^= h >> 13;
  h *= 0xC2B2AE35u;
  return h ^ (h >> 16);
}

inline float KeepScale(const DropoutKey& key, uint32_t number) {
  const uint32_t hash = Mix(Mix(number ^ key.low) + key.high);
  return hash >= key.threshold ? key.scale : 0.0f;
}

float ScaleAndMax(float* row, int64_t size, float scale, const float* bias) {
  float most = -__builtin_huge_valf();
  if (bias == nullptr) {
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < size; ++i) {
      row[i] *= scale;
      most = row[i] > most ? row[i] : most;
    }
  } else {
#pragma omp simd reduction(max : most)
    for (int64_t i = 0; i < size; ++i) {
      row[i] = row[i] * scale + bias[i];
      most = row[i] > most ? row[i] : most;
    }
  }
  return most;
}

float ExpAndSum(float* row, int64_t size, float maximum) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < size; ++i) {
    row[i] = Exp(row[i] - maximum);
    sum += row[i];
  }
  return sum;
}

void Drop(float* row, int64_t size, const DropoutKey& key, uint32_t first) {
  const DropoutKey own = key;
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) row[i] *= KeepScale(own, first + static_cast<uint32_t>(i));
}

void DropBf16(const uint16_t* in, uint16_t* out, int64_t size, const DropoutKey& key, uint32_t first) {
  const DropoutKey own = key;
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) out[i] = ToBf16(FromBf16(in[i]) * KeepScale(own, first + static_cast<uint32_t>(i)));
}

void RowToBf16(const float* in, uint16_t* out, int64_t size) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) out[i] = ToBf16(in[i]);
}

void ScaleToBf16(const float* in, uint16_t* out, int64_t size, float scale) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) out[i] = ToBf16(in[i] * scale);
}

inline void Store(float value, float& out) { out = value; }
inline void Store(float value, uint16_t& out) { out = ToBf16(value); }

template <typename T, bool kBias, bool kDropout>
void TileRow(const ScoreTile& tile, int64_t key, T* probabilities, T* gradients) {
  const float* scores = tile.scores + key * tile.stride;
  const float* incoming = tile.gradients + key * tile.stride;
  const float* bias = kBias ? tile.bias + key * tile.bias_key_stride : nullptr;
  const int64_t bias_stride = tile.bias_query_stride;
  const float *maximum = tile.maximum, *inverse_sum = tile.inverse_sum, *dot = tile.dot;
  const float scale = tile.scale;
  const DropoutKey dropout = tile.dropout;
  const uint32_t first = tile.first_number + static_cast<uint32_t>(key), step = tile.row_numbers;
#pragma omp simd
  for (int64_t j = 0; j < tile.queries; ++j) {
    float score = scores[j] * scale;
    if (kBias) score += bias[j * bias_stride];
    const float probability = Exp(score - maximum[j]) * inverse_sum[j];
    const float keep = kDropout ? KeepScale(dropout, first + static_cast<uint32_t>(j) * step) : 1.0f;
    const float gradient = probability * (incoming[j] * keep - dot[j]) * scale;
    Store(probability * keep, probabilities[j]);
    Store(gradient, gradients[j]);
  }
  for (int64_t j = tile.queries; j < tile.stride; ++j) probabilities[j] = gradients[j] = 0;
}

template <typename T>
void TileRows(const ScoreTile& tile, T* probabilities, T* gradients) {
  const bool drops = tile.dropout.threshold != 0;
  const auto row = tile.bias == nullptr ? (drops ? TileRow<T, false, true> : TileRow<T, false, false>)
                                        : (drops ? TileRow<T, true, true> : TileRow<T, true, false>);
  for (int64_t key = 0; key < tile.keys; ++key) row(tile, key, probabilities + key * tile.stride, gradients + key * tile.stride);
}

void ScoreGradient(const ScoreTile& tile) { TileRows(tile, tile.scores, tile.gradients); }

void ScoreGradientBf16(const ScoreTile& tile, uint16_t* probabilities, uint16_t* gradients, uint16_t* interleaved) {
  TileRows(tile, probabilities, gradients);
  const int64_t stride = tile.stride;
  for (int64_t key = 0; key < tile.keys; key += 2) {
    const uint16_t* even = gradients + key * stride;
    uint32_t* out = reinterpret_cast<uint32_t*>(interleaved + key * stride);
    if (key + 1 < tile.keys) {
      const uint16_t* odd = even + stride;
#pragma omp simd
      for (int64_t j = 0; j < stride; ++j) out[j] = even[j] | static_cast<uint32_t>(odd[j]) << 16;
    } else {
#pragma omp simd
      for (int64_t j = 0; j < stride; ++j) out[j] = even[j];
    }
  }
}

// erf to 1.5e-7 (Abramowitz & Stegun 7.1.26): erf(z) = 1 - t p(t) exp(-z^2), t = 1 / (1 + 0.3275911 z), z >= 0.
struct NormalParts {
  float cumulative, exponential;  // Phi(x), exp(-x^2 / 2)
};

inline NormalParts Normal(float x) {
  const float z = __builtin_fabsf(x) * 0.70710678118654752f;
  const float t = 1.0f / (1.0f + 0.3275911f * z);
  const float e = Exp(-z * z);
  const float p = ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * t;
  const float tail = 0.5f * p * e;  // 1 - Phi(|x|)
  return {x < 0 ? tail : 1.0f - tail, e};
}

void Gelu(const float* x, float* y, int64_t size) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) y[i] = x[i] * Normal(x[i]).cumulative;
}

void GeluGradient(const float* gradient, const float* x, float* out, int64_t size) {
#pragma omp simd
  for (int64_t i = 0; i < size; ++i) {
    const NormalParts parts = Normal(x[i]);
    out[i] = gradient[i] * (parts.cumulative + x[i] * parts.exponential * 0.39894228040143268f);
  }
}

}  // namespace

extern const Loops kLoops;
const Loops kLoops = {ScaleAndMax,   ExpAndSum,         Drop, DropBf16,    RowToBf16, ScaleToBf16,
                      ScoreGradient, ScoreGradientBf16, Gelu, GeluGradient};

}  // namespace asap::ASAP_LOOPS
