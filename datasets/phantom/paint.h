// Paints anatomy and pathology on a canvas, in the order given here: each step relies on the labels of the ones before.
#ifndef ASAP_DATASETS_PHANTOM_PAINT_H_
#define ASAP_DATASETS_PHANTOM_PAINT_H_

#include <vector>

#include "datasets/phantom/anatomy.h"
#include "datasets/phantom/pathology.h"
#include "datasets/phantom/shapes.h"

namespace asap::phantom {

// HU of what blood and contrast medium reach.
struct BloodHu {
  float aorta, pulmonary, left_heart, right_heart, superior_cava, veins, portal, myocardium, liver, spleen, kidney, pancreas;
};
BloodHu BloodOf(const Findings& findings);

struct Scene {
  const Anatomy& anatomy;
  const Findings& findings;
  const std::vector<Lesion>& lesions;
  const NoiseField& noise;
  BloodHu blood;
};

// Skin, fat, muscle, ribs, lungs with their diffuse pathology (emphysema, mosaic, septa) and pleural fluid, mediastinal and
// visceral fat, and the scanner's table. Writes every voxel.
void PaintFrame(const Scene& scene, Canvas* canvas);
void PaintBones(const Scene& scene, Canvas* canvas);
void PaintAbdomen(const Scene& scene, Canvas* canvas);
void PaintMediastinum(const Scene& scene, Canvas* canvas);
// Arteries, veins and bronchi inside the lungs, with bronchiectasis and thick walls.
void PaintTrees(const Scene& scene, Canvas* canvas);
// Everything focal in the lungs.
void PaintLungLesions(const Scene& scene, Canvas* canvas);
// Calcification, emboli, devices: on top of all.
void PaintDense(const Scene& scene, Canvas* canvas);

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_PAINT_H_
