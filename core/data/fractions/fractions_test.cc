#include "core/data/fractions/fractions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/data/fractions/mersenne.h"

namespace asap {
namespace {

// Made with numpy 1.26.4 and Python 3.11.
TEST(MersenneTest, NumpyPermutation) {
  EXPECT_EQ(NumpyPermutation(42, 0), std::vector<int64_t>{});
  EXPECT_EQ(NumpyPermutation(42, 1), std::vector<int64_t>{0});
  EXPECT_EQ(NumpyPermutation(42, 7), (std::vector<int64_t>{0, 1, 5, 2, 4, 3, 6}));
  EXPECT_EQ(NumpyPermutation(42, 16), (std::vector<int64_t>{0, 1, 5, 14, 13, 11, 8, 9, 2, 15, 4, 7, 10, 12, 3, 6}));
  const std::vector<int64_t> large = NumpyPermutation(42, 18945);
  EXPECT_EQ(large[0], 15025);
  EXPECT_EQ(large[18944], 15795);
}

TEST(MersenneTest, PythonSample) {
  EXPECT_EQ(PythonSample(42, 10000, 5), (std::vector<int64_t>{1824, 409, 4506, 4012, 3657}));
  EXPECT_EQ(PythonSample(3, 100, 9), (std::vector<int64_t>{30, 75, 69, 16, 47, 77, 60, 80, 74}));
  EXPECT_EQ(PythonSample(42, 30, 8), (std::vector<int64_t>{20, 3, 0, 23, 8, 7, 24, 4}));  // from a list, like the next
  EXPECT_EQ(PythonSample(7, 12, 12), (std::vector<int64_t>{5, 2, 6, 0, 1, 9, 4, 8, 10, 3, 11, 7}));
  EXPECT_EQ(PythonSample(42, 0, 0), std::vector<int64_t>{});
}

TEST(FractionSizeTest, OfTheDecimalNumberThatWasMeant) {
  using enum PublishedFraction::Rounding;
  EXPECT_EQ(FractionSize(60, 10, kUp), 6);
  EXPECT_EQ(FractionSize(61, 10, kUp), 7);
  EXPECT_EQ(FractionSize(700, 0.1, kUp), 1);
  EXPECT_EQ(FractionSize(2286, 10, kNearest), 229);
  EXPECT_EQ(FractionSize(621, 1, kNearest), 6);
  EXPECT_EQ(FractionSize(18945, 1, kDown), 189);
  EXPECT_EQ(FractionSize(159, 10, kUp), 16);
}

TEST(PublishedFractionTest, EndsOfThePermutation) {
  const std::vector<int64_t> first = *PublishedFractionRows(621, 1, kFirstNearest);
  EXPECT_EQ(first, (std::vector<int64_t>{49, 584, 82, 305, 109, 608}));
  const std::vector<int64_t> last = *PublishedFractionRows(1600, 1, kLastDown);
  EXPECT_EQ(last,
            (std::vector<int64_t>{871, 1123, 1396, 87, 1482, 330, 1238, 466, 121, 1044, 1095, 1130, 1294, 860, 1459, 1126}));
  std::vector<int64_t> sorted = *PublishedFractionRows(61, 10, kLastNearestSorted);
  EXPECT_EQ(sorted.size(), 6u);
  EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
  EXPECT_EQ(PublishedFractionRows(5, 100, kLastUp)->at(3), 3);
  EXPECT_FALSE(PublishedFractionRows(5, 0, kLastUp).ok());
  EXPECT_FALSE(PublishedFractionRows(5, 101, kLastUp).ok());
}

struct Cohort {
  std::vector<std::string> patients;
  std::vector<int> labels;  // two a case: a common and a rare one
};

Cohort MakeCohort(int64_t cases) {
  Cohort cohort;
  CounterRng rng(1);
  for (int64_t i = 0; i < cases; ++i) {
    cohort.patients.push_back(absl::StrCat("patient", i / 2));
    cohort.labels.push_back(rng.Bernoulli(0.4));
    cohort.labels.push_back(i % 100 == 7);
  }
  return cohort;
}

TEST(PatientFractionTest, SmallerIsPartOfLargerAndEveryOutcomeIsThere) {
  const Cohort cohort = MakeCohort(1000);
  std::set<int64_t> smaller;
  for (const double percent : {1.0, 10.0, 50.0, 100.0}) {
    const std::vector<int64_t> chosen = *PatientFraction(cohort.patients, cohort.labels, percent, 42);
    EXPECT_NEAR(static_cast<double>(chosen.size()), percent * 10, 1);
    const std::set<int64_t> now(chosen.begin(), chosen.end());
    EXPECT_TRUE(std::includes(now.begin(), now.end(), smaller.begin(), smaller.end())) << percent;
    int64_t counts[2] = {0, 0};
    for (const int64_t index : chosen) {
      for (int k = 0; k < 2; ++k) counts[k] += cohort.labels[2 * index + k];
      EXPECT_TRUE(now.count(index ^ 1)) << "a patient's other case";
    }
    for (const int64_t count : counts) {
      EXPECT_GT(count, 0) << percent;
      EXPECT_LT(count, static_cast<int64_t>(chosen.size())) << percent;
    }
    smaller = now;
  }
  EXPECT_EQ(smaller.size(), 1000u);
  EXPECT_NE(*PatientFraction(cohort.patients, cohort.labels, 10, 42), *PatientFraction(cohort.patients, cohort.labels, 10, 43));
}

TEST(PatientFractionTest, DoesNotDependOnTheListsOrder) {
  const Cohort cohort = MakeCohort(200);
  Cohort reversed;
  for (int64_t i = 199; i >= 0; --i) {
    reversed.patients.push_back(cohort.patients[i]);
    reversed.labels.insert(reversed.labels.end(), {cohort.labels[2 * i], cohort.labels[2 * i + 1]});
  }
  const std::vector<int64_t> one = *PatientFraction(cohort.patients, cohort.labels, 10, 42);
  std::vector<int64_t> other = *PatientFraction(reversed.patients, reversed.labels, 10, 42);
  for (int64_t& index : other) index = 199 - index;
  std::sort(other.begin(), other.end());
  EXPECT_EQ(one, other);
}

TEST(PatientFractionTest, WhereThereIsLittleToChoose) {
  EXPECT_EQ(*PatientFraction({"a"}, {1}, 1, 42), std::vector<int64_t>{0});
  EXPECT_EQ(PatientFraction({"a", "b", "c"}, {}, 1, 42)->size(), 1u);          // no labels
  EXPECT_EQ(PatientFraction({"a", "b", "c"}, {1, 1, 1}, 50, 42)->size(), 2u);  // one outcome
  EXPECT_FALSE(PatientFraction({}, {}, 1, 42).ok());
  EXPECT_FALSE(PatientFraction({"a", "b"}, {1}, 1, 42).ok());
  EXPECT_FALSE(PatientFraction({"a", "b"}, {1, 0}, 0, 42).ok());
}

}  // namespace
}  // namespace asap
