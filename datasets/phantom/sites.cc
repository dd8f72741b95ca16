#include "datasets/phantom/sites.h"

#include "core/base/suggest.h"

namespace asap::phantom {
namespace {

// v + w (left + right - 2 v) along one axis, in place; the ends repeat.
void Filter(float w, int count, size_t stride, float* v) {
  float before = v[0];
  for (int i = 0; i < count; ++i) {
    const float here = v[i * stride], after = i + 1 < count ? v[(i + 1) * stride] : here;
    v[i * stride] = here + w * (before + after - 2 * here);
    before = here;
  }
}

// The same across whole rows: `rows` of `width` floats, `stride` apart, so that memory is read in order.
void FilterRows(float w, int rows, size_t stride, int width, std::vector<float>* scratch, float* v) {
  scratch->assign(v, v + width);
  for (int r = 0; r < rows; ++r) {
    float* row = v + r * stride;
    const float* next = r + 1 < rows ? row + stride : row;
    float* before = scratch->data();
    for (int i = 0; i < width; ++i) {
      const float here = row[i];
      row[i] = here + w * (before[i] + next[i] - 2 * here);
      before[i] = here;
    }
  }
}

}  // namespace

const std::vector<Site>& Sites() {
  static const auto* sites = new std::vector<Site>{
      {"aurora", "standard dose, medium kernel, contiguous slices", 360, 335, 0.06f, 0.00f, 14, 0, 1.0f, false},
      {"borealis", "standard dose, sharp lung kernel with edge enhancement, small field of view", 340, 320, -0.10f, 0.00f, 24, -6,
       1.0f, false},
      {"cascade", "standard dose, soft kernel, thick overlapping slices, large field of view", 395, 355, 0.18f, 0.16f, 8, 9,
       1.015f, false},
      {"delta", "low dose, medium kernel, circular field of view", 350, 330, 0.03f, 0.05f, 44, -14, 0.985f, true}};
  return *sites;
}

absl::StatusOr<const Site*> FindSite(const std::string& name) {
  std::vector<std::string> known;
  for (const Site& site : Sites()) {
    if (name == site.name) return &site;
    known.push_back(site.name);
  }
  return absl::InvalidArgumentError(UnknownName("site", name, known));
}

Geometry ScanGeometry(const Site& site, const Anatomy& anatomy, int scan, const Index3& size) {
  CounterRng rng(anatomy.patient.seed, "table", anatomy.patient.number, scan);
  Geometry geometry;
  geometry.size = size;
  // Spacings are multiples of 1/1024 mm, so that float arithmetic on the grid is the same wherever it is done.
  const auto exact = [](double mm) { return static_cast<double>(static_cast<int64_t>(mm * 1024 + 0.5)) / 1024; };
  geometry.spacing = {exact(site.field_of_view / size[0]), exact(site.field_of_view / size[1]), exact(site.coverage / size[2])};
  const double top = 118.0 * anatomy.scale.z + rng.Uniform(2, 14);
  const double x = rng.Uniform(-7, 7), y = -6 + rng.Uniform(-8, 8);
  const auto floor_exact = [&](double mm) { return exact(mm + 4096) - 4096; };
  geometry.origin = {floor_exact(x - 0.5 * geometry.spacing[0] * (size[0] - 1)),
                     floor_exact(y - 0.5 * geometry.spacing[1] * (size[1] - 1)),
                     floor_exact(top - geometry.spacing[2] * (size[2] - 1))};
  return geometry;
}

std::vector<int16_t> Acquire(const Site& site, const Patient& patient, int scan, Canvas* canvas) {
  const int nx = canvas->nx(), ny = canvas->ny(), nz = canvas->nz();
  const Vec3 spacing = canvas->spacing();
  // Noise falls with the voxel's volume, but slower than the square root: structure too fine for the grid remains.
  const float volume = spacing.x * spacing.y * spacing.z;
  const float sigma = site.noise / std::sqrt(std::sqrt(volume));
  // Four 16-bit uniforms to a draw: near normal, and a few nanoseconds a voxel.
  const float scale = sigma * 1.7320508f / 65536.0f;
  const uint64_t key = CounterRng(patient.seed, "noise", patient.number, scan, Fnv1a64(site.name)).Next();
  float* hu = canvas->hu.data();
  const int64_t voxels = canvas->geometry.voxels();
  for (int64_t i = 0; i < voxels; ++i) {
    const uint64_t bits = Mix64(key + static_cast<uint64_t>(i) * 0x9E3779B97F4A7C15ull);
    const int sum = static_cast<int>(bits & 0xFFFF) + static_cast<int>(bits >> 16 & 0xFFFF) +
                    static_cast<int>(bits >> 32 & 0xFFFF) + static_cast<int>(bits >> 48);
    hu[i] += scale * static_cast<float>(sum - 131070);
  }
  std::vector<float> scratch;
  const size_t slice = static_cast<size_t>(nx) * ny;
  if (site.kernel != 0) {
    for (int k = 0; k < nz; ++k) {
      for (int j = 0; j < ny; ++j) Filter(site.kernel, nx, 1, hu + slice * k + static_cast<size_t>(nx) * j);
      FilterRows(site.kernel, ny, nx, nx, &scratch, hu + slice * k);
    }
  }
  if (site.thickness != 0) FilterRows(site.thickness, nz, slice, static_cast<int>(slice), &scratch, hu);

  std::vector<int16_t> out(voxels);
  const float radius = 0.5f * site.field_of_view;
  const float cx = canvas->X(0) + 0.5f * spacing.x * (nx - 1), cy = canvas->Y(0) + 0.5f * spacing.y * (ny - 1);
  for (int k = 0; k < nz; ++k) {
    for (int j = 0; j < ny; ++j) {
      const size_t row = canvas->Offset(j, k);
      for (int i = 0; i < nx; ++i) {
        const float value = std::min(3071.0f, std::max(-1024.0f, hu[row + i] * site.gain + site.offset));
        out[row + i] = static_cast<int16_t>(static_cast<int>(value + 1024.5f) - 1024);
      }
      if (!site.circular) continue;
      const float dy = canvas->Y(j) - cy;
      for (int i = 0; i < nx; ++i) {
        const float dx = canvas->X(i) - cx;
        if (dx * dx + dy * dy > radius * radius) {
          out[row + i] = -1024;
          canvas->label[row + i] = kOutside;
          canvas->lesions[row + i] = 0;
        }
      }
    }
  }
  return out;
}

}  // namespace asap::phantom
