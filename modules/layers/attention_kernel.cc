#include "modules/layers/attention_kernel.h"

#include <ATen/Parallel.h>
#include <ATen/native/CPUBlas.h>
#include <ATen/ops/empty.h>
#include <c10/core/impl/alloc_cpu.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <type_traits>
#include <vector>

#include "core/base/random.h"
#include "modules/layers/kernels/loops.h"

#ifndef INTRA_OP_PARALLEL
#error "at::parallel_for would run on one thread: compile with PARALLEL_FOR_COPTS of third_party/libtorch"
#endif

namespace asap {
namespace {

namespace blas = at::native::cpublas;

constexpr int64_t kQueries = 128, kKeys = 512;  // of a tile: its scores stay in the second-level cache

int64_t RoundUp(int64_t x, int64_t step) { return (x + step - 1) / step * step; }

template <typename T>
constexpr bool kIsBf16 = std::is_same_v<T, at::BFloat16>;

// C [m, n] (+)= A [m, k] B [k, n]; B as Right... below lays it out.
template <typename T>
void Multiply(int64_t m, int64_t n, int64_t k, const T* a, int64_t lda, const T* b, int64_t ldb, float* c, int64_t ldc,
              bool add) {
  blas::brgemm(m, n, k, lda, ldb, ldc, add, a, b, c, /*is_vnni=*/kIsBf16<T>);
}

// x [rows, columns] as a right operand: bfloat16 has two rows interleaved. `out` holds padded_rows (even) x columns.
void RightOperand(const float* x, int64_t stride, int64_t rows, int64_t padded_rows, int64_t columns, float* out) {
  for (int64_t r = 0; r < rows; ++r) std::memcpy(out + r * columns, x + r * stride, columns * sizeof(float));
  std::fill(out + rows * columns, out + padded_rows * columns, 0.0f);
}

void RightOperand(const at::BFloat16* x, int64_t stride, int64_t rows, int64_t padded_rows, int64_t columns, at::BFloat16* out) {
  auto* words = reinterpret_cast<uint32_t*>(out);
  for (int64_t r = 0; r < padded_rows; r += 2, words += columns) {
    for (int64_t c = 0; c < columns; ++c) {
      const uint32_t low = r < rows ? x[r * stride + c].x : 0, high = r + 1 < rows ? x[(r + 1) * stride + c].x : 0;
      words[c] = low | high << 16;
    }
  }
}

// The transpose of x [rows, columns] as a right operand of `padded_rows` columns.
void RightTransposed(const float* x, int64_t stride, int64_t rows, int64_t padded_rows, int64_t columns, float* out) {
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t r = 0; r < rows; ++r) out[c * padded_rows + r] = x[r * stride + c];
    std::fill(out + c * padded_rows + rows, out + (c + 1) * padded_rows, 0.0f);
  }
}

void RightTransposed(const at::BFloat16* x, int64_t stride, int64_t rows, int64_t padded_rows, int64_t columns,
                     at::BFloat16* out) {
  auto* words = reinterpret_cast<uint32_t*>(out);
  for (int64_t c = 0; c < columns; c += 2, words += padded_rows) {
    for (int64_t r = 0; r < rows; ++r) std::memcpy(words + r, x + r * stride + c, sizeof(uint32_t));
    std::fill(words + rows, words + padded_rows, 0u);
  }
}

// The transpose as a left operand: row by row.
template <typename T>
void LeftTransposed(const T* x, int64_t stride, int64_t rows, int64_t padded_rows, int64_t columns, T* out) {
  for (int64_t c = 0; c < columns; ++c) {
    for (int64_t r = 0; r < rows; ++r) out[c * padded_rows + r] = x[r * stride + c];
    std::fill(out + c * padded_rows + rows, out + (c + 1) * padded_rows, T(0.0f));
  }
}

void Write(const float* in, float* out, int64_t size, float scale) {
  for (int64_t i = 0; i < size; ++i) out[i] = in[i] * scale;
}

void Write(const float* in, at::BFloat16* out, int64_t size, float scale) {
  BestLoops().scale_to_bf16(in, reinterpret_cast<uint16_t*>(out), size, scale);
}

// Memory that one thread reuses from head to head.
template <typename T>
class Buffer {
 public:
  explicit Buffer(int64_t size) : data_(static_cast<T*>(c10::alloc_cpu(size * sizeof(T))), &c10::free_cpu) {
    std::memset(static_cast<void*>(data_.get()), 0, size * sizeof(T));
  }
  T* get() { return data_.get(); }

 private:
  std::unique_ptr<T, void (*)(void*)> data_;  // aligned to a cache line
};

template <typename T>
struct Rows {
  const T* data;
  int64_t stride;
  const T* at(int64_t row) const { return data + row * stride; }
};

struct Sizes {
  explicit Sizes(const AttentionInputs& in)
      : batch(in.query.size(0)),
        heads(in.heads),
        queries(in.query.size(1)),
        keys(in.key.size(1)),
        width(in.query.size(2) / in.heads),
        padded_keys(RoundUp(in.key.size(1), 32)),
        scale(static_cast<float>(1 / std::sqrt(static_cast<double>(width)))) {}

  int64_t batch, heads, queries, keys, width, padded_keys;
  float scale;
};

template <typename T>
Rows<T> HeadOf(const at::Tensor& x, const Sizes& sizes, int64_t head) {
  const int64_t b = head / sizes.heads, h = head % sizes.heads;
  return {x.const_data_ptr<T>() + b * x.stride(0) + h * sizes.width, x.stride(1)};
}

// The bias of one head: element (t, s) at data[t * query_stride + s * key_stride].
struct HeadBias {
  const float* data = nullptr;
  int64_t query_stride = 0, key_stride = 0;

  HeadBias(const at::Tensor& bias, const Sizes& sizes, int64_t head) {
    if (!bias.defined()) return;
    const at::Tensor full = bias.expand({sizes.batch, sizes.heads, sizes.queries, sizes.keys});
    data = full.const_data_ptr<float>() + head / sizes.heads * full.stride(0) + head % sizes.heads * full.stride(1);
    query_stride = full.stride(2);
    key_stride = full.stride(3);
  }
};

DropoutKey KeyOf(const AttentionInputs& in, int64_t head) {
  DropoutKey key;
  if (in.dropout <= 0) return key;
  const uint64_t bits = Mix64(in.seed + static_cast<uint64_t>(head));
  key.low = static_cast<uint32_t>(bits);
  key.high = static_cast<uint32_t>(bits >> 32);
  key.threshold = static_cast<uint32_t>(std::min(in.dropout * 4294967296.0, 4294967295.0));
  key.scale = static_cast<float>(1 / (1 - in.dropout));
  return key;
}

template <typename T>
void ForwardHeads(const AttentionInputs& in, AttentionOutputs& out, int64_t first_head, int64_t last_head) {
  const Sizes sizes(in);
  const Loops& loops = BestLoops();
  const int64_t width = sizes.width, keys = sizes.keys, padded = sizes.padded_keys;
  Buffer<T> right_keys(width * RoundUp(keys, kKeys)), right_values(padded * width);
  Buffer<T> narrow(kIsBf16<T> ? kQueries * padded : 1);
  Buffer<float> scores(kQueries * padded), context(kQueries * width);
  for (int64_t head = first_head; head < last_head; ++head) {
    const Rows<T> query = HeadOf<T>(in.query, sizes, head), key = HeadOf<T>(in.key, sizes, head);
    const Rows<T> value = HeadOf<T>(in.value, sizes, head);
    const HeadBias bias(in.bias, sizes, head);
    const DropoutKey dropout = KeyOf(in, head);
    for (int64_t s = 0; s < keys; s += kKeys) {
      RightTransposed(key.at(s), key.stride, std::min(kKeys, keys - s), kKeys, width, right_keys.get() + s * width);
    }
    RightOperand(value.data, value.stride, keys, padded, width, right_values.get());
    float* maximum = out.maximum.data_ptr<float>() + head * sizes.queries;
    float* inverse_sum = out.inverse_sum.data_ptr<float>() + head * sizes.queries;
    T* written = const_cast<T*>(HeadOf<T>(out.context, sizes, head).data);
    for (int64_t t = 0; t < sizes.queries; t += kQueries) {
      const int64_t rows = std::min(kQueries, sizes.queries - t);
      for (int64_t s = 0; s < keys; s += kKeys) {
        Multiply(rows, std::min(kKeys, keys - s), width, query.at(t), query.stride, right_keys.get() + s * width, kKeys,
                 scores.get() + s, padded, false);
      }
      const T* probabilities = nullptr;
      for (int64_t j = 0; j < rows; ++j) {
        float* row = scores.get() + j * padded;
        const float* added = bias.data == nullptr ? nullptr : bias.data + (t + j) * bias.query_stride;
        maximum[t + j] = loops.scale_and_max(row, keys, sizes.scale, added);
        inverse_sum[t + j] = 1 / loops.exp_and_sum(row, keys, maximum[t + j]);
        if (dropout.threshold != 0) loops.drop(row, keys, dropout, static_cast<uint32_t>((t + j) * keys));
        if constexpr (kIsBf16<T>) loops.to_bf16(row, reinterpret_cast<uint16_t*>(narrow.get() + j * padded), keys);
      }
      if constexpr (kIsBf16<T>) {
        probabilities = narrow.get();
      } else {
        probabilities = scores.get();
      }
      for (int64_t s = 0; s < padded; s += kKeys) {
        Multiply(rows, width, std::min(kKeys, padded - s), probabilities + s, padded, right_values.get() + s * width, width,
                 context.get(), width, s > 0);
      }
      for (int64_t j = 0; j < rows; ++j) {
        Write(context.get() + j * width, written + (t + j) * out.context.stride(1), width, inverse_sum[t + j]);
      }
    }
  }
  blas::brgemm_release(kIsBf16<T>);
}

template <typename T>
void BackwardHeads(const AttentionInputs& in, const AttentionOutputs& out, const at::Tensor& gradient,
                   AttentionGradients& gradients, int64_t first_head, int64_t last_head) {
  const Sizes sizes(in);
  const Loops& loops = BestLoops();
  const int64_t width = sizes.width, keys = sizes.keys, padded = sizes.padded_keys;
  Buffer<T> left_keys(width * padded), query_columns(width * kQueries), query_rows(width * kQueries);
  Buffer<T> gradient_columns(width * kQueries), gradient_rows(width * kQueries);
  Buffer<T> probabilities(kIsBf16<T> ? kKeys * kQueries : 1), narrow(kIsBf16<T> ? kKeys * kQueries : 1);
  Buffer<T> interleaved(kIsBf16<T> ? kKeys * kQueries : 1);
  Buffer<float> scores(kKeys * kQueries), incoming(kKeys * kQueries), dot(kQueries);
  Buffer<float> query_gradient(width * kQueries), row(width), key_gradient(keys * width), value_gradient(keys * width);
  for (int64_t head = first_head; head < last_head; ++head) {
    const Rows<T> query = HeadOf<T>(in.query, sizes, head), key = HeadOf<T>(in.key, sizes, head);
    const Rows<T> value = HeadOf<T>(in.value, sizes, head), context = HeadOf<T>(out.context, sizes, head);
    const Rows<T> upstream = HeadOf<T>(gradient, sizes, head);
    const HeadBias bias(in.bias, sizes, head);
    const DropoutKey dropout = KeyOf(in, head);
    const auto written = [&](const at::Tensor& x) { return const_cast<T*>(HeadOf<T>(x, sizes, head).data); };
    LeftTransposed(key.data, key.stride, keys, padded, width, left_keys.get());
    for (int64_t t = 0; t < sizes.queries; t += kQueries) {
      const int64_t rows = std::min(kQueries, sizes.queries - t);
      RightTransposed(query.at(t), query.stride, rows, kQueries, width, query_columns.get());
      RightTransposed(upstream.at(t), upstream.stride, rows, kQueries, width, gradient_columns.get());
      RightOperand(query.at(t), query.stride, rows, kQueries, width, query_rows.get());
      RightOperand(upstream.at(t), upstream.stride, rows, kQueries, width, gradient_rows.get());
      for (int64_t j = 0; j < rows; ++j) {
        float sum = 0;
        for (int64_t c = 0; c < width; ++c)
          sum += static_cast<float>(upstream.at(t + j)[c]) * static_cast<float>(context.at(t + j)[c]);
        dot.get()[j] = sum;
      }
      for (int64_t s = 0; s < keys; s += kKeys) {
        const int64_t m = std::min(kKeys, keys - s);
        Multiply(m, kQueries, width, key.at(s), key.stride, query_columns.get(), kQueries, scores.get(), kQueries, false);
        Multiply(m, kQueries, width, value.at(s), value.stride, gradient_columns.get(), kQueries, incoming.get(), kQueries,
                 false);
        const ScoreTile tile = {.scores = scores.get(),
                                .gradients = incoming.get(),
                                .keys = m,
                                .queries = rows,
                                .stride = kQueries,
                                .scale = sizes.scale,
                                .maximum = out.maximum.const_data_ptr<float>() + head * sizes.queries + t,
                                .inverse_sum = out.inverse_sum.const_data_ptr<float>() + head * sizes.queries + t,
                                .dot = dot.get(),
                                .bias = bias.data == nullptr ? nullptr : bias.data + t * bias.query_stride + s * bias.key_stride,
                                .bias_key_stride = bias.key_stride,
                                .bias_query_stride = bias.query_stride,
                                .dropout = dropout,
                                .first_number = static_cast<uint32_t>(t * keys + s),
                                .row_numbers = static_cast<uint32_t>(keys)};
        const T *kept = nullptr, *left = nullptr, *right = nullptr;
        if constexpr (kIsBf16<T>) {
          const auto bits = [](Buffer<T>& buffer) { return reinterpret_cast<uint16_t*>(buffer.get()); };
          loops.score_gradient_bf16(tile, bits(probabilities), bits(narrow), bits(interleaved));
          kept = probabilities.get(), left = narrow.get(), right = interleaved.get();
        } else {
          loops.score_gradient(tile);
          kept = scores.get(), left = right = incoming.get();
        }
        Multiply(m, width, kQueries, kept, kQueries, gradient_rows.get(), width, value_gradient.get() + s * width, width, t > 0);
        Multiply(m, width, kQueries, left, kQueries, query_rows.get(), width, key_gradient.get() + s * width, width, t > 0);
        Multiply(width, kQueries, kIsBf16<T> ? RoundUp(m, 2) : m, left_keys.get() + s, padded, right, kQueries,
                 query_gradient.get(), kQueries, s > 0);
      }
      for (int64_t j = 0; j < rows; ++j) {
        for (int64_t c = 0; c < width; ++c) row.get()[c] = query_gradient.get()[c * kQueries + j];
        Write(row.get(), written(gradients.query) + (t + j) * gradients.query.stride(1), width, 1);
      }
    }
    for (int64_t s = 0; s < keys; ++s) {
      Write(key_gradient.get() + s * width, written(gradients.key) + s * gradients.key.stride(1), width, 1);
      Write(value_gradient.get() + s * width, written(gradients.value) + s * gradients.value.stride(1), width, 1);
    }
  }
  blas::brgemm_release(kIsBf16<T>);
}

}  // namespace

bool HasAttentionKernel(at::ScalarType type) {
  static const bool bf16 = blas::could_pack(at::kBFloat16);
  static const bool f32 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return type == at::kBFloat16 ? bf16 : type == at::kFloat && f32;
}

AttentionOutputs AttentionForward(const AttentionInputs& in) {
  const at::TensorOptions wide = in.query.options().dtype(at::kFloat);
  const std::vector<int64_t> statistics = {in.query.size(0), in.heads, in.query.size(1)};
  AttentionOutputs out{at::empty(in.query.sizes(), in.query.options()), at::empty(statistics, wide), at::empty(statistics, wide)};
  at::parallel_for(0, in.query.size(0) * in.heads, 1, [&](int64_t first, int64_t last) {
    if (in.query.scalar_type() == at::kBFloat16) {
      ForwardHeads<at::BFloat16>(in, out, first, last);
    } else {
      ForwardHeads<float>(in, out, first, last);
    }
  });
  return out;
}

AttentionGradients AttentionBackward(const AttentionInputs& in, const AttentionOutputs& out, const at::Tensor& gradient) {
  const auto like = [](const at::Tensor& x) { return at::empty(x.sizes(), x.options()); };
  AttentionGradients gradients{like(in.query), like(in.key), like(in.value)};
  at::parallel_for(0, in.query.size(0) * in.heads, 1, [&](int64_t first, int64_t last) {
    if (in.query.scalar_type() == at::kBFloat16) {
      BackwardHeads<at::BFloat16>(in, out, gradient, gradients, first, last);
    } else {
      BackwardHeads<float>(in, out, gradient, gradients, first, last);
    }
  });
  return gradients;
}

}  // namespace asap
