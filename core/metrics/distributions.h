// The few distribution functions that intervals and tests need.
#ifndef ASAP_CORE_METRICS_DISTRIBUTIONS_H_
#define ASAP_CORE_METRICS_DISTRIBUTIONS_H_

namespace asap {

double NormalCdf(double z);
// The z below which a share `probability` in (0, 1) lies; about 1e-15 relative.
double NormalQuantile(double probability);
// 2 P(Z > |z|), exact in the tail.
double NormalTwoSidedP(double z);
// P(X > x) of the chi-squared distribution with `freedom` >= 1 degrees of freedom.
double ChiSquaredUpperTail(double x, double freedom);

}  // namespace asap

#endif  // ASAP_CORE_METRICS_DISTRIBUTIONS_H_
