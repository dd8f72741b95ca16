#include "tools/benchmark/open_encoders.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "modules/vit3d/vit_encoder.h"

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

// Writes a small encoder of that seed.
void WriteSmall(const std::string& path, uint64_t seed) {
  const auto encoder = LoadEncoder(
      "asap",
      {.seed = seed, .parameters = {{"volume", "16x8x8"}, {"patch", "4x4x2"}, {"width", "24"}, {"depth", "1"}, {"heads", "2"}}});
  ASSERT_TRUE(encoder.ok()) << encoder.status();
  auto& vit = static_cast<VitEncoder&>(**encoder);
  ASSERT_TRUE(WriteVitEncoder(path, vit.model(), vit.spec()).ok());
}

TEST(OpenEncoders, MakesNetworksOfTheMeasuredWeightsAlone) {
  const std::string path = absl::StrCat(testing::TempDir(), "/small.safetensors");
  WriteSmall(path, 1);
  const auto opened = OpenEncoders({{"ours", "asap", path}, {"random", "random", ""}}, "", 2, c10::Device(c10::kCPU));
  ASSERT_TRUE(opened.ok()) << opened.status();
  ASSERT_EQ(opened->encoders.size(), 2);
  EXPECT_NE(opened->measured[0].digest, opened->measured[1].digest);
  for (const auto& encoder : opened->encoders) {
    EXPECT_EQ(encoder->spec()->volume, (std::array<int64_t, 3>{16, 8, 8}));
    const auto network = encoder->NewNetwork({{"volume", "8x8x8"}});
    ASSERT_TRUE(network.ok()) << network.status();
    EXPECT_EQ((*network)->spec().volume, (std::array<int64_t, 3>{8, 8, 8}));
  }
  WriteSmall(path, 2);  // as training that goes on meanwhile
  const absl::Status changed = opened->encoders[0]->NewNetwork({}).status();
  EXPECT_EQ(changed.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(changed.message()), HasSubstr("small.safetensors: has changed since the benchmark began"));
}

TEST(OpenEncoders, ADeviceThatIsNotThereIsNamed) {
  const auto opened = OpenEncoders({{"random", "random", ""}}, "", 2, c10::Device(c10::kCUDA, 63));
  EXPECT_THAT(std::string(opened.status().message()), HasSubstr("cannot be put on cuda:63"));
}

}  // namespace
}  // namespace asap
