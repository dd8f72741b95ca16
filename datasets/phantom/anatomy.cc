#include "datasets/phantom/anatomy.h"

namespace asap::phantom {
namespace {

float U(CounterRng& rng, double low, double high) { return static_cast<float>(rng.Uniform(low, high)); }

// A loft's table: sections of the reference body from top to bottom.
struct Level {
  float z, half, front, back, cy, square;
};
constexpr Level kCavity[] = {{114, 38, 20, 22, -32, 0.1f}, {92, 76, 38, 44, -27, 0.25f}, {60, 108, 58, 68, -14, 0.4f},
                             {20, 125, 72, 86, -4, 0.5f},  {-40, 136, 82, 96, 0, 0.55f}, {-100, 141, 86, 98, 2, 0.55f},
                             {-160, 138, 86, 95, 2, 0.5f}, {-320, 130, 88, 84, 2, 0.5f}};
// Muscle, before the fat.
constexpr Level kTrunk[] = {{114, 150, 58, 76, -20, 0.3f},
                            {60, 158, 82, 100, -10, 0.4f},
                            {0, 158, 98, 118, -1, 0.5f},
                            {-100, 158, 108, 122, 2, 0.5f},
                            {-320, 150, 108, 112, 2, 0.5f}};
// Half-width of the mediastinum to the right and to the left.
struct MediastinumLevel {
  float z, right, left;
};
constexpr MediastinumLevel kMediastinum[] = {{114, 24, 24}, {60, 27, 31},  {30, 29, 37},
                                             {0, 32, 35},   {-40, 26, 30}, {-120, 26, 32}};

Section Interpolate(const Level* levels, int count, float z) {
  int i = 0;
  while (i + 2 < count && z < levels[i + 1].z) ++i;
  const Level &a = levels[i], &b = levels[i + 1];
  const float t = SmoothStep(a.z, b.z, z);
  const auto mix = [t](float p, float q) { return p + t * (q - p); };
  return {.cx = 0,
          .cy = mix(a.cy, b.cy),
          .right = mix(a.half, b.half),
          .front = mix(a.front, b.front),
          .back = mix(a.back, b.back),
          .square = mix(a.square, b.square)};
}

}  // namespace

Patient SamplePatient(uint64_t seed, int64_t number) {
  CounterRng rng(seed, "patient", number);
  Patient patient{.seed = seed, .number = number};
  patient.age = static_cast<int>(std::clamp(58 + 15 * Gauss(rng), 20.0, 90.0));
  patient.male = rng.Bernoulli(0.55);
  // Half never smoked; the others spread, men a little more.
  const double amount = rng.Uniform();
  patient.smoking = rng.Bernoulli(patient.male ? 0.55 : 0.42) ? 0.25 + 0.75 * amount : 0.0;
  patient.habitus = std::clamp(Gauss(rng), -1.8, 1.8);
  return patient;
}

Anatomy::Anatomy(const Patient& who, const AnatomyChange& how) : patient(who), change(how) {
  CounterRng rng(who.seed, "anatomy", who.number);
  const float tall = who.male ? 1.03f : 0.94f;
  scale = {tall * (1 + 0.035f * static_cast<float>(Gauss(rng)) + 0.02f * static_cast<float>(who.habitus)),
           tall * (1 + 0.045f * static_cast<float>(Gauss(rng)) + 0.02f * static_cast<float>(who.smoking)),
           tall * (1 + 0.04f * static_cast<float>(Gauss(rng)))};
  size = (scale.x + scale.y + scale.z) / 3;
  inverse_scale_ = {1 / scale.x, 1 / scale.y, 1 / scale.z};
  TabulateCavity();
  fat = std::clamp(14 + 7 * static_cast<float>(who.habitus) + (who.male ? 0.0f : 4.0f) + U(rng, -2, 2), 4.0f, 32.0f);
  dome_right_ = -88 + U(rng, -9, 9) - 8 * static_cast<float>(who.smoking);  // hyperinflation flattens the domes
  dome_left_ = dome_right_ - U(rng, 4, 18);
  shoulder_ = U(rng, 0.94, 1.06);
  kyphosis_ = U(rng, 0, 6) + 0.12f * std::max(0, who.age - 50);
  mediastinum_scale_ = U(rng, 0.9, 1.12) + 0.05f * static_cast<float>(std::max(0.0, who.habitus));
  PlaceHeart(rng);
  PlaceVessels(rng);
  PlaceAirways(rng);
  PlaceAbdomen(rng);
  PlaceBones(rng);
  GrowTrees();
}

void Anatomy::TabulateCavity() {
  cavity_.clear();
  for (int z = kCavityLow; z <= kCavityHigh; ++z) {
    Section section = Interpolate(kCavity, std::size(kCavity), z / scale.z);
    section.right *= scale.x;
    section.front *= scale.y;
    section.back *= scale.y;
    section.cy *= scale.y;
    cavity_.push_back(section);
  }
  dome_wall_ = Cavity(-110 * scale.z);
}

Section Anatomy::Body(float z) const {
  Section section = Interpolate(kTrunk, std::size(kTrunk), z / scale.z);
  const float above = z > 40 ? 1 + (shoulder_ - 1) * Clamp01((z - 40) / 60) : 1.0f;
  const float belly = SmoothStep(-80, -220, z) * static_cast<float>(patient.habitus) * 5;
  section.right = section.right * scale.x * above + 0.9f * fat + belly;
  section.front = section.front * scale.y + 0.8f * fat + 1.5f * belly;
  section.back = section.back * scale.y + fat;
  section.cy *= scale.y;
  return section;
}

MediastinumWidth Anatomy::Mediastinum(float y, float z) const {
  const float zr = z / scale.z;
  int i = 0;
  while (i + 2 < static_cast<int>(std::size(kMediastinum)) && zr < kMediastinum[i + 1].z) ++i;
  const MediastinumLevel &a = kMediastinum[i], &b = kMediastinum[i + 1];
  const float t = SmoothStep(a.z, b.z, zr);
  // Narrow in front of the great vessels, where the lungs nearly meet behind the sternum, and beside the spine.
  const float yr = y / scale.y;
  const float share = 1 - 0.80f * SmoothStep(18, 56, yr) - 0.25f * SmoothStep(-36, -62, yr);
  const float width = share * mediastinum_scale_ * scale.x;
  return {(a.right + t * (b.right - a.right)) * width, (a.left + t * (b.left - a.left)) * width};
}

float Anatomy::Diaphragm(float x, float y) const {
  const float rho = std::min(dome_wall_.Radius(x, y), 1.1f);
  const float xr = x * inverse_scale_.x, yr = y * inverse_scale_.y;
  const float side = SmoothStep(-30, 30, xr);
  const float offset_right = (xr - 62) / 62, offset_left = (xr + 62) / 62;
  const float top = side * (dome_right_ - 9 * std::min(1.5f, offset_right * offset_right)) +
                    (1 - side) * (dome_left_ - 9 * std::min(1.5f, offset_left * offset_left));
  // The recess runs deep behind and at the sides, shallow in front.
  const float drop = 52 - 26 * std::clamp(yr / 80, -1.0f, 1.0f);
  const float rho2 = rho * rho;
  float z = (top - drop * rho2 * rho2) * scale.z;
  // The heart rests on the diaphragm and presses it down.
  const float a = (x - widest_sac.center.x) / 62, b = (y - widest_sac.center.y) / 52;
  const float q = 1 - a * a - b * b;
  if (q > 0) z = std::min(z, widest_sac.center.z - 0.86f * widest_sac.radii.z * std::sqrt(q) - 2);
  return z;
}

float Anatomy::LungDepth(Vec3 p) const {
  const MediastinumWidth middle = Mediastinum(p.y, p.z);
  const float medial = p.x > 0 ? p.x - middle.right : -p.x - middle.left;
  const float wall = -Cavity(p.z).Distance(p.x, p.y) - 2;
  const float floor = (p.z - Diaphragm(p.x, p.y)) * 0.8f;
  const float heart_gap = widest_sac.Distance(p);
  const float spine_x = p.x / (24 * scale.x), spine_depth = (p.y - SpineY(p.z)) / 24;
  const float spine = (std::sqrt(spine_x * spine_x + spine_depth * spine_depth) - 1) * 22;
  return std::min({medial, wall, floor, heart_gap, spine});
}

FineLabel Anatomy::Lobe(Vec3 p, float* fissure) const {
  const bool right = p.x > 0;
  const float x = std::abs(p.x) * inverse_scale_.x, y = p.y * inverse_scale_.y, z = p.z * inverse_scale_.z;
  // Oblique fissure: from high behind to low in front, warped. > 0 above and in front of it: upper and middle lobes.
  const float side = x - 70;
  const float oblique = (z - (right ? 28.0f : 34.0f) + 0.98f * (y + 70) + 0.003f * side * side) * 0.714f;
  *fissure = std::abs(oblique);
  if (oblique < 0) return right ? kRightLowerLobe : kLeftLowerLobe;
  if (!right) return kLeftUpperLobe;
  const float horizontal = z + 34 + 0.12f * y - 0.004f * (x - 75) * (x - 75);
  *fissure = std::min(*fissure, std::abs(horizontal));
  return horizontal < 0 ? kRightMiddleLobe : kRightUpperLobe;
}

}  // namespace asap::phantom
