// Losses of classifiers over logits [B, K], with their gradients. Plain C++, in float32 and float64; sums in float64.
#ifndef ASAP_MODULES_HEADS_CLASS_LOSS_H_
#define ASAP_MODULES_HEADS_CLASS_LOSS_H_

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "modules/heads/survival_loss.h"

namespace asap {

// The mean binary cross-entropy over `size` logits with labels in [0, 1]. `gradient` <- weight times the mean's gradient.
template <typename T>
double BinaryLoss(const T* logits, const T* labels, int64_t size, double weight, T* gradient) {
  double sum = 0;
  const T scale = static_cast<T>(weight / static_cast<double>(size));
  for (int64_t i = 0; i < size; ++i) {
    const T z = logits[i], small = std::exp(-std::abs(z));
    sum += (z > 0 ? z : T(0)) - z * labels[i] + std::log1p(small);
    gradient[i] = scale * ((z >= 0 ? T(1) : small) / (T(1) + small) - labels[i]);
  }
  return sum / static_cast<double>(size);
}

// The mean cross-entropy of the softmax over `classes` logits a row, with the true class of each row. `gradient` <- its gradient.
template <typename T>
double SoftmaxLoss(const T* logits, const int64_t* truth, int64_t rows, int64_t classes, T* gradient) {
  double sum = 0;
  for (int64_t b = 0; b < rows; ++b, logits += classes, gradient += classes) {
    const T most = *std::max_element(logits, logits + classes);
    T total = 0;
    for (int64_t k = 0; k < classes; ++k) total += gradient[k] = std::exp(logits[k] - most);
    sum += std::log(total) + most - logits[truth[b]];
    const T scale = T(1) / (total * static_cast<T>(rows));
    for (int64_t k = 0; k < classes; ++k) gradient[k] *= scale;
    gradient[truth[b]] -= T(1) / static_cast<T>(rows);
  }
  return sum / static_cast<double>(rows);
}

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_CLASS_LOSS_H_
