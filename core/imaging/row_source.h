// Voxels of any stored type, read as float a row at a time: a resampled volume needs no copy of the whole scan in float.
#ifndef ASAP_CORE_IMAGING_ROW_SOURCE_H_
#define ASAP_CORE_IMAGING_ROW_SOURCE_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "core/imaging/volume.h"

namespace asap {

// Thread-safe.
class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual const Geometry& geometry() const = 0;
  // out[i] = voxel number offset + i * stride in file order (axis 0 fastest), with the format's rescaling applied. All of them
  // must lie in the volume; `stride` may be negative. Waits until they are there, where a file is decoded while it is read.
  virtual void ReadRow(int64_t offset, int64_t stride, int64_t count, float* out) const = 0;
  // Waits until all voxels are there. An error, naming the file, if it proves defective: rows that were read may then hold
  // anything.
  virtual absl::Status Finish() const { return absl::OkStatus(); }
};

// The rows of a volume that is in memory; it must outlive the source unless it is moved in.
class FloatRows : public RowSource {
 public:
  explicit FloatRows(const Volume<float>* volume) : volume_(volume) {}
  explicit FloatRows(Volume<float> volume) : own_(std::make_unique<Volume<float>>(std::move(volume))), volume_(own_.get()) {}

  const Geometry& geometry() const override { return volume_->geometry; }
  void ReadRow(int64_t offset, int64_t stride, int64_t count, float* out) const override {
    const float* from = volume_->voxels.data() + offset;
    for (int64_t i = 0; i < count; ++i) out[i] = from[i * stride];
  }

 private:
  std::unique_ptr<const Volume<float>> own_;
  const Volume<float>* volume_;
};

}  // namespace asap

#endif  // ASAP_CORE_IMAGING_ROW_SOURCE_H_
