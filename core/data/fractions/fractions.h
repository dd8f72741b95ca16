// Label fractions: which of the training cases a task may use at 1 or 10 %.
#ifndef ASAP_CORE_DATA_FRACTIONS_FRACTIONS_H_
#define ASAP_CORE_DATA_FRACTIONS_FRACTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace asap {

// How the published lists of a dataset were drawn from its whole list of N rows: the first or last k entries of
// numpy.random.RandomState(42).permutation(N), k being N times the fraction, rounded.
struct PublishedFraction {
  enum class End { kFirst, kLast };
  enum class Rounding { kNearest, kDown, kUp };
  End end = End::kFirst;
  Rounding rounding = Rounding::kNearest;
  bool sorted = false;  // listed by row, not as drawn
};

// LUNA16 (10 and 1 %) and Rad-ChestCT (10 %); INSPECT and STOIC-2021 (10 and 1 %); COVID-19-20, MSD Lung, SegTHOR and ACDC
// (10 %); PleThora (10 %). How CT-RATE's and CC-CCII's were drawn is not known: for them there are only the lists.
inline constexpr PublishedFraction kFirstNearest = {};
inline constexpr PublishedFraction kLastDown = {PublishedFraction::End::kLast, PublishedFraction::Rounding::kDown};
inline constexpr PublishedFraction kLastUp = {PublishedFraction::End::kLast, PublishedFraction::Rounding::kUp};
inline constexpr PublishedFraction kLastNearestSorted = {PublishedFraction::End::kLast, PublishedFraction::Rounding::kNearest,
                                                         true};

// The number of rows of `percent` of `rows`: exact for the decimal number that was meant, not for the double that stands for it.
int64_t FractionSize(int64_t rows, double percent, PublishedFraction::Rounding rounding);

// Row numbers, in the published order. InvalidArgument for a percentage outside (0, 100]; all rows in order at 100.
absl::StatusOr<std::vector<int64_t>> PublishedFractionRows(int64_t rows, double percent, const PublishedFraction& rule);

// The strict rule. Patients are drawn, not cases; whether one is drawn depends on the seed and on the patient's id, not on the
// list's order; a smaller fraction is part of any larger one; and as far as the number of cases allows, each label has a positive
// and a negative case.
//
// Patients are put in the order of a hash of their ids. Those who bring the first positive or the first negative case of a label
// are moved to its front, so that few cases have both; then whole patients are taken until they have percent / 100 of the cases,
// rounded up, so that the last one may bring more. At most two patients a label are moved: where that is much of a fraction, rare
// outcomes are overrepresented in it.
//
// `patients` [N]; `labels` [N, columns] row by row, 0 or 1 (other values belong to neither). Returns case numbers, ascending.
absl::StatusOr<std::vector<int64_t>> PatientFraction(const std::vector<std::string>& patients, const std::vector<int>& labels,
                                                     double percent, uint64_t seed);

}  // namespace asap

#endif  // ASAP_CORE_DATA_FRACTIONS_FRACTIONS_H_
