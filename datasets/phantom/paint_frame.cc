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

  float At(Vec3 p, float wall, float fissure, uint32_t* bits) const {
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
        hu += share * (20 - hu) + 22 * zone * septal_;
        if (zone > 0.4f) *bits |= Bit(kSeptalThickening);
      }
    }
    if (fissure < 1.25f / inverse_voxel_) hu += LineShare(fissure, 0.7f, inverse_voxel_) * 400;
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

namespace {

// One row of ribs: they run down towards the front, so a row of voxels meets them at one height.
struct RibRow {
  bool any = false;        // ribs exist at this height
  bool cartilage = false;  // in front
  float dz = 0;            // mm from the nearest rib's axis, along the row's slope

  RibRow(const Anatomy& a, float y, float z) {
    const float pitch = 26 * a.scale.z;
    const float height = z + 0.42f * (y + 80 * a.scale.y);
    const float number = height / pitch + 64;
    dz = (number - static_cast<float>(static_cast<int>(number + 0.5f))) * pitch * 0.75f;
    any = height < 100 * a.scale.z && height > -205 * a.scale.z && (height > -118 * a.scale.z || y < 35) && z < 112 * a.scale.z;
    cartilage = y > 52 * a.scale.y;
  }
};

class FramePainter {
 public:
  FramePainter(const Scene& scene, Canvas* canvas)
      : a_(scene.anatomy),
        noise_(scene.noise),
        fluid_(EffusionsOf(scene)),
        parenchyma_(scene, *canvas),
        canvas_(canvas),
        nx_(canvas->nx()),
        half_(0.5f * canvas->voxel()),
        apex_(112 * scene.anatomy.scale.z) {
    const Section skin = a_.Body(-60);
    table_y_ = skin.cy - skin.back - 10;
  }

  void Paint() {
    const int ny = canvas_->ny(), nz = canvas_->nz();
    std::vector<float> dome(static_cast<size_t>(nx_) * ny);
    for (int j = 0; j < ny; ++j) {
      for (int i = 0; i < nx_; ++i) dome[i + static_cast<size_t>(nx_) * j] = a_.Diaphragm(canvas_->X(i), canvas_->Y(j));
    }
    std::vector<float> xs(nx_), skin(nx_), wall(nx_);
    for (int i = 0; i < nx_; ++i) xs[i] = canvas_->X(i);
    for (int k = 0; k < nz; ++k) {
      const float z = canvas_->Z(k);
      const Section body = a_.Body(z), cavity = a_.Cavity(z);
      for (int j = 0; j < ny; ++j) {
        const float y = canvas_->Y(j);
        const size_t row = canvas_->Offset(j, k);
        if (y > body.cy + body.front + half_ || y < body.cy - body.back - half_) {
          for (int i = 0; i < nx_; ++i) PaintOutside({xs[i], y, z}, row + i);
          continue;
        }
        // Without branches, so that the compiler can use vector instructions.
        for (int i = 0; i < nx_; ++i) skin[i] = body.Distance(xs[i], y);
        for (int i = 0; i < nx_; ++i) wall[i] = cavity.Distance(xs[i], y);
        const MediastinumWidth middle = a_.Mediastinum(y, z);
        const RibRow ribs(a_, y, z);
        for (int i = 0; i < nx_; ++i) {
          const Vec3 p = {xs[i], y, z};
          if (skin[i] >= half_) {
            PaintOutside(p, row + i);
            continue;
          }
          const float above = z - dome[i + static_cast<size_t>(nx_) * j];  // the diaphragm
          const float medial = p.x > 0 ? middle.right - p.x : p.x + middle.left;
          const float lung = z < apex_ ? std::max({wall[i] + 2, -0.8f * above, medial}) : half_;
          if (lung <= -half_) {
            PaintLung(p, wall[i], above, 1, row + i);
            continue;
          }
          PaintTissue(p, skin[i], wall[i], above, ribs, row + i);
          if (lung < half_) PaintLung(p, wall[i], above, canvas_->Coverage(lung), row + i);
        }
      }
    }
  }

 private:
  void PaintOutside(Vec3 p, size_t index) {
    const float table = p.y - (table_y_ + p.x * p.x * (1 / 1100.0f));
    if (table >= 6 || table <= -40 || p.x * p.x >= 220 * 220) return;
    canvas_->hu[index] = table > -4 || table < -34 ? -250.0f : -930.0f;  // carbon shells over foam
    canvas_->label[index] = kTable;
  }

  // Everything but lung: fat, muscle with some fat between its layers, ribs, and the fat of mediastinum and abdomen.
  void PaintTissue(Vec3 p, float skin, float wall, float above, const RibRow& ribs, size_t index) {
    const float streak = noise_.At(p, 11);
    const float inside = p.z < apex_ ? canvas_->Coverage(wall) : 0;
    float hu = 0;
    uint8_t label = kOutside;
    if (inside < 1) {
      const float deep = canvas_->Coverage(skin + a_.fat);
      hu = kFat + 6 * streak;
      if (deep > 0) {
        const float layer = std::abs(noise_.At({p.x, p.y, 0.4f * p.z}, 21));
        const float muscle = kMuscleHu + 8 * streak - (layer < 0.07f ? 70.0f : 0.0f);
        hu += deep * (muscle - hu);
      }
      label = deep > 0.5f ? kMuscle : kSubcutaneousFat;
    }
    if (inside > 0) {
      const float fat = kFat + 4 + 14 * streak + (std::abs(above) < 2.5f ? 70 : 0);  // the diaphragm is a thin muscle
      hu += inside * (fat - hu);
      if (inside > 0.5f) label = above < 0 ? kVisceralFat : kMediastinalFat;
    }
    if (wall >= 0 && wall < 13 + half_ && ribs.any) {
      const float e = wall - 6.5f;
      const float rib = std::sqrt(e * e + ribs.dz * ribs.dz) - 5.2f;
      const float share = canvas_->Coverage(rib);
      if (share > 0) {
        hu += share * ((ribs.cartilage ? 95.0f : 430.0f) - hu);
        if (rib < 0.12f * canvas_->voxel() && !ribs.cartilage) label = kRib;
      }
    }
    const float share = canvas_->Coverage(skin);
    canvas_->hu[index] = kAir + share * (hu - kAir);
    canvas_->label[index] = share < 0.5f ? uint8_t{kOutside} : label;
  }

  // Lung and pleural fluid, blended over what is there.
  void PaintLung(Vec3 p, float wall, float above, float share, size_t index) {
    uint32_t bits = 0;
    float hu = fluid_.hu;
    FineLabel label = kPleuralFluid;
    const float thickness = FluidThickness(p.x > 0 ? fluid_.right : fluid_.left, p);
    const float depth = -std::max(wall + 2, 0.35f * thickness - 0.8f * above);
    const float wet = thickness > 1 ? canvas_->Coverage(depth - thickness) : 0;
    if (wet > 0.5f) {
      bits = Bit(kPleuralEffusion);
    } else {
      float fissure;
      label = a_.Lobe(p, &fissure);
      hu = parenchyma_.At(p, -wall, fissure, &bits);
      if (thickness > 1 && fluid_.passive) {
        const float reach = std::min(18.0f, thickness);
        const float collapsed = SmoothStep(thickness + reach, thickness + 0.25f * reach, depth);
        hu += collapsed * (25 - hu);
        if (collapsed > 0.4f) bits |= Bit(kAtelectasis);
      }
      hu += wet * (fluid_.hu - hu);
    }
    canvas_->hu[index] += share * (hu - canvas_->hu[index]);
    if (share > 0.5f) {
      canvas_->label[index] = label;
      canvas_->lesions[index] = bits;
    }
  }

  const Anatomy& a_;
  const NoiseField& noise_;
  const Effusions fluid_;
  const Parenchyma parenchyma_;
  Canvas* const canvas_;
  const int nx_;
  const float half_, apex_;
  float table_y_;
};

}  // namespace

void PaintFrame(const Scene& scene, Canvas* canvas) { FramePainter(scene, canvas).Paint(); }

}  // namespace asap::phantom
