#include "datasets/phantom/paint.h"

namespace asap::phantom {
namespace {

// Cuts an organ off `gap` mm inside the abdominal wall and below the diaphragm. Voxels that the organ itself does not reach are
// left alone: most of a bounding box, and the walls are dear.
float WithinAbdomen(const Anatomy& a, const Canvas& canvas, Vec3 p, float organ, float wall_gap, float dome_gap) {
  if (organ > canvas.voxel()) return organ;
  return std::max({organ, a.Cavity(p.z).Distance(p.x, p.y) + wall_gap, p.z - a.Diaphragm(p.x, p.y) + dome_gap});
}

}  // namespace

void PaintBones(const Scene& scene, Canvas* canvas) {
  const Anatomy& a = scene.anatomy;
  const float top = canvas->Z(canvas->nz() - 1) + 20, bottom = canvas->Z(0) - 20;
  const float pitch = 25 * a.scale.z;
  const float osteopenia = 1 - 0.005f * std::max(0, a.patient.age - 45);
  // The spine: canal and arch behind, bodies parted by discs in front.
  const float width = 17 * a.scale.x, depth = 14.5f * a.scale.y;
  const auto body = [&](Vec3 p) {
    const float grow = 1 - 0.0011f * std::clamp(p.z, -200.0f, 120.0f);
    const float u = p.x / (width * grow), v = (p.y - a.SpineY(p.z)) / (depth * grow);
    return (std::sqrt(u * u + v * v) - 1) * 0.5f * (width + depth) * grow;
  };
  const float spine = a.spine_y * a.scale.y;
  const Bounds column = {{-30, spine - 24 - 30, bottom}, {30, spine + 24, top}};
  const auto canal = [&](Vec3 p) {
    const float v = p.y - (a.SpineY(p.z) - depth - 9);
    return std::sqrt(p.x * p.x + v * v);
  };
  canvas->Solid(
      column, [&](Vec3 p) { return canal(p) - 14; }, 330 * osteopenia, kVertebra);
  canvas->Visit(column, body, [&](size_t index, Vec3 p, float d) {
    const float level = p.z / pitch + 32;
    const float within =
        std::abs(level - static_cast<float>(static_cast<int>(level)) - 0.5f) * pitch;  // mm from the body's middle
    const float disc = canvas->Coverage(0.5f * pitch - 2.5f - within);
    const float rim = canvas->Coverage(std::max(d + 1.5f, -d - 1.5f) * 0.5f + 0.5f);
    const float bone = 190 * osteopenia + 25 * scene.noise.At(p, 6) + 190 * rim;
    const float share = canvas->Coverage(d);
    canvas->hu[index] += share * (bone + disc * (85 - bone) - canvas->hu[index]);
    if (d <= 0) canvas->label[index] = kVertebra;
  });
  canvas->Solid(
      column, [&](Vec3 p) { return canal(p) - 8.5f; }, 28, kSpinalCanal);
  const int first = static_cast<int>(std::floor(bottom / pitch)), last = static_cast<int>(std::ceil(top / pitch));
  for (int v = first; v <= last; ++v) {
    const float z = v * pitch;
    const float back = a.SpineY(z) - depth - 22;
    canvas->Paint(Tube{{0, back, z}, {0, back - 22 * a.scale.y, z - 18}, 4, 3.5f}, 300 * osteopenia, kVertebra);
    for (const float sign : {1.0f, -1.0f}) {
      canvas->Paint(Tube{{sign * 11, back + 8, z}, {sign * 31, back + 2, z + 3}, 5, 4}, 320 * osteopenia, kVertebra);
    }
  }
  // Sternum in front of the cavity, from manubrium to xiphoid.
  const float upper = 58 * a.scale.z, lower = -92 * a.scale.z;
  const Section neck = a.Cavity(upper), chest = a.Cavity(lower);
  canvas->Solid(
      {{-26, std::min(neck.cy + neck.front, chest.cy + chest.front), lower}, {26, chest.cy + chest.front + 24, upper}},
      [&](Vec3 p) {
        const Section s = a.Cavity(p.z);
        const float half_width = p.z > 25 ? 22.0f : 14.0f;
        const float dx = std::abs(p.x) - half_width, dy = std::abs(p.y - (s.cy + s.front + 8)) - 5;
        return std::max({dx, dy, p.z - upper, lower - p.z});
      },
      215 * osteopenia, kSternum);
  for (const Tube& tube : a.clavicles) canvas->Paint(tube, 430 * osteopenia, kClavicle);
  for (const Ellipsoid& plate : a.scapulae) {
    const float thin = std::max(plate.radii.y, 0.5f * canvas->voxel());
    Ellipsoid shape = plate;
    shape.radii.y = thin;
    // Behind the ribs, whatever the shape of the chest.
    canvas->Solid(
        shape.Box(), [&](Vec3 p) { return std::max(shape.Distance(p), 15 - a.Cavity(p.z).Distance(p.x, p.y)); },
        60 + (380 * osteopenia) * std::min(1.0f, plate.radii.y / thin), kScapula);
  }
  for (const Ellipsoid& breast : a.breasts) {
    // Outside the chest wall only: fat with glandular tissue.
    canvas->Visit(
        breast.Box(), [&](Vec3 p) { return breast.Distance(p); },
        [&](size_t index, Vec3 p, float d) {
          const uint8_t label = canvas->label[index];
          if (label != kOutside && label != kSubcutaneousFat) return;
          const float gland = SmoothStep(-4, -14, d) * SmoothStep(-0.1f, 0.35f, scene.noise.Fractal(p, 15));
          const float tissue = -104 + 125 * gland;
          canvas->hu[index] += canvas->Coverage(d) * (tissue - canvas->hu[index]);
          if (d <= 0) canvas->label[index] = kBreast;
        });
  }
}

void PaintAbdomen(const Scene& scene, Canvas* canvas) {
  const Anatomy& a = scene.anatomy;
  const BloodHu& blood = scene.blood;
  for (const Ellipsoid& loop : a.bowel) {
    const auto shape = [&](Vec3 p) { return WithinAbdomen(a, *canvas, p, loop.Distance(p), 3, 4); };
    canvas->Solid(loop.Box(), shape, 38, kBowel);
    const float level = loop.center.y + 4;  // gas rises to the front
    canvas->Solid(
        loop.Box(), [&](Vec3 p) { return std::max(shape(p) + 3, level - p.y); }, -880, kBowel);
  }
  // Liver: a right lobe under the right dome and a left lobe across the midline in front, blended into one.
  const float big = 0.94f + 0.1f * scene.noise.At({333, 0, 0}, 5);
  const Ellipsoid right_lobe = Ellipsoid::Along(a.At(66, -6, -152), big * a.size * Vec3{82, 76, 86}, {0.15f, 0.1f, -1});
  const float left_end = 95 * a.scale.x;
  const Ellipsoid left_lobe = Ellipsoid::Along(a.At(2, 42, -136), big * a.size * Vec3{68, 34, 34}, {1, -0.25f, -0.25f});
  canvas->Visit(
      {{-70 * a.scale.x, -100 * a.scale.y, -250 * a.scale.z}, {145 * a.scale.x, 95 * a.scale.y, -70 * a.scale.z}},
      [&](Vec3 p) {
        const float r = right_lobe.Distance(p);
        // Far from the left lobe, the right one decides alone.
        const float l = r < -20 || p.x > left_end ? 1e3f : left_lobe.Distance(p);
        // Smooth minimum over 18 mm, and a surface that is not quite even.
        const float h = std::max(18 - std::abs(r - l), 0.0f);
        const float body = std::min(r, l) - h * h * (1 / 72.0f);
        if (body > 4 + canvas->voxel()) return body;
        return WithinAbdomen(a, *canvas, p, body + 4 * scene.noise.At(p, 32), 4, 3);
      },
      [&](size_t index, Vec3 p, float d) {
        const float share = canvas->Coverage(d);
        const float tissue = blood.liver + 7 * scene.noise.At(p, 8);
        canvas->hu[index] += share * (tissue - canvas->hu[index]);
        if (d <= 0) canvas->label[index] = kLiver;
      });
  const auto clipped = [&](const Ellipsoid& organ, float hu, FineLabel label) {
    canvas->Solid(
        organ.Box(), [&](Vec3 p) { return WithinAbdomen(a, *canvas, p, organ.Distance(p), 4, 3); }, hu, label);
  };
  clipped(a.spleen, blood.spleen, kSpleen);
  // Stomach: wall, content, and gas in front.
  for (int pass = 0; pass < 2; ++pass) {
    for (const Tube& tube : a.stomach) {
      canvas->Solid(
          tube.Box(),
          [&](Vec3 p) {
            const float gap = WithinAbdomen(a, *canvas, p, tube.Distance(p), 4, 4);
            return pass == 0 ? gap : gap + 5;
          },
          pass == 0 ? 46 : 18, kStomach);
    }
  }
  const float level = (26 + 10 * scene.noise.At({900, 0, 0}, 5)) * a.scale.y;
  for (const Tube& tube : a.stomach) {
    canvas->Solid(
        tube.Box(), [&](Vec3 p) { return WithinAbdomen(a, *canvas, p, std::max(tube.Distance(p) + 5, level - p.y), 9, 9); }, -920,
        kStomach);
  }
  for (const Ellipsoid* kidney : {&a.right_kidney, &a.left_kidney}) {
    const FineLabel label = kidney == &a.right_kidney ? kRightKidney : kLeftKidney;
    canvas->Paint(kidney->Grown(9), -102, kVisceralFat);  // its capsule of fat
    canvas->Paint(*kidney, blood.kidney, label);
    Ellipsoid sinus = *kidney;
    sinus.radii = {0.5f * sinus.radii.x, 0.42f * sinus.radii.y, 0.42f * sinus.radii.z};
    sinus.center.x += sinus.center.x > 0 ? -9.0f : 9.0f;
    canvas->Paint(sinus, -40, label);
  }
  canvas->Paint(a.pancreas, blood.pancreas, kPancreas);
  canvas->Paint(a.portal_vein, blood.portal, kPortalVein);
  canvas->Paint(a.gallbladder, 8, kGallbladder);
  canvas->Paint(a.right_adrenal, 32, kRightAdrenal);
  canvas->Paint(a.left_adrenal, 32, kLeftAdrenal);
}

void PaintMediastinum(const Scene& scene, Canvas* canvas) {
  const Anatomy& a = scene.anatomy;
  const BloodHu& blood = scene.blood;
  const auto above = [&](Vec3 p) { return a.Diaphragm(p.x, p.y) - p.z; };
  // Fat around the heart, then fluid, then the heart's muscle and chambers.
  canvas->Solid(
      a.pericardium.Box(), [&](Vec3 p) { return std::max(a.pericardium.Distance(p), above(p)); }, -98, kMediastinalFat);
  if (a.change.pericardial_fluid_mm > 0) {
    const Ellipsoid sac = a.heart.Grown(a.change.pericardial_fluid_mm);
    canvas->Solid(
        sac.Box(), [&](Vec3 p) { return std::max(sac.Distance(p), above(p)); }, 12, kPericardialFluid, Bit(kPericardialEffusion));
  }
  const uint32_t large = scene.findings[kCardiomegaly] ? Bit(kCardiomegaly) : 0;
  canvas->Visit(
      a.heart.Box(), [&](Vec3 p) { return std::max(a.heart.Distance(p), above(p)); },
      [&](size_t index, Vec3, float d) {
        canvas->hu[index] += canvas->Coverage(d) * (blood.myocardium - canvas->hu[index]);
        if (d <= 0) {
          canvas->label[index] = kHeartOther;
          canvas->lesions[index] = large;
        }
      });
  const auto chamber = [&](const Ellipsoid& shape, float hu, FineLabel label) {
    canvas->Solid(
        shape.Box(),
        [&](Vec3 p) {
          return std::max({shape.Distance(p), a.heart.Distance(p) + 3, above(p) + 3});
        },
        hu, label);
  };
  // The atria bulge out of the outline behind and to the right: their own thin walls, then blood.
  for (const Ellipsoid* atrium : {&a.ra, &a.la}) {
    const bool right = atrium == &a.ra;
    for (const bool lumen : {false, true}) {
      const Ellipsoid shape = lumen ? *atrium : atrium->Grown(2.5f);
      canvas->Solid(
          shape.Box(), [&](Vec3 p) { return std::max(shape.Distance(p), above(p) + 2); },
          !lumen  ? blood.myocardium
          : right ? blood.right_heart
                  : blood.left_heart,
          !lumen  ? kHeartOther
          : right ? kRightAtrium
                  : kLeftAtrium);
    }
  }
  chamber(a.rv, blood.right_heart, kRightVentricle);
  canvas->Solid(
      a.lv_outer.Box(),
      [&](Vec3 p) {
        return std::max({a.lv_outer.Distance(p), a.heart.Distance(p), above(p) + 1});
      },
      blood.myocardium, kMyocardium);
  chamber(a.lv, blood.left_heart, kLeftVentricle);

  // Lymph nodes first: vessels and airways keep their lumen.
  for (const Lesion& lesion : scene.lesions) {
    if (lesion.finding != kLymphadenopathy) continue;
    canvas->Paint(Ellipsoid::Along(lesion.center, lesion.radii, lesion.axis), lesion.hu, kMediastinalFat, Bit(kLymphadenopathy));
  }
  canvas->Paint(a.esophagus, 40, kEsophagus);
  canvas->Paint(a.inferior_cava, 0.5f * (blood.portal + blood.liver), kInferiorVenaCava);
  canvas->Paint(a.veins, blood.veins, kPulmonaryVein);
  canvas->Paint(a.superior_cava, blood.superior_cava, kSuperiorVenaCava);
  for (const auto* chain : {&a.pulmonary_artery, &a.right_artery, &a.left_artery})
    canvas->Paint(*chain, blood.pulmonary, kPulmonaryArtery);
  canvas->Paint(a.arch_branches, blood.aorta, kArteryBranch);
  for (const Tube& tube : a.aorta) {
    Tube wall = tube;
    wall.radius_a += 1.5f;
    wall.radius_b += 1.5f;
    canvas->Paint(wall, 45, kAorta);
  }
  canvas->Paint(a.aorta, blood.aorta, kAorta);
  // Airways: wall, then lumen.
  for (const auto* chain : {&a.trachea, &a.bronchi}) {
    for (const Tube& tube : *chain) {
      Tube wall = tube;
      wall.radius_a += 1.8f;
      wall.radius_b += 1.8f;
      canvas->Paint(wall, 35, -1);
    }
  }
  canvas->Paint(a.trachea, -1000, kTrachea);
  canvas->Paint(a.bronchi, -995, kBronchi);
  for (const Lesion& lesion : scene.lesions) {
    if (lesion.finding != kHiatalHernia) continue;
    const Ellipsoid sac = Ellipsoid::Along(lesion.center, lesion.radii, lesion.axis);
    const auto outside_aorta = [&](Vec3 p) { return std::max(sac.Distance(p), -Distance(a.aorta, p)); };
    canvas->Solid(sac.Box(), outside_aorta, lesion.hu, kStomach, Bit(kHiatalHernia));
    const float level = lesion.center.y + 0.15f * lesion.radii.y;
    canvas->Solid(
        sac.Box(), [&](Vec3 p) { return std::max(outside_aorta(p) + 5, level - p.y); }, -900, kStomach);
  }
}

}  // namespace asap::phantom
