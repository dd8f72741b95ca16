#include "core/task.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;

TaskSpec Sound() {
  return {.name = "kind/dataset", .title = "what", .dataset = "dataset", .outcome = "a mask", .headline = "dice"};
}

std::string Refused(const TaskSpec& spec) { return std::string(ValidateSpec(spec).message()); }

TEST(TaskSpec, LabelsMayBeMissing) { EXPECT_TRUE(ValidateSpec(Sound()).ok()) << ValidateSpec(Sound()); }

TEST(TaskSpec, WhatIsWrongIsNamed) {
  TaskSpec spec = Sound();
  spec.name = "nameless";
  EXPECT_THAT(Refused(spec), HasSubstr("task \"nameless\": its name is not of the form kind/dataset"));
  spec = Sound();
  spec.outcome.clear();
  EXPECT_THAT(Refused(spec), HasSubstr("no outcome in words"));
  spec = Sound();
  spec.labels = {"a", "b", "a"};
  EXPECT_THAT(Refused(spec), HasSubstr("\"a\" stands there twice"));
  spec = Sound();
  spec.fractions = {0};
  EXPECT_THAT(Refused(spec), HasSubstr("expected (0, 100]"));
  spec = Sound();
  spec.parameters["steps"] = {.value = "0", .help = "Steps.", .range = {{1, 9}}};
  EXPECT_THAT(Refused(spec), HasSubstr("the default of the parameter steps is \"0\", expected a number from 1 to 9"));
  spec.parameters["steps"] = {.value = "1", .range = {{1, 9}}};
  EXPECT_THAT(Refused(spec), HasSubstr("does not say what it does"));
}

TEST(TaskSpec, WhoTrainsANetworkSaysForHowLong) {
  TaskSpec spec = Sound();
  spec.encoder = EncoderUse::kTrainedNetwork;
  EXPECT_THAT(Refused(spec), HasSubstr("has no parameter \"size\""));
  spec.parameters[kSizeParameter] = SizeParameter();
  EXPECT_TRUE(ValidateSpec(spec).ok());
}

TEST(TaskParameters, AreDefaultsUnlessGiven) {
  TaskSpec spec = Sound();
  spec.parameters["size"] = SizeParameter();
  spec.parameters["note"] = {.value = "", .help = "Any text."};
  auto values = ResolveParameters(spec, {{"note", "x=y"}, {"of another task", "1"}});
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->size(), 2);
  EXPECT_EQ(values->at("size"), "quick");
  EXPECT_EQ(values->at("note"), "x=y");
  EXPECT_THAT(std::string(ResolveParameters(spec, {{"size", "huge"}}).status().message()),
              HasSubstr("task kind/dataset, parameter size: \"huge\", expected quick or full"));
}

TEST(TaskContextDeathTest, AParameterThatWasNotDeclaredIsAProgrammersError) {
  EXPECT_DEATH(TaskContext().Number("steps"), "the number \"steps\", which its spec does not declare");
}

}  // namespace
}  // namespace asap
