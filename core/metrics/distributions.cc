#include "core/metrics/distributions.h"

#include <cmath>
#include <limits>

namespace asap {

double NormalCdf(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

double NormalTwoSidedP(double z) { return std::erfc(std::abs(z) / std::sqrt(2.0)); }

// Newton on the logarithm of the tail from a start that errs by less than 4.5e-4 (Abramowitz & Stegun 26.2.23): in the lower
// half, where the tail is the small number itself.
double NormalQuantile(double probability) {
  if (!(probability > 0 && probability < 1)) {
    return probability == 0   ? -std::numeric_limits<double>::infinity()
           : probability == 1 ? std::numeric_limits<double>::infinity()
                              : std::numeric_limits<double>::quiet_NaN();
  }
  if (probability > 0.5) return -NormalQuantile(1 - probability);
  const double t = std::sqrt(-2 * std::log(probability));
  double z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  constexpr double kRootTwoPi = 2.5066282746310002;
  for (int i = 0; i < 4; ++i) {
    const double tail = NormalCdf(z);
    z -= std::log(tail / probability) * tail * kRootTwoPi * std::exp(z * z / 2);
  }
  return z;
}

// The regularised upper incomplete gamma function Q(freedom / 2, x / 2): a series below its mean, a continued fraction (Lentz)
// above.
double ChiSquaredUpperTail(double x, double freedom) {
  const double a = freedom / 2, y = x / 2;
  if (!(a > 0) || std::isnan(y)) return std::numeric_limits<double>::quiet_NaN();
  if (y <= 0) return 1;
  if (std::isinf(y)) return 0;
  const double front = std::exp(a * std::log(y) - y - std::lgamma(a));
  constexpr double kSmall = 1e-300;
  if (y < a + 1) {
    double term = 1 / a, sum = term;
    for (int n = 1; n < 10000 && term > sum * 1e-17; ++n) sum += term *= y / (a + n);
    return 1 - front * sum;
  }
  double b = y + 1 - a, c = 1 / kSmall, d = 1 / b, h = d;
  for (int n = 1; n < 10000; ++n) {
    const double numerator = -n * (n - a);
    b += 2;
    d = numerator * d + b;
    if (std::abs(d) < kSmall) d = kSmall;
    c = b + numerator / c;
    if (std::abs(c) < kSmall) c = kSmall;
    d = 1 / d;
    const double step = d * c;
    h *= step;
    if (std::abs(step - 1) < 1e-16) break;
  }
  return front * h;
}

}  // namespace asap
