// The set of flags is frozen: a change of frozen_flags.txt is a decision about the tool's interface.
#include "tools/pretrain/flags.h"

#include "core/base/file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tools/cli/cli.h"
#include "tools/pretrain/configure.h"

namespace asap {
namespace {

using ::testing::HasSubstr;

TEST(PretrainFlags, AreTheFrozenOnes) {
  const absl::StatusOr<std::string> path = Runfile("asap/tools/pretrain/frozen_flags.txt");
  ASSERT_TRUE(path.ok()) << path.status();
  EXPECT_EQ(FlagTable("pretrain"), *ReadFile(*path));
}

TEST(PretrainFlags, ConfigurationsParseAndMakeAModel) {
  for (const char* name : {"demo", "vit_b"}) {
    gflags::FlagSaver saver;
    const auto defaults = ConfigDefaults({std::string("--config=") + name});
    ASSERT_TRUE(defaults.ok()) << defaults.status();
    ASSERT_TRUE(ParseFlags(*defaults).ok());
    absl::StatusOr<AsapConfig> config = ConfigFromFlags();
    ASSERT_TRUE(config.ok()) << config.status();
    config->text = TextEncoderFromFlags(FLAGS_vocabulary);
    EXPECT_TRUE(config->Validate().ok()) << name << ": " << config->Validate();
    const double visible = static_cast<double>(config->patches()) * (1 - config->mask_ratio);
    EXPECT_GE(visible, 2 * 64 - 1e-6) << name << ": a sentence that selects 64 patches has nothing to choose from";
  }
}

TEST(PretrainFlags, VitBIsThePublishedModel) {
  gflags::FlagSaver saver;
  ASSERT_TRUE(ParseFlags(*ConfigDefaults({"--config=vit_b"})).ok());
  const AsapConfig config = *ConfigFromFlags(), published = AsapConfig::VitB();
  EXPECT_EQ(config.volume, published.volume);
  EXPECT_EQ(config.patch, published.patch);
  EXPECT_EQ(config.width, published.width);
  EXPECT_EQ(config.depth, published.depth);
  EXPECT_EQ(config.decoder_heads, published.decoder_heads);
  EXPECT_EQ(config.report.layers, published.report.layers);
  EXPECT_EQ(FLAGS_batch_size * FLAGS_accumulate, 448);
  EXPECT_DOUBLE_EQ(FLAGS_warmup * FLAGS_epochs, 20);
}

TEST(PretrainFlags, CompatSetsEveryDeviation) {
  gflags::FlagSaver saver;
  ASSERT_TRUE(ParseFlags({"--upstream_compat"}).ok());
  EXPECT_TRUE(ConfigFromFlags()->IsUpstreamCompat());
  ASSERT_TRUE(ParseFlags({"--noupstream_compat"}).ok());
  EXPECT_FALSE(ConfigFromFlags()->IsUpstreamCompat());
}

TEST(PretrainFlags, BadValuesAreNamed) {
  gflags::FlagSaver saver;
  ASSERT_TRUE(ParseFlags({"--volume=64x64"}).ok());
  EXPECT_THAT(std::string(ConfigFromFlags().status().message()), HasSubstr("--volume=64x64"));
  ASSERT_TRUE(ParseFlags({"--volume=64x64x32", "--spacing=1x0x1"}).ok());
  EXPECT_THAT(std::string(ConfigFromFlags().status().message()), HasSubstr("--spacing=1x0x1"));
  ASSERT_TRUE(ParseFlags({"--spacing=1x1x1", "--data=pairs"}).ok());
  EXPECT_THAT(std::string(DatasetOptionsFromFlags(AsapConfig()).status().message()), HasSubstr("--pairs=FILE.csv"));
  ASSERT_TRUE(ParseFlags({"--data=phantom", "--data_options=cases"}).ok());
  EXPECT_THAT(std::string(DatasetOptionsFromFlags(AsapConfig()).status().message()), HasSubstr("name=value"));
}

}  // namespace
}  // namespace asap
