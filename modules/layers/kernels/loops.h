// The element-wise inner loops of attention, dropout and activations, compiled for several instruction sets from one source. None
// of them allocates or fails. bfloat16 numbers are passed as their bits.
#ifndef ASAP_MODULES_LAYERS_KERNELS_LOOPS_H_
#define ASAP_MODULES_LAYERS_KERNELS_LOOPS_H_

#include <cstdint>

namespace asap {

// Which elements dropout keeps is a function of a key and of the element's number, so that a backward pass needs no mask.
struct DropoutKey {
  uint32_t low = 0, high = 0;
  uint32_t threshold = 0;  // dropped where the hash is below: probability * 2^32. 0 drops nothing
  float scale = 1;         // of what is kept: 1 / (1 - probability)
};

// A tile of transposed scores, keys x queries, in the backward pass of attention.
struct ScoreTile {
  float* scores;          // [keys, stride], k q^T
  float* gradients;       // [keys, stride], v do^T
  int64_t keys, queries;  // of which `queries` <= stride are real
  int64_t stride;         // even
  float scale;
  const float* maximum;      // [queries] of the forward pass
  const float* inverse_sum;  // [queries]
  const float* dot;          // [queries] do . o
  const float* bias;         // of the tile's first key and query, or null
  int64_t bias_key_stride, bias_query_stride;
  DropoutKey dropout;
  uint32_t first_number;  // of the tile's first element in (query, key) order, whose rows have
  uint32_t row_numbers;   // that many
};

struct Loops {
  // row <- scale row + bias (null: none), returns the largest.
  float (*scale_and_max)(float* row, int64_t size, float scale, const float* bias);
  // row <- exp(row - maximum), returns the sum.
  float (*exp_and_sum)(float* row, int64_t size, float maximum);
  // row[i] <- row[i] scale where number first + i is kept, else 0.
  void (*drop)(float* row, int64_t size, const DropoutKey& key, uint32_t first);
  void (*drop_bf16)(const uint16_t* in, uint16_t* out, int64_t size, const DropoutKey& key, uint32_t first);
  void (*to_bf16)(const float* in, uint16_t* out, int64_t size);
  void (*scale_to_bf16)(const float* in, uint16_t* out, int64_t size, float scale);
  // scores <- probabilities as the forward pass dropped them, gradients <- gradient of q k^T; 0 beyond `queries`.
  void (*score_gradient)(const ScoreTile& tile);
  // The same, leaving them in bfloat16: the gradients both row by row and with two keys' rows interleaved, as matrix units read
  // their right operand. An odd last key is paired with zeros.
  void (*score_gradient_bf16)(const ScoreTile& tile, uint16_t* probabilities, uint16_t* gradients, uint16_t* interleaved);
  // x Phi(x), and gradient * its derivative.
  void (*gelu)(const float* x, float* y, int64_t size);
  void (*gelu_gradient)(const float* gradient, const float* x, float* out, int64_t size);
};

// The loops for the best instruction set that this processor has.
const Loops& BestLoops();

namespace loops_base {
extern const Loops kLoops;
}
namespace loops_avx2 {
extern const Loops kLoops;
}
namespace loops_avx512 {
extern const Loops kLoops;
}

}  // namespace asap

#endif  // ASAP_MODULES_LAYERS_KERNELS_LOOPS_H_
