#include "tests/golden/preprocessing/replay_preprocessing.h"

#include <filesystem>
#include <string>

#include "core/base/file.h"
#include "gtest/gtest.h"

namespace asap::golden {
namespace {

TEST(ReplayPreprocessingTest, EveryFixtureAgrees) {
  const auto path = Runfile("asap/tests/golden/data/preproc_public.json");
  ASSERT_TRUE(path.ok()) << path.status();
  const auto rows = ReplayPreprocessing(*path);
  ASSERT_TRUE(rows.ok()) << rows.status();
  // 7 files of 9 rows, 3 augmentations of 2, 2 crops.
  EXPECT_EQ(rows->size(), 7 * 9 + 3 * 2 + 2);
  for (const Row& row : *rows) EXPECT_TRUE(row.ok) << row.key << " is off by " << row.max_abs << ", tolerance " << row.tolerance;
}

TEST(ReplayPreprocessingTest, InterpolationIsBitEqualToTheReference) {
  const auto rows = ReplayPreprocessing(*Runfile("asap/tests/golden/data/preproc_public.safetensors"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  for (const Row& row : *rows) {
    if (row.key.find("resized_f32") == std::string::npos) continue;
    EXPECT_EQ(row.max_abs, 0) << row.key;
  }
}

TEST(ReplayPreprocessingTest, AWrongNumberIsSeen) {
  const std::string folder = testing::TempDir() + "/altered";
  std::filesystem::create_directories(folder);
  const std::string data = std::filesystem::path(*Runfile("asap/tests/golden/data/preproc_public.json")).parent_path().string();
  std::filesystem::copy(data + "/preproc_public.safetensors", folder + "/other.safetensors",
                        std::filesystem::copy_options::overwrite_existing);
  std::filesystem::copy(data + "/preproc_public_nifti", folder + "/other_nifti",
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  std::string text = *ReadFile(data + "/preproc_public.json");
  const std::string offset = "-0.06987241807829868";
  const size_t at = text.find(offset);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, offset.size(), "-0.06987341807829868");
  ASSERT_TRUE(WriteFileAtomically(folder + "/other.json", text).ok());
  const auto rows = ReplayPreprocessing(folder + "/other.json");
  ASSERT_TRUE(rows.ok()) << rows.status();
  for (const Row& row : *rows) EXPECT_EQ(row.ok, row.key != "augment/train0/image_out") << row.key;
}

TEST(ReplayPreprocessingTest, MalformedFilesAreErrors) {
  EXPECT_FALSE(ReplayPreprocessing("no/such.json").ok());
  EXPECT_FALSE(ReplayPreprocessing("no/such.txt").ok());
}

}  // namespace
}  // namespace asap::golden
