// One patient's body: sizes, and where everything is. World millimetres, RAS+: x towards the patient's Right, y Anterior, z
// Superior; the carina is near (0, -15, 0).
//
// Anatomy is sampled from the patient alone; what a scan's pathology does to it (a larger heart) comes in as AnatomyChange. The
// thorax is described by lofts: a stack of rounded-square cross-sections whose widths depend on z.
#ifndef ASAP_DATASETS_PHANTOM_ANATOMY_H_
#define ASAP_DATASETS_PHANTOM_ANATOMY_H_

#include <array>
#include <cstdint>
#include <vector>

#include "datasets/phantom/labels.h"
#include "datasets/phantom/shapes.h"

namespace asap::phantom {

struct Patient {
  uint64_t seed = 0;  // of the dataset
  int64_t number = 0;
  int age = 60;  // years, 20 ... 90
  bool male = true;
  double smoking = 0;  // latent in [0, 1]: pack-years, roughly
  double habitus = 0;  // near normal: -2 slim ... +2 obese
};
Patient SamplePatient(uint64_t seed, int64_t number);

// What pathology changes in the anatomy of one scan.
struct AnatomyChange {
  float heart_scale = 1.0f;
  float pericardial_fluid_mm = 0;
  float most_pericardial_fluid_mm = 0;  // over all scans of the patient: keeps vessels and lesions where they are
};

// A cross-section at one z: |u|^2 + |v|^2 - square |u v|^2 = 1 with u, v the offsets from the centre over the half-widths.
struct Section {
  float cx = 0, cy = 0;
  float right = 1, front = 1, back = 1;  // half-widths in mm: both sides, towards anterior, towards posterior
  float square = 0.5f;                   // 0 ellipse ... 1 rectangle

  // Signed distance in mm, first order.
  float Distance(float x, float y) const {
    const float ir = 1 / right, ia = 1 / (y > cy ? front : back);
    const float u = (x - cx) * ir, v = (y - cy) * ia;
    const float u2 = u * u, v2 = v * v;
    const float q = u2 + v2 - square * u2 * v2;
    const float gx = u * (1 - square * v2) * ir, gy = v * (1 - square * u2) * ia;
    const float rho = std::sqrt(std::max(q, 1e-6f));
    return (rho - 1) * rho / std::sqrt(gx * gx + gy * gy + 1e-9f);
  }
  float Radius(float x, float y) const {  // 0 at the centre, 1 on the outline
    const float u = (x - cx) / right, v = (y - cy) / (y > cy ? front : back);
    return std::sqrt(std::max(0.0f, u * u + v * v - square * u * u * v * v));
  }
};

// Half-widths of the mediastinum at one (y, z): the lungs begin beyond.
struct MediastinumWidth {
  float right = 0, left = 0;
};

class Anatomy {
 public:
  Anatomy(const Patient& patient, const AnatomyChange& change);

  const Patient patient;
  const AnatomyChange change;

  // Scales the reference body's point to this patient.
  Vec3 At(float x, float y, float z) const { return {x * scale.x, y * scale.y, z * scale.z}; }
  Vec3 scale;      // against the reference body
  float fat = 15;  // subcutaneous, mm
  float size = 1;  // mean of scale, for radii

  // --- frame ---
  // Inner surface of the rib cage and of the abdominal wall, in steps of 1 mm.
  const Section& Cavity(float z) const {
    return cavity_[std::clamp(static_cast<int>(z - kCavityLow + 0.5f), 0, kCavityHigh - kCavityLow)];
  }
  Section Body(float z) const;  // skin
  MediastinumWidth Mediastinum(float y, float z) const;
  float Diaphragm(float x, float y) const;  // z of the dome at this column
  // > 0 inside a lung: mm to its nearest surface, the same for all scans of the patient. Side by the sign of p.x.
  float LungDepth(Vec3 p) const;
  // Which lobe a point of the lung belongs to; *fissure gets the mm to the nearest fissure.
  FineLabel Lobe(Vec3 p, float* fissure) const;
  FineLabel Lobe(Vec3 p) const {
    float fissure;
    return Lobe(p, &fissure);
  }

  // --- heart, great vessels, airways, oesophagus ---
  Ellipsoid widest_sac;   // the pericardium at its fullest over the patient's scans
  Ellipsoid pericardium;  // with its fat; grown by pericardial fluid
  Ellipsoid heart;        // outline of the muscle
  Ellipsoid lv_outer, lv, rv, la, ra;
  Vec3 heart_axis;  // base to apex
  std::vector<Tube> aorta, pulmonary_artery, right_artery, left_artery, superior_cava, inferior_cava, veins, arch_branches;
  std::vector<Tube> trachea, bronchi, esophagus;
  std::array<std::vector<Tube>, 3> coronaries;  // left anterior descending, circumflex, right

  // --- abdomen ---
  Ellipsoid spleen, right_kidney, left_kidney, gallbladder;
  std::vector<Tube> stomach, pancreas, portal_vein, right_adrenal, left_adrenal;
  std::vector<Ellipsoid> bowel;

  // --- bones and trees ---
  std::vector<Tube> clavicles;
  std::array<Ellipsoid, 2> scapulae;
  std::vector<Ellipsoid> breasts;
  std::array<Tube, 2> transverse;  // not placed in z: see PaintBones
  std::vector<Tube> artery_tree, vein_tree;
  std::vector<Tube> airway_tree;       // beyond the lobar bronchi
  std::vector<FineLabel> airway_lobe;  // of each tube of airway_tree

 private:
  void PlaceHeart(CounterRng& rng);
  void PlaceVessels(CounterRng& rng);
  void PlaceAirways(CounterRng& rng);
  void PlaceAbdomen(CounterRng& rng);
  void PlaceBones(CounterRng& rng);
  void GrowTrees();
  void TabulateCavity();

  static constexpr int kCavityLow = -420, kCavityHigh = 170;  // mm
  std::vector<Section> cavity_;
  Section dome_wall_;
  Vec3 inverse_scale_;
  float dome_right_, dome_left_;  // z of the domes
  float shoulder_ = 1;
  float kyphosis_ = 0;
  float mediastinum_scale_ = 1;

 public:
  float spine_y = -55;  // centre of the vertebral bodies at z = 0
  float SpineY(float z) const { return spine_y * scale.y - kyphosis_ * (z * 0.01f) * (z * 0.01f); }
};

// Grows a branching tree from `root` to the targets by halving them along their longest extent; radii obey Murray's law with the
// exponent 2.7 (flow is shared), ending in `tip` mm.
std::vector<Tube> GrowTree(Vec3 root, Vec3 toward, const std::vector<Vec3>& targets, float tip);

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_ANATOMY_H_
