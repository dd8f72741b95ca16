#include "core/imaging/formats/dicom.h"

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/random.h"
#include "core/imaging/formats/dicom_test_folder.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/write_dicom.h"
#include "core/imaging/geometry.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using DicomTest = DicomTestFolder;

TEST_F(DicomTest, SortsByPositionAndRescales) {
  const int kShuffled[] = {3, 0, 4, 1, 2};
  for (int i = 0; i < 5; ++i) {
    DicomSlice slice = Slice(kShuffled[i]);
    slice.slope = 2;
    slice.intercept = -1000 - kShuffled[i];  // each slice has a rescaling of its own
    Write(absl::StrCat("IM", i), slice);
  }
  WriteBytes("notes.txt", "no DICOM");
  EXPECT_TRUE(HoldsDicom(folder_));
  const auto volume = ReadVolume(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->geometry.size, (Index3{4, 3, 5}));
  for (int z = 0; z < 5; ++z) {
    for (int y = 0; y < 3; ++y) {
      for (int x = 0; x < 4; ++x) EXPECT_EQ(volume->at(x, y, z), 2 * (100 * z + 10 * y + x) - 1000 - z);
    }
  }
  EXPECT_NEAR(volume->geometry.spacing[0], 0.8, 1e-9);  // DICOM gives the spacing of rows first
  EXPECT_NEAR(volume->geometry.spacing[1], 0.7, 1e-9);
  EXPECT_NEAR(volume->geometry.spacing[2], 2.5, 1e-9);
  // LPS (-10, -20, 50) is RAS (10, 20, 50), and the columns run to the patient's left.
  EXPECT_EQ(volume->geometry.origin, (std::array<double, 3>{10, 20, 50}));
  EXPECT_EQ(volume->geometry.direction[0], -1);
  EXPECT_EQ(ReadGeometry(folder_)->size, volume->geometry.size);
}

TEST_F(DicomTest, ReadsCompressedPixels) {
  for (int z = 0; z < 3; ++z) {
    DicomSlice slice = Slice(z);
    slice.stored[5] = -1234;
    slice.run_length = true;
    Write(absl::StrCat("s", z), slice);
  }
  const auto volume = ReadVolume(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->at(2, 1, 2), 212 - 1024);
  EXPECT_EQ(volume->at(1, 1, 2), -1234 - 1024);
}

TEST_F(DicomTest, ObliqueSeriesKeepTheirPlace) {
  const double c = std::cos(0.3), s = std::sin(0.3);
  for (int z = 0; z < 4; ++z) {
    DicomSlice slice = Slice(z);
    slice.orientation = {c, 0, -s, 0, 1, 0};  // the normal is (s, 0, c)
    slice.position = {5 + 3 * z * s, 6, 7 + 3 * z * c};
    Write(absl::StrCat(9 - z), slice);
  }
  const auto geometry = ReadGeometry(folder_);
  ASSERT_TRUE(geometry.ok()) << geometry.status();
  EXPECT_EQ(geometry->spacing, (std::array<double, 3>{0.8, 0.7, 3}));  // though positions are written with six digits
  const auto corner = IndexToWorld(*geometry, {1, 0, 3});
  EXPECT_NEAR(corner[0], -(5 + 9 * s + 0.8 * c), 1e-4);
  EXPECT_NEAR(corner[2], 7 + 9 * c - 0.8 * s, 1e-4);
}

TEST_F(DicomTest, TakesTheLargestOfSeveralSeries) {
  for (int z = 0; z < 6; ++z) Write(absl::StrCat("main", z), Slice(z));
  for (int z = 0; z < 2; ++z) {
    DicomSlice scout = Slice(z);
    scout.series = "9.9";
    Write(absl::StrCat("a_scout", z), scout);
  }
  EXPECT_EQ(ReadVolume(folder_)->geometry.size[2], 6);
}

TEST_F(DicomTest, DuplicatesAreDroppedAndPhasesRefused) {
  for (int z = 0; z < 6; ++z) Write(absl::StrCat("a", z), Slice(z));
  DicomSlice again = Slice(2);
  again.intercept = 0;
  Write("b2", again);
  const auto volume = ReadVolume(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->geometry.size[2], 6);
  EXPECT_EQ(volume->at(0, 0, 2), 200 - 1024);  // the first by name
  for (int z = 0; z < 6; ++z) Write(absl::StrCat("b", z), Slice(z));
  EXPECT_NE(ReadVolume(folder_).status().message().find("phases"), std::string::npos);
}

TEST_F(DicomTest, MissingSlicesAreAnError) {
  for (int z : {0, 1, 2, 5, 6}) Write(absl::StrCat("slice", z), Slice(z));
  const auto volume = ReadVolume(folder_);
  EXPECT_EQ(volume.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(volume.status().message().find("slice2 and slice5 lie 7.5 mm apart, most others 2.5"), std::string::npos)
      << volume.status();
}

TEST_F(DicomTest, RefusesWhatIsNoSeries) {
  EXPECT_FALSE(HoldsDicom(folder_));
  EXPECT_EQ(ReadVolume(folder_).status().code(), absl::StatusCode::kNotFound);
  Write("one", Slice(0));
  EXPECT_NE(ReadVolume(folder_).status().message().find("one slice"), std::string::npos);
  DicomSlice inverted = Slice(1);
  inverted.photometric = "MONOCHROME1";
  Write("two", inverted);
  EXPECT_NE(ReadVolume(folder_).status().message().find("MONOCHROME2"), std::string::npos) << ReadVolume(folder_).status();
  DicomSlice frames = Slice(1);
  frames.frames = 30;
  Write("two", frames);
  EXPECT_NE(ReadVolume(folder_).status().message().find("multi-frame"), std::string::npos) << ReadVolume(folder_).status();
  DicomSlice huge = Slice(1);
  huge.rows = 60000;
  Write("two", huge);
  EXPECT_NE(ReadVolume(folder_).status().message().find("60000 rows"), std::string::npos) << ReadVolume(folder_).status();
}

TEST_F(DicomTest, TruncatedPixelsAreAnErrorThatNamesTheFile) {
  for (int z = 0; z < 3; ++z) Write(absl::StrCat("s", z), Slice(z));
  const std::string whole = DicomBytes(Slice(1));
  WriteBytes("s1", whole.substr(0, whole.size() - 7));
  const auto volume = ReadVolume(folder_);
  ASSERT_FALSE(volume.ok());
  EXPECT_NE(volume.status().message().find("/s1"), std::string::npos) << volume.status();
}

TEST_F(DicomTest, DamagedCompressedPixelsEndNoMoreThanTheirSeries) {
  for (int z = 0; z < 2; ++z) Write(absl::StrCat("s", z), Slice(z));
  DicomSlice third = Slice(2);
  third.run_length = true;
  const std::string original = DicomBytes(third);
  // The last 100 bytes are the frame: segment table, segments, delimiter.
  int refused = 0;
  for (int i = 0; i < 60; ++i) {
    CounterRng rng(6, "run length", i);
    std::string bytes = original;
    for (int edit = 0; edit < 3; ++edit) {
      bytes[rng.UniformInt(static_cast<int64_t>(bytes.size()) - 100, static_cast<int64_t>(bytes.size()) - 9)] =
          static_cast<char>(rng.Next());
    }
    WriteBytes("s2", bytes);
    refused += !ReadVolume(folder_).ok();
  }
  EXPECT_GT(refused, 10);
}

TEST_F(DicomTest, MutatedFilesNeverCrash) {
  for (int z = 0; z < 2; ++z) Write(absl::StrCat("s", z), Slice(z));
  const std::string original = DicomBytes(Slice(2));
  int read = 0, refused = 0;
  for (int i = 0; i < 1500; ++i) {
    CounterRng rng(5, "dicom", i);
    std::string bytes = original;
    const int64_t edits = rng.UniformInt(1, 4);
    for (int64_t edit = 0; edit < edits; ++edit) {
      bytes[rng.UniformInt(132, static_cast<int64_t>(bytes.size()) - 1)] = static_cast<char>(rng.Next());
    }
    if (rng.Bernoulli(0.2)) bytes.resize(rng.UniformInt(132, static_cast<int64_t>(bytes.size())));
    WriteBytes("s2", bytes);
    const auto volume = ReadVolume(folder_);
    ++(volume.ok() ? read : refused);
  }
  EXPECT_GT(read, 100);
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace asap
