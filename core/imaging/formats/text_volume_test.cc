#include "core/imaging/formats/text_volume.h"

#include <zlib.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/base/random.h"
#include "core/bytes/gzip.h"
#include "core/imaging/formats/read_volume.h"
#include "gtest/gtest.h"
#include "itkImageIOBase.h"
#include "itkMetaImageIO.h"
#include "itkNrrdImageIO.h"

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

TEST(TextVolumeTest, ReadsNrrd) {
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

TEST(TextVolumeTest, ReadsMetaImage) {
  WriteBytes("a.mha", kMeta + Voxels());
  ExpectVolume("a.mha");
  WriteBytes("b.mhd", absl::StrReplaceAll(kMeta, {{"LOCAL", "b.raw"}}));
  WriteBytes("b.raw", Voxels());
  ExpectVolume("b.mhd");
}

// The geometry of a NRRD header that names `space`, with `directions` and `rest`.
absl::StatusOr<Geometry> NrrdGeometry(const std::string& space, const std::string& directions, const std::string& rest = "") {
  WriteBytes("place.nrrd", absl::StrCat("NRRD0005\ntype: short\ndimension: 3\n", space, "sizes: 4 3 2\n", directions, rest,
                                        "endian: little\nencoding: raw\n\n", Voxels()));
  return ReadGeometry(Path("place.nrrd"));
}

TEST(TextVolumeTest, EveryNamedSpaceIsReadAsItIsMeant) {
  const struct {
    std::string name, brief;
    std::array<double, 3> to_ras;
  } kSpaces[] = {{"right-anterior-superior", "RAS", {1, 1, 1}},
                 {"left-anterior-superior", "LAS", {-1, 1, 1}},
                 {"left-posterior-superior", "LPS", {-1, -1, 1}}};
  for (const auto& space : kSpaces) {
    const std::array<double, 9> direction = {space.to_ras[0], 0, 0, 0, space.to_ras[1], 0, 0, 0, 1};
    for (const std::string& name : {space.name, space.brief}) {
      const auto geometry = NrrdGeometry("space: " + name + "\n", "space directions: (0.5,0,0) (0,0.75,0) (0, 0 ,2)\n",
                                         "space origin: (10,20,30)\n");
      ASSERT_TRUE(geometry.ok()) << name << geometry.status();
      EXPECT_EQ(geometry->direction, direction) << name;
      EXPECT_EQ(geometry->origin, (std::array<double, 3>{space.to_ras[0] * 10, space.to_ras[1] * 20, 30})) << name;
    }
    for (const std::string& name : {space.name + "-time", space.brief + "T"}) {
      WriteBytes("time.nrrd", absl::StrCat("NRRD0005\ntype: short\ndimension: 4\nspace: ", name,
                                           "\nsizes: 4 3 2 1\nspace directions: (0.5,0,0,0) (0,0.75,0,0) (0,0,2,0) (0,0,0,1)\n"
                                           "space units: \"mm\" \"mm\" \"mm\" \"s\"\nendian: little\nencoding: raw\n\n",
                                           Voxels()));
      const auto geometry = ReadGeometry(Path("time.nrrd"));
      ASSERT_TRUE(geometry.ok()) << name << geometry.status();
      EXPECT_EQ(geometry->direction, direction) << name;
      EXPECT_EQ(geometry->spacing, (std::array<double, 3>{0.5, 0.75, 2}));
    }
  }
  // Axes that run elsewhere than the world's: the first goes up, the second to the right.
  const auto turned = NrrdGeometry("space: LAS\n", "space directions: (0,0,2) (-1,0,0) (0,3,0)\n");
  ASSERT_TRUE(turned.ok());
  EXPECT_EQ(turned->direction, (std::array<double, 9>{0, 1, 0, 0, 0, 1, 1, 0, 0}));
  for (const std::string name : {"scanner-xyz", "3D-right-handed", "3D-left-handed", "scanner-xyz-time", "nowhere"}) {
    const auto refused = NrrdGeometry("space: " + name + "\n", "space directions: (1,0,0) (0,1,0) (0,0,1)\n");
    EXPECT_NE(refused.status().message().find("left-posterior-superior"), std::string::npos) << refused.status();
  }
  const auto unnamed = NrrdGeometry("space dimension: 3\n", "space directions: (1,0,0) (0,1,0) (0,0,1)\n");
  ASSERT_TRUE(unnamed.ok());
  EXPECT_EQ(unnamed->direction, (std::array<double, 9>{-1, 0, 0, 0, -1, 0, 0, 0, 1}));  // with a warning, as ITK
}

TEST(TextVolumeTest, UnitsAreConvertedAndAMissingVoxelSizeIsRefused) {
  const std::array<double, 3> spacing = {0.5, 0.75, 2};
  const struct {
    std::string unit;
    double mm;
  } kUnits[] = {{"mm", 1}, {"cm", 10}, {"m", 1000}, {"um", 0.001}, {"\xc2\xb5m", 0.001}, {"microns", 0.001}, {"metres", 1000}};
  for (const auto& unit : kUnits) {
    const std::string quoted = "\"" + unit.unit + "\" ";
    const auto in_unit = [&](double mm) { return absl::StrCat(mm / unit.mm); };
    const auto directions = NrrdGeometry(
        "space: LPS\n",
        absl::StrCat("space directions: (", in_unit(0.5), ",0,0) (0,", in_unit(0.75), ",0) (0,0,", in_unit(2), ")\n"),
        absl::StrCat("space units: ", quoted, quoted, quoted, "\nspace origin: (", in_unit(-10), ",0,0)\n"));
    ASSERT_TRUE(directions.ok()) << directions.status();
    EXPECT_EQ(directions->spacing, spacing) << unit.unit;
    EXPECT_EQ(directions->origin[0], 10);
    const auto spacings = NrrdGeometry("", absl::StrCat("spacings: ", in_unit(0.5), " ", in_unit(0.75), " ", in_unit(2), "\n"),
                                       absl::StrCat("units: ", quoted, quoted, quoted, "\n"));
    ASSERT_TRUE(spacings.ok()) << spacings.status();
    EXPECT_EQ(spacings->spacing, spacing) << unit.unit;
  }
  const auto parsecs = NrrdGeometry("", "spacings: 1 1 1\n", "units: \"pc\" \"pc\" \"pc\"\n");
  EXPECT_NE(parsecs.status().message().find("unit"), std::string::npos) << parsecs.status();
  for (const std::string lines : {"", "spacings: nan nan nan\n", "space: LPS\n"}) {
    const auto none = NrrdGeometry("", lines);
    EXPECT_NE(none.status().message().find("no voxel size"), std::string::npos) << none.status();
  }
  WriteBytes("none.mha", absl::StrReplaceAll(kMeta, {{"ElementSpacing = 0.5 0.75 2\n", ""}}) + Voxels());
  const auto none = ReadGeometry(Path("none.mha"));
  EXPECT_NE(none.status().message().find("no voxel size"), std::string::npos) << none.status();
  WriteBytes("size.mha", absl::StrReplaceAll(kMeta, {{"ElementSpacing", "ElementSize"}}) + Voxels());
  ExpectVolume("size.mha");
}

TEST(TextVolumeTest, AxesOfLengthOneAreDroppedWhereverTheyAre) {
  const std::string three[] = {"(0.5,0,0)", "(0,0.75,0)", "(0,0,2)"}, lengths[] = {"4", "3", "2"};
  for (int extra = 0; extra < 4; ++extra) {
    std::string sizes, directions, spacings;
    for (int axis = 0; axis < 4; ++axis) {
      const int from = axis < extra ? axis : axis - 1;
      absl::StrAppend(&sizes, " ", axis == extra ? "1" : lengths[from]);
      absl::StrAppend(&directions, " ", axis == extra ? "none" : three[from]);
      absl::StrAppend(&spacings, " ", axis == extra ? "1" : std::vector<std::string>{"0.5", "0.75", "2"}[from]);
    }
    WriteBytes("four.nrrd", absl::StrReplaceAll(kNrrd, {{"dimension: 3", "dimension: 4"},
                                                        {"sizes: 4 3 2", "sizes:" + sizes},
                                                        {"(0.5,0,0) (0,0.75,0) (0,0,2)", directions},
                                                        {"kinds: domain domain domain\n", ""}}) +
                                Voxels());
    ExpectVolume("four.nrrd");
    std::string offset = " 10 20 30";
    offset.insert(3 * extra, " 7");
    WriteBytes("four.mha", absl::StrReplaceAll(kMeta, {{"NDims = 3", "NDims = 4"},
                                                       {"1 0 0 0 1 0 0 0 1", "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1"},
                                                       {"Offset = 10 20 30", "Offset =" + offset},
                                                       {"0.5 0.75 2", spacings},
                                                       {"4 3 2", sizes}}) +
                               Voxels());
    ExpectVolume("four.mha");
  }
  for (const std::string sizes : {"4 3 1 2", "2 4 3 1"}) {  // the axis that is not of space has two entries
    const bool first = sizes[0] == '2';
    WriteBytes("two.nrrd",
               absl::StrReplaceAll(kNrrd, {{"dimension: 3", "dimension: 4"},
                                           {"4 3 2", sizes},
                                           {"(0.5,0,0) (0,0.75,0) (0,0,2)",
                                            first ? "none (0.5,0,0) (0,0.75,0) (0,0,2)" : "(0.5,0,0) (0,0.75,0) (0,0,2) none"},
                                           {"kinds: domain domain domain\n", ""}}) +
                   Voxels());
    EXPECT_NE(ReadGeometry(Path("two.nrrd")).status().message().find("2 entries"), std::string::npos);
  }
  WriteBytes("two.mha", absl::StrReplaceAll(kMeta, {{"NDims = 3", "NDims = 4"},
                                                    {"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 10 20 30\n", ""},
                                                    {"0.5 0.75 2", "1 1 1 1"},
                                                    {"4 3 2", "3 2 2 2"}}) +
                            Voxels());
  EXPECT_NE(ReadGeometry(Path("two.mha")).status().message().find("2 entries"), std::string::npos);
}

TEST(TextVolumeTest, EntriesThatAreNotUsedDoNotRefuseAFile) {
  WriteBytes("keys.nrrd", absl::StrReplaceAll(kNrrd, {{"encoding: raw",
                                                       "encoding: raw\nnote:=one\nnote:=two\nspace:=none\n"
                                                       "content: a\ncontent: b\nold min: 3\ncenterings: cell cell cell"}}) +
                              Voxels());
  ExpectVolume("keys.nrrd");
  WriteBytes("keys.mha", absl::StrReplaceAll(kMeta, {{"NDims", "Comment = a\nComment = b\nNDims"}}) + Voxels());
  ExpectVolume("keys.mha");
  WriteBytes("twice.nrrd", absl::StrReplaceAll(kNrrd, {{"encoding: raw", "encoding: raw\nspace: LAS"}}) + Voxels());
  EXPECT_NE(ReadGeometry(Path("twice.nrrd")).status().message().find("repeats"), std::string::npos);
  WriteBytes("twice.mha", absl::StrReplaceAll(kMeta, {{"NDims", "Offset = 1 2 3\nNDims"}}) + Voxels());
  EXPECT_NE(ReadGeometry(Path("twice.mha")).status().message().find("repeats"), std::string::npos);
}

TEST(TextVolumeTest, ADataFileOfJustTheNameIsTakenWhateverTheNameIs) {
  for (const std::string name :
       {"case_50%.raw", "a %03d.raw 1 2 1", "LIST", "LIST 3", "a (b).raw", "%d", "x=y.raw", "a: b.raw"}) {
    WriteBytes(name, Voxels());
    WriteBytes("named.mhd", absl::StrReplaceAll(kMeta, {{"LOCAL", name}}));
    ExpectVolume("named.mhd");
    WriteBytes("named.nhdr", absl::StrReplaceAll(kNrrd, {{"encoding: raw", "encoding: raw\ndata file: " + name}}));
    ExpectVolume("named.nhdr");
    const auto files = VolumeFiles(Path("named.nhdr"));
    ASSERT_TRUE(files.ok());
    EXPECT_EQ(std::filesystem::path(files->back()).filename(), name);
    std::filesystem::remove(Path(name));
    EXPECT_FALSE(ReadVolume(Path("named.mhd")).ok());
  }
}

TEST(TextVolumeTest, ReadsBothByteOrdersSkippedBytesAndZlib) {
  std::string swapped = Voxels();
  for (size_t i = 0; i < swapped.size(); i += 2) std::swap(swapped[i], swapped[i + 1]);
  WriteBytes("big.nrrd", absl::StrReplaceAll(kNrrd, {{"little", "big"}}) + swapped);
  ExpectVolume("big.nrrd");
  WriteBytes("big.mha", absl::StrReplaceAll(kMeta, {{"OrderMSB = False", "OrderMSB = True"}}) + swapped);
  ExpectVolume("big.mha");
  WriteBytes("skip.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "raw\nbyte skip: 3"}}) + "abc" + Voxels());
  ExpectVolume("skip.nrrd");
  WriteBytes("end.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "raw\nbyte skip: -1"}}) + "abc" + Voxels());
  ExpectVolume("end.nrrd");
  WriteBytes("lines.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "raw\nline skip: 1\nbyte skip: 1"}}) + "a line\nb" + Voxels());
  ExpectVolume("lines.nrrd");
  WriteBytes("skip_gzip.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "gzip\nbyte skip: 3"}}) + *Gzip("abc" + Voxels()));
  ExpectVolume("skip_gzip.nrrd");
  std::string gzip = *Gzip(Voxels());
  gzip[gzip.size() - 6] ^= 1;  // in the checksum
  WriteBytes("damaged.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "gzip"}}) + gzip);
  EXPECT_NE(ReadVolume(Path("damaged.nrrd")).status().message().find("damaged"), std::string::npos);
  std::string packed(200, '\0');
  uLongf size = packed.size();
  const std::string voxels = Voxels();
  ASSERT_EQ(
      compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(voxels.data()), voxels.size()),
      Z_OK);
  packed.resize(size);
  WriteBytes("zlib.mha", absl::StrReplaceAll(kMeta, {{"CompressedData = False",
                                                      absl::StrCat("CompressedData = True\nCompressedDataSize = ", size)}}) +
                             packed);
  ExpectVolume("zlib.mha");
  WriteBytes("header.mhd", absl::StrReplaceAll(kMeta, {{"LOCAL", "header.raw"}, {"NDims", "HeaderSize = -1\nNDims"}}));
  WriteBytes("header.raw", "some header" + Voxels());
  ExpectVolume("header.mhd");
  WriteBytes("header.mhd", absl::StrReplaceAll(kMeta, {{"LOCAL", "header.raw"}, {"NDims", "HeaderSize = 11\nNDims"}}));
  ExpectVolume("header.mhd");
}

// What ITK, which another team wrote, makes of the headers that it and we read alike.
TEST(TextVolumeTest, AgreesWithItk) {
  const std::string oblique_nrrd =
      absl::StrReplaceAll(kNrrd, {{"(0.5,0,0) (0,0.75,0) (0,0,2)", "(0.4,0.3,0) (-0.45,0.6,0) (0,0,-2)"}});
  const std::string oblique_meta = absl::StrReplaceAll(kMeta, {{"1 0 0 0 1 0 0 0 1", "0.8 0.6 0 -0.6 0.8 0 0 0 -1"}});
  const std::string ras = absl::StrReplaceAll(oblique_nrrd, {{"left-posterior-superior", "right-anterior-superior"}});
  for (const auto& [name, header] : std::vector<std::pair<std::string, std::string>>{
           {"itk.nrrd", kNrrd}, {"itk.nrrd", oblique_nrrd}, {"itk.nrrd", ras}, {"itk.mha", kMeta}, {"itk.mha", oblique_meta}}) {
    WriteBytes(name, header + Voxels());
    itk::ImageIOBase::Pointer io;
    if (name == "itk.mha") {
      io = itk::MetaImageIO::New();
    } else {
      io = itk::NrrdImageIO::New();
    }
    io->SetFileName(Path(name));
    io->ReadImageInformation();
    const auto volume = ReadVolume(Path(name));
    ASSERT_TRUE(volume.ok()) << volume.status();
    for (int axis = 0; axis < 3; ++axis) {
      EXPECT_EQ(io->GetDimensions(axis), static_cast<size_t>(volume->geometry.size[axis]));
      EXPECT_NEAR(io->GetSpacing(axis), volume->geometry.spacing[axis], 1e-12);
      EXPECT_NEAR(io->GetOrigin(axis) * (axis < 2 ? -1 : 1), volume->geometry.origin[axis], 1e-12);
      for (int row = 0; row < 3; ++row) {
        EXPECT_NEAR(io->GetDirection(axis)[row] * (row < 2 ? -1 : 1), volume->geometry.direction[3 * row + axis], 1e-12)
            << header;
      }
    }
    itk::ImageIORegion region(3);
    for (int axis = 0; axis < 3; ++axis) region.SetSize(axis, io->GetDimensions(axis));
    io->SetIORegion(region);
    std::vector<int16_t> voxels(24);
    io->Read(voxels.data());
    for (size_t i = 0; i < voxels.size(); ++i) EXPECT_EQ(volume->voxels[i], voxels[i]);
  }
}

TEST(TextVolumeTest, HostileHeadersAreErrorsThatNameFileAndDefect) {
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
      {"x.nrrd", absl::StrReplaceAll(kNrrd, {{"dimension: 3", "dimension: 4"}}) + Voxels(), "3 sizes, expected 4"},
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

TEST(TextVolumeTest, MutatedFilesNeverCrash) {
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
