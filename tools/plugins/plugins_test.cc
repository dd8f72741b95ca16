// Holds that datasets.bzl and plugins.bzl, given as arguments, and the registries list the same names.
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "core/dataset.h"
#include "core/encoder.h"
#include "core/loss.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

std::map<std::string, std::vector<std::string>>& Table() {
  static auto* table = new std::map<std::string, std::vector<std::string>>;
  return *table;
}

TEST(Plugins, TableEqualsRegistry) {
  EXPECT_THAT(Registry<DatasetFactory>::Get("dataset").Names(), testing::UnorderedElementsAreArray(Table()["--datasets"]));
  EXPECT_THAT(Registry<EncoderFactory>::Get("encoder").Names(), testing::UnorderedElementsAreArray(Table()["--encoders"]));
  EXPECT_THAT(Registry<LossFactory>::Get("loss").Names(), testing::UnorderedElementsAreArray(Table()["--losses"]));
}

TEST(Plugins, AnUnknownNameListsItsNearest) {
  EXPECT_THAT(std::string(OpenDataset("fantom", {}).status().message()), testing::HasSubstr("did you mean \"phantom\"?"));
}

TEST(Registry, ScopedRegistrationEndsWithItsScope) {
  using Registry = Registry<DatasetFactory>;
  {
    const ScopedRegistration<DatasetFactory> scoped("dataset", "mine", [](const DatasetOptions&) {
      return absl::StatusOr<std::unique_ptr<Dataset>>(absl::UnavailableError("made for a test"));
    });
    EXPECT_EQ(OpenDataset("mine", {}).status().code(), absl::StatusCode::kUnavailable);
  }
  EXPECT_FALSE(Registry::Get("dataset").Find("mine").ok());
}

TEST(RegistryDeathTest, ADuplicateNameEndsTheProgram) {
  auto& registry = Registry<DatasetFactory>::Get("dataset");
  EXPECT_DEATH(registry.Add("phantom", nullptr), "two plug-ins register the dataset \"phantom\"");
}

}  // namespace
}  // namespace asap

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::vector<std::string> parts = absl::StrSplit(argv[i], absl::MaxSplits('=', 1));
    asap::Table()[parts[0]] = absl::StrSplit(parts[1], ',');
  }
  return RUN_ALL_TESTS();
}
