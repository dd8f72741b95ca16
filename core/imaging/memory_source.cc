#include "core/imaging/memory_source.h"

#include <utility>

#include "core/imaging/stored_box.h"

namespace asap {
namespace {

class MemorySource : public StoredSource {
 public:
  explicit MemorySource(Volume<int16_t> volume) : volume_(std::move(volume)) {}

  const Geometry& geometry() const override { return volume_.geometry; }

 private:
  StoredBox Whole() const override { return {.shorts = volume_.voxels.data(), .stride = FileOrderStride(volume_.geometry.size)}; }

  const Volume<int16_t> volume_;
};

}  // namespace

std::unique_ptr<VoxelSource> MakeVoxelSource(Volume<int16_t> volume) { return std::make_unique<MemorySource>(std::move(volume)); }

}  // namespace asap
