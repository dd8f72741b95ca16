#include "core/imaging/formats/dicom_slices.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/held_warnings.h"
#include "core/base/random.h"
#include "core/imaging/formats/dicom.h"
#include "core/imaging/formats/dicom_test_folder.h"
#include "core/imaging/formats/write_dicom.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class DicomSlicesTest : public DicomTestFolder {
 protected:
  // Slices from z on, each with a rescaling of its own.
  static std::vector<DicomSlice> Frames(int z, int count) {
    std::vector<DicomSlice> frames;
    for (int i = z; i < z + count; ++i) {
      frames.push_back(Slice(i));
      frames.back().slope = 2;
      frames.back().intercept = -1000 - i;
    }
    return frames;
  }

  // That the folder holds slices 0 to count - 1 of Frames, and nothing to warn of.
  void ExpectFrames(int count) {
    HeldWarnings held;
    const auto volume = ReadDicomSeries(folder_);
    EXPECT_THAT(held.Take(), IsEmpty());
    ASSERT_TRUE(volume.ok()) << volume.status();
    ASSERT_EQ(volume->geometry.size, (Index3{4, 3, count}));
    EXPECT_EQ(volume->geometry.spacing, (std::array<double, 3>{0.8, 0.7, 2.5}));
    EXPECT_EQ(volume->geometry.origin, (std::array<double, 3>{10, 20, 50}));
    for (int z = 0; z < count; ++z) {
      for (int i = 0; i < 12; ++i) {
        EXPECT_EQ(volume->at(i % 4, i / 4, z), 2 * (100 * z + 10 * (i / 4) + i % 4) - 1000 - z) << z << " " << i;
      }
    }
  }
};

TEST_F(DicomSlicesTest, EnhancedObjectsAreReadFrameByFrame) {
  std::vector<DicomSlice> frames = Frames(0, 6);
  std::swap(frames[1], frames[4]);  // the order of frames is not that of places
  for (const bool delimited : {false, true}) {
    for (const bool types : {false, true}) {
      frames.front().explicit_types = types;
      WriteBytes("one", EnhancedDicomBytes(frames, delimited));
      ExpectFrames(6);
    }
  }
}

TEST_F(DicomSlicesTest, AnEnhancedSeriesMayHaveAFileASliceOrAFewFiles) {
  for (int z = 0; z < 5; ++z) WriteBytes(absl::StrCat("f", 9 - z), EnhancedDicomBytes(Frames(z, 1)));
  ExpectFrames(5);
  WriteBytes("more", EnhancedDicomBytes(Frames(5, 4)));
  ExpectFrames(9);
}

TEST_F(DicomSlicesTest, EnhancedObjectsWithoutPlacesAreRefusedAsSuch) {
  std::vector<DicomSlice> frames = Frames(0, 4);
  for (DicomSlice& frame : frames) frame.has_position = false;
  WriteBytes("one", EnhancedDicomBytes(frames));
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()), HasSubstr("frame 1 of one has no position"));
  DicomSlice capture = Slice(0);
  capture.frames = 4;
  Write("one", capture);
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()), HasSubstr("multi-frame"));
}

TEST_F(DicomSlicesTest, FilesWithoutPreambleAreRead) {
  const std::vector<DicomSlice> frames = Frames(0, 4);
  for (int z = 0; z < 4; ++z) {
    DicomSlice slice = frames[z];
    slice.preamble = z == 2;
    slice.explicit_types = z % 2 == 0;  // the first element tells which it is
    Write(absl::StrCat("s", z), slice);
  }
  EXPECT_TRUE(HoldsDicom(folder_));
  ExpectFrames(4);
}

TEST_F(DicomSlicesTest, OtherFilesAreNoDicom) {
  DicomSlice slice = Slice(0);
  slice.preamble = false;
  const std::string bytes = DicomBytes(slice);
  WriteBytes("short", bytes.substr(0, 20));
  WriteBytes("numbers", std::string("\x08\0\x10\0\x20\0\0\0", 8) + std::string(2000, '\x01'));
  WriteBytes("empty", "");
  std::string other = bytes;
  other[8] = 'x';  // the class of the object is none of DICOM's
  WriteBytes("other", other);
  EXPECT_FALSE(HoldsDicom(folder_));
}

TEST_F(DicomSlicesTest, FewSlicesWithoutPositionAreToldAndManyRefused) {
  for (int z = 0; z < 24; ++z) {
    DicomSlice slice = Slice(z);
    slice.has_position = z != 0 && z != 23;
    Write(absl::StrCat("s", 10 + z), slice);
  }
  HeldWarnings held;
  const auto volume = ReadDicomSeries(folder_);
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->geometry.size[2], 22);
  EXPECT_THAT(held.Take(),
              testing::ElementsAre(HasSubstr("2 of its 24 slices cannot be placed, such as s10, which has no position")));
  for (int z : {1, 2, 3}) {
    DicomSlice slice = Slice(z);
    slice.has_position = false;
    Write(absl::StrCat("s", 10 + z), slice);
  }
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()), HasSubstr("5 of its 24 slices cannot be placed"));
}

TEST_F(DicomSlicesTest, ASliceWithoutPositionIsTheReasonForItsGap) {
  for (int z = 0; z < 24; ++z) {
    DicomSlice slice = Slice(z);
    slice.has_position = z != 7;
    Write(absl::StrCat("s", 10 + z), slice);
  }
  const auto volume = ReadDicomSeries(folder_);
  ASSERT_FALSE(volume.ok());
  EXPECT_THAT(std::string(volume.status().message()),
              testing::AllOf(HasSubstr("such as s17, which has no position"), HasSubstr("s16 and s18 lie 5 mm apart")));
}

TEST_F(DicomSlicesTest, WhatIsNamedAsASliceAndIsNoneIsTold) {
  for (int z = 0; z < 20; ++z) Write(absl::StrCat("s", 10 + z, ".dcm"), Slice(z));
  WriteBytes("s30.DCM", "version https://git-lfs.github.com/spec/v1");
  WriteBytes("._s10.dcm", "of another system");
  HeldWarnings held;
  ASSERT_TRUE(ReadDicomSeries(folder_).ok());
  EXPECT_THAT(held.Take(),
              testing::ElementsAre(HasSubstr("1 of its 21 slices cannot be placed, such as s30.DCM, which is no DICOM")));
}

TEST_F(DicomSlicesTest, FilesOfOtherSeriesNeedNoPlace) {
  for (int z = 0; z < 5; ++z) Write(absl::StrCat("s", z), Slice(z));
  DicomSlice report = Slice(0);
  report.series = "9.9";
  report.has_position = false;
  Write("report", report);
  HeldWarnings held;
  ASSERT_TRUE(ReadDicomSeries(folder_).ok());
  EXPECT_THAT(held.Take(), IsEmpty());
}

TEST_F(DicomSlicesTest, NumbersBeyondReasonAreNoPlace) {
  for (int z = 0; z < 4; ++z) Write(absl::StrCat("s", z), Slice(z));
  DicomSlice far = Slice(4);
  far.position[1] = 1e300;
  Write("s4", far);
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()), HasSubstr("more than a kilometre"));
  for (int z = 0; z < 5; ++z) {
    DicomSlice slice = Slice(z);
    slice.position[0] = 1000.0 * z;
    slice.spacing = {0.01, 0.01};
    Write(absl::StrCat("s", z), slice);
  }
  EXPECT_THAT(std::string(ReadDicomSeries(folder_).status().message()), HasSubstr("4e+05 pixels"));
}

TEST_F(DicomSlicesTest, FilesThatNameNoSeriesAreOfNone) {
  for (int z = 0; z < 5; ++z) Write(absl::StrCat("s", z), Slice(z));
  DicomSlice directory = Slice(0);  // as a DICOMDIR under another name
  directory.series = "";
  directory.has_position = false;
  Write("dicomdir.dcm", directory);
  HeldWarnings held;
  ASSERT_TRUE(ReadDicomSeries(folder_).ok());
  EXPECT_THAT(held.Take(), IsEmpty());
}

TEST_F(DicomSlicesTest, MutatedEnhancedFilesNeverCrash) {
  int read = 0, refused = 0;
  for (int i = 0; i < 800; ++i) {
    CounterRng rng(7, "enhanced", i);
    std::vector<DicomSlice> frames = Frames(0, 3);
    frames.front().preamble = i % 3 > 0;
    frames.front().explicit_types = i % 2 > 0;
    std::string bytes = EnhancedDicomBytes(frames, i % 5 > 0);
    const int64_t first = frames.front().preamble ? 132 : 0;
    const int64_t edits = rng.UniformInt(1, 4);
    for (int64_t edit = 0; edit < edits; ++edit) {
      bytes[rng.UniformInt(first, static_cast<int64_t>(bytes.size()) - 1)] = static_cast<char>(rng.Next());
    }
    if (rng.Bernoulli(0.2)) bytes.resize(rng.UniformInt(first, static_cast<int64_t>(bytes.size())));
    WriteBytes("one", bytes);
    HeldWarnings held;
    const auto volume = ReadDicomSeries(folder_);
    held.Take();
    ++(volume.ok() ? read : refused);
  }
  EXPECT_GT(read, 50);
  EXPECT_GT(refused, 50);
}

}  // namespace
}  // namespace asap
