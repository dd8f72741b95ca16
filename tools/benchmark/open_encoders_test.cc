#include "tools/benchmark/open_encoders.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

TEST(ParseEncoders, TakesFilesKindsAndNames) {
  const auto choices = ParseEncoders("run/encoder.safetensors, mae:b.safetensors,other=asap:/c=d/e.safetensors,random");
  ASSERT_TRUE(choices.ok()) << choices.status();
  ASSERT_EQ(choices->size(), 4);
  EXPECT_EQ((*choices)[0].name, "asap");
  EXPECT_THAT((*choices)[0].file, EndsWith("/run/encoder.safetensors"));
  EXPECT_EQ((*choices)[1].kind, "mae");
  EXPECT_EQ((*choices)[2].name, "other");
  EXPECT_EQ((*choices)[2].file, "/c=d/e.safetensors");
  EXPECT_EQ((*choices)[3].kind, "random");
  EXPECT_EQ((*choices)[3].file, "");
}

TEST(ParseEncoders, NamesWhatIsWrong) {
  const auto message = [](const std::string& flag) { return std::string(ParseEncoders(flag).status().message()); };
  EXPECT_THAT(message("randm"), HasSubstr("did you mean \"random\"?"));
  EXPECT_THAT(message("asp:x.safetensors"), HasSubstr("did you mean \"asap\"?"));
  EXPECT_THAT(message("features"), HasSubstr("needs a file, as features:FILE"));
  EXPECT_THAT(message("a.safetensors,b.safetensors"), HasSubstr("two are named \"asap\""));
}

}  // namespace
}  // namespace asap
