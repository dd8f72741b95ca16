// An approximate segmentation of a chest CT by classical means: thresholds in HU, connected components and morphology. It needs
// no weights and a few seconds of one core, and stands in where no learned segmentation ran. It does not find consolidated lung,
// effusions, lobes, single vessels or abdominal organs, and its heart is a region: whatever is soft between the lungs below the
// carina.
//
//   ASAP_ASSIGN_OR_RETURN(const Volume<float> scan, ReadVolume("chest.nii.gz"));   // HU, any spacing and orientation
//   const ChestSegmentation chest = SegmentChest(scan);                            // on the scan's own grid
//
// Pure and deterministic; may run on many threads at once.
#ifndef ASAP_CORE_IMAGING_SEGMENT_CHEST_H_
#define ASAP_CORE_IMAGING_SEGMENT_CHEST_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/imaging/volume.h"

namespace asap {

enum ChestStructure : uint8_t {
  kOutsideBody = 0,
  kOtherTissue = 1,  // of the body
  kRightLung = 2,
  kLeftLung = 3,
  kAirways = 4,  // trachea and main bronchi
  kHeartRegion = 5,
  kBones = 6,
  kChestStructures = 7
};

// Index = ChestStructure.
inline constexpr std::array<const char*, kChestStructures> kChestStructureNames = {
    "outside", "other_tissue", "lung_right", "lung_left", "airways", "heart_region", "bones"};

struct ChestSegmentation {
  Volume<uint8_t> labels;          // ChestStructure
  std::vector<std::string> notes;  // what was not found, or found by a fallback: a sentence each
};

ChestSegmentation SegmentChest(const Volume<float>& scan);

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_SEGMENT_CHEST_H_
