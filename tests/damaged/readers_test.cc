// Reads 2,000 damaged files of all formats that users bring: each gives a value or an error that names it, and nothing else
// happens. Under --config=asan this also holds that no byte outside of a file's is read.
#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "core/bytes/gzip.h"
#include "core/csv/csv.h"
#include "core/imaging/formats/read_volume.h"
#include "core/imaging/formats/write_dicom.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/imaging/formats/write_npz_volume.h"
#include "core/io/safetensors.h"
#include "core/io/weights.h"
#include "core/io/write_torch_file.h"
#include "tests/damaged/damage.h"

namespace asap {
namespace {

std::string Path(const std::string& name) { return testing::TempDir() + "/" + name; }

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Write(const std::string& path, const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }

Volume<int16_t> SmallVolume() {
  Volume<int16_t> volume;
  volume.geometry.size = {7, 6, 5};
  for (int i = 0; i < 7 * 6 * 5; ++i) volume.voxels.push_back(static_cast<int16_t>(10 * i - 1000));
  return volume;
}

std::string Voxels() {
  const Volume<int16_t> volume = SmallVolume();
  return {reinterpret_cast<const char*>(volume.voxels.data()), volume.voxels.size() * sizeof(int16_t)};
}

NamedTensors SmallWeights() {
  return {{"blocks.0.weight", at::arange(60).reshape({6, 10}).to(at::kFloat)}, {"norm.bias", at::arange(5).to(at::kHalf)}};
}

using Read = std::function<absl::Status(const std::string& path)>;

absl::Status ReadVoxels(const std::string& path) {
  const absl::Status geometry = ReadGeometry(path).status();
  const absl::Status voxels = ReadVolume(path).status();
  return voxels.ok() ? geometry : voxels;
}

absl::Status ReadNamedTensors(const std::string& path) { return ReadWeights(path).status(); }

absl::Status ReadTable(const std::string& path) {
  const auto reader = CsvReader::Open(path);
  if (!reader.ok()) return reader.status();
  while (true) {
    const absl::StatusOr<bool> more = (*reader)->Next();
    if (!more.ok() || !*more) return more.status();
  }
}

// Damages `bytes` in `count` ways under a name with `end`. The undamaged file is read without an error first.
void ExpectValuesOrErrors(const std::string& end, const std::string& bytes, int count, const Read& read) {
  const std::string path = Path("whole" + end);
  Write(path, bytes);
  const absl::Status whole = read(path);
  ASSERT_TRUE(whole.ok()) << whole;
  int refused = 0;
  for (int seed = 0; seed < count; ++seed) {
    const std::string damaged = Path(absl::StrCat("damaged", seed, end));
    Write(damaged, Damaged(bytes, seed));
    const absl::Status status = read(damaged);
    refused += !status.ok();
    EXPECT_TRUE(status.ok() || absl::StrContains(status.message(), "damaged")) << "seed " << seed << ": " << status;
    std::filesystem::remove(damaged);
  }
  EXPECT_GT(refused, count / 10) << "The damage does not reach what the reader looks at.";
}

const char kNrrd[] =
    "NRRD0004\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 7 6 5\n"
    "space directions: (0.5,0,0) (0,0.75,0) (0,0,2)\nkinds: domain domain domain\nendian: little\nencoding: raw\n"
    "space origin: (10,20,30)\n\n";
const char kMeta[] =
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
    "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 10 20 30\nElementSpacing = 0.5 0.75 2\nDimSize = 7 6 5\n"
    "ElementType = MET_SHORT\nElementDataFile = LOCAL\n";

TEST(DamagedReadersTest, Nifti) {
  ASSERT_TRUE(WriteNifti(Path("a.nii"), SmallVolume()).ok());
  ExpectValuesOrErrors(".nii", Contents(Path("a.nii")), 300, ReadVoxels);
}

TEST(DamagedReadersTest, CompressedNifti) {
  ASSERT_TRUE(WriteNifti(Path("a.nii.gz"), SmallVolume()).ok());
  ExpectValuesOrErrors(".nii.gz", Contents(Path("a.nii.gz")), 200, ReadVoxels);
}

TEST(DamagedReadersTest, Nrrd) {
  ExpectValuesOrErrors(".nrrd", kNrrd + Voxels(), 200, ReadVoxels);
  ExpectValuesOrErrors("_gzip.nrrd", absl::StrReplaceAll(kNrrd, {{"raw", "gzip"}}) + *Gzip(Voxels()), 100, ReadVoxels);
}

TEST(DamagedReadersTest, MetaImage) { ExpectValuesOrErrors(".mha", kMeta + Voxels(), 200, ReadVoxels); }

TEST(DamagedReadersTest, VolumesOfNumPy) {
  ASSERT_TRUE(WriteNpzVolume(Path("a.npz"), SmallVolume()).ok());
  ExpectValuesOrErrors(".npz", Contents(Path("a.npz")), 200, ReadVoxels);
}

// One slice of three is damaged.
TEST(DamagedReadersTest, DicomSeries) {
  DicomSlice slice;
  for (int i = 0; i < 12; ++i) slice.stored.push_back(static_cast<int16_t>(100 * i));
  for (const bool run_length : {false, true}) {
    slice.run_length = run_length;
    const std::string folder = Path(absl::StrCat("damaged_series", run_length));
    std::filesystem::create_directories(folder);
    for (int i = 0; i < 3; ++i) {
      slice.instance = absl::StrCat("1.2.3.4.", i);
      slice.position = {0, 0, 2.0 * i};
      Write(absl::StrCat(folder, "/", i, ".dcm"), DicomBytes(slice));
    }
    const std::string last = folder + "/2.dcm";
    const std::string bytes = Contents(last);
    ASSERT_TRUE(ReadVoxels(folder).ok()) << ReadVoxels(folder);
    for (int seed = 0; seed < 150; ++seed) {
      Write(last, Damaged(bytes, seed));
      const absl::Status status = ReadVoxels(folder);
      EXPECT_TRUE(status.ok() || absl::StrContains(status.message(), "damaged_series")) << status;
    }
  }
}

TEST(DamagedReadersTest, Safetensors) {
  ASSERT_TRUE(WriteSafetensors(Path("a.safetensors"), SmallWeights(), {{"heads", "3"}}).ok());
  ExpectValuesOrErrors(".safetensors", Contents(Path("a.safetensors")), 300, ReadNamedTensors);
}

TEST(DamagedReadersTest, FilesOfTorchSave) {
  ASSERT_TRUE(WriteTorchFile(Path("a.pth"), SmallWeights(), {{"heads", "3"}}).ok());
  ExpectValuesOrErrors(".pth", Contents(Path("a.pth")), 300, ReadNamedTensors);
}

TEST(DamagedReadersTest, Tables) {
  ExpectValuesOrErrors(".csv", "case,findings,impression\na,\"lungs, clear\",none\nb,\"two\nlines\",\"a \"\"quote\"\"\"\n", 200,
                       ReadTable);
}

}  // namespace
}  // namespace asap
