// What is held once a kind, on its smallest task.
#include "gtest/gtest.h"
#include "tasks/testing/environment.h"

namespace asap {
namespace {

TEST(EachKind, EveryFractionRunsUnderBothProtocols) { CheckFractions(TheTask()); }
TEST(EachKind, LearnsFromItsAnnotations) { CheckLearns(TheTask()); }
TEST(EachKind, TheSameSeedGivesTheSame) { CheckSameSeed(TheTask()); }
TEST(EachKind, NoPatientIsTrainedOnAndTested) { CheckPatients(TheTask()); }
TEST(EachKind, ADatasetWithoutCasesIsNamed) { CheckEmptyDataset(TheTask()); }
TEST(EachKind, ABenchmarkThatWasCutOffGoesOn) { CheckResumes(TheTask()); }

}  // namespace
}  // namespace asap
