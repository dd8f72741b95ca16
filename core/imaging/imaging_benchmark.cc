// Reading a case: decode of .nii.gz, and a training crop from a mapped .nii. Peers: zlib (what nibabel and ITK decode with), and
// converting the whole volume to float before cropping (what the published loader does).
//
//   ./tools/bazel run //core/imaging:imaging_benchmark
#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <zlib.h>

#include <cstdio>
#include <string>

#include "core/base/random.h"
#include "core/imaging/augment.h"
#include "core/imaging/formats/nifti.h"
#include "core/imaging/formats/voxel_source.h"
#include "core/imaging/formats/write_nifti.h"
#include "core/imaging/resample.h"

namespace asap {
namespace {

// A preprocessed chest: smooth tissue with noise, about 20 MB of int16.
const Index3 kSize = {240, 240, 180};

// The file is written on first use and removed at exit.
const std::string& File(const std::string& extension) {
  static const std::string* const folder = [] {
    static char name[] = "/tmp/imaging_benchmark_XXXXXX";
    if (mkdtemp(name) == nullptr) abort();
    Volume<int16_t> volume;
    volume.geometry.size = kSize;
    volume.geometry.spacing = {1.5, 1.5, 3};
    CounterRng rng(1);
    for (int64_t i = 0; i < volume.geometry.voxels(); ++i) {
      const double tissue = (i / 40) % 3 == 0 ? -1000 : (i / 40) % 3 == 1 ? -850 : 40;
      volume.voxels.push_back(static_cast<int16_t>(tissue + 15 * rng.Normal()));
    }
    for (const char* suffix : {"/case.nii", "/case.nii.gz"}) {
      if (!WriteNifti(std::string(name) + suffix, volume).ok()) abort();
    }
    atexit([] {
      for (const char* suffix : {"/case.nii", "/case.nii.gz", ""}) remove((std::string(name) + suffix).c_str());
    });
    return new std::string(name);
  }();
  static const auto* const plain = new std::string(*folder + "/case.nii");
  static const auto* const gzip = new std::string(*folder + "/case.nii.gz");
  return extension == ".nii" ? *plain : *gzip;
}

void BM_DecodeGzip(benchmark::State& state) {
  const std::string& path = File(".nii.gz");
  for (auto _ : state) {
    const auto file = NiftiFile::Open(path);
    if (!file.ok()) state.SkipWithError("cannot read");
    benchmark::DoNotOptimize(file->voxel_bytes().data());
  }
  state.SetBytesProcessed(state.iterations() * kSize[0] * kSize[1] * kSize[2] * 2);
}
BENCHMARK(BM_DecodeGzip)->Unit(benchmark::kMillisecond);

void BM_DecodeGzipZlibPeer(benchmark::State& state) {
  const std::string& path = File(".nii.gz");
  std::string bytes(352 + kSize[0] * kSize[1] * kSize[2] * 2, '\0');
  for (auto _ : state) {
    gzFile file = gzopen(path.c_str(), "rb");
    gzbuffer(file, 1 << 17);
    if (gzread(file, &bytes[0], static_cast<unsigned>(bytes.size())) != static_cast<int>(bytes.size()))
      state.SkipWithError("cannot read");
    gzclose(file);
  }
  state.SetBytesProcessed(state.iterations() * kSize[0] * kSize[1] * kSize[2] * 2);
}
BENCHMARK(BM_DecodeGzipZlibPeer)->Unit(benchmark::kMillisecond);

// From opening the file to the network's input, file cache warm.
void BM_TrainingCropFromMappedFile(benchmark::State& state) {
  const std::string& path = File(".nii");
  const AugmentOptions options;
  std::vector<float> image(options.roi[0] * options.roi[1] * options.roi[2]);
  uint64_t sample = 0;
  for (auto _ : state) {
    const auto source = OpenVoxelSource(path);
    CounterRng rng(1, "augment", 0, sample++);
    const AugmentPlan plan = DrawAugment((*source)->geometry().size, options, rng);
    if (!ReadImage(**source, plan, options, absl::MakeSpan(image)).ok()) state.SkipWithError("cannot crop");
    benchmark::DoNotOptimize(image.data());
  }
}
BENCHMARK(BM_TrainingCropFromMappedFile)->Unit(benchmark::kMillisecond);

void BM_WholeVolumeToFloatPeer(benchmark::State& state) {
  const std::string& path = File(".nii.gz");
  for (auto _ : state) {
    auto volume = ReadNifti(path);
    for (float& value : volume->voxels) value = std::min(std::max((value + 1000.0f) / 2000.0f * 2 - 1, -1.0f), 1.0f);
    benchmark::DoNotOptimize(volume->voxels.data());
  }
}
BENCHMARK(BM_WholeVolumeToFloatPeer)->Unit(benchmark::kMillisecond);

void BM_PreprocessScan(benchmark::State& state) {
  Volume<float> volume;
  volume.geometry.size = {512, 512, 120};
  volume.geometry.spacing = {0.75, 0.75, 1.25};
  volume.geometry.direction = {-1, 0, 0, 0, -1, 0, 0, 0, 1};
  CounterRng rng(2);
  for (int64_t i = 0; i < volume.geometry.voxels(); ++i) volume.voxels.push_back(static_cast<float>(rng.Uniform(-1000, 400)));
  for (auto _ : state) {
    const auto result = PreprocessImage(volume, {});
    benchmark::DoNotOptimize(result->voxels.data());
  }
  state.SetItemsProcessed(state.iterations() * volume.geometry.voxels());
}
BENCHMARK(BM_PreprocessScan)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace asap

BENCHMARK_MAIN();
