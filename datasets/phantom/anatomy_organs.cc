// Where the organs lie. The numbers are millimetres in the reference body (an adult of 170 cm), read off standard anatomy.
#include "datasets/phantom/anatomy.h"

namespace asap::phantom {
namespace {

float U(CounterRng& rng, double low, double high) { return static_cast<float>(rng.Uniform(low, high)); }
Vec3 Shift(CounterRng& rng, float mm) { return {U(rng, -mm, mm), U(rng, -mm, mm), U(rng, -mm, mm)}; }

}  // namespace

void Anatomy::PlaceHeart(CounterRng& rng) {
  const float h = size * change.heart_scale * U(rng, 0.92, 0.99);
  heart_axis = Normalized(Vec3{-0.72f, 0.50f, -0.48f} + 0.06f * RandomUnit(rng));
  const Vec3 shift = Shift(rng, 3);
  // A large heart grows to the left and downwards.
  const float grown = change.heart_scale - 1;
  const Vec3 center = At(-20, 14, -60) + shift + (grown * 22) * heart_axis;
  const auto place = [&](float along, float x, float y, float z, Vec3 radii) {
    return Ellipsoid::Along(center + (h * along) * heart_axis + h * Vec3{x, y, z}, h * radii, heart_axis);
  };
  heart = place(0, 0, 0, 0, {61, 45, 47});
  const float heart_fat = 4 + 2.0f * static_cast<float>(std::max(0.0, patient.habitus));
  pericardium = heart.Grown(heart_fat + change.pericardial_fluid_mm);
  widest_sac = heart.Grown(heart_fat + change.most_pericardial_fluid_mm);
  const float wall = 9.5f + U(rng, -1, 1.5);
  lv = place(11, -12, -10, 2, {36, 18, 19});
  lv_outer = lv;
  lv_outer.radii = lv_outer.radii + Vec3{wall, wall, wall};
  rv = place(6, 12, 15, -8, {38, 19, 25});
  ra = place(-24, 22, 2, -8, {23, 24, 29});
  la = place(-28, -4, -24, 6, {23, 31, 23});
  // Coronaries run on the outline: from the aortic root along the septum, the left groove, and the right groove.
  const auto surface = [&](float along, Vec3 direction) {
    const Vec3 side = Normalized(direction - Dot(direction, heart_axis) * heart_axis);
    const float t = along / heart.radii.x;
    const float across = std::sqrt(std::max(0.05f, 1 - t * t));
    const float reach = 0.97f * across * 0.5f * (heart.radii.y + heart.radii.z);
    return heart.center + along * heart_axis + reach * side;
  };
  const Vec3 root = center - (h * 20) * heart_axis;
  const Vec3 front = {0.05f, 0.9f, 0.45f}, left = {-0.75f, -0.35f, 0.5f}, right = {0.8f, 0.55f, 0.1f};
  coronaries[0] =
      SmoothChain({root + h * Vec3{-10, 8, 8}, surface(-h * 6, front), surface(h * 15, front), surface(h * 38, front)},
                  {2.0f, 2.0f, 1.8f, 1.3f}, 3);
  coronaries[1] = SmoothChain({root + h * Vec3{-10, 6, 8}, surface(-h * 14, left), surface(h * 5, left)}, {2.0f, 1.9f, 1.4f}, 3);
  coronaries[2] = SmoothChain({root + h * Vec3{10, 10, 2}, surface(-h * 20, right), surface(-h * 4, {0.7f, 0.2f, -0.7f})},
                              {2.0f, 2.0f, 1.5f}, 3);
}

void Anatomy::PlaceVessels(CounterRng& rng) {
  const float wide = size * (0.95f + 0.004f * (patient.age - 40)) * U(rng, 0.94, 1.06);
  const float unfold = 0.12f * std::max(0, patient.age - 50);  // the aorta lengthens with age
  const Vec3 root = heart.center - (0.35f * heart.radii.x) * heart_axis + Vec3{8, 4, 8};
  aorta = SmoothChain({root, At(13, 16, -18), At(16, 19, 10), At(9, 12, 33 + 0.4f * unfold), At(-7, -10, 43 + 0.5f * unfold),
                       At(-20, -30, 34), At(-26 - 0.3f * unfold, -42, 8), At(-26 - 0.4f * unfold, -42, -40), At(-18, -36, -100),
                       At(-9, -36, -160), At(-5, -34, -320)},
                      {15.5f * wide, 15.5f * wide, 15 * wide, 14 * wide, 13 * wide, 12.5f * wide, 12 * wide, 11.5f * wide,
                       11 * wide, 10 * wide, 8.5f * wide},
                      3);
  const float artery = size * U(rng, 0.93, 1.07);
  pulmonary_artery = SmoothChain({heart.center + size * Vec3{2, 34, 22}, At(-15, 29, -14), At(-19, 10, 3), At(-16, -2, 4)},
                                 {12.5f * artery, 13 * artery, 13 * artery, 12 * artery}, 3);
  right_artery = SmoothChain({At(-16, -2, 4), At(4, -3, -7), At(26, -5, -10), At(40, -12, -16)},
                             {11 * artery, 11 * artery, 10 * artery, 8 * artery}, 2);
  left_artery = SmoothChain({At(-16, -2, 4), At(-30, -14, 8), At(-40, -26, 0), At(-42, -30, -14)},
                            {11 * artery, 10.5f * artery, 9.5f * artery, 8 * artery}, 2);
  superior_cava = SmoothChain({At(26, 10, 58), At(27, 12, 20), At(27, 10, -12), ra.center + Vec3{0, 0, 14}},
                              {8 * size, 9 * size, 10 * size, 11 * size}, 2);
  inferior_cava =
      SmoothChain({ra.center + Vec3{0, -6, -16}, At(22, -12, -104), At(24, -22, -135), At(20, -28, -190), At(16, -30, -320)},
                  {11 * size, 11 * size, 12 * size, 11 * size, 10 * size}, 2);
  veins.clear();
  const auto vein = [&](Vec3 hilum) { veins.push_back({la.center, hilum, 7 * size, 5 * size}); };
  vein(At(40, 0, -22));
  vein(At(40, -22, -52));
  vein(At(-44, -6, -16));
  vein(At(-40, -30, -48));
  const float top = 125;
  arch_branches =
      SmoothChain({At(8, 8, 42), At(16, 8, 65), At(22, 4, 90), At(26, 0, top)}, {7 * size, 6.5f * size, 5 * size, 4 * size}, 2);
  for (const Tube& tube :
       SmoothChain({At(-3, -6, 46), At(-9, 0, 75), At(-18, 0, top)}, {4.5f * size, 4 * size, 3.5f * size}, 2)) {
    arch_branches.push_back(tube);
  }
  for (const Tube& tube : SmoothChain({At(-14, -18, 44), At(-24, -16, 75), At(-34, -8, 98), At(-60, 10, 112)},
                                      {6 * size, 5.5f * size, 5 * size, 5 * size}, 2)) {
    arch_branches.push_back(tube);
  }
}

void Anatomy::PlaceAirways(CounterRng& rng) {
  const float wide = (patient.male ? 9.2f : 7.8f) * U(rng, 0.93, 1.07);
  const float lean = U(rng, -2, 4);
  const Vec3 carina = At(1, -16, 0);
  trachea = SmoothChain({At(lean, 4, 130), At(lean, -4, 80), At(lean + 1, -11, 40), carina + Vec3{0, 0, 5}},
                        {wide, wide, wide, wide}, 2);
  const float r = 0.72f * wide;
  bronchi = SmoothChain({carina + Vec3{0, 0, 3}, At(17, -18, -12), At(32, -19, -22)}, {0.9f * wide, r, 0.95f * r}, 2);
  const auto add = [&](std::vector<Vec3> points, std::vector<float> radii) {
    for (const Tube& tube : SmoothChain(points, radii, 2)) bronchi.push_back(tube);
  };
  add({carina + Vec3{0, 0, 3}, At(-18, -20, -11), At(-44, -26, -22)}, {0.85f * wide, 0.88f * r, 0.8f * r});
  add({At(28, -18, -20), At(40, -13, -12), At(50, -8, -4)}, {0.75f * r, 0.6f * r, 0.45f * r});     // right upper
  add({At(32, -19, -22), At(38, -24, -42)}, {0.85f * r, 0.7f * r});                                // intermediate
  add({At(38, -24, -42), At(50, 0, -56), At(60, 18, -66)}, {0.55f * r, 0.45f * r, 0.35f * r});     // middle
  add({At(38, -24, -42), At(48, -38, -68), At(54, -44, -86)}, {0.65f * r, 0.5f * r, 0.4f * r});    // right lower
  add({At(-44, -26, -22), At(-54, -10, -12), At(-60, 4, -2)}, {0.65f * r, 0.5f * r, 0.4f * r});    // left upper
  add({At(-54, -10, -14), At(-64, 14, -34)}, {0.45f * r, 0.35f * r});                              // lingula
  add({At(-44, -26, -22), At(-50, -40, -56), At(-56, -46, -80)}, {0.7f * r, 0.5f * r, 0.4f * r});  // left lower
  const float gullet = size * U(rng, 6.8, 8.4);
  esophagus = SmoothChain({At(-4, -14, 130), At(-6, -20, 80), At(-7, -29, 30), At(-7, -34, -10), At(-8, -37, -50),
                           At(-10, -34, -90), At(-16, -22, -122), At(-28, -12, -142)},
                          {0.9f * gullet, gullet, gullet, gullet, gullet, 1.1f * gullet, 1.1f * gullet, 1.1f * gullet}, 2);
}

void Anatomy::PlaceAbdomen(CounterRng& rng) {
  spleen =
      Ellipsoid::Along(At(-92, -38, -150) + Shift(rng, 5), size * U(rng, 0.88, 1.15) * Vec3{56, 30, 42}, {0.25f, 0.75f, -0.6f});
  const auto kidney = [&](Vec3 center, float sign) {
    return Ellipsoid::Along(center, size * U(rng, 0.92, 1.08) * Vec3{54, 25, 28}, {0.22f * sign, 0.12f, -1});
  };
  right_kidney = kidney(At(60, -48, -196) + Shift(rng, 5), 1);
  left_kidney = kidney(At(-58, -50, -182) + Shift(rng, 5), -1);
  gallbladder =
      Ellipsoid::Along(At(48, 42, -188) + Shift(rng, 5), size * U(rng, 0.8, 1.2) * Vec3{30, 15, 16}, {0.3f, 0.6f, -0.7f});
  const float full = size * U(rng, 0.85, 1.15);
  stomach = SmoothChain({At(-58, -18, -128), At(-62, 10, -150), At(-56, 38, -178), At(-28, 50, -204), At(6, 44, -206)},
                        {34 * full, 31 * full, 25 * full, 19 * full, 12 * full}, 3);
  pancreas = SmoothChain({At(32, 12, -210), At(28, 14, -194), At(6, 20, -184), At(-28, 6, -174), At(-66, -14, -158)},
                         {15 * size, 13 * size, 9 * size, 9.5f * size, 9 * size}, 3);
  portal_vein =
      SmoothChain({At(-66, -26, -160), At(-26, -8, -176), At(8, 6, -184), At(22, 2, -162), At(40, 2, -146), At(62, 4, -138)},
                  {4 * size, 4.5f * size, 6.5f * size, 7 * size, 6.5f * size, 4 * size}, 2);
  const float gland = U(rng, 3.0, 4.2);
  right_adrenal = Chain({At(30, -38, -150), At(32, -44, -166), At(38, -50, -174)}, {gland, gland, 0.7f * gland});
  right_adrenal.push_back({At(32, -43, -162), At(29, -54, -172), gland, 0.7f * gland});
  left_adrenal = Chain({At(-28, -28, -152), At(-34, -38, -164), At(-42, -46, -170)}, {gland, gland, 0.7f * gland});
  left_adrenal.push_back({At(-33, -36, -160), At(-29, -48, -170), gland, 0.7f * gland});
  bowel.clear();
  for (int i = 0; i < 14; ++i) {
    const Vec3 center = At(U(rng, -95, 95), U(rng, 5, 60), U(rng, -310, -228));
    bowel.push_back(Ellipsoid::Along(center, size * Vec3{U(rng, 18, 32), U(rng, 14, 20), U(rng, 14, 20)}, RandomUnit(rng)));
  }
  // Splenic flexure of the colon, often with gas, under the left dome.
  bowel.push_back(Ellipsoid::Along(At(-88, 34, -182) + Shift(rng, 8), size * Vec3{26, 19, 19}, {0.5f, 0.4f, 0.7f}));
}

void Anatomy::PlaceBones(CounterRng& rng) {
  clavicles.clear();
  for (const float sign : {1.0f, -1.0f}) {
    for (const Tube& tube :
         SmoothChain({At(sign * 14, 48, 66), At(sign * 60, 54, 84), At(sign * 110, 20, 104), At(sign * 150, -6, 112)},
                     {7 * size, 6 * size, 5.5f * size, 6.5f * size}, 2)) {
      clavicles.push_back(tube);
    }
    // A thin plate on the back of the rib cage, tilted along it.
    Ellipsoid& plate = scapulae[sign > 0 ? 0 : 1];
    plate.center = At(sign * 114, -82, 45);
    plate.radii = size * Vec3{46, 5, 66};
    plate.u = Normalized(Vec3{sign * 0.72f, 0.69f, 0.05f});
    plate.w = Normalized(Vec3{sign * 0.25f, -0.2f, 1.0f} - Dot(Vec3{sign * 0.25f, -0.2f, 1.0f}, plate.u) * plate.u);
    plate.v = Cross(plate.w, plate.u);
  }
  breasts.clear();
  if (!patient.male) {
    const float thick = U(rng, 18, 32) + 5 * static_cast<float>(patient.habitus);
    for (const float sign : {1.0f, -1.0f}) {
      const Section skin = Body(-45 * scale.z);
      breasts.push_back({.center = {sign * 78 * scale.x, skin.cy + 0.80f * skin.front, -48 * scale.z},
                         .radii = {62 * scale.x, std::max(18.0f, 12 + thick), 52 * scale.z}});
    }
  }
}

}  // namespace asap::phantom
