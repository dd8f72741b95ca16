// The likelihood of discrete-time survival: logits z_0 ... z_{K-1} of the hazards of K intervals, for a case whose event fell
// into interval t (event = 1), or who was last seen there without one (event = 0).
//
//   h_j = sigmoid(z_j), S_j = prod of (1 - h_i) over i <= j, S_{-1} = 1
//   likelihood = h_t S_{t-1} where there was an event, S_t where there was none
//
// Plain C++, in float32 and float64.
#ifndef ASAP_MODULES_HEADS_SURVIVAL_LOSS_H_
#define ASAP_MODULES_HEADS_SURVIVAL_LOSS_H_

#include <cmath>
#include <cstdint>

namespace asap {

// log(1 + exp(x)), without overflow.
template <typename T>
T Softplus(T x) {
  return (x > 0 ? x : T(0)) + std::log1p(std::exp(-std::abs(x)));
}

template <typename T>
T Sigmoid(T x) {
  return T(1) / (T(1) + std::exp(-x));
}

// One case: -log(likelihood + floor), as the published code has it with a floor of 1e-8. Adds `weight` times its gradient by the
// logits z [K] to `gradient` [K]. Where the logits saturate, 1 - h loses its digits, and the floor stops the gradient. In float64
// inside: in float32 the digits of 1 - h are lost from z = 10 on.
template <typename T>
double HazardLossWithFloor(const T* z, int64_t interval, bool event, double floor, double weight, T* gradient) {
  const auto hazard_of = [&](int64_t i) { return Sigmoid(static_cast<double>(z[i])); };
  double before = 1;  // S_{t-1}
  for (int64_t i = 0; i < interval; ++i) before *= 1 - hazard_of(i);
  const double hazard = hazard_of(interval);
  const double likelihood = event ? hazard * before : before * (1 - hazard);
  const double slope = -weight * likelihood / (likelihood + floor);
  for (int64_t i = 0; i < interval; ++i) gradient[i] -= static_cast<T>(slope * hazard_of(i));
  gradient[interval] += static_cast<T>(event ? slope * (1 - hazard) : -slope * hazard);
  return -std::log(likelihood + floor);
}

// The same without a floor, in logarithms: exact for any logits. What is trained outside the published protocol.
template <typename T>
T HazardLoss(const T* z, int64_t interval, bool event, T weight, T* gradient) {
  T loss = 0;
  for (int64_t i = 0; i < interval; ++i) {
    loss += Softplus(z[i]);  // -log(1 - h)
    gradient[i] += weight * Sigmoid(z[i]);
  }
  loss += event ? Softplus(-z[interval]) : Softplus(z[interval]);
  gradient[interval] += event ? -weight * Sigmoid(-z[interval]) : weight * Sigmoid(z[interval]);
  return loss;
}

}  // namespace asap

#endif  // ASAP_MODULES_HEADS_SURVIVAL_LOSS_H_
