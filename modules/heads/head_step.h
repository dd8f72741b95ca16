// One head and its optimiser, as plain arrays: what a step of training does to it. In float32 and float64; not thread-safe.
//
//   HeadStepper<float> head(options, StartingLayers<float>(options, seed));
//   const HeadStep step = head.Step(x, rows, targets, {.learning_rate = 1e-3}, dropout_key);
//
// A step: loss and gradients, clipping of all gradients together to a norm of `clip` (factor min(1, clip / (norm + 1e-6))), then
// AdamW (Loshchilov & Hutter, 2019) with beta 0.9 and 0.999, epsilon 1e-8, its decay on weights and biases alike.
//
// The same numbers on any count of threads, and for a head trained beside others as for one alone.
#ifndef ASAP_MODULES_HEADS_HEAD_STEP_H_
#define ASAP_MODULES_HEADS_HEAD_STEP_H_

#include <cstdint>
#include <vector>

#include "modules/heads/head_options.h"

namespace asap {

// y = x W^T + b.
template <typename T>
struct HeadLayer {
  int64_t in = 0, out = 0;
  std::vector<T> weight;  // [out, in]
  std::vector<T> bias;    // [out]
};

// Where the layers start, as the options say: a function of the seed and the layers' names.
template <typename T>
std::vector<HeadLayer<T>> StartingLayers(const HeadOptions& options, uint64_t seed);

// What the cases of a batch should give; arrays that the loss does not read may be null.
template <typename T>
struct HeadTargets {
  const T* labels = nullptr;         // [B, K] in {0, 1}: labels (kBinary), or flags "dead by the end of interval j" (kSurvival)
  const int64_t* classes = nullptr;  // [B] in [0, K): the class (kSoftmax), or the interval (kSurvival)
  const int64_t* events = nullptr;   // [B] in {0, 1}: whether the interval is of an event (kSurvival)
};

struct StepOptions {
  double learning_rate = 0;
  double weight_decay = 1e-5;
  double clip = 1;
};

struct HeadStep {
  double loss = 0;        // before the update
  double likelihood = 0;  // of kSurvival: its two parts
  double flags = 0;
  double gradient_norm = 0;  // before clipping
};

// The loss of logits [B, K] and its gradient by them.
template <typename T>
HeadStep LossAndGradient(const HeadOptions& options, const T* logits, const HeadTargets<T>& targets, int64_t rows, T* gradient);

template <typename T>
class HeadStepper {
 public:
  // The layers fit the options.
  HeadStepper(const HeadOptions& options, std::vector<HeadLayer<T>> layers);

  // Logits [rows, K] of features x [rows, C], without dropout.
  void Project(const T* x, int64_t rows, T* logits) const;

  // Loss and gradients, kept until the next call. Dropout is a function of the key; none where `dropout_key` is null.
  HeadStep Backward(const T* x, int64_t rows, const HeadTargets<T>& targets, const uint64_t* dropout_key);

  // Clips and updates by the gradients of Backward().
  void Update(const HeadStep& step, const StepOptions& options);

  HeadStep Step(const T* x, int64_t rows, const HeadTargets<T>& targets, const StepOptions& options, uint64_t dropout_key) {
    const HeadStep step = Backward(x, rows, targets, &dropout_key);
    Update(step, options);
    return step;
  }

  const HeadOptions& options() const { return options_; }
  const std::vector<HeadLayer<T>>& layers() const { return layers_; }
  const std::vector<HeadLayer<T>>& gradients() const { return gradients_; }

 private:
  void Hidden(const T* x, int64_t rows, T* hidden) const;  // after ReLU

  HeadOptions options_;
  std::vector<HeadLayer<T>> layers_, gradients_, first_, second_;
  int64_t updates_ = 0;
  std::vector<T> logits_, logit_gradient_, hidden_, hidden_gradient_;  // of a batch
  std::vector<double> squares_;                                        // of each row of gradients
};

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_HEAD_STEP_H_
