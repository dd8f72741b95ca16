#include "tools/preprocess/pairing.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::ElementsAre;

TEST(PairingTest, EqualPathsBelongTogether) {
  EXPECT_THAT(PairWithScans({"s1/ct", "s2/ct"}, {"s2/ct", "s1/ct"}), ElementsAre(1, 0));
  EXPECT_THAT(PairWithScans({"a"}, {"a"}), ElementsAre(0));
}

TEST(PairingTest, AnotherPatientsFileIsNobodysElse) {
  EXPECT_THAT(PairWithScans({"s1/ct", "s2/ct"}, {"s1/ct"}), ElementsAre(0, -1));
  EXPECT_THAT(PairWithScans({"s1/ct"}, {"s2/ct"}), ElementsAre(-1));
  EXPECT_THAT(PairWithScans({"s1/ct", "x"}, {"s2/ct", "y"}), ElementsAre(-1, -1));
  // Given the folder of s1, and what there is of s2: the one name that there is tells nothing.
  EXPECT_THAT(PairWithScans({"ct"}, {"s2/ct"}), ElementsAre(-1));
  EXPECT_THAT(PairWithScans({"ct"}, {"s2/ct", "s3/ct"}), ElementsAre(-1));
}

TEST(PairingTest, ABareNameCountsWhereBothSidesHaveItOnce) {
  EXPECT_THAT(PairWithScans({"site/a", "site/b"}, {"b", "a"}), ElementsAre(1, 0));
  EXPECT_THAT(PairWithScans({"p1/scan"}, {"scan"}), ElementsAre(0));
  EXPECT_THAT(PairWithScans({"a", "b"}, {"made/a", "made/b"}), ElementsAre(0, 1));
  EXPECT_THAT(PairWithScans({"a"}, {"made/a", "made/b"}), ElementsAre(0));
  EXPECT_THAT(PairWithScans({"s1/ct", "s2/ct"}, {"ct"}), ElementsAre(-1, -1));
  EXPECT_THAT(PairWithScans({"site/a"}, {"a", "old/a"}), ElementsAre(-1));
  EXPECT_THAT(PairWithScans({"a", "site/a"}, {"a"}), ElementsAre(0, -1));
}

TEST(PairingTest, TheEndOfALongerPathCountsWhereItFitsOnce) {
  EXPECT_THAT(PairWithScans({"s1/ct", "s2/ct"}, {"/data/s2/ct", "/data/s1/ct", "/data/s3/ct"}), ElementsAre(1, 0));
  EXPECT_THAT(PairWithScans({"disk/s1/ct", "disk/s2/ct"}, {"s2/ct"}), ElementsAre(-1, 0));
  EXPECT_THAT(PairWithScans({"s1/ct"}, {"/a/s1/ct", "/b/s1/ct"}), ElementsAre(-1));
  EXPECT_THAT(PairWithScans({"s1/ct"}, {"xs1/ct"}), ElementsAre(-1));
}

TEST(PairingTest, PathsLoseTheExtensionsOfVolumes) {
  EXPECT_EQ(WithoutVolumeExtension("site/a.b.nii.gz"), "site/a.b");
  EXPECT_EQ(WithoutVolumeExtension("site/a.NRRD"), "site/a");
  EXPECT_EQ(WithoutVolumeExtension("site/series/"), "site/series");
  EXPECT_EQ(WithoutVolumeExtension("a"), "a");
  EXPECT_EQ(BareName("site/a"), "a");
  EXPECT_THAT(Unpaired({1, -1}, 3), ElementsAre(0, 2));
}

}  // namespace
}  // namespace asap
