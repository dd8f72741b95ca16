#include "modules/heads/head_step.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "core/base/random.h"
#include "modules/heads/class_loss.h"
#include "modules/heads/kernels/dense_loops.h"
#include "modules/heads/survival_loss.h"

#ifndef _OPENMP
#error "at::parallel_for would run on one thread: compile with PARALLEL_FOR_COPTS of third_party/libtorch"
#endif

namespace asap {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
constexpr double kStartingScale = 2e-5;
// Multiplications and additions that are worth a thread: a published linear head stays on one, a hidden layer takes several.
constexpr int64_t kGrain = 16 << 20;

// Calls `work` on ranges of outputs (rows of the weights), each of `cost` operations.
template <typename Work>
void ForOutputs(int64_t outputs, int64_t cost, const Work& work) {
  at::parallel_for(0, outputs, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, cost)), work);
}

template <typename T>
void Affine(const HeadLayer<T>& layer, const T* x, int64_t rows, T* y) {
  ForOutputs(layer.out, rows * layer.in, [&](int64_t begin, int64_t end) {
    BestDenseLoops<T>().project(x, rows, layer.in, &layer.weight[begin * layer.in], &layer.bias[begin], end - begin, y + begin,
                                layer.out);
  });
}

// Gradients of a layer, and the square of each output's: of its row of weights and its bias.
template <typename T>
void AffineGradient(const T* d, const T* x, int64_t rows, HeadLayer<T>& gradient, double* squares) {
  const DenseLoops<T>& loops = BestDenseLoops<T>();
  ForOutputs(gradient.out, rows * gradient.in, [&](int64_t begin, int64_t end) {
    loops.weight_gradient(d + begin, gradient.out, rows, x, gradient.in, end - begin, &gradient.weight[begin * gradient.in]);
    for (int64_t k = begin; k < end; ++k) {
      T sum = 0;
      for (int64_t b = 0; b < rows; ++b) sum += d[b * gradient.out + k];
      gradient.bias[k] = sum;
      squares[k] = loops.sum_of_squares(&gradient.weight[k * gradient.in], gradient.in) + static_cast<double>(sum) * sum;
    }
  });
}

// Zeroes elements with that probability and scales the others: element i of row b by the key, b and i alone.
template <typename T>
void Drop(uint64_t key, double probability, int64_t rows, int64_t width, T* hidden) {
  const T scale = static_cast<T>(1 / (1 - probability));
  at::parallel_for(0, rows, std::max<int64_t>(1, (1 << 15) / width), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      CounterRng rng(key, "dropout", b);
      for (int64_t i = 0; i < width; ++i) hidden[b * width + i] *= rng.Bernoulli(probability) ? T(0) : scale;
    }
  });
}

}  // namespace

template <typename T>
std::vector<HeadLayer<T>> StartingLayers(const HeadOptions& options, uint64_t seed) {
  std::vector<HeadLayer<T>> layers;
  const auto add = [&](const std::string& name, int64_t in, int64_t out) {
    HeadLayer<T> layer = {.in = in, .out = out, .weight = std::vector<T>(in * out), .bias = std::vector<T>(out)};
    CounterRng weight(seed, name + ".weight"), bias(seed, name + ".bias");
    const double range = 1 / std::sqrt(static_cast<double>(in));
    for (T& value : layer.weight) {
      value = static_cast<T>(options.default_weights ? weight.Uniform(-range, range) : kStartingScale * weight.Normal());
    }
    for (T& value : layer.bias) value = static_cast<T>(options.default_biases ? bias.Uniform(-range, range) : 0);
    layers.push_back(std::move(layer));
  };
  if (options.hidden > 0) add(options.names.front(), options.inputs, options.hidden);
  add(options.names.back(), options.hidden > 0 ? options.hidden : options.inputs, options.outputs);
  return layers;
}

template <typename T>
HeadStep LossAndGradient(const HeadOptions& options, const T* logits, const HeadTargets<T>& targets, int64_t rows, T* gradient) {
  const int64_t outputs = options.outputs;
  HeadStep step;
  switch (options.loss) {
    case HeadLoss::kBinary:
      step.loss = BinaryLoss(logits, targets.labels, rows * outputs, 1.0, gradient);
      break;
    case HeadLoss::kSoftmax:
      step.loss = SoftmaxLoss(logits, targets.classes, rows, outputs, gradient);
      break;
    case HeadLoss::kSurvival: {
      const SurvivalWeights& weights = options.survival;
      if (weights.flags != 0) {
        step.flags = BinaryLoss(logits, targets.labels, rows * outputs, weights.flags, gradient);
      } else {
        std::fill_n(gradient, rows * outputs, T(0));
      }
      const double weight = weights.likelihood / static_cast<double>(rows);
      for (int64_t b = 0; b < rows; ++b) {
        const T* z = logits + b * outputs;
        T* slope = gradient + b * outputs;
        const int64_t interval = targets.classes[b];
        const bool event = targets.events[b] != 0;
        step.likelihood += weights.floor > 0 ? HazardLossWithFloor(z, interval, event, weights.floor, weight, slope)
                                             : HazardLoss(z, interval, event, static_cast<T>(weight), slope);
      }
      step.likelihood /= static_cast<double>(rows);
      step.loss = weights.likelihood * step.likelihood + weights.flags * step.flags;
      break;
    }
  }
  return step;
}

template <typename T>
HeadStepper<T>::HeadStepper(const HeadOptions& options, std::vector<HeadLayer<T>> layers)
    : options_(options), layers_(std::move(layers)), gradients_(layers_) {
  int64_t outputs = 0;
  for (HeadLayer<T>& layer : gradients_) {
    std::fill(layer.weight.begin(), layer.weight.end(), T(0));
    std::fill(layer.bias.begin(), layer.bias.end(), T(0));
    outputs += layer.out;
  }
  first_ = second_ = gradients_;
  squares_.resize(outputs);
}

template <typename T>
void HeadStepper<T>::Hidden(const T* x, int64_t rows, T* hidden) const {
  Affine(layers_.front(), x, rows, hidden);
  for (int64_t i = 0; i < rows * options_.hidden; ++i) hidden[i] = hidden[i] > 0 ? hidden[i] : T(0);
}

template <typename T>
void HeadStepper<T>::Project(const T* x, int64_t rows, T* logits) const {
  const int64_t cost = options_.inputs * (options_.hidden > 0 ? options_.hidden : options_.outputs);
  at::parallel_for(0, rows, std::max<int64_t>(1, kGrain / cost), [&](int64_t begin, int64_t end) {
    const int64_t count = end - begin;
    const T* from = x + begin * options_.inputs;
    T* to = logits + begin * options_.outputs;
    if (options_.hidden == 0) return Affine(layers_.front(), from, count, to);
    std::vector<T> hidden(count * options_.hidden);
    Hidden(from, count, hidden.data());
    Affine(layers_.back(), hidden.data(), count, to);
  });
}

template <typename T>
HeadStep HeadStepper<T>::Backward(const T* x, int64_t rows, const HeadTargets<T>& targets, const uint64_t* dropout_key) {
  const int64_t width = options_.hidden, outputs = options_.outputs;
  logits_.resize(rows * outputs);
  logit_gradient_.resize(rows * outputs);
  const T* input = x;  // of the last layer
  if (width > 0) {
    hidden_.resize(rows * width);
    Hidden(x, rows, hidden_.data());
    if (dropout_key != nullptr && options_.dropout > 0) Drop(*dropout_key, options_.dropout, rows, width, hidden_.data());
    input = hidden_.data();
  }
  Affine(layers_.back(), input, rows, logits_.data());
  HeadStep step = LossAndGradient(options_, logits_.data(), targets, rows, logit_gradient_.data());
  AffineGradient(logit_gradient_.data(), input, rows, gradients_.back(), &squares_[width]);
  if (width > 0) {
    const T scale = dropout_key != nullptr ? static_cast<T>(1 / (1 - options_.dropout)) : T(1);
    hidden_gradient_.assign(rows * width, T(0));
    for (int64_t b = 0; b < rows; ++b) {
      T* row = &hidden_gradient_[b * width];
      for (int64_t k = 0; k < outputs; ++k) {
        const T d = logit_gradient_[b * outputs + k] * scale;
        const T* weight = &layers_.back().weight[k * width];
        for (int64_t i = 0; i < width; ++i) row[i] += d * weight[i];
      }
      for (int64_t i = 0; i < width; ++i) row[i] = hidden_[b * width + i] > 0 ? row[i] : T(0);  // neither cut nor dropped
    }
    AffineGradient(hidden_gradient_.data(), x, rows, gradients_.front(), squares_.data());
  }
  double squares = 0;
  for (const double square : squares_) squares += square;
  step.gradient_norm = std::sqrt(squares);
  return step;
}

template <typename T>
void HeadStepper<T>::Update(const HeadStep& step, const StepOptions& options) {
  ++updates_;
  const double t = static_cast<double>(updates_);
  const AdamWFactors factors = {.decay = 1 - options.learning_rate * options.weight_decay,
                                .gradient = std::min(1.0, options.clip / (step.gradient_norm + 1e-6)),
                                .keep1 = 1 - kBeta1,
                                .keep2 = 1 - kBeta2,
                                .step = options.learning_rate / (1 - std::pow(kBeta1, t)),
                                .inverse_root2 = 1 / std::sqrt(1 - std::pow(kBeta2, t)),
                                .epsilon = kEpsilon};
  const DenseLoops<T>& loops = BestDenseLoops<T>();
  for (size_t i = 0; i < layers_.size(); ++i) {
    HeadLayer<T>& layer = layers_[i];
    ForOutputs(layer.out, 16 * layer.in, [&](int64_t begin, int64_t end) {
      const int64_t at = begin * layer.in;
      loops.adamw(factors, &gradients_[i].weight[at], &layer.weight[at], &first_[i].weight[at], &second_[i].weight[at],
                  (end - begin) * layer.in);
    });
    loops.adamw(factors, gradients_[i].bias.data(), layer.bias.data(), first_[i].bias.data(), second_[i].bias.data(), layer.out);
  }
}

template std::vector<HeadLayer<float>> StartingLayers(const HeadOptions&, uint64_t);
template std::vector<HeadLayer<double>> StartingLayers(const HeadOptions&, uint64_t);
template HeadStep LossAndGradient(const HeadOptions&, const float*, const HeadTargets<float>&, int64_t, float*);
template HeadStep LossAndGradient(const HeadOptions&, const double*, const HeadTargets<double>&, int64_t, double*);
template class HeadStepper<float>;
template class HeadStepper<double>;

}  // namespace asap
