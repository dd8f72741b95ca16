// What happens to the patient after the scan, through a documented hazard.
//
// Death: a constant hazard (an exponential time) of
//   0.09 per year * exp( 0.045 (age - 60) + 0.25 male + 1.3 tumor (0.5 + severity) + 0.6 heart failure + 0.6 embolism
//                        + 0.7 effusion * severity + 0.7 emphysema * severity + 0.7 consolidation * severity
//                        + 1.0 COVID-19 * severity + 0.4 coronary calcification * severity ).
// Follow-up ends at 365 days; a quarter of the patients is lost before, at a uniform time.
// Severe COVID-19 (in COVID-19 only): logistic( -2.9 + 4.5 severity + 0.04 (age - 60) + 0.4 male ).
//
// std::exp and std::log are used: another C library may differ in the last bit, which moves no day in practice.
#ifndef ASAP_DATASETS_PHANTOM_OUTCOME_H_
#define ASAP_DATASETS_PHANTOM_OUTCOME_H_

#include "datasets/phantom/pathology.h"

namespace asap::phantom {

struct Outcome {
  double hazard_per_year = 0;
  int days = 365;     // to death, or to the end of follow-up
  bool died = false;  // within follow-up
  bool severe_covid = false;
};
inline constexpr int kFollowUpDays = 365;

double HazardPerYear(const Patient& patient, const Findings& findings);
Outcome DrawOutcome(const Patient& patient, int scan, const Findings& findings);

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_OUTCOME_H_
