#include "core/imaging/formats/nifti.h"

#include <zlib.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/file.h"
#include "core/base/random.h"
#include "core/bytes/gzip.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/imaging/geometry.h"
#include "gtest/gtest.h"

namespace asap {
namespace {

std::string Path(const std::string& name) { return testing::TempDir() + "/" + name; }

Volume<int16_t> SmallVolume() {
  Volume<int16_t> volume;
  volume.geometry.size = {4, 3, 2};
  volume.geometry.spacing = {1.5, 2, 3};
  volume.geometry.origin = {-7, 8, 9};
  for (int i = 0; i < 24; ++i) volume.voxels.push_back(static_cast<int16_t>(100 * i - 1000));
  return volume;
}

// The bytes of SmallVolume as a .nii file: 352 of header, 48 of voxels.
std::string SmallFile() {
  const std::string path = Path("small.nii");
  EXPECT_TRUE(WriteNifti(path, SmallVolume()).ok());
  return *ReadFile(path);
}

template <typename T>
void Put(std::string& bytes, size_t offset, T value) {
  memcpy(&bytes[offset], &value, sizeof(T));
}

absl::StatusOr<Volume<float>> ReadBytes(const std::string& bytes, const std::string& name = "case.nii") {
  std::ofstream(Path(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return ReadVolume(Path(name));
}

TEST(NiftiTest, GeometryAndVoxelsSurviveWritingAndReading) {
  for (const std::string name : {"round.nii", "round.nii.gz"}) {
    Volume<int16_t> volume = SmallVolume();
    const double c = std::cos(0.2), s = std::sin(0.2);
    volume.geometry.direction = {-c, s, 0, -s, -c, 0, 0, 0, 1};
    volume.geometry.spacing = {0.7421875, 0.693, 1.25};
    volume.geometry.origin = {173.21, -210.7, -1034.35};
    ASSERT_TRUE(WriteNifti(Path(name), volume).ok());
    const auto read = ReadVolume(Path(name));
    ASSERT_TRUE(read.ok()) << read.status();
    for (size_t i = 0; i < volume.voxels.size(); ++i) EXPECT_EQ(read->voxels[i], volume.voxels[i]);
    for (const std::array<double, 3>& index : {std::array<double, 3>{0, 0, 0}, {3, 0, 0}, {3, 2, 1}}) {
      const auto expected = IndexToWorld(volume.geometry, index), actual = IndexToWorld(read->geometry, index);
      for (int i = 0; i < 3; ++i) EXPECT_NEAR(actual[i], expected[i], 1e-4);
    }
    const auto geometry = ReadGeometry(Path(name));
    ASSERT_TRUE(geometry.ok());
    EXPECT_EQ(geometry->origin, read->geometry.origin);
  }
}

TEST(NiftiTest, WritesTheHeaderOfThePublishedFilesAndNoText) {
  const std::string bytes = SmallFile();
  ASSERT_EQ(bytes.size(), 352u + 48u);
  const auto int16_at = [&](size_t offset) {
    int16_t value;
    memcpy(&value, &bytes[offset], 2);
    return value;
  };
  EXPECT_EQ(int16_at(252), 0);  // qform code
  EXPECT_EQ(int16_at(254), 2);  // sform code
  EXPECT_EQ(bytes[123], 0);     // units
  for (const auto& [first, last] : {std::pair<size_t, size_t>{4, 40}, {148, 252}, {328, 344}, {348, 352}}) {
    EXPECT_EQ(bytes.substr(first, last - first), std::string(last - first, '\0')) << "bytes " << first << " to " << last;
  }
}

TEST(NiftiTest, WritesBytesAndFloats) {
  Volume<uint8_t> labels;
  labels.geometry.size = {2, 1, 1};
  labels.voxels = {0, 255};
  ASSERT_TRUE(WriteNifti(Path("labels.nii.gz"), labels).ok());
  EXPECT_EQ(ReadVolume(Path("labels.nii.gz"))->voxels, (std::vector<float>{0, 255}));
  Volume<float> reals;
  reals.geometry.size = {1, 1, 2};
  reals.voxels = {0.25f, -1e30f};
  ASSERT_TRUE(WriteNifti(Path("reals.nii"), reals).ok());
  EXPECT_EQ(ReadVolume(Path("reals.nii"))->voxels, reals.voxels);
  EXPECT_FALSE(WriteNifti(Path("reals.img"), reals).ok());
  reals.geometry.size = {40000, 1, 1};
  EXPECT_FALSE(WriteNifti(Path("reals.nii"), reals).ok());
}

TEST(NiftiTest, ReadsEveryTypeInBothByteOrders) {
  const struct {
    int16_t code;
    size_t bytes;
    std::function<void(std::string&, size_t)> put;  // writes -3 (signed) or 200 (unsigned)
    float expected;
  } kTypes[] = {
      {2, 1, [](std::string& b, size_t o) { Put<uint8_t>(b, o, 200); }, 200},
      {256, 1, [](std::string& b, size_t o) { Put<int8_t>(b, o, -3); }, -3},
      {4, 2, [](std::string& b, size_t o) { Put<int16_t>(b, o, -3); }, -3},
      {512, 2, [](std::string& b, size_t o) { Put<uint16_t>(b, o, 60000); }, 60000},
      {8, 4, [](std::string& b, size_t o) { Put<int32_t>(b, o, -70000); }, -70000},
      {768, 4, [](std::string& b, size_t o) { Put<uint32_t>(b, o, 3000000000u); }, 3000000000.0f},
      {1024, 8, [](std::string& b, size_t o) { Put<int64_t>(b, o, -3); }, -3},
      {1280, 8, [](std::string& b, size_t o) { Put<uint64_t>(b, o, 200); }, 200},
      {16, 4, [](std::string& b, size_t o) { Put<float>(b, o, -2.5f); }, -2.5f},
      {64, 8, [](std::string& b, size_t o) { Put<double>(b, o, -2.5); }, -2.5f},
  };
  for (const auto& type : kTypes) {
    std::string bytes = SmallFile().substr(0, 352) + std::string(24 * type.bytes, '\0');
    Put(bytes, 70, type.code);
    type.put(bytes, 352 + 23 * type.bytes);
    const auto little = ReadBytes(bytes);
    ASSERT_TRUE(little.ok()) << little.status();
    EXPECT_EQ(little->voxels[23], type.expected) << "type " << type.code;
    std::string swapped = bytes;
    const auto swap = [&](size_t offset, size_t size) {
      std::reverse(swapped.begin() + offset, swapped.begin() + offset + size);
    };
    swap(0, 4);
    for (size_t offset = 40; offset < 56; offset += 2) swap(offset, 2);
    for (size_t offset : {70, 72, 252, 254}) swap(offset, 2);
    for (size_t offset = 76; offset < 120; offset += 4) swap(offset, 4);
    for (size_t offset = 256; offset < 328; offset += 4) swap(offset, 4);
    for (int i = 0; i < 24; ++i) swap(352 + i * type.bytes, type.bytes);
    const auto big = ReadBytes(swapped);
    ASSERT_TRUE(big.ok()) << big.status();
    EXPECT_EQ(big->voxels, little->voxels) << "type " << type.code;
    EXPECT_EQ(big->geometry.origin, little->geometry.origin);
  }
}

// nibabel 5.3.2's affine for the same header bytes.
TEST(NiftiTest, ChoosesTheAffineAsNibabel) {
  const auto affine = [](const std::string& bytes) {
    const auto volume = ReadBytes(bytes);
    EXPECT_TRUE(volume.ok()) << volume.status();
    return AffineFromGeometry(volume->geometry);
  };
  std::string bytes = SmallFile();
  EXPECT_EQ(affine(bytes), (Affine{1.5, 0, 0, -7, 0, 2, 0, 8, 0, 0, 3, 9}));
  Put<int16_t>(bytes, 254, 7);  // no such code: as if zero
  EXPECT_EQ(affine(bytes), (Affine{-1.5, 0, 0, 2.25, 0, 2, 0, -2, 0, 0, 3, -1.5}));
  Put<int16_t>(bytes, 252, 1);
  Put<float>(bytes, 268, 5);
  EXPECT_EQ(affine(bytes), (Affine{1.5, 0, 0, 5, 0, 2, 0, 0, 0, 0, 3, 0}));
  Put<float>(bytes, 76, -1);
  EXPECT_EQ(affine(bytes), (Affine{1.5, 0, 0, 5, 0, 2, 0, 0, 0, 0, -3, 0}));
  Put<float>(bytes, 256, 1.0000001f);  // a half turn about R, stored a little too long
  EXPECT_EQ(affine(bytes), (Affine{1.5, 0, 0, 5, 0, -2, 0, 0, 0, 0, 3, 0}));
}

TEST(NiftiTest, AppliesSlopeAndInterceptAsNibabel) {
  std::string bytes = SmallFile();
  Put<float>(bytes, 112, 0.5f);
  Put<float>(bytes, 116, -10.0f);
  EXPECT_EQ(ReadBytes(bytes)->voxels[3], 0.5f * -700 - 10);
  for (float none : {0.0f, NAN}) {
    Put<float>(bytes, 112, none);
    EXPECT_EQ(ReadBytes(bytes)->voxels[3], -700);
  }
  Put<float>(bytes, 112, 1.0f);
  Put<float>(bytes, 116, NAN);
  EXPECT_FALSE(ReadBytes(bytes).ok());
}

TEST(NiftiTest, HostileHeadersAreErrorsThatNameFileAndDefect) {
  const struct {
    std::string what;
    std::function<void(std::string&)> damage;
    std::string message;
  } kCases[] = {
      {"empty", [](std::string& b) { b.clear(); }, "is empty"},
      {"short header", [](std::string& b) { b.resize(100); }, "holds 100 bytes"},
      {"no NIfTI", [](std::string& b) { b[0] = 'x'; }, "not a NIfTI"},
      {"NIfTI-2", [](std::string& b) { Put<int32_t>(b, 0, 540); }, "NIfTI-2"},
      {"bad magic", [](std::string& b) { b[344] = 'x'; }, "magic"},
      {"pair", [](std::string& b) { b[345] = 'i', b[346] = '1', b[344] = 'n'; }, "pair"},
      {"no dimensions", [](std::string& b) { Put<int16_t>(b, 40, 0); }, "0 dimensions"},
      {"many dimensions", [](std::string& b) { Put<int16_t>(b, 40, 1000); }, "1000 dimensions"},
      {"negative length", [](std::string& b) { Put<int16_t>(b, 44, -3); }, "-3 voxels along axis 1"},
      {"time series",
       [](std::string& b) {
         Put<int16_t>(b, 40, 4);
         Put<int16_t>(b, 48, 9);
       },
       "9 entries along axis 3"},
      {"18 GB",
       [](std::string& b) {
         for (size_t axis = 0; axis < 3; ++axis) Put<int16_t>(b, 42 + 2 * axis, 2100);
       },
       "asks for 2100x2100x2100"},
      {"overflow of 32 bits",
       [](std::string& b) {
         for (size_t axis = 0; axis < 3; ++axis) Put<int16_t>(b, 42 + 2 * axis, 32767);
       },
       "asks for 32767x32767x32767"},
      {"more than the file", [](std::string& b) { Put<int16_t>(b, 42, 1000); }, "header asks for 12352"},
      {"truncated", [](std::string& b) { b.resize(b.size() - 1); }, "holds 399 bytes"},
      {"colour", [](std::string& b) { Put<int16_t>(b, 70, 128); }, "NIfTI type 128"},
      {"voxels in the header", [](std::string& b) { Put<float>(b, 108, 100); }, "byte 100"},
      {"voxels nowhere", [](std::string& b) { Put<float>(b, 108, NAN); }, "expected 352"},
      {"voxels beyond", [](std::string& b) { Put<float>(b, 108, 1e30f); }, "expected 352"},
      {"infinite slope", [](std::string& b) { Put<float>(b, 112, INFINITY); }, "infinite"},
      {"zero spacing", [](std::string& b) { Put<float>(b, 280, 0); }, "spacing along axis 0 is 0"},
      {"zero pixdim",
       [](std::string& b) {
         Put<int16_t>(b, 254, 0);
         Put<float>(b, 84, 0);
       },
       "spacing along axis 1 is 0"},
      {"affine not finite", [](std::string& b) { Put<float>(b, 284, NAN); }, "not finite"},
      {"quaternion too long",
       [](std::string& b) {
         Put<int16_t>(b, 254, 0);
         Put<int16_t>(b, 252, 1);
         Put<float>(b, 256, 2);
       },
       "quaternion"},
  };
  for (const auto& test : kCases) {
    std::string bytes = SmallFile();
    test.damage(bytes);
    const auto volume = ReadBytes(bytes);
    ASSERT_FALSE(volume.ok()) << test.what;
    EXPECT_NE(volume.status().message().find("case.nii"), std::string::npos) << test.what << ": " << volume.status();
    EXPECT_NE(volume.status().message().find(test.message), std::string::npos) << test.what << ": " << volume.status();
    // The same in gzip, and for the geometry alone.
    const auto compressed = ReadBytes(*Gzip(bytes), "case.nii.gz");
    EXPECT_FALSE(compressed.ok()) << test.what;
    EXPECT_EQ(ReadGeometry(Path("case.nii")).ok(), false) << test.what;
  }
}

TEST(NiftiTest, TruncatedGzipTellsHowFarItGoes) {
  Volume<int16_t> volume;
  volume.geometry.size = {64, 64, 32};
  CounterRng rng(1);
  for (int i = 0; i < 64 * 64 * 32; ++i) volume.voxels.push_back(static_cast<int16_t>(rng.UniformInt(-1000, 1000)));
  ASSERT_TRUE(WriteNifti(Path("whole.nii.gz"), volume).ok());
  const std::string whole = *ReadFile(Path("whole.nii.gz"));
  for (const double part : {0.1, 0.5, 0.99}) {
    const auto read = ReadBytes(whole.substr(0, static_cast<size_t>(part * whole.size())), "part.nii.gz");
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_NE(read.status().message().find("of the 262496 bytes"), std::string::npos) << read.status();
    EXPECT_NE(read.status().message().find("truncated"), std::string::npos) << read.status();
  }
  std::string flipped = whole;
  flipped[flipped.size() / 2] ^= 0x40;
  EXPECT_FALSE(ReadBytes(flipped, "part.nii.gz").ok());
}

TEST(NiftiTest, GzipIsOneMemberWhateverTheThreads) {
  const std::string header(352, 'h');
  for (const size_t size : {size_t{0}, size_t{1000}, size_t{3} << 20}) {
    std::string body;
    CounterRng rng(2);
    while (body.size() < size) body.push_back(static_cast<char>(rng.UniformInt(0, 20)));
    const std::string one = *Gzip(header, body, /*threads=*/1);
    EXPECT_EQ(*Gzip(header, body, 3), one) << size;
    // zlib's reader, asked for no more than one member.
    std::string decoded(header.size() + body.size() + 1, '\0');
    z_stream stream = {};
    ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(one.data()));
    stream.avail_in = one.size();
    stream.next_out = reinterpret_cast<Bytef*>(&decoded[0]);
    stream.avail_out = decoded.size();
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END) << size;
    EXPECT_EQ(stream.avail_in, 0u) << size;
    inflateEnd(&stream);
    decoded.resize(stream.total_out);
    EXPECT_EQ(decoded, header + body) << size;
    EXPECT_TRUE(Gunzip(one, absl::MakeSpan(&decoded[0], decoded.size())).ok()) << size;
  }
}

TEST(NiftiTest, GzipBombsCostNothing) {
  // 400 bytes of volume followed by 32 MB of zeros, in one stream of less than 1 MB: only the volume is decoded.
  std::string bomb = SmallFile();
  bomb.append(size_t{32} << 20, '\0');
  const std::string compressed = *Gzip(bomb);
  ASSERT_LT(compressed.size(), size_t{1} << 20);
  bomb.clear();
  bomb.shrink_to_fit();
  const auto volume = ReadBytes(compressed, "bomb.nii.gz");
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->voxels.size(), 24u);
  // A header that asks for 1 GB of voxels in a file of 100 bytes.
  std::string liar = SmallFile();
  for (size_t axis = 0; axis < 3; ++axis) Put<int16_t>(liar, 42 + 2 * axis, 800);
  const auto refused = ReadBytes(*Gzip(liar), "liar.nii.gz");
  EXPECT_NE(refused.status().message().find("cannot decompress"), std::string::npos) << refused.status();
}

TEST(NiftiTest, SeveralGzipMembersAreOneFile) {
  const std::string bytes = SmallFile();
  const auto volume =
      ReadBytes(*Gzip(bytes.substr(0, 150)) + *Gzip(bytes.substr(150, 210)) + *Gzip(bytes.substr(360)), "members.nii.gz");
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->voxels[23], 1300);
}

TEST(NiftiTest, BytesAfterTheVoxelsAreNotLookedAt) {
  const auto volume = ReadBytes(*Gzip(SmallFile()) + "not gzip", "padded.nii.gz");
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->voxels[23], 1300);
}

TEST(NiftiTest, AWrongChecksumIsDamage) {
  for (const char* after : {"", "what damage may have made"}) {
    std::string compressed = *Gzip(SmallFile() + after);
    EXPECT_TRUE(ReadBytes(compressed, "checksum.nii.gz").ok());
    compressed[compressed.size() - 8] ^= 1;
    const auto refused = ReadBytes(compressed, "checksum.nii.gz");
    EXPECT_NE(refused.status().message().find("damaged"), std::string::npos) << refused.status();
  }
}

TEST(NiftiTest, RowsAreReadWhileTheFileIsDecoded) {
  Volume<int16_t> large;
  large.geometry.size = {200, 150, 60};
  CounterRng rng(5);
  for (int64_t i = 0; i < large.geometry.voxels(); ++i) large.voxels.push_back(static_cast<int16_t>(rng.UniformInt(-1000, 1000)));
  ASSERT_TRUE(WriteNifti(Path("large.nii.gz"), large).ok());
  std::vector<float> row(200);
  for (int turn = 0; turn < 20; ++turn) {
    const auto rows = OpenRows(Path("large.nii.gz"), /*threads=*/2);
    ASSERT_TRUE(rows.ok()) << rows.status();
    for (const int64_t start : {int64_t{0}, large.geometry.voxels() / 2, large.geometry.voxels() - 200}) {
      (*rows)->ReadRow(start + 199, -1, 200, row.data());
      for (int64_t i = 0; i < 200; ++i) ASSERT_EQ(row[i], large.voxels[start + 199 - i]);
    }
    EXPECT_TRUE((*rows)->Finish().ok());
    const auto left_early = OpenRows(Path("large.nii.gz"), 2);
    (*left_early)->ReadRow(0, 1, 200, row.data());
  }
  const std::string whole = *ReadFile(Path("large.nii.gz"));
  ASSERT_TRUE(WriteFileAtomically(Path("half.nii.gz"), whole.substr(0, whole.size() / 2)).ok());
  const auto half = OpenRows(Path("half.nii.gz"), 2);
  ASSERT_TRUE(half.ok()) << half.status();
  (*half)->ReadRow(large.geometry.voxels() - 200, 1, 200, row.data());  // returns, with anything
  const absl::Status truncated = (*half)->Finish();
  EXPECT_NE(truncated.message().find("half.nii.gz"), std::string::npos) << truncated;
  EXPECT_NE(truncated.message().find("truncated"), std::string::npos) << truncated;
}

TEST(NiftiTest, MutatedFilesNeverCrash) {
  const std::string original = SmallFile();
  int read = 0, refused = 0;
  for (int i = 0; i < 3000; ++i) {
    CounterRng rng(11, "mutation", i);
    std::string bytes = original;
    const int64_t edits = rng.UniformInt(1, 6);
    for (int64_t edit = 0; edit < edits; ++edit) {
      const size_t at = rng.UniformInt(0, static_cast<int64_t>(bytes.size()) - 1);
      if (rng.Bernoulli(0.5)) {
        bytes[at] = static_cast<char>(rng.Next());
      } else {
        constexpr char kNasty[] = {'\0', '\x7f', '\xff', '\x80', '\x01'};
        bytes[at] = kNasty[rng.UniformInt(0, 4)];
      }
    }
    if (rng.Bernoulli(0.1)) bytes.resize(rng.UniformInt(0, static_cast<int64_t>(bytes.size())));
    absl::StatusOr<Volume<float>> volume;
    if (i % 8 == 0) {
      std::string compressed = *Gzip(bytes);
      compressed[rng.UniformInt(0, static_cast<int64_t>(compressed.size()) - 1)] ^= static_cast<char>(1 << rng.UniformInt(0, 7));
      volume = ReadBytes(compressed, "mutated.nii.gz");
    } else {
      volume = ReadBytes(bytes, "mutated.nii");
    }
    if (volume.ok()) {
      ++read;
      ASSERT_EQ(static_cast<int64_t>(volume->voxels.size()), volume->geometry.voxels());
    } else {
      ++refused;
      ASSERT_FALSE(volume.status().message().empty());
    }
  }
  // Both outcomes must occur, else the mutations would test nothing.
  EXPECT_GT(read, 300);
  EXPECT_GT(refused, 300);
}

TEST(NiftiTest, LengthsInMetresAndMicronsBecomeMillimetres) {
  const std::string mm = SmallFile();
  const auto expected = ReadBytes(mm);
  ASSERT_TRUE(expected.ok());
  for (const auto& [code, scale] : std::vector<std::pair<char, double>>{{1, 1e-3}, {3, 1e3}}) {
    std::string bytes = mm;
    bytes[123] = static_cast<char>(code | 8);  // and seconds
    for (int i = 0; i < 12; ++i) {
      float value;
      memcpy(&value, &bytes[280 + 4 * i], 4);
      Put(bytes, 280 + 4 * i, static_cast<float>(value * scale));
    }
    const auto read = ReadBytes(bytes);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->geometry.spacing, expected->geometry.spacing);
    EXPECT_EQ(read->geometry.origin, expected->geometry.origin);
    bytes = mm;
    bytes[123] = code;  // voxels of 1.5 m, or of 1.5 micron
    const auto refused = ReadBytes(bytes);
    EXPECT_NE(refused.status().message().find("xyzt_units"), std::string::npos) << refused.status();
  }
}

TEST(NiftiTest, ReadsPairsByEitherName) {
  const std::string single = SmallFile();
  std::string header = single.substr(0, 348);
  header.replace(344, 4, std::string("ni1\0", 4));
  for (const auto& [offset, before] : std::vector<std::pair<float, std::string>>{{0, ""}, {16, std::string(16, 'x')}}) {
    Put(header, 108, offset);
    ASSERT_TRUE(WriteFileAtomically(Path("two.hdr"), header).ok());
    ASSERT_TRUE(WriteFileAtomically(Path("two.img"), before + single.substr(352)).ok());
    for (const std::string name : {"two.hdr", "two.img"}) {
      const auto volume = ReadVolume(Path(name));
      ASSERT_TRUE(volume.ok()) << volume.status();
      const Volume<int16_t> expected = SmallVolume();
      EXPECT_EQ(volume->geometry.origin, expected.geometry.origin);
      for (size_t i = 0; i < expected.voxels.size(); ++i) EXPECT_EQ(volume->voxels[i], expected.voxels[i]);
      EXPECT_EQ(VolumeFiles(Path(name))->size(), 2u);
    }
  }
  EXPECT_TRUE(IsNiftiPair(Path("two.hdr")));
  EXPECT_FALSE(IsNiftiPair(Path("two.img")));
  ASSERT_TRUE(WriteFileAtomically(Path("two.img"), single.substr(353)).ok());
  EXPECT_NE(ReadVolume(Path("two.hdr")).status().message().find("truncated"), std::string::npos);
  header.replace(344, 4, std::string(4, '\0'));
  ASSERT_TRUE(WriteFileAtomically(Path("two.hdr"), header).ok());
  EXPECT_NE(ReadVolume(Path("two.hdr")).status().message().find("ANALYZE"), std::string::npos);
  EXPECT_FALSE(IsNiftiPair(Path("two.hdr")));
}

TEST(ReadVolumeTest, ExplainsWhatItCannotRead) {
  EXPECT_EQ(ReadVolume(Path("absent.nii")).status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(WriteFileAtomically(Path("scan.txt"), "x").ok());
  EXPECT_NE(ReadVolume(Path("scan.txt")).status().message().find(".nii.gz"), std::string::npos);
  ASSERT_TRUE(WriteFileAtomically(Path("scan.dcm"), "x").ok());
  EXPECT_NE(ReadVolume(Path("scan.dcm")).status().message().find("folder"), std::string::npos);
}

TEST(ReadVolumeTest, StemsAndExtensions) {
  EXPECT_EQ(VolumeStem("/a.b/train_1_a_1.nii.gz"), "train_1_a_1");
  EXPECT_EQ(VolumeStem("x.MHA"), "x");
  EXPECT_EQ(VolumeStem("series.one/"), "series.one");
  EXPECT_TRUE(HasVolumeExtension("x.NII.GZ"));
  EXPECT_FALSE(HasVolumeExtension("x.gz"));
}

}  // namespace
}  // namespace asap
