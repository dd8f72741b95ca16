// What each task's test holds: core/testing/task says of each check what it means.
#include "gtest/gtest.h"
#include "tasks/testing/environment.h"

namespace asap {
namespace {

TEST(EachTask, ItsDeclarationIsSound) { CheckDeclaration(TheTask()); }
TEST(EachTask, AShortRunScoresItsDatasets) { CheckShortRun(TheTask()); }

}  // namespace
}  // namespace asap
