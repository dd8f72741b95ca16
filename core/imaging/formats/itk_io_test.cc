#include "core/imaging/formats/itk_io.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/random.h"
#include "core/bytes/gzip.h"
#include "core/imaging/formats/read_volume.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

std::string Path(const std::string& name) { return testing::TempDir() + "/" + name; }

void WriteBytes(const std::string& name, const std::string& bytes) {
  std::ofstream(Path(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// 4 x 3 x 2 int16 with values -500, -490, ...
std::string Voxels() {
  std::vector<int16_t> values;
  for (int i = 0; i < 24; ++i) values.push_back(static_cast<int16_t>(10 * i - 500));
  return std::string(reinterpret_cast<const char*>(values.data()), 48);
}

const char kNrrd[] =
    "NRRD0004\n# a comment\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 3 2\n"
    "space directions: (0.5,0,0) (0,0.75,0) (0,0,2)\nkinds: domain domain domain\nendian: little\nencoding: raw\n"
    "space origin: (10,20,30)\n\n";
const char kMeta[] =
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
    "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 10 20 30\nElementSpacing = 0.5 0.75 2\nDimSize = 4 3 2\n"
    "ElementType = MET_SHORT\nElementDataFile = LOCAL\n";

void ExpectVolume(const std::string& name) {
  const auto volume = ReadVolume(Path(name));
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->geometry.size, (Index3{4, 3, 2}));
  EXPECT_EQ(volume->geometry.spacing, (std::array<double, 3>{0.5, 0.75, 2}));
  EXPECT_EQ(volume->geometry.origin, (std::array<double, 3>{-10, -20, 30}));  // LPS to RAS
  EXPECT_EQ(volume->geometry.direction[0], -1);
  EXPECT_EQ(volume->geometry.direction[4], -1);
  EXPECT_EQ(volume->geometry.direction[8], 1);
  for (int i = 0; i < 24; ++i) EXPECT_EQ(volume->voxels[i], 10 * i - 500);
  const auto geometry = ReadGeometry(Path(name));
  ASSERT_TRUE(geometry.ok());
  EXPECT_EQ(geometry->origin, volume->geometry.origin);
}

TEST(ItkIoTest, ReadsNrrd) {
  WriteBytes("a.nrrd", kNrrd + Voxels());
  ExpectVolume("a.nrrd");
  WriteBytes("b.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "gzip"}}) + *Gzip(Voxels()));
  ExpectVolume("b.nrrd");
  WriteBytes("c.nhdr", absl::StrReplaceAll(kNrrd, {{"encoding: raw", "encoding: raw\ndata file: c.raw"}}));
  WriteBytes("c.raw", Voxels());
  ExpectVolume("c.nhdr");
  // The same grid given in RAS: origin and directions change sign with it.
  WriteBytes("d.nrrd", absl::StrReplaceAll(kNrrd, {{"left-posterior-superior", "right-anterior-superior"},
                                                   {"(0.5,0,0) (0,0.75,0)", "(-0.5,0,0) (0,-0.75,0)"},
                                                   {"(10,20,30)", "(-10,-20,30)"}}) +
                           Voxels());
  ExpectVolume("d.nrrd");
}

TEST(ItkIoTest, ReadsMetaImage) {
  WriteBytes("a.mha", kMeta + Voxels());
  ExpectVolume("a.mha");
  WriteBytes("b.mhd", absl::StrReplaceAll(kMeta, {{"LOCAL", "b.raw"}}));
  WriteBytes("b.raw", Voxels());
  ExpectVolume("b.mhd");
}

TEST(ItkIoTest, HostileHeadersAreErrorsThatNameFileAndDefect) {
  const struct {
    std::string name, bytes, message;
  } kCases[] = {
      {"x.nrrd", "NRRX0004\n\n", "not NRRD"},
      {"x.nrrd", "NRRD0004\ntype: short\n\n", "lacks the field"},
      {"x.nrrd", kNrrd + Voxels().substr(1), "truncated"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"4 3 2", "2100 2100 2100"}}) + Voxels(), "more than"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"4 3 2", "4294967296 4294967296 2"}}) + Voxels(), "not between"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"4 3 2", "4 -3 2"}}) + Voxels(), "axis 1"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"4 3 2", "4 3"}}) + Voxels(), "2 sizes"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"short", "block"}}) + Voxels(), "element type"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"dimension: 3", "dimension: 4"}}) + Voxels(), "dimension"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "bzip2"}}) + Voxels(), "encoding"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "raw\ndata file: ../../secret"}}), "outside its folder"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "raw\ndata file: /etc/hostname"}}), "outside its folder"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "raw\ndata file: absent.raw"}}), "absent.raw"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "raw\nbyte skip: 9999"}}) + Voxels(), "skip"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"4 3 2", "1000 1000 1000"}, {"raw", "gzip"}}) + *Gzip(Voxels()), "bytes follow"},
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"(0.5,0,0)", "(0,0,0)"}}) + Voxels(), "x.nrrd"},
      {"x.mha", "NDims = 3\n", "lacks the field"},
      {"x.mha", kMeta + Voxels().substr(1), "truncated"},
      {"x.mha", absl::StrReplaceAll(kMeta, {{"4 3 2", "9999 9999 9999"}}) + Voxels(), "more than"},
      {"x.mha", absl::StrReplaceAll(kMeta, {{"NDims = 3", "NDims = 99999"}}) + Voxels(), "NDims"},
      {"x.mha", absl::StrReplaceAll(kMeta, {{"MET_SHORT", "MET_STRING"}}) + Voxels(), "element type"},
      {"x.mha", absl::StrReplaceAll(kMeta, {{"LOCAL", "../secret.raw"}}), "outside its folder"},
      {"x.mha", absl::StrReplaceAll(kMeta, {{"LOCAL", "LIST"}}), "outside its folder"},
      {"x.mha", absl::StrReplaceAll(kMeta, {{"LOCAL", "slice%03d.raw 1 9 1"}}), "outside its folder"},
      {"x.mha",
       absl::StrReplaceAll(kMeta, {{"CompressedData = False", "CompressedData = True\nCompressedDataSize = 4000"}}) + Voxels(),
       "announces 4000"},
      {"x.mha", absl::StrReplaceAll(kMeta, {{"ElementType", "ElementNumberOfChannels = 3\nElementType"}}) + Voxels(),
       "3 channels"},
      {"x.mha", absl::StrReplaceAll(kMeta, {{"0.5 0.75 2", "0 0.75 2"}}) + Voxels(), "x.mha"},
  };
  for (const auto& test : kCases) {
    WriteBytes(test.name, test.bytes);
    const auto volume = ReadVolume(Path(test.name));
    ASSERT_FALSE(volume.ok()) << test.bytes;
    EXPECT_NE(volume.status().message().find(test.message), std::string::npos) << volume.status();
    EXPECT_NE(volume.status().message().find(test.name), std::string::npos) << volume.status();
  }
}

TEST(ItkIoTest, MutatedFilesNeverCrash) {
  int read = 0, refused = 0;
  for (int i = 0; i < 3000; ++i) {
    CounterRng rng(13, "text", i);
    const bool meta = i % 2 == 0;
    std::string bytes = (meta ? kMeta : kNrrd) + Voxels();
    const int64_t edits = rng.UniformInt(1, 4);
    for (int64_t edit = 0; edit < edits; ++edit) {
      constexpr char kNasty[] = {'0', '9', '-', ' ', '\n', ':', '=', '(', 'e', '%'};
      bytes[rng.UniformInt(0, static_cast<int64_t>(bytes.size()) - 1)] =
          rng.Bernoulli(0.7) ? kNasty[rng.UniformInt(0, 9)] : static_cast<char>(rng.Next());
    }
    if (rng.Bernoulli(0.1)) bytes.resize(rng.UniformInt(0, static_cast<int64_t>(bytes.size())));
    const std::string name = meta ? "mutated.mha" : "mutated.nrrd";
    WriteBytes(name, bytes);
    const auto volume = ReadVolume(Path(name));
    ++(volume.ok() ? read : refused);
  }
  EXPECT_GT(read, 300);
  EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace asap
