#include "datasets/phantom/outcome.h"

#include <cmath>

namespace asap::phantom {

double HazardPerYear(const Patient& patient, const Findings& findings) {
  const auto severity = [&](Finding finding) { return static_cast<double>(findings.severity[finding]); };
  const double log_ratio = 0.045 * (patient.age - 60) + 0.25 * patient.male +
                           1.3 * findings[kLungTumor] * (0.5 + severity(kLungTumor)) + 0.6 * findings.heart_failure +
                           0.6 * findings[kPulmonaryEmbolism] + 0.7 * severity(kPleuralEffusion) + 0.7 * severity(kEmphysema) +
                           0.7 * severity(kConsolidation) + 1.0 * severity(kCovid) + 0.4 * severity(kCoronaryCalcification);
  return 0.09 * std::exp(log_ratio);
}

Outcome DrawOutcome(const Patient& patient, int scan, const Findings& findings) {
  CounterRng rng(patient.seed, "outcome", patient.number, scan);
  Outcome outcome;
  outcome.hazard_per_year = HazardPerYear(patient, findings);
  const double death = 365 * -std::log(1 - rng.Uniform()) / outcome.hazard_per_year;
  const bool lost = rng.Bernoulli(0.25);
  const double lost_at = rng.Uniform(10, kFollowUpDays);
  const double end = lost ? lost_at : kFollowUpDays;
  outcome.died = death <= end;
  outcome.days = static_cast<int>(std::min(death, end) + 0.5);
  const double logit = -2.9 + 4.5 * findings.severity[kCovid] + 0.04 * (patient.age - 60) + 0.4 * patient.male;
  outcome.severe_covid = rng.Uniform() < 1 / (1 + std::exp(-logit)) && findings[kCovid];
  return outcome;
}

}  // namespace asap::phantom
