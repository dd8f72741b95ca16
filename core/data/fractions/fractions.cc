#include "core/data/fractions/fractions.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/data/fractions/mersenne.h"

namespace asap {
namespace {

constexpr uint32_t kPublishedSeed = 42;

absl::Status CheckPercent(double percent) {
  if (percent > 0 && percent <= 100) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("a label fraction of ", percent, " %, expected more than 0 and at most 100"));
}

struct Patient {
  uint64_t place = 0;
  std::string id;
  std::vector<int64_t> cases;
};

// In the order of the hash; equal hashes by id.
std::vector<Patient> PatientsInOrder(const std::vector<std::string>& ids, uint64_t seed) {
  absl::flat_hash_map<std::string, size_t> known;
  std::vector<Patient> patients;
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto [entry, is_new] = known.emplace(ids[i], patients.size());
    if (is_new) patients.push_back({CounterRng(seed, "label fraction", Fnv1a64(ids[i])).Next(), ids[i], {}});
    patients[entry->second].cases.push_back(static_cast<int64_t>(i));
  }
  std::sort(patients.begin(), patients.end(),
            [](const Patient& a, const Patient& b) { return std::pair(a.place, a.id) < std::pair(b.place, b.id); });
  return patients;
}

// Moves those who bring the first case of an outcome to the front, in their order.
std::vector<Patient> OutcomesFirst(const std::vector<int>& labels, size_t columns, std::vector<Patient> patients) {
  std::vector<bool> seen(2 * columns, false);
  const auto brings = [&](const Patient& patient) {
    bool something = false;
    for (const int64_t index : patient.cases) {
      for (size_t k = 0; k < columns; ++k) {
        const int value = labels[index * columns + k];
        if (value != 0 && value != 1) continue;
        something = something || !seen[2 * k + value];
        seen[2 * k + value] = true;
      }
    }
    return something;
  };
  std::vector<Patient> front, rest;
  for (Patient& patient : patients) (brings(patient) ? front : rest).push_back(std::move(patient));
  std::move(rest.begin(), rest.end(), std::back_inserter(front));
  return front;
}

}  // namespace

int64_t FractionSize(int64_t rows, double percent, PublishedFraction::Rounding rounding) {
  // A product of whole numbers for percentages of up to six decimals, so that 10 % of 60 is 6 and not a little more.
  const int64_t millionths = std::llround(percent * 1e6), whole = 100'000'000;
  const int64_t product = rows * millionths;
  switch (rounding) {
    case PublishedFraction::Rounding::kDown:
      return product / whole;
    case PublishedFraction::Rounding::kUp:
      return (product + whole - 1) / whole;
    case PublishedFraction::Rounding::kNearest:
      break;
  }
  return (product + whole / 2) / whole;
}

absl::StatusOr<std::vector<int64_t>> PublishedFractionRows(int64_t rows, double percent, const PublishedFraction& rule) {
  ASAP_RETURN_IF_ERROR(CheckPercent(percent));
  std::vector<int64_t> chosen(rows);
  if (percent == 100) {
    std::iota(chosen.begin(), chosen.end(), int64_t{0});
    return chosen;
  }
  chosen = NumpyPermutation(kPublishedSeed, rows);
  const int64_t size = FractionSize(rows, percent, rule.rounding);
  if (rule.end == PublishedFraction::End::kFirst) {
    chosen.resize(size);
  } else {
    chosen.erase(chosen.begin(), chosen.end() - size);
  }
  if (rule.sorted) std::sort(chosen.begin(), chosen.end());
  return chosen;
}

absl::StatusOr<std::vector<int64_t>> PatientFraction(const std::vector<std::string>& patients, const std::vector<int>& labels,
                                                     double percent, uint64_t seed) {
  ASAP_RETURN_IF_ERROR(CheckPercent(percent));
  const size_t cases = patients.size();
  if (cases == 0) return absl::InvalidArgumentError("a label fraction of no cases");
  if (labels.size() % cases != 0) {
    return absl::InvalidArgumentError(absl::StrCat(labels.size(), " labels of ", cases, " cases"));
  }
  const std::vector<Patient> order = OutcomesFirst(labels, labels.size() / cases, PatientsInOrder(patients, seed));
  const int64_t wanted = FractionSize(static_cast<int64_t>(cases), percent, PublishedFraction::Rounding::kUp);
  std::vector<int64_t> chosen;
  for (const Patient& patient : order) {
    if (static_cast<int64_t>(chosen.size()) >= wanted) break;
    chosen.insert(chosen.end(), patient.cases.begin(), patient.cases.end());
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace asap
