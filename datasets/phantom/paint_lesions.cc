#include "datasets/phantom/paint.h"

namespace asap::phantom {
namespace {

Vec3 Middle(const Tube& tube) { return 0.5f * (tube.a + tube.b); }

void PaintInLung(const Tube& tube, float hu, uint32_t bits, Canvas* canvas) {
  canvas->VisitTube(tube, [&](size_t index, float share, bool inside) {
    if (!IsLung(canvas->label[index])) return;
    canvas->hu[index] += share * (hu - canvas->hu[index]);
    if (inside) canvas->lesions[index] |= bits;
  });
}

// An ellipsoid with an edge roughened by noise: `rough` is the amplitude as a share of the smallest radius.
void PaintBlob(const Scene& scene, const Lesion& lesion, float rough, float edge_mm, Canvas* canvas) {
  const Ellipsoid shape = Ellipsoid::Along(lesion.center, lesion.radii, lesion.axis);
  const float smallest = std::min({lesion.radii.x, lesion.radii.y, lesion.radii.z});
  const float amplitude = rough * smallest;
  const float cell = std::max(8.0f, 0.6f * smallest);
  const auto distance = [&](Vec3 p) {
    const float d = shape.Distance(p);
    return d > amplitude + 4 || rough == 0 ? d : d + amplitude * scene.noise.Fractal(p, cell);
  };
  const float edge = std::max(edge_mm, canvas->voxel());
  const uint32_t bits = Bit(lesion.finding) | (lesion.finding == kCovid ? Bit(kLungOpacity) : 0);
  canvas->Visit(shape.Grown(amplitude).Box(), distance, [&](size_t index, Vec3 p, float d) {
    if (!IsLung(canvas->label[index])) return;
    float& hu = canvas->hu[index];
    const float share = Clamp01(0.5f - d / edge);
    const float tissue = lesion.hu + (lesion.hu < -200 ? 60 : 12) * scene.noise.At(p, 7);
    // An opacity fills air; it never makes a vessel darker.
    hu += share * std::max(0.0f, tissue - hu);
    if (d <= 0) canvas->lesions[index] |= bits;
  });
}

// The stem of the artery tree in one lower lobe.
const Tube* LowerStem(const Anatomy& a, FineLabel lobe) {
  const Tube* widest = nullptr;
  for (const Tube& tube : a.artery_tree) {
    const Vec3 p = Middle(tube);
    if (a.Lobe(p) != lobe || p.z > -20) continue;
    if (widest == nullptr || tube.radius_a > widest->radius_a) widest = &tube;
  }
  return widest;
}

}  // namespace

void PaintTrees(const Scene& scene, Canvas* canvas) {
  const Anatomy& a = scene.anatomy;
  for (const Tube& tube : a.artery_tree) PaintInLung(tube, scene.blood.pulmonary, 0, canvas);
  for (const Tube& tube : a.vein_tree) PaintInLung(tube, scene.blood.veins, 0, canvas);
  for (size_t i = 0; i < a.airway_tree.size(); ++i) {
    Tube lumen = a.airway_tree[i];
    float wall = 0.8f;
    uint32_t bits = 0;
    for (const Lesion& lesion : scene.lesions) {
      if (lesion.lobe != a.airway_lobe[i]) continue;
      if (lesion.finding == kBronchiectasis) {
        lumen.radius_a = std::max(lumen.radius_a, lesion.radii.x);
        lumen.radius_b = std::max(lumen.radius_b, 0.85f * lesion.radii.x);
        wall = std::max(wall, lesion.radii.y);
        bits |= Bit(kBronchiectasis);
      } else if (lesion.finding == kPeribronchialThickening) {
        wall = std::max(wall, lesion.radii.y);
        bits |= Bit(kPeribronchialThickening);
      }
    }
    // At a coarse grid a healthy small bronchus is nothing but its lung.
    if (bits == 0 && lumen.radius_a < 0.2f * canvas->voxel()) continue;
    Tube outer = lumen;
    outer.radius_a += wall;
    outer.radius_b += wall;
    PaintInLung(outer, 20, bits, canvas);
    PaintInLung(lumen, -990, bits, canvas);
  }
  // Thick walls show best along the lobar bronchi.
  for (const Lesion& lesion : scene.lesions) {
    if (lesion.finding != kPeribronchialThickening) continue;
    for (const Tube& tube : a.bronchi) {
      if (a.Lobe(tube.b) != lesion.lobe || std::abs(tube.b.x) < 34 * a.scale.x) continue;
      Tube outer = tube;
      outer.radius_a += lesion.radii.y;
      outer.radius_b += lesion.radii.y;
      canvas->VisitTube(outer, [&](size_t index, float share, bool inside) {
        if (!IsLung(canvas->label[index])) return;
        canvas->hu[index] += share * (20 - canvas->hu[index]);
        if (inside) canvas->lesions[index] |= Bit(kPeribronchialThickening);
      });
    }
  }
}

void PaintLungLesions(const Scene& scene, Canvas* canvas) {
  const Anatomy& a = scene.anatomy;
  for (const Lesion& lesion : scene.lesions) {
    switch (lesion.finding) {
      case kLungOpacity:
        PaintBlob(scene, lesion, 0.45f, 6, canvas);
        break;
      case kCovid:
        PaintBlob(scene, lesion, 0.5f, 5, canvas);
        break;
      case kConsolidation:
        PaintBlob(scene, lesion, 0.4f, 3, canvas);
        // Air bronchograms: the bronchi inside stay open.
        for (const Tube& tube : a.airway_tree) {
          if (Length(Middle(tube) - lesion.center) > 0.9f * lesion.radii.x) continue;
          Tube open = tube;
          open.radius_a = std::max(1.6f, open.radius_a);
          open.radius_b = std::max(1.3f, open.radius_b);
          PaintInLung(open, -950, 0, canvas);
        }
        break;
      case kNodule:
        PaintBlob(scene, lesion, lesion.kind == kCalcifiedNodule ? 0.0f : 0.12f, 1, canvas);
        break;
      case kLungTumor: {
        PaintBlob(scene, lesion, 0.30f, 1.5f, canvas);
        CounterRng rng(a.patient.seed, "spicules", a.patient.number);
        for (int i = 0; i < 16; ++i) {
          const Vec3 out = RandomUnit(rng);
          const float reach = lesion.radii.y * static_cast<float>(rng.Uniform(1.25, 1.7));
          PaintInLung({lesion.center, lesion.center + reach * out, 3.0f, 0.7f}, 10, Bit(kLungTumor), canvas);
        }
        break;
      }
      case kAtelectasis: {
        if (lesion.kind != kLinearAtelectasis) break;
        // A plate a few millimetres thick: radii.x along its normal.
        Ellipsoid plate = Ellipsoid::Along(lesion.center, lesion.radii, lesion.axis);
        const float thin = std::max(plate.radii.x, 0.5f * canvas->voxel());
        const float share_of_voxel = plate.radii.x / thin;
        plate.radii.x = thin;
        canvas->Visit(
            plate.Box(), [&](Vec3 p) { return plate.Distance(p); },
            [&](size_t index, Vec3, float d) {
              if (!IsLung(canvas->label[index])) return;
              float& hu = canvas->hu[index];
              hu += share_of_voxel * canvas->Coverage(d) * std::max(0.0f, lesion.hu - hu);
              if (d <= 0) canvas->lesions[index] |= Bit(kAtelectasis);
            });
        break;
      }
      case kFibroticSequela:
        PaintInLung({lesion.center, lesion.center + lesion.radii.x * lesion.axis, lesion.radii.y + 1, 0.6f * lesion.radii.y},
                    lesion.hu, Bit(kFibroticSequela), canvas);
        break;
      default:
        break;
    }
  }
}

void PaintDense(const Scene& scene, Canvas* canvas) {
  const Anatomy& a = scene.anatomy;
  for (const Lesion& lesion : scene.lesions) {
    const uint32_t bits = Bit(lesion.finding);
    switch (lesion.finding) {
      case kArterialCalcification:
      case kCoronaryCalcification: {
        // Spread over at least a voxel, so that a plaque keeps its mass on a coarse grid.
        Ellipsoid plaque = Ellipsoid::Along(lesion.center, lesion.radii, lesion.axis);
        const float least = 0.5f * canvas->voxel();
        const Vec3 shown = {std::max(plaque.radii.x, least), std::max(plaque.radii.y, least), std::max(plaque.radii.z, least)};
        const float mass = plaque.radii.x * plaque.radii.y * plaque.radii.z / (shown.x * shown.y * shown.z);
        plaque.radii = shown;
        const float share = std::max(mass, 0.12f);
        canvas->Visit(
            plaque.Box(), [&](Vec3 p) { return plaque.Distance(p); },
            [&](size_t index, Vec3, float d) {
              float& hu = canvas->hu[index];
              hu += share * canvas->Coverage(d) * std::max(0.0f, lesion.hu - hu);
              if (d <= 0) canvas->lesions[index] |= bits;
            });
        break;
      }
      case kPulmonaryEmbolism: {
        const auto clot = [&](const std::vector<Tube>& chain, size_t from, size_t to, float share) {
          for (size_t i = from; i < to && i < chain.size(); ++i) {
            Tube tube = chain[i];
            tube.radius_a *= share;
            tube.radius_b *= share;
            canvas->Paint(tube, lesion.hu, -1, bits);
          }
        };
        if (lesion.kind == kSaddleEmbolus) {
          clot(a.right_artery, 0, 4, 0.62f);
          clot(a.left_artery, 0, 4, 0.62f);
        } else if (lesion.kind == kRightMainEmbolus) {
          clot(a.right_artery, 2, 6, 0.8f);
        } else if (lesion.kind == kLeftMainEmbolus) {
          clot(a.left_artery, 2, 6, 0.8f);
        } else {
          const bool right = lesion.kind == kRightLowerEmbolus;
          const std::vector<Tube>& main = right ? a.right_artery : a.left_artery;
          clot(main, main.size() - 1, main.size(), 0.8f);
          if (const Tube* stem = LowerStem(a, right ? kRightLowerLobe : kLeftLowerLobe)) {
            // The artery is full: its lumen, painted before, is taken back.
            canvas->Paint(*stem, lesion.hu, -1, bits);
          }
        }
        break;
      }
      case kMedicalMaterial: {
        if (lesion.kind == kSternalWires) {
          for (int i = 0; i < 6; ++i) {
            const float z = (45 - 24 * i) * a.scale.z;
            const Section s = a.Cavity(z);
            const float y = s.cy + s.front + 14;
            canvas->Paint(Tube{{-9, y, z - 3}, {9, y, z + 3}, 1.3f, 1.3f}, 3000, -1, bits);
          }
          break;
        }
        const float sign = lesion.kind == kPacemaker ? -1.0f : 1.0f;
        const Section skin = a.Body(50 * a.scale.z);
        const Vec3 pocket = {sign * 88 * a.scale.x, skin.cy + 0.80f * skin.front - 0.6f * a.fat, 50 * a.scale.z};
        const Vec3 vein = a.At(sign * 45, 24, 84);
        std::vector<Vec3> path = {pocket, vein, a.At(22, 10, 56), a.At(27, 12, 15), a.ra.center};
        float wire = 1.2f;
        if (lesion.kind == kPacemaker) {
          canvas->Paint(Ellipsoid{.center = pocket, .radii = {24, 6, 20}}, 3000, -1, bits);
          path.push_back(a.rv.center + 14.0f * a.heart_axis);
        } else {
          canvas->Paint(Ellipsoid{.center = pocket, .radii = {14, 7, 14}}, 1800, -1, bits);
          path.back() = a.At(27, 11, -8);
          wire = 1.5f;
        }
        std::vector<float> radii(path.size(), wire);
        canvas->Paint(SmoothChain(path, radii, 3), 2600, -1, bits);
        break;
      }
      default:
        break;
    }
  }
}

}  // namespace asap::phantom
