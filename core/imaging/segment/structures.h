// The steps of SegmentChest on the work grid, each relying on the ones before. Every threshold is in HU of the clamped means of
// WorkGrid, every length in mm.
#ifndef ASAP_CORE_IMAGING_SEGMENT_STRUCTURES_H_
#define ASAP_CORE_IMAGING_SEGMENT_STRUCTURES_H_

#include <string>
#include <vector>

#include "core/imaging/segment/morphology.h"
#include "core/imaging/volume.h"

namespace asap {

// Half-way between lung (-850) and soft tissue (50): where a boundary between them lies, whatever the partial volume.
inline constexpr float kAirTissueHu = -400;
// Below it, open air: a little above the darkest percent of the scan, since scanners differ by 40 HU in what they call air, and
// at most -930, which lung is only in emphysema.
float OpenAirHu(const Volume<float>& hu);

// The patient without the table, clothes and the air around, with the air inside. Lung that the field of view cuts is inside,
// padding around a circular field of view is not.
Mask FindBody(const Volume<float>& hu);

struct AirwayTree {
  Mask lumen;                // empty where no trachea was found
  int64_t carina_slice = 0;  // of the last slice with one trachea
  double x = 0;              // mean column of the trachea, in voxels
};
AirwayTree FindAirways(const Volume<float>& hu, const Mask& body);

struct Lungs {
  Mask right, left;
  std::vector<std::string> notes;
};
Lungs FindLungs(const Volume<float>& hu, const Mask& body, const AirwayTree& airways);

struct Skeleton {
  Mask bones;
  bool has_spine = false;
  double spine_x = 0;               // column, in voxels
  std::vector<double> spine_front;  // per slice: the row, in voxels, of the front of the vertebral bodies
};
Skeleton FindBones(const Volume<float>& hu, const Mask& body, const Mask& lungs);

// Soft tissue between the lungs, from a little below the carina to the diaphragm, in front of the spine.
Mask FindHeartRegion(const Volume<float>& hu, const Lungs& lungs, const AirwayTree& airways, const Skeleton& skeleton,
                     std::vector<std::string>* notes);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_SEGMENT_STRUCTURES_H_
