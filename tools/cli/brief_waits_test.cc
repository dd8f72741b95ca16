#include <gtest/gtest.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <string>

namespace {

std::string this_program;

// What a program that links brief_waits finds in its environment: "GOMP_SPINCOUNT OMP_WAIT_POLICY".
std::string FoundBy(const std::string& environment) {
  FILE* pipe = popen(("env -u GOMP_SPINCOUNT -u OMP_WAIT_POLICY " + environment + " " + this_program + " print").c_str(), "r");
  char text[200] = "";
  if (pipe == nullptr || fgets(text, sizeof(text), pipe) == nullptr) return "nothing";
  return pclose(pipe) == 0 ? text : "failed";
}

TEST(BriefWaitsTest, WaitsAreBriefUnlessTheUserSaysOtherwise) {
  EXPECT_EQ(FoundBy(""), "300 -");
  EXPECT_EQ(FoundBy("GOMP_SPINCOUNT=7"), "7 -");
  EXPECT_EQ(FoundBy("OMP_WAIT_POLICY=active"), "- active");
  EXPECT_EQ(FoundBy("OMP_WAIT_POLICY="), "- ");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "print") == 0) {
    const char* spins = getenv("GOMP_SPINCOUNT");
    const char* policy = getenv("OMP_WAIT_POLICY");
    printf("%s %s", spins == nullptr ? "-" : spins, policy == nullptr ? "-" : policy);
    return 0;
  }
  this_program = argv[0];
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
