#include "datasets/file_cases/relabelled_mask.h"

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/status.h"

namespace asap {
namespace {

constexpr int kIds = 256;

class RelabelledSource : public VoxelSource {
 public:
  RelabelledSource(const std::string& path, std::unique_ptr<VoxelSource> source, const std::map<int, int>& class_of)
      : path_(path), source_(std::move(source)) {
    class_of_.fill(-1);
    for (const auto& [id, label] : class_of) {
      class_of_[id] = static_cast<int16_t>(label);
      absl::StrAppend(&expected_, expected_.empty() ? "" : ", ", id);
    }
  }

  const Geometry& geometry() const override { return source_->geometry(); }

  absl::Status Read(const Box& box, absl::Span<int16_t> out) const override {
    ASAP_RETURN_IF_ERROR(source_->Read(box, out));
    for (int16_t& voxel : out) {
      const int16_t label = voxel >= 0 && voxel < kIds ? class_of_[voxel] : int16_t{-1};
      if (label < 0) {
        return absl::InvalidArgumentError(
            absl::StrCat(path_, ": the mask holds the id ", voxel, "; expected ", expected_, ": is it another dataset's?"));
      }
      voxel = label;
    }
    return absl::OkStatus();
  }

 private:
  const std::string path_;
  const std::unique_ptr<VoxelSource> source_;
  std::array<int16_t, kIds> class_of_;
  std::string expected_;
};

}  // namespace

std::unique_ptr<VoxelSource> RelabelledMask(const std::string& path, std::unique_ptr<VoxelSource> mask,
                                            const std::map<int, int>& class_of) {
  return std::make_unique<RelabelledSource>(path, std::move(mask), class_of);
}

}  // namespace asap
