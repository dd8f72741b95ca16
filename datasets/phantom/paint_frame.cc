#include "datasets/phantom/paint.h"

namespace asap::phantom {
namespace {

constexpr float kAir = -1000, kFat = -104, kMuscleHu = 52;

// Line `mm` wide through a voxel at distance d of its middle: the share of the voxel that it fills.
float LineShare(float d, float mm, float inverse_voxel) {
  return std::min(1.0f, mm * inverse_voxel) * Clamp01(1.25f - d * inverse_voxel);
}

// Fluid thickness in mm, 0 where there is none, for each side.
struct Effusions {
  float right = 0, left = 0, hu = 10;
  bool passive = false;  // the lung beside the fluid has collapsed
};

Effusions EffusionsOf(const Scene& scene) {
  Effusions fluid;
  for (const Lesion& lesion : scene.lesions) {
    if (lesion.finding == kPleuralEffusion) {
      (lesion.side == Side::kRight ? fluid.right : fluid.left) = lesion.radii.x;
      fluid.hu = lesion.hu;
    }
    if (lesion.finding == kAtelectasis && lesion.kind == kPassiveAtelectasis) fluid.passive = true;
  }
  return fluid;
}

// The lung's own tissue with its diffuse pathology, at a depth of `wall` mm below the chest wall.
class Parenchyma {
 public:
  Parenchyma(const Scene& scene, const Canvas& canvas)
      : scene_(scene),
        inverse_voxel_(1 / canvas.voxel()),
        emphysema_(scene.findings.severity[kEmphysema]),
        mosaic_(scene.findings.severity[kMosaicAttenuation]),
        septal_(scene.findings.severity[kSeptalThickening]),
        base_(-862 + 22 * static_cast<float>(scene.anatomy.patient.habitus) - 30 * emphysema_),
        gravity_(32 / (80 * scene.anatomy.scale.y)) {}

  float At(Vec3 p, float wall, uint32_t* bits) const {
    const NoiseField& noise = scene_.noise;
    float hu = base_ - gravity_ * p.y + 16 * noise.At(p, 9);
    if (emphysema_ > 0) {
      // Upper zones first; holes a centimetre or two wide.
      const float zone = 0.25f * SmoothStep(-60, 60, p.z);
      const float threshold = 0.42f - 0.42f * emphysema_ - zone;
      const float hole = SmoothStep(threshold, threshold + 0.12f, noise.Fractal({p.x + 311, p.y, p.z}, 17));
      hu += hole * (-978 - hu);
      if (hole > 0.5f) *bits |= Bit(kEmphysema);
    }
    if (mosaic_ > 0) {
      const float patch = SmoothStep(-0.06f, 0.06f, noise.At({p.x, p.y + 517, p.z}, 36));
      hu += (patch - 0.5f) * (90 + 90 * mosaic_);
      if (patch < 0.5f) *bits |= Bit(kMosaicAttenuation);
    }
    if (septal_ > 0) {
      // Borders of secondary lobules, 13 mm apart, in the outer lung and towards the bases.
      const float zone = SmoothStep(60, 15, wall) * SmoothStep(70, -50, p.z);
      if (zone > 0.02f) {
        const float bend = 0.6f * noise.At(p, 26);
        const auto family = [&](float a) {
          a = a * (1 / 13.0f) + bend + 512;
          const float nearest = static_cast<float>(static_cast<int>(a + 0.5f));
          return std::abs(a - nearest) * 13;
        };
        const float d = std::min({family(0.83f * p.x + 0.55f * p.y), family(0.83f * p.y - 0.45f * p.x + 0.33f * p.z),
                                  family(0.95f * p.z + 0.3f * p.x)});
        const float share = LineShare(d, 1.6f + 1.4f * septal_, inverse_voxel_) * zone;
        hu += share * (20 - hu) + 45 * zone * septal_;
        if (zone > 0.4f) *bits |= Bit(kSeptalThickening);
      }
    }
    const float fissure = scene_.anatomy.FissureDistance(p);
    if (fissure < 1.25f / inverse_voxel_) hu += LineShare(fissure, 0.9f, inverse_voxel_) * 500;
    return hu;
  }

 private:
  const Scene& scene_;
  const float inverse_voxel_, emphysema_, mosaic_, septal_, base_, gravity_;
};

}  // namespace

BloodHu BloodOf(const Findings& findings) {
  if (findings.contrast) return {330, 390, 310, 300, 460, 320, 90, 105, 72, 115, 165, 88};
  return {42, 42, 40, 40, 40, 40, 40, 48, 58, 50, 34, 40};
}

void PaintFrame(const Scene& scene, Canvas* canvas) {
  const Anatomy& a = scene.anatomy;
  const NoiseField& noise = scene.noise;
  const Effusions fluid = EffusionsOf(scene);
  const Parenchyma parenchyma(scene, *canvas);
  const int nx = canvas->nx(), ny = canvas->ny(), nz = canvas->nz();
  const float half = 0.5f * canvas->voxel();

  std::vector<float> dome(static_cast<size_t>(nx) * ny);
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) dome[i + static_cast<size_t>(nx) * j] = a.Diaphragm(canvas->X(i), canvas->Y(j));
  }
  std::vector<float> xs(nx), skin(nx), wall(nx);
  for (int i = 0; i < nx; ++i) xs[i] = canvas->X(i);

  const float rib_pitch = 26 * a.scale.z;
  const Section base_skin = a.Body(-60);
  const float table_y = base_skin.cy - base_skin.back - 10;
  for (int k = 0; k < nz; ++k) {
    const float z = canvas->Z(k);
    const Section body = a.Body(z), cavity = a.Cavity(z);
    const float apex = 112 * a.scale.z;
    for (int j = 0; j < ny; ++j) {
      const float y = canvas->Y(j);
      const size_t row = canvas->Offset(j, k);
      // Without branches, so that the compiler can use vector instructions.
      for (int i = 0; i < nx; ++i) skin[i] = body.Distance(xs[i], y);
      for (int i = 0; i < nx; ++i) wall[i] = cavity.Distance(xs[i], y);
      const MediastinumWidth middle = a.Mediastinum(y, z);
      // Height along the ribs' slope: they run down towards the front.
      const float rib_height = z + 0.42f * (y + 80 * a.scale.y);
      const float rib_number = rib_height / rib_pitch + 64;
      const float rib_dz = (rib_number - static_cast<float>(static_cast<int>(rib_number + 0.5f))) * rib_pitch * 0.75f;
      const bool rib_row =
          rib_height < 100 * a.scale.z && rib_height > -205 * a.scale.z && (rib_height > -118 * a.scale.z || y < 35);
      const bool cartilage = y > 52 * a.scale.y;
      const float posterior = SmoothStep(35, -55, y);
      for (int i = 0; i < nx; ++i) {
        const float x = xs[i];
        float hu = kAir;
        uint8_t label = kOutside;
        uint32_t bits = 0;
        if (skin[i] >= half) {
          const float table = y - (table_y + x * x * (1 / 1100.0f));
          if (table < 6 && table > -40 && x * x < 220 * 220) {
            hu = table > -4 || table < -34 ? -250.0f : -930.0f;
            if (std::abs(table + 17) < 23) label = kTable;
          }
        } else {
          const Vec3 p = {x, y, z};
          const float w = wall[i];
          // Fat, then muscle with some fat between its layers.
          const float streak = noise.At(p, 11);
          const float deep = canvas->Coverage(skin[i] + a.fat);
          const float muscle = kMuscleHu + (streak > 0.45f ? -75.0f : 8 * streak);
          hu = kFat + 6 * streak + deep * (muscle - kFat);
          label = deep > 0.5f ? kMuscle : kSubcutaneousFat;
          if (w < half && z < apex) {
            const float d = dome[i + static_cast<size_t>(nx) * j];
            const bool below = z < d;
            const bool right = x > 0;
            const float medial = right ? middle.right - x : x + middle.left;
            const float lung = std::max({w + 2, (d - z) * 0.8f, medial});
            const float inside = canvas->Coverage(w);
            const float fat_hu = kFat + 4 + 14 * streak + (std::abs(z - d) < 2.5f ? 70 : 0);
            hu += inside * (fat_hu - hu);
            if (inside > 0.5f) label = below ? kVisceralFat : kMediastinalFat;
            if (lung < half) {
              float tissue;
              uint8_t tissue_label;
              float thickness = right ? fluid.right : fluid.left;
              if (thickness > 0) {
                // A crescent: deepest behind and at the base, none in front or at the apex.
                thickness *= posterior * SmoothStep(75, -70, z) * 1.15f;
              }
              const float depth = -std::max(w + 2, 0.8f * (d - z) + 0.35f * thickness);
              const float wet = thickness > 1 ? canvas->Coverage(depth - thickness) : 0;
              if (wet > 0.5f) {
                tissue = fluid.hu;
                tissue_label = kPleuralFluid;
                bits |= Bit(kPleuralEffusion);
              } else {
                tissue = parenchyma.At(p, -w, &bits);
                tissue_label = a.Lobe(p);
                if (thickness > 4 && fluid.passive) {
                  const float collapsed = SmoothStep(thickness + 20, thickness + 5, depth);
                  tissue += collapsed * (25 - tissue);
                  if (collapsed > 0.4f) bits |= Bit(kAtelectasis);
                }
                tissue += wet * (fluid.hu - tissue);
              }
              const float share = canvas->Coverage(lung);
              hu += share * (tissue - hu);
              if (share > 0.5f) {
                label = tissue_label;
                canvas->lesions[row + i] = bits;
              }
            }
          } else if (w < 13 && rib_row && z < apex) {
            const float e = w - 6.5f;
            const float rib = std::sqrt(e * e + rib_dz * rib_dz) - 5.2f;
            const float share = canvas->Coverage(rib);
            if (share > 0) {
              const float bone = cartilage ? 95.0f : 430.0f;
              hu += share * (bone - hu);
              if (rib < 0.12f * canvas->voxel() && !cartilage) label = kRib;
            }
          }
          const float share = canvas->Coverage(skin[i]);
          hu = kAir + share * (hu - kAir);
          if (share < 0.5f) label = kOutside;
        }
        canvas->hu[row + i] = hu;
        canvas->label[row + i] = label;
      }
    }
  }
}

}  // namespace asap::phantom
