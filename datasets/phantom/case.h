// One scan of one patient, from facts to voxels.
//
//   const CaseFacts facts = MakeFacts({.seed = 1, .patient = 7, .scan = 0, .site = &Sites()[0]});   // tens of microseconds
//   const RenderedCase rendered = Render(facts, {64, 64, 32});                                       // milliseconds
//
// Both are pure functions: the same on any thread.
#ifndef ASAP_DATASETS_PHANTOM_CASE_H_
#define ASAP_DATASETS_PHANTOM_CASE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "core/imaging/volume.h"
#include "datasets/phantom/anatomy.h"
#include "datasets/phantom/outcome.h"
#include "datasets/phantom/pathology.h"
#include "datasets/phantom/sites.h"

namespace asap::phantom {

struct CaseKey {
  uint64_t seed = 0;
  int64_t patient = 0;
  int scan = 0;  // of this patient: 0, 1, 2
  const Site* site = nullptr;
};

// What a cohort is chosen by: a few microseconds.
struct ScanFacts {
  int scan = 0;  // of this patient
  Patient patient;
  Findings findings;
  Outcome outcome;
};
ScanFacts MakeScanFacts(uint64_t seed, int64_t patient, int scan);

struct CaseFacts {
  CaseKey key;
  Patient patient;
  Findings findings;
  std::shared_ptr<const Anatomy> anatomy;
  std::vector<Lesion> lesions;
  Outcome outcome;
};
CaseFacts MakeFacts(const CaseKey& key);

struct RenderedCase {
  Volume<int16_t> volume;         // HU
  std::vector<uint8_t> fine;      // FineLabel of each voxel
  std::vector<uint32_t> lesions;  // bit f: Finding f
};
// Raised when equal facts give other voxels, as case_test then says: whatever was computed from the old ones must not be found.
inline constexpr int kRenderVersion = 1;
RenderedCase Render(const CaseFacts& facts, const Index3& size);

}  // namespace asap::phantom

#endif  // ASAP_DATASETS_PHANTOM_CASE_H_
