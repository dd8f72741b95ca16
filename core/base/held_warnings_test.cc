#include "core/base/held_warnings.h"

#include <thread>

#include "core/base/log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(HeldWarnings, HoldsThoseOfItsThreadOnceEach) {
  HeldWarnings outer;
  LogWarning("a");
  {
    HeldWarnings inner;
    LogWarning("b");
    LogWarning("c");
    LogWarning("b");
    EXPECT_THAT(inner.Take(), ElementsAre("b", "c"));
    LogWarning("d");
  }
  std::thread([] { LogWarning("told, by another thread"); }).join();
  EXPECT_THAT(outer.Take(), ElementsAre("a", "d"));  // what the inner one did not give away is told, here to the outer one
  EXPECT_THAT(outer.Take(), IsEmpty());
}

TEST(HeldWarnings, NothingIsHeldWithoutOne) { EXPECT_FALSE(HeldWarnings::Hold("a")); }

}  // namespace
}  // namespace asap
